"""Reckoning what the files that are offered in bulk will be: their size and digest."""

from __future__ import annotations

import logging
from datetime import timedelta
from hashlib import sha256
from time import monotonic

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from hyperkitty import permissions
from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.models import BulkCheck, BulkFile, MailingList
from hyperkitty.selectors.bulk import BulkMonth, bulk_months, emails_of
from hyperkitty.selectors.mbox import gzipped, mbox_pieces

logger = logging.getLogger(__name__)

#: A list that goes on changing is looked at so often.
INTERVAL = timedelta(hours=1)
#: Seconds after which a run leaves the rest to the next one; a month is done whole.
MAX_SECONDS = 2.0
#: Lists that one run looks at.
BATCH = 20


def reckon_due() -> int:
    """Reckon the files of lists that have changed; return how many were reckoned."""
    stop = monotonic() + MAX_SECONDS
    count = 0
    for mlist in _due()[:BATCH]:
        if not permissions.is_offered_in_bulk(mlist):
            return count  # the settings offer no list
        months = bulk_months(mlist)
        for month in months:
            if monotonic() > stop:
                return count
            if month.file is None:
                count += reckon(mlist, month)
        stale = BulkFile.objects.filter(mlist=mlist)
        stale.exclude(month__in=[month.first_day for month in months]).delete()
        BulkCheck.objects.update_or_create(
            mlist=mlist,
            defaults={"revision": mlist.revision, "checked_at": timezone.now()},
        )
    return count


def reckon(mlist: MailingList, month: BulkMonth) -> bool:
    """Note size and digest of the file of *month*, unless it changed meanwhile.

    A month with bytes that cannot be read has no digest; the log says so.
    """
    digest, size = sha256(), 0
    try:
        for piece in gzipped(mbox_pieces(emails_of(mlist, month.first_day))):
            digest.update(piece)
            size += len(piece)
    except ArchiveCorrupt:
        logger.exception("No bulk file for %s of %s", month.first_day, mlist.name)
        return False
    now = bulk_months(mlist, month.first_day)
    if not now or now[0].state != month.state:
        return False
    BulkFile.objects.update_or_create(
        mlist=mlist,
        month=month.first_day,
        defaults={
            "state": month.state,
            "size": size,
            "sha256": digest.hexdigest(),
            "made_at": timezone.now(),
        },
    )
    return True


def _due() -> QuerySet[MailingList]:
    """Return public lists that changed since they were looked at, the oldest first."""
    check = BulkCheck.objects.filter(mlist=OuterRef("pk"))
    lists = permissions.public_lists().annotate(
        reckoned=Subquery(check.values("revision")),
        reckoned_at=Subquery(check.values("checked_at")),
    )
    fresh = timezone.now() - INTERVAL
    changed = ~Q(reckoned=F("revision")) & Q(reckoned_at__lt=fresh)
    due = lists.filter(Q(reckoned=None) | changed)
    return due.order_by(F("reckoned_at").asc(nulls_first=True), "pk")
