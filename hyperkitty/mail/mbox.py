"""Mbox files: read from any of the dialects in bounded memory, written as mboxrd.

An mbox is a row of mails, each below a line ``From sender date`` and above a blank
line. The dialects differ in what they do with a line of a mail that looks the same:

- mboxo writes ``>From `` for ``From ``; mboxrd also ``>>From `` for ``>From `` and so
  on, so that it can be undone. One ``>`` is taken off all of them.
- mboxcl and mboxcl2 give the size of the body in Content-Length. Where that is right,
  it wins; a mail that holds a ``From `` line as it is (mboxcl2) was not quoted at all.
- Careless programs do nothing. A line then only counts as the start of a mail if it
  ends in a date, and if a blank line stands before or a header after it.

Line ends stay as they came. What stands before the first ``From `` line is given as a
mail without From_ line; so is a file that has none.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_MESSAGE = 100 * 1024 * 1024

_CHUNK = 1024 * 1024
_MAX_FROM_LINE = 1000
_LOOK_AHEAD = _MAX_FROM_LINE + 100  # a From_ line and a header's name
_MAX_HEADERS = 64 * 1024  # in which Content-Length is looked for
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTHS = (
    *(b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun"),
    *(b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"),
)
_ZONE = rb"(?:[A-Z]{1,5}|[+-][0-9]{4})"
_CLOCK = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
# Also with a zone before or after the year, and in the order of a Date header.
_FROM_LINE = re.compile(
    rb"From (?:.{0,500} )?(?:%(day)s),? +"
    rb"(?:(?:%(month)s) +[0-9]{1,2} +%(clock)s(?: +%(zone)s){0,2} +[0-9]{4}"
    rb"|[0-9]{1,2} +(?:%(month)s) +[0-9]{4} +%(clock)s)"
    rb"(?: +%(zone)s){0,2}(?: remote from .{1,200})?[ \t\r]*"
    % {
        b"day": b"|".join(_DAYS),
        b"month": b"|".join(_MONTHS),
        b"clock": _CLOCK,
        b"zone": _ZONE,
    }
)
_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]?:|>From ")
_CONTENT_LENGTH = re.compile(
    rb"^content-length:[ \t]*([0-9]{1,12})[ \t\r]*$", re.IGNORECASE | re.MULTILINE
)
_FROM_TO_QUOTE = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


class DamagedFileError(Exception):
    """A compressed mbox ends early or is damaged; all that could be read was given."""


@dataclass(frozen=True, slots=True)
class MboxMessage:
    """A mail of an mbox."""

    from_line: bytes  # the From_ line without its line end; b"" if there was none
    raw: bytes  # unquoted; without the blank line that ends it in an mbox
    index: int  # counts from 0
    offset: int  # of the From_ line, in bytes of the uncompressed file


def open_mbox(
    source: str | PathLike[str] | BinaryIO,
    *,
    is_mboxrd: bool = False,
    max_size: int = MAX_MESSAGE,
) -> Iterator[MboxMessage]:
    """Yield the mails of an mbox file or stream, gzip, bzip2 and xz undone.

    Memory does not grow with the file. A mail over *max_size* bytes comes in pieces,
    the later ones without From_ line. Raises `OSError` if the file cannot be read, and
    `DamagedFileError` after the last mail if its compression is damaged.

    By default the dialect is judged mail by mail, and a mail keeps its last line end
    even where the blank line after it is missing. With *is_mboxrd* each ``From `` line
    starts a mail, and a missing blank line says that the mail has no last line end:
    what `write_mboxrd` wrote comes back byte for byte.
    """
    opened = (
        closing(open(source, "rb"))  # noqa: SIM115  # closed by the with statement
        if isinstance(source, str | PathLike)
        else nullcontext(source)
    )
    with opened as stream:
        yield from _Reader(_decompressed(stream), is_mboxrd, max_size).messages()


def write_mboxrd(out: BinaryIO, raw: bytes, from_line: bytes | None = None) -> None:
    """Write a mail as mboxrd: any bytes can be read back as they are.

    The mail's bytes are followed by one line end, whether or not they end in one, so
    that a blank line after a mail says that it had a last line end.
    """
    line = (from_line or b"").split(b"\n", 1)[0].rstrip(b"\r")
    if not line.startswith(b"From "):
        line = from_line_for("", None)
    if b"From " in raw:
        raw = _FROM_TO_QUOTE.sub(rb">\1", raw)
    out.write(line + b"\n" + raw + b"\n")


def from_line_for(address: str, when: datetime | None) -> bytes:
    """Return a From_ line for a mail that has none; *when* is aware."""
    sender = "".join(address.split()).encode("ascii", "replace")[:200]
    moment = (when or datetime.fromtimestamp(0, UTC)).astimezone(UTC)
    return b"From %s %s %s %2d %02d:%02d:%02d %04d" % (
        sender or b"MAILER-DAEMON",
        _DAYS[moment.weekday()],
        _MONTHS[moment.month - 1],
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.year,
    )


class _Prefixed(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, prefix: bytes, stream: BinaryIO) -> None:
        self.prefix = prefix
        self.stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        with memoryview(buffer).cast("B") as view:
            data = self.prefix[: len(view)] or self.stream.read(len(view))
            self.prefix = self.prefix[len(view) :]
            view[: len(data)] = data
        return len(data)


def _decompressed(stream: BinaryIO) -> io.BufferedIOBase:
    magic = b""
    while len(magic) < 6 and (more := stream.read(6 - len(magic))):
        magic += more
    whole = io.BufferedReader(_Prefixed(magic, stream), _CHUNK)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=whole)
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(whole)
    if magic == b"\xfd7zXZ\0":
        return lzma.LZMAFile(whole)
    return whole


class _Reader:
    """Cuts a stream into mails; the buffer starts with the mail that comes next."""

    def __init__(
        self, stream: io.BufferedIOBase, is_mboxrd: bool, max_size: int
    ) -> None:
        self.stream = stream
        self.is_mboxrd = is_mboxrd
        self.max_size = max_size
        self.buffer = bytearray()
        self.at_end = False
        self.damage: Exception | None = None

    def messages(self) -> Iterator[MboxMessage]:
        """Yield all mails; see `open_mbox`."""
        index = offset = 0
        self.fill_to(_CHUNK)
        if self.buffer.startswith(_BYTE_ORDER_MARK + b"From "):
            offset = len(_BYTE_ORDER_MARK)
            del self.buffer[:offset]
        has_from_line = self.is_separator(0)
        while self.buffer:
            end, is_cut, message = self.next_message(has_from_line, index, offset)
            if message is not None:
                yield message
                index += 1
            offset += end
            del self.buffer[:end]
            has_from_line = not is_cut
            self.fill_to(1)
        if self.damage is not None:
            raise DamagedFileError(str(self.damage)) from self.damage

    def next_message(
        self, has_from_line: bool, index: int, offset: int
    ) -> tuple[int, bool, MboxMessage | None]:
        """Return where the mail ends, whether it was cut there, and the mail."""
        if not has_from_line:
            end, is_cut = self.end_by_line(0)
            raw = self.copy(0, end)
            is_mail = bool(raw) and not raw.isspace()
            return (
                end,
                is_cut,
                MboxMessage(b"", raw, index, offset) if is_mail else None,
            )
        start = self.buffer.find(b"\n") + 1 or len(self.buffer)
        from_line = self.copy(0, start).rstrip(b"\n")
        line_end = b"\r\n" if from_line.endswith(b"\r") else b"\n"
        body, end = (0, 0) if self.is_mboxrd else self.end_by_length(start, line_end)
        is_cut = False
        if not end:
            end, is_cut = self.end_by_line(start)
        raw = self.copy(start, end)
        if not is_cut:
            raw = self.without_blank_line(raw, line_end)
        is_quoted = not body or self.buffer.find(b"\nFrom ", body - 1, end - 1) < 0
        if is_quoted and b">From " in raw:
            raw = _QUOTED_FROM.sub(rb"\1", raw)
        message = MboxMessage(from_line.rstrip(b"\r"), raw, index, offset)
        return end, is_cut, message

    def end_by_line(self, start: int) -> tuple[int, bool]:
        """Find the next From_ line, and say if the mail must be cut before it."""
        search = max(start - 1, 0)
        while True:
            found = self.buffer.find(b"\nFrom ", search)
            if found >= 0:
                if self.is_separator(found + 1):
                    return found + 1, False
                search = found + 1
            elif self.at_end:
                return len(self.buffer), False
            elif len(self.buffer) > self.max_size + _CHUNK:
                return self.max_size, True
            else:
                search = max(search, len(self.buffer) - len(b"\nFrom ") + 1)
                self.fill_to(len(self.buffer) + 1)

    def end_by_length(self, start: int, line_end: bytes) -> tuple[int, int]:
        """Return where the body starts and where the mail ends by Content-Length.

        It fits if just line ends stand between there and the next From_ line or the end
        of the file; else (0, 0).
        """
        self.fill_to(start + _MAX_HEADERS)
        blank = self.buffer.find(b"\n" + line_end, start, start + _MAX_HEADERS)
        if blank < 0 or self.buffer.find(b"ength:", start, blank) < 0:
            return 0, 0
        match = _CONTENT_LENGTH.search(self.buffer, start, blank + 1)
        if match is None or int(match[1]) > self.max_size:
            return 0, 0
        body = blank + 1 + len(line_end)
        end = body + int(match[1])
        self.fill_to(end + _LOOK_AHEAD)
        if end > len(self.buffer):
            return 0, 0
        gap = self.copy(end, end + 2 * len(line_end))
        end += len(gap) - len(gap.lstrip(b"\r\n"))
        is_end = end == len(self.buffer) or self.is_separator(end)
        return (body, end) if is_end else (0, 0)

    def is_separator(self, at: int) -> bool:
        """Whether a From_ line stands at *at*."""
        self.fill_to(at + _LOOK_AHEAD)
        if not self.buffer.startswith(b"From ", at) or (
            at and self.buffer[at - 1 : at] != b"\n"
        ):
            return False
        if self.is_mboxrd:
            return True
        line_end = self.buffer.find(b"\n", at, at + _MAX_FROM_LINE)
        line_end = line_end if line_end >= 0 else len(self.buffer)
        if not _FROM_LINE.fullmatch(self.buffer, at, line_end):
            return False
        before = self.copy(max(at - 3, 0), at)
        is_after_blank = at == 0 or before.endswith((b"\n\n", b"\n\r\n"))
        return is_after_blank or _HEADER.match(self.buffer, line_end + 1) is not None

    def without_blank_line(self, raw: bytes, line_end: bytes) -> bytes:
        """Drop the blank line that belongs to the mbox."""
        if self.is_mboxrd:
            return raw.removesuffix(b"\n")
        if raw == line_end or raw.endswith(b"\n" + line_end):
            return raw[: -len(line_end)]
        return raw

    def copy(self, start: int, end: int) -> bytes:
        """Return bytes of the buffer."""
        with memoryview(self.buffer) as view:
            return view[start:end].tobytes()

    def fill_to(self, size: int) -> None:
        """Read until the buffer has *size* bytes, or all there are."""
        while len(self.buffer) < size and not self.at_end:
            try:
                data = self.stream.read1(_CHUNK)  # what a damaged file still has
            except (EOFError, zlib.error, lzma.LZMAError) as error:
                data, self.damage = b"", error
            except OSError as error:
                if error.errno is not None:  # the disk, not the compression
                    raise
                data, self.damage = b"", error
            self.buffer += data
            self.at_end = not data
