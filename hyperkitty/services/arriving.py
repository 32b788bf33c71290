"""Which list mail from Mailman goes to, and whether it is kept."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.db import IntegrityError
from django.utils import timezone

from hyperkitty.exceptions import HyperKittyError, MailmanUnavailable
from hyperkitty.mailman import Core
from hyperkitty.mailman.core import SHORT_TIMEOUT
from hyperkitty.models import ArchivePolicy, ListAlias, MailingList
from hyperkitty.signals import list_stale
from hyperkitty.threads.lookup import Lookup

from .mirror import mirror

logger = logging.getLogger(__name__)

#: A policy older than this is read again before mail is taken under it.
MAX_AGE = timedelta(minutes=1)
#: Seconds that Core is left alone after it did not answer, or with a list that it does
#: not have: mail must not wait for it.
PAUSE = 30.0
#: Lists that Core does not have, of which a process remembers that.
MAX_UNKNOWN = 1_000

_LISTS = Lookup(MailingList.objects.all(), "name")


def list_for_mail(name: str) -> MailingList:
    """Return the list that mail to the posting address *name* belongs to.

    Mail for a list that nobody knows makes one, private until Core says otherwise.
    While Core cannot be asked, what it said last holds.
    """
    known = next(_LISTS.find([name]), None)
    if known is not None and _is_fresh(known):
        return known
    mlist = _read(name) or known or _former(name) or MailingList.objects.ensure(name)
    if known is None:
        list_stale.send_robust(MailingList, mlist_id=mlist.pk)
    return mlist


def keeps_mail(mlist: MailingList) -> bool:
    """Whether mail is archived at all: not under the policy `never`."""
    return mlist.archive_policy != ArchivePolicy.NEVER


class _Pause:
    """When Core last did not answer this process, or did not have a list."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.failed_at = float("-inf")
        self.unknown: dict[str, float] = {}

    def is_on(self, name: str) -> bool:
        asked_at = max(self.failed_at, self.unknown.get(name, float("-inf")))
        return time.monotonic() - asked_at < PAUSE

    def note_unknown(self, name: str) -> None:
        if len(self.unknown) >= MAX_UNKNOWN:
            self.unknown.clear()
        self.unknown[name] = time.monotonic()


pause = _Pause()


def _former(name: str) -> MailingList | None:
    former = ListAlias.objects.select_related("mlist").filter(name=name).first()
    return former.mlist if former else None


def _is_fresh(mlist: MailingList) -> bool:
    return (
        mlist.synced_at is not None
        and mlist.gone_from_core_at is None
        and mlist.synced_at > timezone.now() - MAX_AGE
    )


def _read(name: str) -> MailingList | None:
    """Read the list from Core; None if Core does not answer or does not know it."""
    if pause.is_on(name):
        return None
    try:
        found = Core(SHORT_TIMEOUT).find_list(name)
    except MailmanUnavailable as error:
        pause.failed_at = time.monotonic()
        logger.warning("Taking mail for %s under its last policy: %s", name, error)
        return None
    if found is None:
        pause.note_unknown(name)
        return None
    try:
        return mirror(found)
    except (IntegrityError, HyperKittyError):
        # The mail must not be refused for it; the next sync tries again and says so.
        logger.exception("Could not take over %s from Mailman", name)
        return None
