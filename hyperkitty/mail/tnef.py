"""The files inside a winmail.dat (MS-OXTNEF, as Outlook sends it)."""

from __future__ import annotations

import re
import struct

from hyperkitty.mail.charsets import decode
from hyperkitty.mail.uuencode import MAX_FILES, EmbeddedFile

TYPES = frozenset(["application/ms-tnef", "application/vnd.ms-tnef"])

_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEADER = struct.Struct("<BII")  # level, attribute, length; a checksum follows the data
_CHECKSUM_SIZE = 2
_MAX_ATTRIBUTES = 1000

_ATTACH_BEGINS = 0x00069002  # attAttachRendData
_ATTACH_TITLE = 0x00018010  # the 8.3 name
_ATTACH_DATA = 0x0006800F
_ATTACH_PROPERTIES = 0x00069005
# PR_ATTACH_LONG_FILENAME as an 8-bit or a UTF-16 string: its tag, one value, its size.
_LONG_NAME = re.compile(rb"([\x1e\x1f])\x00\x07\x37\x01\x00\x00\x00(....)", re.DOTALL)


def tnef_files(data: bytes) -> tuple[EmbeddedFile, ...]:
    """Return the attached files of a TNEF stream; what is damaged is left out."""
    if not data.startswith(_SIGNATURE):
        return ()
    files: list[EmbeddedFile] = []
    title = long_name = ""
    content: bytes | None = None
    for attribute, value in [*_attributes(data), (_ATTACH_BEGINS, b"")]:
        if attribute == _ATTACH_BEGINS:
            if content is not None and len(files) < MAX_FILES:
                files.append(EmbeddedFile(long_name or title, content))
            title = long_name = ""
            content = None
        elif attribute == _ATTACH_TITLE:
            title = decode(value.rstrip(b"\0"), None)[0]
        elif attribute == _ATTACH_PROPERTIES:
            long_name = _long_name(value)
        elif attribute == _ATTACH_DATA:
            content = value
    return tuple(files)


def _attributes(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    position = len(_SIGNATURE) + 2  # a key follows the signature
    while position + _HEADER.size <= len(data) and len(found) < _MAX_ATTRIBUTES:
        _, attribute, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        if position + length > len(data):
            break
        found.append((attribute, data[position : position + length]))
        position += length + _CHECKSUM_SIZE
    return found


def _long_name(properties: bytes) -> str:
    match = _LONG_NAME.search(properties)
    if match is None:
        return ""
    size = min(int.from_bytes(match[2], "little"), 1000)
    value = properties[match.end() : match.end() + size]
    charset = "utf-16-le" if match[1] == b"\x1f" else None
    return decode(value, charset)[0]
