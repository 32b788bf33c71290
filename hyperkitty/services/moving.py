"""Moving the mails of a list's second row to its first."""

from __future__ import annotations

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import (
    Decision,
    Email,
    MailingList,
    OutgoingPost,
    RawMessage,
    Source,
    Thread,
)
from hyperkitty.threads.locking import locked, retried

#: Mails that are read at a time.
BATCH = 50


def move_mails(stray: MailingList, mlist: MailingList) -> None:
    """Archive in *mlist* what arrived under *stray*, another row of the same list.

    That happens when a list is renamed while Core cannot be asked: mail for the new
    address comes before the news of it. The stray row goes; permalinks stay, for they
    follow from the mails.
    """
    moved = 0
    while not _delete(stray, mlist, moved):
        found = RawMessage.objects.filter(mlist=stray, pk__gt=moved).order_by("pk")
        for raw in found[:BATCH]:
            archive(mlist, [_incoming(raw)])
            moved = raw.pk


@retried
def _delete(stray: MailingList, mlist: MailingList, moved: int) -> bool:
    """Delete the row unless mail later than *moved* stands there."""
    with locked(stray) as fresh:
        if RawMessage.objects.filter(mlist=fresh, pk__gt=moved).exists():
            return False
        Decision.objects.filter(mlist=fresh).update(mlist=mlist)
        OutgoingPost.objects.filter(mlist=fresh).update(mlist=mlist)
        Email.objects.filter(mlist=fresh).delete()
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
