"""Work that waits for the worker, how much and since when; and how Mailman answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Count, Max, Min
from django.utils import timezone

from hyperkitty.models import Sync

#: Work that is due for so long tells that nobody does it: cron would each minute.
LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of one kind whose time has come."""

    name: str
    count: int
    oldest: datetime | None  # None if there are none

    @property
    def is_late(self) -> bool:
        """Whether the worker should have done it long ago."""
        return self.oldest is not None and self.oldest < timezone.now() - LATE


@dataclass(frozen=True, slots=True)
class Contact:
    """How the worker got on with Mailman Core."""

    answered_at: datetime | None
    failed_at: datetime | None

    @property
    def is_lost(self) -> bool:
        """Whether Mailman did not answer when it was last asked."""
        if self.failed_at is None:
            return False
        return self.answered_at is None or self.failed_at > self.answered_at


def waiting_work() -> list[Waiting]:
    """Return what is due of each kind. 1 query for each."""
    now = timezone.now()
    found = []
    for model in _models_with_due_time():
        rows = model._default_manager.filter(due_at__lte=now)
        row = rows.aggregate(count=Count("pk"), oldest=Min("due_at"))
        name = str(model._meta.verbose_name_plural)
        found.append(Waiting(name, row["count"], row["oldest"]))
    return found


def mailman_contact() -> Contact:
    """Return when Mailman answered last, and when it last did not. 1 query."""
    row = Sync.objects.aggregate(answered=Max("done_at"), failed=Max("failed_at"))
    return Contact(row["answered"], row["failed"])


def _models_with_due_time() -> list[type[models.Model]]:
    """Return the models whose rows are work for later: each has a column for it."""
    return [
        model
        for model in apps.get_app_config("hyperkitty").get_models()
        if _has_due_time(model)
    ]


def _has_due_time(model: type[models.Model]) -> bool:
    try:
        model._meta.get_field("due_at")
    except FieldDoesNotExist:
        return False
    return True
