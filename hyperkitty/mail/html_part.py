"""The HTML part of a mail, with the pictures that the mail brings along for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperkitty.mail.charsets import decode
from hyperkitty.mail.mime import read_message
from hyperkitty.mail.parts import Part, walk

PICTURE_TYPES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
MAX_PICTURES = 50
MAX_PICTURE_BYTES = 5 * 1024 * 1024  # of all together

_MAX_SOURCE = 4 * 1024 * 1024
_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_.:-]{2,40})")
_HEAD = 2048  # bytes in which a charset is looked for


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a type that browsers show and that runs nothing."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class HtmlPart:
    """The source of an HTML part, and its pictures by Content-ID without brackets."""

    source: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def read_html_part(raw: bytes, counter: int) -> HtmlPart | None:
    """Return the HTML part number *counter* of the mail *raw*; never raises.

    None if the mail has no such part. What is beyond the limits is left out.
    """
    message, _ = read_message(raw)
    found: Part | None = None
    pictures: dict[str, Picture] = {}
    room = MAX_PICTURE_BYTES
    for part in walk(message):
        if part.counter == counter:
            found = part
        name = part.content_id.strip().strip("<>")
        is_picture = part.content_type in PICTURE_TYPES and part.is_leaf
        if not (name and is_picture) or len(pictures) >= MAX_PICTURES:
            continue
        data, _ = part.content()
        if len(data) <= room:
            room -= len(data)
            pictures.setdefault(name, Picture(part.content_type, data))
    return HtmlPart(html_source(found), pictures) if found is not None else None


def html_source(part: Part) -> str:
    """Return the markup of a part, in the charset that it or its head declares."""
    content, _ = part.content()
    charset = part.charset
    if not charset and (match := _CHARSET.search(content, 0, _HEAD)):
        charset = match[1].decode("ascii")
    return decode(content[:_MAX_SOURCE], charset)[0]
