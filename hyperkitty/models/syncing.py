"""What has to be read from Mailman Core again, and when."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import AsciiField, ExactField


class SyncKind(models.TextChoices):
    """What is read from Core in one go."""

    LISTS = "lists", _("which lists there are")
    LIST = "list", _("one list")
    ADDRESS = "address", _("the roles of one address")
    HELD = "held", _("the held mail of one list")


class SyncQuerySet(models.QuerySet["Sync"]):
    """Filters on what is to be read."""

    def due(self, now: datetime) -> Self:
        """Keep what should be read by *now*, the longest overdue first."""
        return self.filter(due_at__lte=now).order_by("due_at", "pk")


class Sync(models.Model):
    """One thing to read from Core: work that waits in a row, not in a queue."""

    kind = AsciiField(max_length=10, choices=SyncKind.choices)
    #: The id of the list's row, the address, or "" for all lists.
    subject = ExactField(max_length=255, blank=True)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    #: When somebody last asked for it: an address that nobody uses is read seldom.
    wanted_at = models.DateTimeField(default=timezone.now)

    objects = SyncQuerySet.as_manager()

    class Meta:
        db_table = "archive_sync"
        verbose_name = _("reading from Mailman")
        verbose_name_plural = _("readings from Mailman")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], name="archive_sync_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
