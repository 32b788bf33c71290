"""Moving the mails of a list's second row to its first."""

from __future__ import annotations

from django.db import transaction

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import (
    Decision,
    Denied,
    Email,
    MailingList,
    OutgoingPost,
    RawMessage,
    Source,
    Thread,
)
from hyperkitty.search.pending import note_mails
from hyperkitty.threads.locking import locked, retried

#: Mails that are read at a time.
BATCH = 50


def move_mails(stray: MailingList, mlist: MailingList) -> None:
    """Archive in *mlist* what arrived under *stray*, another row of the same list.

    That happens when a list is renamed while Core cannot be asked: mail for the new
    address comes before the news of it. The stray row goes; permalinks stay, for they
    follow from the mails.
    """
    _move_decisions(stray, mlist)
    moved = 0
    while not _delete(stray, mlist, moved):
        found = RawMessage.objects.filter(mlist=stray, pk__gt=moved).order_by("pk")
        for raw in found[:BATCH]:
            archive(mlist, [_incoming(raw)])
            moved = raw.pk


@retried
def _move_decisions(stray: MailingList, mlist: MailingList) -> None:
    """Move what keepers decided before the mails, so that it holds as they come."""
    with transaction.atomic():
        both = MailingList.objects.select_for_update().order_by("pk")
        rows = {row.pk: row for row in both.filter(pk__in=(stray.pk, mlist.pk))}
        fresh, former = rows[mlist.pk], rows[stray.pk]
        Decision.objects.filter(mlist=former).update(mlist=fresh)
        Denied.objects.filter(list_id=former.list_id).update(list_id=fresh.list_id)
        fresh.has_decisions |= former.has_decisions
        fresh.save(update_fields=["has_decisions"])


@retried
def _delete(stray: MailingList, mlist: MailingList, moved: int) -> bool:
    """Delete the row unless mail later than *moved* stands there."""
    with locked(stray) as fresh:
        if RawMessage.objects.filter(mlist=fresh, pk__gt=moved).exists():
            return False
        OutgoingPost.objects.filter(mlist=fresh).update(mlist=mlist)
        emails = Email.objects.filter(mlist=fresh)
        note_mails(emails.values_list("pk", flat=True), is_urgent=False)
        emails.delete()
        Thread.objects.filter(mlist=fresh).delete()
        fresh.delete()
    return True


def _incoming(raw: RawMessage) -> Incoming:
    return Incoming(
        raw=raw.read(),
        arrived_at=raw.arrived_at,
        source=Source(raw.source),
        from_line=bytes(raw.from_line or b""),
        trusts_hash=raw.source == Source.ARCHIVER,
    )
