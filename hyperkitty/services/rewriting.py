"""Giving a mail other bytes: without its author's name, or without quoted lines.

The only place where bytes are replaced. All columns follow from the new ones, as they
would at a rebuild; what arrived does not come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.ingest import Incoming, Prepared, prepare
from hyperkitty.ingest.dictionary import current_dictionary
from hyperkitty.ingest.store import ensure_senders
from hyperkitty.mail.mbox import from_line_for
from hyperkitty.mail.redaction import (
    KeptFile,
    NewBody,
    with_body,
    without_author,
    without_lines,
    without_names,
)
from hyperkitty.models import (
    Attachment,
    Email,
    EmailText,
    MailingList,
    OutgoingPost,
    RawMessage,
    ScrubbedFile,
    Source,
)
from hyperkitty.selectors.attachments import attachment_bytes
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.denial import deny
from hyperkitty.threads.expunging import drop_files, identity_of

from .correcting import correct
from .derived import read_rows, wrong_columns

#: Attachments that say who sent them, whatever their bytes.
_TELLING = ("signature", "pgp", "pkcs7", "vcard", "x-vcard", "rfc822")


def anonymize(mlist: MailingList, email: Email) -> None:
    """Take name and address of its author out of *email*.

    Few fields of the header stay; of attachments those that do not tell. The caller
    holds the list's lock; *email* comes with its sender.
    """
    raw = RawMessage.objects.filter(email=email, number=0).first()
    if raw is None:
        return
    names = names_of(email)
    text = _text_of(email)
    body = NewBody(
        text=without_names(text, names),
        is_flowed=email.is_flowed,
        is_delsp=email.is_delsp,
        files=list(_files_without(email, raw, names)),
    )
    subject = without_names(email.subject, names)
    content = without_author(raw.read(), body, subject, email.message_id)
    line = from_line_for("anonymous@invalid", email.sort_date)
    deny(mlist, [identity_of(email)])
    ScrubbedFile.objects.filter(email=email).delete()
    _write(mlist, email, raw, content, line)


def take_lines_out(mlist: MailingList, email: Email, numbers: Iterable[int]) -> None:
    """Empty these lines of the text of *email*, by number; its author stays.

    The caller holds the list's lock; *email* comes with its sender.
    """
    raw = RawMessage.objects.filter(email=email, number=0).first()
    if raw is None:
        return
    body = NewBody(
        text=without_lines(_text_of(email), set(numbers)),
        is_flowed=email.is_flowed,
        is_delsp=email.is_delsp,
        files=list(_files_without(email, raw, ())),
    )
    deny(mlist, [identity_of(email)])
    line = bytes(raw.from_line or b"")
    _write(mlist, email, raw, with_body(raw.read(), body), line)


def names_of(email: Email) -> tuple[str, ...]:
    """Return what names the author of *email* in texts."""
    return (email.sender.address, email.sender_name)


def _text_of(email: Email) -> str:
    try:
        return EmailText.objects.get(pk=email.pk).text
    except (EmailText.DoesNotExist, ArchiveCorrupt, UnicodeDecodeError):
        return ""


def _files_without(
    email: Email, raw: RawMessage, names: Iterable[str]
) -> Iterable[KeptFile]:
    """Yield the attachments to keep; text ones without *names*.

    With *names*, whatever holds one in a form that cannot be written anew goes.
    """
    names = [name for name in names if name]
    for found in Attachment.objects.filter(email=email):
        if found.counter == email_html_part(email):
            continue
        if names and any(word in found.content_type for word in _TELLING):
            continue
        data, charset = attachment_bytes(found, raw), found.charset
        if names and found.content_type.startswith("text/"):
            text = data.decode(_codec(charset), "replace")
            data, charset = without_names(text, names).encode(), "utf-8"
        elif any(name.encode().lower() in data.lower() for name in names):
            continue
        yield KeptFile(found.name, found.content_type, data, charset)


def email_html_part(email: Email) -> int | None:
    """Return the number of the part that is the mail's text in HTML."""
    row = EmailText.objects.filter(pk=email.pk).values_list("html_part", flat=True)
    return row.first()


def _codec(charset: str) -> str:
    try:
        "".encode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return "utf-8"
    return charset or "utf-8"


def _write(
    mlist: MailingList, email: Email, raw: RawMessage, content: bytes, line: bytes
) -> None:
    incoming = Incoming(content, raw.arrived_at, Source(raw.source), line)
    (mail,) = prepare([incoming], current_dictionary())
    copies = RawMessage.objects.filter(email=email, number__gt=0)
    drop_files([*copies.defer("data"), raw])
    copies.delete()
    OutgoingPost.objects.filter(email=email).delete()
    _write_raw(raw, mail, line)
    senders = ensure_senders([mail])
    (rows,) = read_rows(mlist, [email])
    if columns := wrong_columns(rows, mail):
        correct(rows, mail, columns, senders)
    note_changes(mlist, [email.pk], in_files=True)


def _write_raw(raw: RawMessage, mail: Prepared, line: bytes) -> None:
    raw.codec, raw.dictionary_id = mail.raw.codec, mail.raw.dictionary_id
    raw.data, raw.file = mail.raw.data, ""
    raw.digest, raw.size = mail.digest, mail.parsed.size
    raw.from_line = line or None
    if "hyperkitty" in settings.STORAGES:
        name = f"raw/{mail.digest[:2]}/{mail.digest[2:4]}/{mail.digest}.zst"
        raw.file = storages["hyperkitty"].save(name, File(BytesIO(mail.raw.data)))
        raw.data = None
    raw.save()
