"""Header fields and bodies in seven bits, folded, with nothing that could break out.

Written here and not with `email.message`: Python folds long References by encoding
them as words (bpo-35805), which no mail program reads as ids.
"""

from __future__ import annotations

import re
from base64 import b64encode, encodebytes
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from quopri import encodestring
from urllib.parse import quote

from hyperkitty.mail.headers import one_line

#: Columns at which header fields are folded.
WIDTH = 76
#: Bytes of UTF-8 in one encoded word: 75 columns of base64 (RFC 2047 §2).
WORD_BYTES = 45
#: The longest line that mail servers must take (RFC 5322 §2.1.1).
LONGEST_LINE = 998
#: Characters kept of a file's name.
MAX_FILE_NAME = 80

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LONG_TOKEN = re.compile(r"\S{900}")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


def text_field(name: str, text: str) -> str:
    """Return a field of free text, such as Subject, folded."""
    text = one_line(text)
    if _is_plain(text):
        return folded(name, text.split(" "))
    return folded(name, encoded_words(text))


def address_field(name: str, *people: tuple[str, str]) -> str:
    """Return a field of people, each with name and address."""
    tokens: list[str] = []
    for place, (display_name, address) in enumerate(people):
        comma = "," if place < len(people) - 1 else ""
        tokens += [*_phrase(one_line(display_name)), f"<{address}>{comma}"]
    return folded(name, tokens)


def folded(name: str, tokens: Iterable[str]) -> str:
    """Return a field whose *tokens* are put on lines of `WIDTH` columns if they fit."""
    lines = [f"{name}:"]
    for token in tokens:
        if len(lines[-1]) + 1 + len(token) > WIDTH and lines[-1] not in (
            "",
            f"{name}:",
        ):
            lines.append("")
        lines[-1] += f" {token}"
    return "\r\n".join(lines) + "\r\n"


def encoded_words(text: str) -> list[str]:
    """Return *text* as encoded words of UTF-8, none of which cuts a character."""
    words: list[str] = []
    part = b""
    for char in text:
        encoded = char.encode()
        if len(part) + len(encoded) > WORD_BYTES:
            words.append(_word(part))
            part = b""
        part += encoded
    return [*words, _word(part)] if part else words


def text_part(text: str) -> bytes:
    """Return headers and content of a flowed text part, in seven bits."""
    data = text.replace("\n", "\r\n").encode()
    kind = "text/plain; charset=utf-8; format=flowed"
    if text.isascii() and max(map(len, text.split("\n"))) < LONGEST_LINE:
        return _part(kind, "7bit", data)
    quoted = b"\r\n".join(map(_quoted_printable, data.split(b"\r\n")))
    wrapped = encodebytes(data).replace(b"\n", b"\r\n")
    if len(quoted) <= len(wrapped):
        return _part(kind, "quoted-printable", quoted)
    return _part(kind, "base64", wrapped)


def file_part(name: str, content_type: str, data: bytes) -> bytes:
    """Return headers and content of an attached file."""
    if not _TYPE.fullmatch(content_type.lower()):
        content_type = "application/octet-stream"
    if content_type.lower().startswith(("multipart/", "message/")):
        content_type = "application/octet-stream"
    encoded = quote(file_name(name).encode(), safe="")
    disposition = folded(
        "Content-Disposition", ["attachment;", f"filename*=UTF-8''{encoded}"]
    )
    content = encodebytes(data).replace(b"\n", b"\r\n")
    return disposition.encode() + _part(content_type.lower(), "base64", content)


def html_part(html: str) -> bytes:
    """Return headers and content of a part of HTML."""
    content = encodebytes(html.encode()).replace(b"\n", b"\r\n")
    return _part("text/html; charset=utf-8", "base64", content)


def multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    """Return headers and content of ``multipart/<kind>`` (RFC 2046 §5.1)."""
    # A digest of the content: the parts cannot hold their own boundary.
    boundary = f"=_{blake2b(b''.join(parts), digest_size=15).hexdigest()}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    mark = f"--{boundary}".encode()
    inner = b"".join(mark + b"\r\n" + part for part in parts)
    return head.encode() + inner + mark + b"--\r\n"


def file_name(name: str) -> str:
    """Return a name without path and controls, its ending kept if it is cut."""
    name = one_line(name.replace("\\", "/").rpartition("/")[2]) or "attachment"
    if len(name) <= MAX_FILE_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 10:
        return name[:MAX_FILE_NAME]
    return stem[: MAX_FILE_NAME - len(ending) - 1] + dot + ending


def _is_plain(text: str) -> bool:
    """Whether *text* can stand in a header as it is, and be read back the same."""
    return text.isascii() and "=?" not in text and not _LONG_TOKEN.search(text)


def _phrase(name: str) -> list[str]:
    if not name:
        return []
    if not _is_plain(name):
        return encoded_words(name)
    if _ATOM.fullmatch(name):
        return name.split(" ")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def _word(data: bytes) -> str:
    return f"=?utf-8?b?{b64encode(data).decode()}?="


def _quoted_printable(line: bytes) -> bytes:
    """Return one line, its soft breaks as in a mail."""
    if not line:
        return b""
    # A space at the end is what makes a line flow; servers may strip it.
    bare, last = (line[:-1], b"=20") if line.endswith(b" ") else (line, b"")
    encoded = encodestring(bare).replace(b"\n", b"\r\n") + last
    if encoded.startswith((b"From ", b".")):
        encoded = b"=%02X" % encoded[0] + encoded[1:]
    return encoded


def _part(content_type: str, encoding: str, data: bytes) -> bytes:
    head = (
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + data + (b"" if data.endswith(b"\r\n") else b"\r\n")
