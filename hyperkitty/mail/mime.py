"""From the bytes of a mail to its tree of MIME parts, whatever the bytes are.

Python's own parser recurses once per nested part, tests every line against every open
boundary and ends the header block at the first odd line. This one gives the same tree
for sound mail (so that part numbers in old attachment URLs stay right), in time linear
in the size, with bounds on depth, parts and header size.
"""

from __future__ import annotations

import re
from email.message import Message

from hyperkitty.mail.parameters import read_parameters
from hyperkitty.mail.values import Problem

MAX_DEPTH = 50  # parts within parts
MAX_PARTS = 2_000
MAX_HEADER_BLOCK = 256 * 1024  # characters kept of one header block
MAX_HEADER = 32 * 1024  # characters kept of one header
MAX_CONTENT_HEADER = 4 * 1024  # of Content-Type and the like, which Python parses
MAX_REPAIRS = 1_000  # odd lines that are jumped over in one header block

_KEPT_AT_BOTH_ENDS = frozenset(["references", "in-reply-to"])

# Possessive quantifiers: no input makes these go back.
_BLOCK = re.compile(
    r"(?:[!-9;-~]++:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*+)*+", re.ASCII
)
_FIELD = re.compile(
    r"([!-9;-~]++):[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)", re.ASCII
)
_BLANK = re.compile(r"\r*\n")
_BLANK_LINE = re.compile(r"^\r*\n", re.MULTILINE)
_LEADING_BLANK = re.compile(r"(?:\udcef\udcbb\udcbf)?[\r\n]*(?=[!-9;-~]++:|>?From )")
_ENVELOPE = re.compile(r"(?:>?From [^\n]*+\n)*+")
_SPACED_FIELD = re.compile(r"([!-9;-~]{1,76})[ \t]{1,20}:[ \t]*+([^\n]*+)")
_WELL_KNOWN = re.compile(
    r"^(?:From|To|Cc|Subject|Date|Message-ID|Received|References|In-Reply-To|Sender"
    r"|Reply-To|Return-Path|MIME-Version|Content-Type|Content-Transfer-Encoding"
    r"|List-[A-Z]{1,20}|X-[A-Z-]{1,40})[ \t]{0,20}:",
    re.MULTILINE | re.IGNORECASE | re.ASCII,
)


def read_message(raw: bytes) -> tuple[Message, tuple[Problem, ...]]:
    """Parse a whole mail into Python's message objects; never raises.

    Header values are as `email.policy.compat32` keeps them: still folded and encoded,
    bytes above 127 as surrogate escapes. Use `Message.raw_items` to read them.
    """
    text = raw.decode("ascii", "surrogateescape")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    message: Message = Message()
    problems: dict[Problem, None] = {}
    start = _LEADING_BLANK.match(text)
    at = _ENVELOPE.match(text, start.end() if start else 0)
    body = _read_header(message, text, at.end() if at else 0, problems)
    _read_parts(message, text[body:], problems)
    return message, tuple(problems)


def _read_header(
    message: Message, text: str, at: int, problems: dict[Problem, None]
) -> int:
    """Read the header block that starts at *at*; return where the body starts."""
    fields: list[tuple[str, str]] = []
    begin = at
    last_known = -1
    for repairs in range(MAX_REPAIRS):
        end = _end_of_block(text, at)
        fields += _FIELD.findall(text, at, end)
        if end == len(text):
            break
        if blank := _BLANK.match(text, end):
            end = blank.end()
            break
        if repairs == 0:
            problems[Problem.BAD_HEADERS] = None
            last_known = _last_well_known(text, end)
        at = _after_odd_line(fields, text, end, last_known)
        if at == end:
            break
    _store_fields(message, fields, end - begin, problems)
    return end


def _end_of_block(text: str, at: int) -> int:
    match = _BLOCK.match(text, at)
    return match.end() if match else at


def _last_well_known(text: str, at: int) -> int:
    """Return where the last well-known header before the next blank line starts."""
    limit = min(at + MAX_HEADER_BLOCK, len(text))
    blank = _BLANK_LINE.search(text, at, limit)
    starts = _WELL_KNOWN.finditer(text, at, blank.start() if blank else limit)
    return max((match.start() for match in starts), default=-1)


def _after_odd_line(
    fields: list[tuple[str, str]], text: str, at: int, last_known: int
) -> int:
    """Return where to read on after a line that is no header; *at* if it is the body.

    It is the body unless a well-known header follows. Else it is a header with a space
    before its colon, an mbox line that slipped in, or the rest of a header that was
    wrapped without indenting it.
    """
    if at > last_known:
        return at
    line_end = text.find("\n", at)
    line_end = len(text) if line_end < 0 else line_end
    if spaced := _SPACED_FIELD.match(text, at):
        fields.append((spaced[1], spaced[2]))
    elif fields and not text.startswith(("From ", ">From "), at):
        name, value = fields[-1]
        if len(value) < MAX_HEADER:
            fields[-1] = (name, f"{value}\n {text[at:line_end]}")
    return min(line_end + 1, len(text))


