"""What a mail's bytes make of its rows, beside what the rows say.

Bytes, and facts like the From_ line and the permalink, are given; all the rest of a
mail's rows follows from them. The audit tells where it differs, the rebuild sets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.ingest import Incoming, Prepared, prepare
from hyperkitty.ingest.parallel import prepare_batches
from hyperkitty.ingest.prepare import sender_address
from hyperkitty.ingest.scrubbed import scrubbed_attachments
from hyperkitty.ingest.store import attachment_rows, email_columns
from hyperkitty.models import (
    AliasKind,
    Attachment,
    Email,
    EmailFlag,
    EmailState,
    EmailText,
    MailingList,
    MessageAlias,
    RawMessage,
    ScrubbedFile,
    Source,
)
from hyperkitty.threads.bulk import matching
from hyperkitty.threads.loading import ruled_subjects

#: Mails that are read, parsed and written at a time.
BATCH = 250
#: Columns of an attachment that follow from the mail.
ATTACHMENT_COLUMNS = (
    "counter",
    "name",
    "content_type",
    "charset",
    "size",
    "content_id",
    "is_inline",
)


@dataclass(slots=True)
class MailRows:
    """The rows of one mail."""

    email: Email
    raw: RawMessage | None = None
    text: EmailText | None = None
    attachments: list[Attachment] = field(default_factory=list)
    hash_aliases: list[MessageAlias] = field(default_factory=list)
    scrubbed: list[ScrubbedFile] = field(default_factory=list)
    #: What a keeper made of the subject; None if nobody did.
    subject: str | None = None


@dataclass(slots=True)
class Checked:
    """A mail's rows and what its bytes make of them."""

    rows: MailRows
    #: None if the bytes cannot be had; then *error* says why.
    mail: Prepared | None = None
    error: str = ""


def checked_mails(
    mlist: MailingList, after: int = 0, processes: int | None = None
) -> Iterator[list[Checked]]:
    """Yield all mails of the list in batches, in order of their rows.

    An erased mail has no bytes any more and is passed over.
    """
    batches = (_readable(rows) for rows in _batches(mlist, after))
    for checked, prepared in prepare_batches(batches, processes=processes):
        mails = iter(prepared)
        for one in checked:
            if not one.error:
                one.mail = next(mails)
        yield checked


def read_rows(
    mlist: MailingList, emails: Iterable[Email], *, with_bytes: bool = False
) -> list[MailRows]:
    """Read what hangs on *emails* of one list, in a fixed number of statements."""
    found = {email.pk: MailRows(email) for email in emails}
    raws = RawMessage.objects.filter(number=0)
    for raw in matching(raws if with_bytes else raws.defer("data"), "email_id", found):
        found[raw.email_id].raw = raw
    for text in matching(EmailText.objects.all(), "pk", found):
        found[text.pk].text = text
    for attachment in matching(Attachment.objects.all(), "email_id", found):
        found[attachment.email_id].attachments.append(attachment)
    aliases = MessageAlias.objects.filter(kind=AliasKind.HASH)
    for alias in matching(aliases, "email_id", found):
        found[alias.email_id].hash_aliases.append(alias)
    for kept in matching(ScrubbedFile.objects.defer("data"), "email_id", found):
        found[kept.email_id].scrubbed.append(kept)
    by_permalink = {rows.email.permalink: rows for rows in found.values()}
    for permalink, subject in ruled_subjects(mlist, by_permalink).items():
        by_permalink[permalink].subject = subject
    return list(found.values())


def wrong_columns(rows: MailRows, mail: Prepared) -> dict[str, tuple[Any, Any]]:
    """Return the columns of the mail's rows that are wrong: as stored, and right.

    Names beyond the columns of `Email`: sender, text, references, html_part,
    attachments, aliases.
    """
    stored, right = stored_values(rows), right_values(rows, mail)
    return {
        name: (stored[name], value)
        for name, value in right.items()
        if stored[name] != value
    }


def stored_values(rows: MailRows) -> dict[str, Any]:
    """Return what the rows of the mail say."""
    email, text = rows.email, rows.text
    values = {name: getattr(email, name) for name in _EMAIL_COLUMNS}
    return values | {
        "sender": email.sender.address,
        "text": _text(text),
        "references": text.references if text else None,
        "html_part": text.html_part if text else None,
        "attachments": sorted(_described(row) for row in rows.attachments),
        "aliases": sorted(row.value for row in rows.hash_aliases),
    }


def right_values(rows: MailRows, mail: Prepared) -> dict[str, Any]:
    """Return what they should say."""
    email, parsed = rows.email, mail.parsed
    values = email_columns(parsed, mail.snippet)
    if rows.subject is not None:
        values["subject"] = rows.subject
    if rows.scrubbed:
        values["flags"] = EmailFlag(values["flags"]) | EmailFlag.ATTACHMENTS
    return values | {
        "message_id_hash": mail.message_id_hash,
        "sender": sender_address(parsed),
        "text": parsed.text,
        "references": mail.references,
        "html_part": parsed.html_part,
        "attachments": sorted(_described(row) for row in right_attachments(rows, mail)),
        "aliases": right_aliases(email, mail),
    }


def subject_in_bytes(email: Email) -> str:
    """Return the subject that the mail came with. Raises `ArchiveCorrupt`."""
    raw = RawMessage.objects.get(email=email, number=0)
    (mail,) = prepare([_incoming(raw, raw.read())])
    return mail.parsed.subject


def right_attachments(rows: MailRows, mail: Prepared) -> list[Attachment]:
    """Return the attachment rows that the mail should have, unsaved."""
    return [
        *attachment_rows(rows.email, mail.parsed),
        *scrubbed_attachments(rows.email, rows.scrubbed),
    ]


def right_aliases(email: Email, mail: Prepared) -> list[str]:
    """Return the hash variants under which URLs may ask for the mail."""
    hashes = {mail.parsed.permalink, *mail.parsed.hash_variants}
    return sorted(hashes - {email.permalink})


_EMAIL_COLUMNS = (
    "message_id",
    "message_id_hash",
    "sender_name",
    "subject",
    "snippet",
    "date",
    "utc_offset",
    "sort_date",
    "size",
    "flags",
    "problems",
)


def _batches(mlist: MailingList, after: int) -> Iterator[list[MailRows]]:
    emails = (
        Email.objects.filter(mlist=mlist)
        .exclude(state=EmailState.ERASED)
        .select_related("sender")
        .order_by("pk")
    )
    while batch := list(emails.filter(pk__gt=after)[:BATCH]):
        yield read_rows(mlist, batch, with_bytes=True)
        after = batch[-1].pk


def _readable(batch: Sequence[MailRows]) -> tuple[list[Checked], list[Incoming]]:
    checked, incoming = [], []
    for rows in batch:
        one = Checked(rows)
        try:
            if rows.raw is None:
                raise ArchiveCorrupt("The raw message is missing.")
            incoming.append(_incoming(rows.raw, rows.raw.read()))
            rows.raw.data = None  # It may be large, and nobody needs it any more.
        except ArchiveCorrupt as error:
            one.error = str(error)
        checked.append(one)
    return checked, incoming


def _incoming(raw: RawMessage, content: bytes) -> Incoming:
    return Incoming(
        raw=content,
        arrived_at=raw.arrived_at,
        source=Source(raw.source),
        from_line=bytes(raw.from_line or b""),
    )


def _text(text: EmailText | None) -> str | None:
    try:
        return text.text if text else None
    except (ArchiveCorrupt, UnicodeDecodeError):
        return None


def _described(row: Attachment) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in ATTACHMENT_COLUMNS)
