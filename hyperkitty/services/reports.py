"""Readers tell the owners of a list that something is wrong with a mail."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.conf import app_settings
from hyperkitty.models import Cause, Email, MailingList, Report

from .keeping import KeepingError

MAX_NOTE = 2_000
_DAY = timedelta(days=1)


def report(user: AbstractBaseUser, email: Email, cause: Cause, note: str) -> None:
    """Report *email*; a second report of the same reader changes the first.

    Raises `KeepingError` for more than `HYPERKITTY_REPORTS_PER_DAY`.
    """
    wanted = {"cause": cause, "note": note.replace("\x00", "")[:MAX_NOTE]}
    mine = Report.objects.filter(user_id=user.pk)
    if mine.filter(email=email).update(**wanted, settled_at=None):
        return
    recent = mine.filter(created_at__gte=timezone.now() - _DAY)
    if recent.count() >= app_settings.reports_per_day:
        raise KeepingError(_("You have reported much today. Come back tomorrow."))
    try:
        with transaction.atomic():
            Report.objects.create(
                user_id=user.pk, email=email, mlist_id=email.mlist_id, **wanted
            )
    except IntegrityError:
        mine.filter(email=email).update(**wanted)  # a second click was quicker


def settle_reports(mlist: MailingList, email: Email) -> int:
    """Say that nothing is wrong with *email*; return how many reports that settles."""
    waiting = Report.objects.filter(mlist=mlist, email=email, settled_at=None)
    return waiting.update(settled_at=timezone.now())
