"""Writing a mail again without what must go: plain values in, the bytes of a mail out.

The result is an ordinary mail, so that all else follows from it as from any other. A
header field says that it is not what arrived.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_base64
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from .mime import MAX_HEADER_BLOCK

#: Says what was done to the mail.
MARK = "X-Archive-Redacted"
#: Who sent a mail that was made anonymous.
ANONYMOUS = "Anonymous <anonymous@invalid>"
REMOVED = "[removed]"
#: Shorter names would be found inside other words' neighborhoods too often.
MIN_NAME = 3

#: What stays of the header when its author goes: where the mail hangs, and when.
_KEPT = frozenset(
    {
        b"date",
        b"x-original-date",
        b"message-id",
        b"message-id-hash",
        b"x-message-id-hash",
        b"in-reply-to",
        b"references",
        b"subject",
        b"list-id",
    }
)
#: What is written anew with the body.
_OF_BODY = (b"content-", b"mime-version", MARK.lower().encode())
#: What no longer fits a body that was changed.
_OF_SEALS = (b"dkim-", b"arc-", b"authentication-results", b"domainkey-", b"x-google-")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_QUOTE = re.compile(r"(?:[ \t]{0,3}[>|])*[ \t]?")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An attachment that stays."""

    name: str
    content_type: str
    data: bytes
    charset: str = ""


@dataclass(frozen=True, slots=True)
class NewBody:
    """What the mail says from now on."""

    text: str
    is_flowed: bool = False
    is_delsp: bool = False
    files: Sequence[KeptFile] = ()


def without_author(raw: bytes, body: NewBody, subject: str, message_id: str) -> bytes:
    """Return the mail *raw* with *body*, nameless: few header fields stay.

    *subject* and *message_id* are written where the mail has no such field, or the
    subject differs.
    """
    fields = [(name, field) for name, field in header_fields(raw) if name in _KEPT]
    fields = [(name, field) for name, field in fields if name != b"subject"]
    head = [f"From: {ANONYMOUS}\n".encode(), _subject(subject)]
    if not any(name == b"message-id" for name, _field in fields):
        head.append(f"Message-ID: <{message_id}>\n".encode("ascii", "replace"))
    head += [field for _name, field in fields]
    return _written(head, body, "author")


def with_body(raw: bytes, body: NewBody) -> bytes:
    """Return the mail *raw* with *body* and its own header, without stale seals."""
    head = [
        field
        for name, field in header_fields(raw)
        if not name.startswith((*_OF_BODY, *_OF_SEALS))
    ]
    return _written(head, body, "text")


def header_fields(raw: bytes) -> Iterable[tuple[bytes, bytes]]:
    """Yield name, in lower case, and bytes of each header field, line ends "\\n"."""
    lines = raw[:MAX_HEADER_BLOCK].replace(b"\r\n", b"\n").split(b"\n")
    name, field = b"", b""
    for line in lines:
        if not line.strip():
            break
        if line[:1] in (b" ", b"\t") and field:
            field += line + b"\n"
            continue
        if field:
            yield name, field
        found = _FIELD.match(line)
        name, field = (found[1].lower(), line + b"\n") if found else (b"", b"")
    if field:
        yield name, field


def without_names(text: str, names: Iterable[str]) -> str:
    """Return *text* with *names*, in any case of letters, taken out."""
    pattern = _pattern(names)
    return pattern.sub(REMOVED, text) if pattern else text


def lines_with_names(text: str, names: Iterable[str]) -> set[int]:
    """Return the numbers of the lines, from 0, that hold one of *names*."""
    pattern = _pattern(names)
    if pattern is None:
        return set()
    return {n for n, line in enumerate(text.split("\n")) if pattern.search(line)}


def quoting_lines(text: str, own: Collection[str]) -> set[int]:
    """Return the numbers of the quoted lines, from 0, that stand in *own*.

    *own* holds lines as `plain_line` folds them.
    """
    return {
        number
        for number, line in enumerate(text.split("\n"))
        if line.lstrip()[:1] in (">", "|") and plain_line(line) in own
    }


def plain_line(line: str) -> str:
    """Return a line without quote marks and superfluous white space."""
    found = _QUOTE.match(line)
    return " ".join(line[found.end() if found else 0 :].split())


def without_lines(text: str, numbers: Collection[int]) -> str:
    """Return *text* with these lines emptied; as many lines stay, with their marks."""
    lines = text.split("\n")
    for number in sorted(numbers):
        if not 0 <= number < len(lines):
            continue
        marks = _QUOTE.match(lines[number])
        prefix = marks[0].rstrip() if marks else ""
        begins = number - 1 not in numbers
        lines[number] = f"{prefix} {REMOVED}".strip() if begins else prefix
    return "\n".join(lines)


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    wanted = sorted({n.strip() for n in names if len(n.strip()) >= MIN_NAME}, key=len)
    if not wanted:
        return None
    anyof = "|".join(re.escape(name) for name in reversed(wanted))
    return re.compile(rf"(?<!\w)(?:{anyof})(?!\w)", re.IGNORECASE)


def _subject(subject: str) -> bytes:
    if subject.isascii() and "=?" not in subject and len(subject) < 900:
        return f"Subject: {subject}\n".encode()
    # Ten characters of four bytes fill a word of 75 columns (RFC 2047 §2).
    pieces = (subject[at : at + 10] for at in range(0, len(subject), 10))
    words = [b2a_base64(p.encode(), newline=False) for p in pieces]
    return b"Subject: " + b"\n ".join(b"=?utf-8?b?%s?=" % w for w in words) + b"\n"


def _written(head: Sequence[bytes], body: NewBody, what: str) -> bytes:
    parts = [_text_part(body), *(_file_part(found) for found in body.files)]
    content = parts[0]
    if len(parts) > 1:
        boundary = f"=_{blake2b(b''.join(parts), digest_size=15).hexdigest()}"
        mark = f"--{boundary}".encode()
        inner = b"".join(mark + b"\n" + part + b"\n" for part in parts)
        content = (
            f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n'.encode()
            + inner
            + mark
            + b"--\n"
        )
    fields = [f"{MARK}: {what}\n".encode(), b"MIME-Version: 1.0\n"]
    return b"".join([*head, *fields, content])


def _text_part(body: NewBody) -> bytes:
    kind = "text/plain; charset=utf-8"
    if body.is_flowed:
        kind += "; format=flowed" + ("; delsp=yes" if body.is_delsp else "")
    return (
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n".encode()
        + encodebytes(body.text.encode())
    )


def _file_part(found: KeptFile) -> bytes:
    kind = found.content_type + (f"; charset={found.charset}" if found.charset else "")
    name = quote(found.name, safe="")
    return (
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: attachment; filename*=utf-8''{name}\n\n"
    ).encode("ascii", "replace") + encodebytes(found.data)
