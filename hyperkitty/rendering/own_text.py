"""Take the words of an author apart from what he quotes, signs and forwards."""

from __future__ import annotations

from collections.abc import Iterator

from .blocks import Block, Kind, cut_blocks
from .escape import clean
from .plain import OWN_KINDS, read_lines

# The first few screens nearly always do; a long quote on top needs more.
_SNIPPET_SOURCES = (1_500, 100_000)


def split_text(
    text: str, *, is_flowed: bool = False, is_delsp: bool = False
) -> tuple[str, str]:
    """
    Return the author's own text, and all else: quotes, copies, signatures.

    For search, which ranks the first above the second. Base 64 of signatures and keys
    is in neither. Where all is quoted or copied, as in a forwarded mail, so it stays.
    """
    own: list[str] = []
    other: list[str] = []
    for block, is_own in _told_apart(text, is_flowed, is_delsp):
        if block.kind is not Kind.ARMOR:
            (own if is_own else other).append("\n".join(block.lines))
    return "\n\n".join(own), "\n\n".join(other)


def snippet(
    text: str, is_flowed: bool = False, length: int = 200, *, is_delsp: bool = False
) -> str:
    """
    Return the beginning of the author's own text on one line, at most *length* long.

    If there is no own text, the first line that is not blank stands in for it. The
    result is plain text, addresses unmasked.
    """
    own = fallback = ""
    for source in _SNIPPET_SOURCES:
        start = "\n".join(_without_long_quotes(text[:source]))
        own, fallback = _first_words(start, is_flowed, is_delsp, length)
        if len(own) > length or len(text) <= source:
            break
    return _cut(own or fallback, length)


def _without_long_quotes(text: str) -> Iterator[str]:
    """Yield the lines of *text*, of each quote only the first.

    One is enough to tell that an attribution stands above it; reading all of a long
    quote costs more than the rest.
    """
    was_quoted = False
    for line in text.split("\n"):
        is_quoted = line.startswith(">")
        if not (is_quoted and was_quoted):
            yield line
        was_quoted = is_quoted


def _first_words(
    text: str, is_flowed: bool, is_delsp: bool, length: int
) -> tuple[str, str]:
    """Return some more than *length* of the own text, and the first line of all."""
    words: list[str] = []
    fallback = ""
    size = 0
    for block, is_own in _told_apart(text, is_flowed, is_delsp):
        fallback = fallback or " ".join(block.lines[0].split())
        if is_own:
            for line in block.lines:
                words += line.split()
            size += sum(map(len, block.lines))
            if size > length * 2:
                break
    return " ".join(words), fallback


def _told_apart(
    text: str, is_flowed: bool, is_delsp: bool
) -> Iterator[tuple[Block, bool]]:
    in_copy = False
    has_own = False
    lines = read_lines(clean(text), is_flowed, is_delsp)
    for block in cut_blocks(lines, tells_fonts=False):
        in_copy = in_copy or (block.kind is Kind.COPY and has_own)
        is_own = not block.depth and not in_copy and block.kind in OWN_KINDS
        has_own = has_own or is_own
        yield block, is_own


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    head, space, _ = text[: length - 1].rpartition(" ")
    if not space or len(head) < length // 2:
        head = text[: length - 1]
    return f"{head}…"
