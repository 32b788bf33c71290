"""Original bytes: of one mail, and of many for an mbox file."""

from __future__ import annotations

import io
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from hyperkitty.mail.mbox import from_line_for, write_mboxrd
from hyperkitty.models import Email, MailingList, RawMessage, Thread

#: Mails looked up at once, and bytes of raw mail held in memory at once.
BATCH = 500
MAX_BYTES = 8 * 1024 * 1024
#: Compressed bytes are given in pieces of at least this size.
CHUNK = 64 * 1024


def raw_message(email: Email) -> RawMessage | None:
    """Return the bytes that are shown as *email*. One query."""
    return RawMessage.objects.filter(email=email, number=0).first()


def emails_to_export(
    mlist: MailingList,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    thread: Thread | None = None,
    email: Email | None = None,
) -> QuerySet[Email]:
    """Return the visible mails of *mlist* that an mbox file is asked for."""
    emails = Email.objects.visible().filter(mlist=mlist)
    if start is not None:
        emails = emails.filter(sort_date__gte=start)
    if end is not None:
        emails = emails.filter(sort_date__lt=end)
    if thread is not None:
        emails = emails.filter(thread=thread)
    if email is not None:
        emails = emails.filter(pk=email.pk)
    return emails


def raw_messages(
    emails: QuerySet[Email], *, with_copies: bool = False
) -> Iterator[tuple[Email, RawMessage]]:
    """Yield *emails* by date with their bytes, in bounded memory.

    Further copies of a mail follow the first if they are asked for.

    Two or more queries for each `BATCH` mails, each bounded: no cursor stays open on
    the database while a slow reader takes its time.
    """
    emails = emails.select_related("sender").order_by("sort_date", "id")
    batch = list(emails[:BATCH])
    while batch:
        for some in _by_size(batch):
            raws = RawMessage.objects.filter(email__in=some).order_by("number")
            found: dict[int, list[RawMessage]] = defaultdict(list)
            for raw in raws if with_copies else raws.filter(number=0):
                found[raw.email_id].append(raw)
            yield from ((mail, raw) for mail in some for raw in found[mail.pk])
        is_last = len(batch) < BATCH
        batch = [] if is_last else list(_following(emails, batch[-1])[:BATCH])


def mbox_pieces(emails: QuerySet[Email]) -> Iterator[bytes]:
    """Yield *emails* as they stand in an mboxrd file, one by one; see `raw_messages`.

    Each has the From_ line it came with, else one made of sender and date.
    """
    for email, raw in raw_messages(emails):
        from_line = bytes(raw.from_line or b"") or from_line_for(
            email.sender.address, email.sort_date
        )
        out = io.BytesIO()
        write_mboxrd(out, raw.read(), from_line)
        yield out.getvalue()


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield *pieces* as one gzip stream that is the same each time it is made."""
    packer = zlib.compressobj(level=6, wbits=16 + zlib.MAX_WBITS)
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        packed = packer.compress(piece)
        waiting.append(packed)
        size += len(packed)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    waiting.append(packer.flush())
    yield b"".join(waiting)


def _following(emails: QuerySet[Email], last: Email) -> QuerySet[Email]:
    # The plain bound lets the index find the place; the rest settles equal dates.
    return emails.filter(sort_date__gte=last.sort_date).filter(
        Q(sort_date__gt=last.sort_date) | Q(pk__gt=last.pk)
    )


def _by_size(emails: list[Email]) -> Iterator[list[Email]]:
    """Cut *emails* into runs whose raw mails are at most `MAX_BYTES`, or one mail."""
    run: list[Email] = []
    size = 0
    for email in emails:
        if run and size + email.size > MAX_BYTES:
            yield run
            run, size = [], 0
        run.append(email)
        size += email.size
    if run:
        yield run
