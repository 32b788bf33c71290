"""Cut the lines of a mail into blocks: prose, quotes, signatures, patches and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple

from . import patches
from .attributions import (
    CopyKind,
    attribution_start,
    copy_kind,
    header_block_end,
)
from .fixed import needs_fixed_font
from .lines import Line


class Kind(Enum):
    """What a block is for."""

    PROSE = auto()
    FIXED = auto()  # code, tables, drawings
    DIFF = auto()  # lines of a patch that somebody quotes
    PATCH = auto()
    ATTRIBUTION = auto()  # who is quoted below
    COPY = auto()  # headers of a mail that is copied from here to the end
    SIGNATURE = auto()
    FOOTER = auto()  # what the list adds at the end
    ARMOR = auto()  # OpenPGP and S/MIME


class Block(NamedTuple):
    """Lines of one kind and quote depth, without blank lines around them."""

    kind: Kind
    depth: int
    lines: list[str]


_BLANKS = (" ", "\t")
_FENCE = "```"
_ARMOR = re.compile(
    r"-----BEGIN (PGP (?:SIGNATURE|MESSAGE|SIGNED MESSAGE|PUBLIC KEY BLOCK)"
    r"|PKCS7|SMIME|CERTIFICATE)-----\s*$"
)
_SIGNED = "PGP SIGNED MESSAGE"
_MAX_SIGNED_HEADERS = 5

_RULE = re.compile(r"(?:_{10,}|-{20,}|={20,}|\*{20,}|~{20,})\s*$")
_FOOTER_WORDS = re.compile(
    r"https?://|mailing list|unsubscri|listinfo|\w@\w", re.IGNORECASE
)
_MAX_FOOTER = 12
_MAX_UNSURE_SIGNATURE = 8
_SIGNATURE_LINES = frozenset({"-- ", "- -- ", "--", "- --"})
_SURE_SIGNATURE_LINES = frozenset({"-- ", "- -- "})

# Lines that may begin something; all others cost no more than this look.
_SPECIAL = re.compile(
    r"[-_=*~`]|diff |Index: |@@ -|\s{0,8}\*?[^\W\d_][\w '’]{0,30}\*?[:：]|\s{1,8}-"
)


def cut_blocks(lines: Sequence[Line], *, tells_fonts: bool = True) -> Iterator[Block]:
    """
    Yield the blocks of a mail in order.

    Lazily, so that who wants the first words only pays for no more. Every line that is
    not blank is in exactly one block. Who asks what the words are for, and not how they
    look, does without *tells_fonts*: then lines between others are one block of prose.
    """
    mail = _Mail(lines, tells_fonts)
    at = 0
    while at < len(lines):
        depth = lines[at].depth
        end = at + 1
        while end < len(lines) and lines[end].depth == depth:
            end += 1
        texts = [line.text for line in lines[at:end]]
        quote_below = end < len(lines) and lines[end].depth > depth
        rest = attribution_start(texts) if quote_below else len(texts)
        quote_follows = quote_below and rest == len(texts)
        run = _Run(texts[:rest], depth, len(lines) - end, quote_follows, mail)
        yield from _cut_run(run)
        if rest < len(texts):
            yield Block(Kind.ATTRIBUTION, depth, _strip(texts[rest:]))
        at = end


class _Mail:
    """What is known of the mail as a whole."""

    def __init__(self, lines: Sequence[Line], tells_fonts: bool) -> None:
        self._lines = lines
        self.tells_fonts = tells_fonts

    @cached_property
    def has_hunks(self) -> bool:
        """Whether there is any part of a patch, quoted or not."""
        return any(patches.is_hunk(line.text) for line in self._lines)


@dataclass(slots=True)
class _Run:
    """Lines of one depth that follow each other, and what is around them."""

    lines: list[str]
    depth: int
    lines_below: int
    quote_follows: bool  # right below, without attribution
    mail: _Mail
    unclosed: set[str] = field(default_factory=set)  # so that no end is sought twice

    def find(self, closing: str, start: int) -> int | None:
        """Return the line from *start* on that is *closing*."""
        if closing in self.unclosed:
            return None
        for at in range(start, len(self.lines)):
            if self.lines[at].rstrip() == closing:
                return at
        self.unclosed.add(closing)
        return None


def _cut_run(run: _Run) -> Iterator[Block]:
    done = at = 0
    while at < len(run.lines):
        found = None
        if _SPECIAL.match(run.lines[at]) is not None:
            found = _special(run, at)
        if found is None:
            at += 1
            continue
        kind, end = found
        yield from _paragraphs(run, done, at)
        yield Block(kind, run.depth, _strip(run.lines[at:end]))
        at = done = end
    yield from _paragraphs(run, done, at)


def _special(run: _Run, at: int) -> tuple[Kind, int] | None:
    """Return the kind and the end of what begins at line *at*, if it is no prose."""
    line = run.lines[at]
    if line in _SIGNATURE_LINES:
        return _signature(run, at)
    if line.startswith(_FENCE):
        closing = run.find(_FENCE, at + 1)
        return None if closing is None else (Kind.FIXED, closing + 1)
    if match := _ARMOR.match(line):
        return _armor(run, at, match[1])
    if patches.begins_patch(line):
        _, end = patches.read_patch(run.lines, at)
        if end > at:
            return (Kind.DIFF if run.depth else Kind.PATCH), end
    if _RULE.match(line) and _is_footer(run, at):
        return Kind.FOOTER, len(run.lines)
    return None if run.depth else _copy(run, at)


def _signature(run: _Run, at: int) -> tuple[Kind, int] | None:
    sure = run.lines[at] in _SURE_SIGNATURE_LINES
    end = at + 1
    while end < len(run.lines) and not _ends_signature(run, end):
        end += 1
        if not sure and end - at > _MAX_UNSURE_SIGNATURE:
            return None
    return (Kind.SIGNATURE, end) if sure or end - at > 1 else None


def _ends_signature(run: _Run, at: int) -> bool:
    line = run.lines[at]
    if _SPECIAL.match(line) is None or line in _SIGNATURE_LINES:
        return False
    if _ARMOR.match(line) or patches.begins_patch(line):
        return True
    if _RULE.match(line) and _is_footer(run, at):
        return True
    return not run.depth and _copy(run, at) is not None


def _armor(run: _Run, at: int, label: str) -> tuple[Kind, int] | None:
    if label == _SIGNED:
        end = at + 1
        while end < min(len(run.lines), at + _MAX_SIGNED_HEADERS) and (
            run.lines[end].startswith(("Hash:", "Charset:", "NotDashEscaped:"))
        ):
            end += 1
        return Kind.ARMOR, end
    closing = run.find(f"-----END {label}-----", at + 1)
    return None if closing is None else (Kind.ARMOR, closing + 1)


def _is_footer(run: _Run, at: int) -> bool:
    """Return whether the rule at line *at* stands above the footer of a list."""
    below = len(run.lines) - at
    if not run.depth:
        below += run.lines_below
    if not 1 < below <= _MAX_FOOTER:
        return False
    return any(map(_FOOTER_WORDS.search, run.lines[at + 1 :]))


def _copy(run: _Run, at: int) -> tuple[Kind, int] | None:
    """Return the headers of an unquoted copy of a mail that begins at line *at*."""
    kind = copy_kind(run.lines[at])
    below = at
    if kind is not None or _RULE.match(run.lines[at]):
        below += 1
        while below < min(len(run.lines), at + 4) and not run.lines[below].strip():
            below += 1
    end = header_block_end(run.lines, below, is_announced=kind is not None)
    if end == below:
        if kind is None:
            return None
        end = at + 1
    is_quoted = run.quote_follows and not any(map(str.strip, run.lines[end:]))
    if kind is CopyKind.FORWARD or is_quoted:
        return Kind.ATTRIBUTION, end
    return Kind.COPY, end


def _paragraphs(run: _Run, start: int, end: int) -> Iterator[Block]:
    """Yield lines *start* to *end*, which are prose or need a fixed font."""
    if not run.mail.tells_fonts:
        if lines := _strip(run.lines[start:end]):
            yield Block(Kind.PROSE, run.depth, lines)
        return
    held: list[str] = []  # fixed lines that may go on after blank lines
    held_kind = Kind.FIXED
    for kind, blank_above, lines in _classified(run, start, end):
        if kind is held_kind and held:
            held += [""] * blank_above + lines
            continue
        if held:
            yield Block(held_kind, run.depth, held)
            held = []
        if kind is Kind.PROSE:
            yield Block(kind, run.depth, lines)
        else:
            held, held_kind = lines, kind
    if held:
        yield Block(held_kind, run.depth, held)


def _classified(
    run: _Run, start: int, end: int
) -> Iterator[tuple[Kind, int, list[str]]]:
    """Yield the paragraphs: kind, number of blank lines above, lines."""
    at = start
    while at < end:
        first = at
        while first < end and not run.lines[first].strip():
            first += 1
        last = first
        while last < end and run.lines[last].strip():
            last += 1
        if first < last:
            lines = run.lines[first:last]
            head = _prose_above_fixed(lines)
            if head:
                yield Kind.PROSE, first - at, lines[:head]
                yield Kind.FIXED, 0, lines[head:]
            else:
                yield _kind(run, lines), first - at, lines
        at = last


def _kind(run: _Run, lines: list[str]) -> Kind:
    if patches.looks_like_diff(lines) and run.mail.has_hunks:
        return Kind.DIFF
    return Kind.FIXED if needs_fixed_font(lines) else Kind.PROSE


def _prose_above_fixed(lines: list[str]) -> int:
    """Return how many lines of prose stand right above a listing, if that is so."""
    at = 0
    while at < len(lines) and lines[at][:1] not in _BLANKS:
        at += 1
    rest = lines[at:]
    if not at or len(rest) < 2 or any(line[:1] not in _BLANKS for line in rest):
        return 0
    if needs_fixed_font(lines[:at]) or not needs_fixed_font(rest):
        return 0
    return at


def _strip(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]
