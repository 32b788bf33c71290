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
_COLUMN = re.compile(r"(?<=[^\s.!?:;,…)\"'])(?: {2,}|\t+)(?=\S)|(?<=\S) {3,}(?=\S)")
_INDENT = re.compile(r"(?: {4}|\t| {1,3}\t)")
_LIST_ITEM = re.compile(r"\s*(?:[-*+o•·–]|\(?\w{1,3}[.)]|\[\w{1,3}\])\s")
_WORD = re.compile(r"[^\W\d_]{2,}")
# What programs write down: a time first, then what happened.
_LOG_LINE = re.compile(
    r"\s{0,8}[\[(]?(?:\w{3} )?(?:\w{3} {1,2}\d{1,2} |\d{4}[-/]\d\d[-/]\d\d[ T])?"
    r"\d\d:\d\d:\d\d\b"
)
_MIN_LOG_LINES = 3
_LONG = 400
_NO_COLUMNS: frozenset[int] = frozenset()
_DRAWING_SIGNS = "|/\\_-=*#~^+<>()."
_MIN_DRAWING_SIGNS = 12


# Two spaces after the end of a sentence are a habit of typists, no column.
_SENTENCE_ENDS = (".", "?", "!", ":", ",")


def needs_fixed_font(lines: Sequence[str]) -> bool:
    """Return whether *lines*, a paragraph, would fall apart in a proportional font."""
    text = "\n".join(lines)
    for end in _SENTENCE_ENDS:
        text = text.replace(f"{end}  ", f"{end} ")
    if not text.isascii() and _BOX_DRAWING.search(text):
        return True
    if not any(map(text.__contains__, _SIGNS)):
        return _is_log(text, lines)
    if max(map(len, lines)) > _LONG:
        return False
    if any(line.startswith(">>> ") for line in lines):
        return True
    if len(lines) == 1:
        return _stands_alone(lines[0])
    if _is_log(text, lines):
        return True
    return _is_table(text, lines) or _is_code(lines) or _is_drawing(text)


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


def _is_table(text: str, lines: Sequence[str]) -> bool:
    if "|" in text:
        piped = sum(_TABLE_LINE.match(line) is not None for line in lines)
        if piped >= 2 or any(map(_DIFFSTAT.match, lines)):
            return True
    if "  " not in text and "\t" not in text:
        return False
    columns = list(map(_columns, lines))
    aligned = sum(not above.isdisjoint(below) for above, below in pairwise(columns))
    if aligned and (aligned * 2 >= len(lines) - 1 or any(map(_RULE_LINE.match, lines))):
        return True
    # Columns that tabs or sloppy typing put out of line.
    return sum(map(bool, columns)) * 3 >= len(lines) * 2


def _is_log(text: str, lines: Sequence[str]) -> bool:
    if len(lines) < _MIN_LOG_LINES or text.count(":") < 2 * _MIN_LOG_LINES:
        return False
    logged = sum(_LOG_LINE.match(line) is not None for line in lines)
    return logged >= _MIN_LOG_LINES and logged * 2 >= len(lines)


def _columns(line: str) -> frozenset[int]:
    """Return where text goes on after a gap that no end of a sentence makes."""
    content = line.lstrip()
    if "  " not in content and "\t" not in content:
        return _NO_COLUMNS
    return frozenset(gap.end() for gap in _COLUMN.finditer(line))


def _is_code(lines: Sequence[str]) -> bool:
    if all(map(_INDENT.match, lines)):
        return not _LIST_ITEM.match(lines[0])
    code = sum(_CODE_LINE.match(line) is not None for line in lines)
    return code >= 2 and code * 2 >= len(lines)


def _is_drawing(text: str) -> bool:
    """Return whether *text* is made of signs more than of words."""
    if sum(map(text.count, _DRAWING_SIGNS)) <= _MIN_DRAWING_SIGNS:
        return False
    signs = len(re.sub(r"[\w\s]+", "", text))
    return signs > 2 * sum(map(len, _WORD.findall(text)))
