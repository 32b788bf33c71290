"""A look into an attachment on the page of its mail: text, patch, invitation, mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.gates import ListRequest
from hyperkitty.mail.calendar import Event, read_event
from hyperkitty.mail.charsets import decode
from hyperkitty.mail.parse import parse_message
from hyperkitty.models import Attachment, Email
from hyperkitty.selectors.attachments import attachment_bytes
from hyperkitty.selectors.mbox import raw_message
from hyperkitty.templatetags.files import Look, look_of

from .bodies import plain_body
from .conversation import NOTHING

#: Bytes of a file that are shown; the rest is in the download.
MAX_SHOWN = 256 * 1024
_LONGEST_NAME = 9


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows of one attachment."""

    attachment: Attachment
    body: SafeString = NOTHING
    event: Event | None = None
    #: Of a mail inside the mail: what its header says.
    headers: Sequence[tuple[str, str]] = field(default_factory=list)
    is_cut: bool = False


def chosen_preview(
    request: ListRequest, email: Email, files: Iterable[Attachment]
) -> Preview | None:
    """Return the look into the file that the query asks for, else into an invitation.

    One query if there is something to show, for the bytes of the mail.
    """
    asked = request.GET.get("file", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= _LONGEST_NAME
    for file in files:
        look = look_of(file)
        wanted = is_number and int(asked) == file.counter
        if look and (wanted or (not asked and look is Look.EVENT)):
            return _preview(request, email, file, look)
    return None


def _preview(
    request: ListRequest, email: Email, file: Attachment, look: Look
) -> Preview | None:
    stored = raw_message(email)
    if stored is None:
        return None
    try:
        data = attachment_bytes(file, stored)
    except ArchiveCorrupt:
        return None
    if look is Look.MAIL:
        return _mail(request, file, data)
    text, _fits = decode(data[:MAX_SHOWN], file.charset or None)
    if look is Look.EVENT:
        event = read_event(text)
        if event is not None:
            return Preview(file, event=event)
    body = plain_body(text, request, f"file{file.counter}")
    return Preview(file, body, is_cut=len(data) > MAX_SHOWN)


def _mail(request: ListRequest, file: Attachment, data: bytes) -> Preview:
    found = parse_message(data, arrived_at=datetime.now(UTC))
    sender = found.from_name or found.from_address
    if found.from_name and found.from_address:
        sender = f"{found.from_name} <{found.from_address}>"
    sent = found.date.strftime("%Y-%m-%d %H:%M %Z") if found.date else ""
    pairs = [(_("From"), sender), (_("Date"), sent), (_("Subject"), found.subject)]
    body = plain_body(found.text[:MAX_SHOWN], request, f"file{file.counter}")
    is_cut = len(found.text) > MAX_SHOWN
    headers = [(name, value) for name, value in pairs if value]
    return Preview(file, body, headers=headers, is_cut=is_cut)
