"""Typed text as format=flowed (RFC 3676): short lines that readers join again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hyperkitty.mail.flowed import SIGNATURE

#: Columns of a line, quote marks and trailing space aside (RFC 3676 §4.2).
WIDTH = 72
#: Quote marks that are kept of one line.
MAX_DEPTH = 50

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_QUOTES = re.compile(r">(?: ?>)*")
_WORD = re.compile(r"\s*\S+")


def clean_text(text: str) -> str:
    """Return typed text as it is sent: plain line ends, one at the end, no controls."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\x85", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    lines = _CONTROL.sub("", text).split("\n")
    kept = [line if line == SIGNATURE else line.rstrip() for line in lines]
    return "\n".join(kept).strip("\n") + "\n"


def to_flowed(text: str) -> str:
    """Return *text* with soft line ends; `mail.flowed.unflow` gives it back."""
    return "\n".join(line for typed in text.split("\n") for line in _flow(typed))


def _flow(line: str) -> Iterator[str]:
    if line == SIGNATURE:
        yield line
        return
    depth, content = _told_apart(line)
    content = content.rstrip(" ")
    # A mark, a space or "From " at the start would be read as something else (§4.4).
    mark = ">" * depth + " " if depth else ""
    rows = list(_wrapped(content)) or [""]
    for row, part in enumerate(rows):
        is_last = row == len(rows) - 1
        stuffed = not depth and part.startswith((" ", ">", "From "))
        start = mark or (" " if stuffed else "")
        yield f"{start}{part}".rstrip(" ") if is_last else f"{start}{part} "


def _told_apart(line: str) -> tuple[int, str]:
    """Return how deep a typed line is quoted, and its text."""
    quotes = _QUOTES.match(line)
    if quotes is None:
        return 0, line
    depth = min(quotes[0].count(">"), MAX_DEPTH)
    return depth, line[quotes.end() :].removeprefix(" ")


def _wrapped(text: str) -> Iterator[str]:
    """Yield rows that, joined with single spaces, are *text*.

    A row never ends where several spaces stand, nor next to a signature's look-alike.
    """
    row = ""
    for match in _WORD.finditer(text):
        word = match[0]
        is_single = word[0] == " " and word[1:2] not in ("", " ")
        if row and is_single and len(row) + len(word) > WIDTH and _may_break(row, word):
            yield row
            row = word[1:]
        else:
            row += word
    if row:
        yield row


def _may_break(row: str, word: str) -> bool:
    """Whether the row and the next would stay what they are.

    A row "--" with the soft break's space is a signature, and so is one after a mark.
    """
    return row.strip(" ") != "--" and word != " --" and not word.startswith(" >")
