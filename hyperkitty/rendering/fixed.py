"""Tell text that needs a fixed-width font (code, tables, drawings) from prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# Prose has none of these and needs no closer look.
_SIGNS = (
    *("  ", "\t", "\n ", "--", "==", "__", "~~", "^^", "**", "..", "/*", ">>>", "::"),
    *("|", ";\n", "{", "}", "$ ", "#", "\\", " = "),
)
_BOX_DRAWING = re.compile("[\u2500-\u259f]")
_RULE_LINE = re.compile(r"\s*[+|]?[-=+|:]{3,}(?:\s+[-=+|:]{2,})*\s*$")
_TABLE_LINE = re.compile(r"[^|]*\|[^|]*\|")
_DIFFSTAT = re.compile(r" .{1,200}?\s+\|\s+(?:\d+|Bin)\b", re.DOTALL)
_CODE_LINE = re.compile(
    r"\s*(?:.*[;{}]\s*(?://.*|/\*.*|\#.*)?$|\#(?:include|define|if|endif|!)"
    r"|(?:def|class|import|elif|except|return|func|fn|struct|typedef)\b.*[:(;\w]$"
    r"|[$%#]\s+\S|\$\s|>>>(?: |$)|/\*|\*/|</?\w[^>]*>.*</?\w|[\w.]+ *[-+*|]?= *\S"
    r"|(?:if|for|while|else|try)\b.*[:{(]$)"
)
# Two spaces after the end of a sentence are a habit of typists, no column.
_COLUMN = re.compile(r"(?<=[^\s.!?:;,…)\"'])(?: {2,}|\t+)(?=\S)|(?<=\S) {3,}(?=\S)")
_INDENT = re.compile(r"(?: {4}|\t| {1,3}\t)")
_LIST_ITEM = re.compile(r"\s*(?:[-*+o•·–]|\(?\w{1,3}[.)]|\[\w{1,3}\])\s")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG = 400


def needs_fixed_font(lines: Sequence[str]) -> bool:
    """Return whether *lines*, a paragraph, would fall apart in a proportional font."""
    text = "\n".join(lines)
    if not text.isascii() and _BOX_DRAWING.search(text):
        return True
    if not any(sign in text for sign in _SIGNS):
        return False
    if max(map(len, lines)) > _LONG:
        return False
    if any(line.startswith(">>> ") for line in lines):
        return True
    if len(lines) == 1:
        return _stands_alone(lines[0])
    return _is_table(lines) or _is_code(lines) or _is_drawing(text)


def _stands_alone(line: str) -> bool:
    if _LIST_ITEM.match(line):
        return False
    indented = _INDENT.match(line) is not None
    return (
        _DIFFSTAT.match(line) is not None
        or (indented and _reads_like_no_prose(line))
        or line.startswith("$ ")
    )


def _reads_like_no_prose(line: str) -> bool:
    """Return whether an indented line is rather a command than a sentence."""
    return not line.rstrip().endswith((".", ",", "!", "?")) or " " not in line.strip()


def _is_table(lines: Sequence[str]) -> bool:
    piped = sum(_TABLE_LINE.match(line) is not None for line in lines)
    if piped >= 2 or any(_DIFFSTAT.match(line) for line in lines):
        return True
    columns = [frozenset(m.end() for m in _COLUMN.finditer(line)) for line in lines]
    aligned = sum(not above.isdisjoint(below) for above, below in pairwise(columns))
    ruled = any(_RULE_LINE.match(line) for line in lines)
    if aligned and (ruled or aligned * 2 >= len(lines) - 1):
        return True
    # Columns that tabs or sloppy typing put out of line.
    return len(lines) > 1 and sum(map(bool, columns)) * 3 >= len(lines) * 2


def _is_code(lines: Sequence[str]) -> bool:
    if all(map(_INDENT.match, lines)):
        return not _LIST_ITEM.match(lines[0])
    code = sum(_CODE_LINE.match(line) is not None for line in lines)
    return code >= 2 and code * 2 >= len(lines)


def _is_drawing(text: str) -> bool:
    """Return whether *text* is made of signs more than of words."""
    signs = len(re.sub(r"[\w\s]+", "", text))
    words = sum(map(len, _WORD.findall(text)))
    return signs > 12 and signs > words * 2