def _store_fields(
    message: Message,
    fields: list[tuple[str, str]],
    size: int,
    problems: dict[Problem, None],
) -> None:
    room = MAX_HEADER_BLOCK if size > MAX_HEADER_BLOCK else size + len(fields)
    for name, value in fields:
        if len(value) > MAX_CONTENT_HEADER:
            value = _shortened(name[:76].lower(), value)
        room -= len(name) + len(value)
        if room < 0:
            problems[Problem.BAD_HEADERS] = None
            break
        message.set_raw(name, value.rstrip("\r"))


def _shortened(name: str, value: str) -> str:
    """Cut a header to its bound; of References, the first and last ids are kept."""
    if name.startswith("content-"):
        return value[:MAX_CONTENT_HEADER]
    if len(value) <= MAX_HEADER:
        return value
    if name in _KEPT_AT_BOTH_ENDS:
        head, tail = value[: MAX_HEADER // 2], value[-MAX_HEADER // 2 :]
        # An id that the cut goes through would be read as another id.
        return head[: head.rfind(">") + 1] + " " + tail[max(tail.find("<"), 0) :]
    return value[:MAX_HEADER]


def _read_parts(root: Message, content: str, problems: dict[Problem, None]) -> None:
    """Give *root* its payload: text, or the tree of its parts."""
    todo = [(root, content, 0)]
    parts = 1
    while todo:
        message, content, depth = todo.pop()
        contents = _split(message, content, is_part=depth > 0)
        if contents is not None and depth >= MAX_DEPTH:
            problems[Problem.TOO_DEEP] = None
            contents = None
        if contents is None:
            message.set_payload(content)
            continue
        if parts + len(contents) > MAX_PARTS:
            problems[Problem.TOO_MANY_PARTS] = None
            del contents[MAX_PARTS - parts :]
        parts += len(contents)
        is_digest = message.get_content_type() == "multipart/digest"
        children: list[Message | str] = []
        for part in contents:
            child: Message = Message()
            if is_digest:
                child.set_default_type("message/rfc822")
            children.append(child)
            body = _read_part_header(child, part, problems)
            todo.append((child, part[body:], depth + 1))
        message.set_payload(children)


def _read_part_header(
    message: Message, text: str, problems: dict[Problem, None]
) -> int:
    """Read a part's header block, which ends at the first line that is no header."""
    envelope = _ENVELOPE.match(text)
    at = envelope.end() if envelope else 0
    end = _end_of_block(text, at)
    _store_fields(message, _FIELD.findall(text, at, end), end - at, problems)
    blank = _BLANK.match(text, end)
    return blank.end() if blank else end


def _split(message: Message, content: str, is_part: bool) -> list[str] | None:
    """Return the texts of the parts directly within *message*; None if it is a leaf."""
    content_type = message.get_content_type()
    if content_type == "message/delivery-status":
        # Python counts the blocks with the line end that belongs to the boundary.
        whole = content + "\n" if is_part else content
        blocks = _BLANK_LINE.split(whole, maxsplit=MAX_PARTS)
        return blocks if blocks[-1] or len(blocks) == 1 else blocks[:-1]
    if content_type.startswith("message/"):
        return [content]
    if content_type.startswith("multipart/"):
        boundary = _boundary(message)
        return None if boundary is None else _between(message, content, boundary)
    return None


def _boundary(message: Message) -> str | None:
    """Return the boundary as it stands; `Message.get_boundary` takes "<>" off it."""
    for name, value in message.raw_items():
        if name.lower() == "content-type":
            boundary = read_parameters(value)[1].get("boundary")
            return None if boundary is None else boundary.rstrip()
    return None


def _between(message: Message, content: str, boundary: str) -> list[str] | None:
    """Cut a multipart's content at its boundary lines (RFC 2046, 5.1.1).

    A part that lacks its end runs to the end of the content. Where no boundary line is
    found, None: the content is shown as text.
    """
    delimiter = "--" + boundary
    parts: list[str] = []
    start = -1
    at = content.find(delimiter)
    while at >= 0:
        after = at + len(delimiter)
        if at == 0 or content[at - 1] == "\n":
            line_end = content.find("\n", after)
            line_end = len(content) if line_end < 0 else line_end
            is_end = content.startswith("--", after)
            rest = content[after + 2 * is_end : line_end]
            if not rest.strip(" \t\r"):
                if start < 0 and is_end:
                    return None
                if start < 0:
                    message.preamble = content[:at]
                elif start < at:
                    parts.append(_without_line_end(content[start:at]))
                    if is_end or len(parts) > MAX_PARTS:
                        message.epilogue = content[line_end + 1 :]
                        return parts
                start = line_end + 1
        at = content.find(delimiter, after)
    if start < 0:
        return None
    return [*parts, content[start:]]


def _without_line_end(text: str) -> str:
    """Drop the line end before a boundary line: it belongs to the boundary."""
    return text[:-2] if text.endswith("\r\n") else text[:-1]
