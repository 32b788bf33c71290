"""Files inside the text of a mail: uuencode and yEnc blocks."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_FILES = 31  # of one text; see `attachments` for how they are numbered

_BEGIN = re.compile(rb"begin(-base64)? [0-7]{3,4} +([^\r\n]{1,500})\Z")
_YBEGIN = re.compile(rb"=ybegin [^\r\n]*\bname=([^\r\n]{1,500})\Z")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{1,100}={0,2}\Z")
_MIN_LINES_WITHOUT_END = 3  # of a block that the end of the mail cuts off
_YENC = bytes((byte - 42) % 256 for byte in range(256))


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file that stands inside the content of a part."""

    name: str  # as it was written: not safe
    data: bytes


def has_files(data: bytes) -> bool:
    """Whether *data* may hold a block; cheap, for nearly all texts have none."""
    return b"begin " in data or b"begin-base64 " in data or b"=ybegin " in data


def split_files(data: bytes) -> tuple[bytes, tuple[EmbeddedFile, ...]]:
    """Take the blocks out of a text; a line that names the file stays in their place.

    What does not decode stays text. Linear: no line is a data line of two blocks.
    """
    if not has_files(data):
        return data, ()
    lines = data.splitlines(keepends=True)
    kept: list[bytes] = []
    files: list[EmbeddedFile] = []
    last_yend = _last_index(lines, b"=yend")
    index = 0
    while index < len(lines):
        line = lines[index]
        end = index
        found: bytes | None = None
        begin = None
        if len(files) < MAX_FILES and line[:6] in (b"begin ", b"begin-", b"=ybegi"):
            stripped = line.rstrip(b"\r\n ")
            if begin := _BEGIN.match(stripped):
                read = _read_base64 if begin[1] else _read_uuencode
                found, end = read(lines, index + 1)
            elif index < last_yend and (begin := _YBEGIN.match(stripped)):
                found, end = _read_yenc(lines, index + 1)
        if begin is None or found is None:
            kept.append(line)
            index += 1
            continue
        name = begin[begin.re.groups].strip(b' "')
        kept.append(b"[attachment: " + name + b"]\n")
        files.append(EmbeddedFile(name.decode("utf-8", "replace"), found))
        index = end
    return b"".join(kept), tuple(files)


def decode_uuencoded(data: bytes) -> tuple[bytes, bool]:
    """Decode a part whose Content-Transfer-Encoding is uuencode."""
    lines = data.splitlines(keepends=True)
    for index, line in enumerate(lines):
        if begin := _BEGIN.match(line.rstrip(b"\r\n ")):
            read = _read_base64 if begin[1] else _read_uuencode
            found, _ = read(lines, index + 1)
            return (data, False) if found is None else (found, True)
    return data, False


def _last_index(lines: list[bytes], start: bytes) -> int:
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].startswith(start):
            return index
    return -1


def _read_uuencode(lines: list[bytes], index: int) -> tuple[bytes | None, int]:
    """Return the decoded lines up to "end", and the index of the line after it."""
    out: list[bytes] = []
    while index < len(lines):
        line = lines[index].rstrip(b"\r\n")
        index += 1
        if line == b"end":
            return b"".join(out), index
        if line.rstrip(b" `"):
            decoded = _uuencoded_line(line)
            if decoded is None:
                return None, index
            out.append(decoded)
    return _unless_short(out), index


def _uuencoded_line(line: bytes) -> bytes | None:
    length = (line[0] - 32) & 63
    letters = (length + 2) // 3 * 4
    if len(line) > letters + 3:  # some encoders add a checksum
        return None
    try:
        return binascii.a2b_uu(line[: letters + 1])
    except binascii.Error:
        return None


def _read_base64(lines: list[bytes], index: int) -> tuple[bytes | None, int]:
    out: list[bytes] = []
    while index < len(lines):
        line = lines[index].rstrip(b"\r\n ")
        index += 1
        if line == b"====":
            return _base64_lines(out), index
        if not _BASE64_LINE.match(line):
            return None, index
        out.append(line)
    return None, index


def _base64_lines(lines: Iterable[bytes]) -> bytes | None:
    try:
        return b"".join(binascii.a2b_base64(line) for line in lines)
    except binascii.Error:
        return None


def _read_yenc(lines: list[bytes], index: int) -> tuple[bytes | None, int]:
    out: list[bytes] = []
    while index < len(lines):
        line = lines[index].rstrip(b"\r\n")
        index += 1
        if line.startswith(b"=yend"):
            return b"".join(out), index
        if line.startswith(b"=ybegin "):
            return None, index - 1
        if not line.startswith(b"=ypart "):
            out.append(_yenc_line(line))
    return None, index


def _yenc_line(line: bytes) -> bytes:
    plain, *escaped = line.split(b"=")
    out = [plain.translate(_YENC)]
    for piece in escaped:  # "=" moves the byte after it by another 64
        if piece:
            out.append(bytes([(piece[0] - 64 - 42) % 256]))
            out.append(piece[1:].translate(_YENC))
    return b"".join(out)


def _unless_short(out: list[bytes]) -> bytes | None:
    return b"".join(out) if len(out) >= _MIN_LINES_WITHOUT_END else None
