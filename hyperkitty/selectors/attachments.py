"""Attachments, and what a browser may do with them."""

from __future__ import annotations

from hyperkitty.mail.attachments import read_attachment
from hyperkitty.models import Attachment, Email, RawMessage, ScrubbedFile

#: Types that are harmless to open; every other one is sent as bytes to save.
SAFE_TYPES = frozenset(
    {
        "application/gzip",
        "application/pdf",
        "application/pgp-signature",
        "application/zip",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
        "text/x-diff",
        "text/x-patch",
    }
)
#: Of these, what a browser shows in its place when the URL asks for that.
VIEWED_AS = {
    "image/gif": "image/gif",
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/webp": "image/webp",
    "text/plain": "text/plain",
    "text/x-diff": "text/plain",
    "text/x-patch": "text/plain",
}


def attachment_bytes(attachment: Attachment, stored: RawMessage) -> bytes:
    """Return the content of *attachment* of the mail with the bytes *stored*.

    Read again from the mail; a file that Pipermail cut out of it is read from its row.
    Two queries at most.
    """
    if attachment.counter < ScrubbedFile.FIRST_COUNTER:
        return read_attachment(stored.read(), attachment.counter) or b""
    files = ScrubbedFile.objects.filter(email_id=attachment.email_id)
    kept = files.filter(counter=attachment.counter).first()
    return kept.unpack() if kept is not None else b""


def find_attachment(email: Email, counter: int, name: str) -> Attachment | None:
    """Return the attachment of *email* with that number and name. One query."""
    if "\x00" in name:
        return None
    return Attachment.objects.filter(email=email, counter=counter, name=name).first()
