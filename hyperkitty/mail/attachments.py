"""Attachments of a mail: what they are called, and their bytes read again.

An attachment is known by a counter, as in its URL. Below 1000 it is the number of the
MIME part in walk order. A file inside a part (a uuencoded or yEnc block in a text, a
file in a winmail.dat) has ``1000 * (1 + its number in the part) + the part's number``:
one look tells where it is, the same bytes always give the same counters, and all of
them fit a 16-bit column.
"""

from __future__ import annotations

import re
from email.message import Message

from hyperkitty.mail import headers, tnef, uuencode
from hyperkitty.mail.file_names import safe_name, type_for
from hyperkitty.mail.mime import read_message
from hyperkitty.mail.parts import MAX_PARTS, Part, walk
from hyperkitty.mail.uuencode import EmbeddedFile
from hyperkitty.mail.values import ParsedAttachment

OCTET_STREAM = "application/octet-stream"

_CHARSET = re.compile(r"[a-z0-9._:+-]{1,50}")
_MAX_CONTENT_ID = 255


def read_attachment(raw: bytes, counter: int) -> bytes | None:
    """Return the decoded bytes of an attachment of the mail *raw*; never raises.

    *counter* is a `ParsedAttachment.counter` or `ParsedMessage.html_part`. None if the
    mail has no such part.
    """
    if counter < 0:
        return None
    level, number = divmod(counter, MAX_PARTS)
    message, _ = read_message(raw)
    for part in walk(message):
        if part.counter == number:
            content, _ = part.content()
            return content if level == 0 else _embedded(part, content, level - 1)
    return None


def describe(part: Part, content: bytes) -> ParsedAttachment:
    """Return what a list of attachments shows of a part with these decoded bytes."""
    content_type = part.content_type if part.has_valid_type else OCTET_STREAM
    charset = part.charset
    return ParsedAttachment(
        counter=part.counter,
        name=safe_name(declared_name(part) or _default_name(part), content_type),
        content_type=content_type,
        charset=charset if _CHARSET.fullmatch(charset) else "",
        size=len(content),
        content_id=headers.decode(part.content_id, limit=_MAX_CONTENT_ID).strip("<> "),
        inline=part.disposition == "inline",
    )


def describe_embedded(
    part: Part, files: tuple[EmbeddedFile, ...]
) -> list[ParsedAttachment]:
    """Return what a list of attachments shows of the files inside a part."""
    return [
        ParsedAttachment(
            counter=MAX_PARTS * (1 + number) + part.counter,
            name=safe_name(file.name, type_for(file.name)),
            content_type=type_for(file.name),
            charset="",
            size=len(file.data),
        )
        for number, file in enumerate(files)
    ]


def is_tnef(part: Part) -> bool:
    """Whether a part is a winmail.dat."""
    return part.content_type in tnef.TYPES or (
        part.content_type == OCTET_STREAM
        and declared_name(part).lower() == "winmail.dat"
    )


def declared_name(part: Part) -> str:
    """Return the file name that the mail gives a part, not yet safe; "" if none."""
    disposition = part.disposition_parameters or {}
    name = disposition.get("filename") or part.parameter("name")
    return headers.decode(name) if name else ""


def _default_name(part: Part) -> str:
    """Call a forwarded mail by its subject; else the type gives the name."""
    if part.content_type == "message/rfc822" and part.children:
        subject = headers.decode(_header(part.children[0], "subject"))
        return f"{subject.replace('/', '_')}.eml" if subject else ""
    if part.content_type in tnef.TYPES:
        return "winmail.dat"
    return ""


def _header(message: Message, wanted: str) -> str:
    for name, value in message.raw_items():
        if name.lower() == wanted:
            return value
    return ""


def _embedded(part: Part, content: bytes, number: int) -> bytes | None:
    if is_tnef(part):
        files = tnef.tnef_files(content)
    else:
        _, files = uuencode.split_files(content)
    return files[number].data if number < len(files) else None
