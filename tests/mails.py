"""Small mails for tests, written as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count

from hyperkitty.ingest import Incoming, Outcome, archive
from hyperkitty.models import ArchivePolicy, MailingList, PolicySource

ARRIVED = datetime(2024, 6, 1, tzinfo=UTC)
FIRST_DAY = datetime(2024, 1, 1, 12, tzinfo=UTC)
_numbers = count(1)


def mail(
    message_id: str = "first@example.com",
    *,
    references: Iterable[str] = (),
    in_reply_to: str = "",
    subject: str = "Hello",
    sender: str = "Anne <anne@example.com>",
    date: datetime | None = FIRST_DAY,
    hours: float = 0,
    text: str = "Some words.\n",
    headers: str = "",
) -> bytes:
    """Return a plain mail; *hours* shifts its date."""
    lines = [f"From: {sender}", f"Subject: {subject}"]
    if message_id:
        lines.append(f"Message-ID: <{message_id}>")
    if date:
        lines.append(f"Date: {format_datetime(date + timedelta(hours=hours))}")
    if chain := " ".join(f"<{found}>" for found in references):
        lines.append(f"References: {chain}")
    if in_reply_to:
        lines.append(f"In-Reply-To: <{in_reply_to}>")
    head = "\n".join(lines) + "\n" + headers
    return f"{head}\n{text}".encode()


def make_list(**columns: object) -> MailingList:
    """Return a new public list."""
    name = f"list{next(_numbers)}@lists.example.org"
    known = {
        "archive_policy": ArchivePolicy.PUBLIC,
        "policy_source": PolicySource.CORE,
    }
    mlist = MailingList.objects.ensure(str(columns.pop("name", name)))
    for column, value in (known | columns).items():
        setattr(mlist, column, value)
    mlist.save()
    return mlist


def bring(mlist: MailingList, *raws: bytes) -> list[Outcome]:
    """Archive *raws* as one batch that arrived at `ARRIVED`."""
    return archive(mlist, [Incoming(raw=raw, arrived_at=ARRIVED) for raw in raws])
