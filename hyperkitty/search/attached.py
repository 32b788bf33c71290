"""The text of attached files that are text, within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hyperkitty.conf import app_settings
from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.mail.attachments import read_attachment
from hyperkitty.mail.charsets import decode
from hyperkitty.models import Attachment, RawMessage, ScrubbedFile

#: Files of one mail that are read at most.
MAX_FILES = 10
#: Raw messages above this are not opened for the sake of a file in them.
MAX_MESSAGE = 10 * 1024 * 1024

_TYPES = frozenset(
    {
        "application/json",
        "application/sql",
        "application/x-patch",
        "application/x-perl",
        "application/x-python",
        "application/x-sh",
        "application/xml",
        "application/yaml",
    }
)
#: Text that is markup more than words.
_MARKUP = frozenset({"text/html", "text/rtf", "text/x-vcard", "text/vcard"})


def attached_texts(
    attachments: Mapping[int, Sequence[Attachment]],
) -> dict[int, str]:
    """Return the text of the text files among *attachments*, by mail.

    Two queries for all of them; of each file as much as the setting allows.
    """
    limit = app_settings.search_attachment_size
    wanted = {
        email_id: some
        for email_id, rows in attachments.items()
        if (some := [row for row in rows if _is_text(row)][:MAX_FILES]) and limit
    }
    if not wanted:
        return {}
    raws = RawMessage.objects.filter(email__in=wanted, number=0, size__lte=MAX_MESSAGE)
    stored = {raw.email_id: raw for raw in raws}
    files = ScrubbedFile.objects.filter(email__in=wanted)
    kept = {(file.email_id, file.counter): file for file in files}
    return {
        email_id: "\n".join(
            _text(row, stored.get(email_id), kept, limit) for row in some
        )
        for email_id, some in wanted.items()
    }


def _is_text(row: Attachment) -> bool:
    kind = row.content_type
    return kind in _TYPES or (kind.startswith("text/") and kind not in _MARKUP)


def _text(
    row: Attachment,
    raw: RawMessage | None,
    kept: Mapping[tuple[int, int], ScrubbedFile],
    limit: int,
) -> str:
    try:
        if row.counter >= ScrubbedFile.FIRST_COUNTER:
            file = kept.get((row.email_id, row.counter))
            content = file.unpack() if file is not None else b""
        else:
            content = read_attachment(raw.read(), row.counter) or b"" if raw else b""
    except ArchiveCorrupt:
        return ""
    return decode(content[:limit], row.charset)[0]
