"""The lines of a mail, each with its quote depth and without its quote markers."""

from __future__ import annotations

import re
from typing import NamedTuple

from .attributions import is_attribution


class Line(NamedTuple):
    """One line as its author meant it: *depth* counts the quote markers taken off."""

    depth: int
    text: str


# Deeper quotes keep their further markers as text.
MAX_DEPTH = 10

# A space before and between markers is common, though RFC 3676 has none.
_MARKERS = re.compile(r"(?: ?>)+")
_MARKER = re.compile(r" ?>")

_PROMPT = re.compile(r"(?P<base>>{0,2}|(?: ?>)+? )(?P<code>>>>(?: .*)?)$")
_PROMPT_CODE = re.compile(
    r">>> *(?:(?:import|from|def|class|for|while|if|with|print|return|try|del|raise"
    r"|assert|async|await|lambda)\b|@\w|[\[({'\"#]"
    r"|[\w.\[\]'\"]+(?:, *[\w.]+)* *(?:\(|=(?!=)|[-+*/%]|$))"
)
_FENCE = "```"
_BAR_MARKER = re.compile(r"\| ?(?=[^|]*$)")
_INITIALS = re.compile(r"\s{0,8}([A-Za-z]{1,3}>+)(?=\s|$)")
_NO_INITIALS = frozenset({"SQL>", "DB>", "PS>", "CLI>", "OK>", "Ok>"})


def split_lines(text: str) -> list[Line]:
    """Return the lines of a text whose line ends all mean what they say."""
    raws = text.split("\n")
    lines = [_read_line(raw) for raw in raws]
    if ">>>" in text:
        _restore_prompts(raws, lines)
    if text.startswith(">From ") or "\n>From " in text:
        _restore_from(lines)
    if "\n|" in text:
        _read_bar_quotes(lines)
    if ">" in text:
        _read_initials(lines)
    if _FENCE in text:
        _restore_fenced(raws, lines)
    return lines


def join_flowed(text: str, *, delsp: bool = False) -> list[Line]:
    """
    Return the lines of a format=flowed text (RFC 3676), paragraphs joined.

    Quotes that a program has marked with ``> >`` instead of ``>>`` are understood too.
    """
    lines: list[Line] = []
    pending: list[str] = []
    pending_depth = 0
    for raw in text.split("\n"):
        depth, line = _read_flowed(raw)
        if pending and depth != pending_depth:
            lines.append(Line(pending_depth, "".join(pending)))
            pending.clear()
        pending_depth = depth
        if line.endswith(" ") and line != "-- ":
            pending.append(line[:-1] if delsp else line)
        elif pending and line == "-- ":
            lines += Line(depth, "".join(pending)), Line(depth, line)
            pending.clear()
        else:
            lines.append(Line(depth, "".join((*pending, line))))
            pending.clear()
    if pending:
        lines.append(Line(pending_depth, "".join(pending)))
    return lines


def _read_line(raw: str) -> Line:
    if raw[:1] not in (">", " "):
        return Line(0, raw)
    match = _MARKERS.match(raw)
    if match is None:
        return Line(0, raw)
    depth = match[0].count(">")
    end = match.end()
    if depth > MAX_DEPTH:
        depth = MAX_DEPTH
        for _, marker in zip(range(depth), _MARKER.finditer(raw), strict=False):
            end = marker.end()
    if raw[end : end + 1] == " ":
        end += 1
    return Line(depth, raw[end:])


def _read_flowed(raw: str) -> tuple[int, str]:
    line = raw.lstrip(">")
    depth = len(raw) - len(line)
    if depth > MAX_DEPTH:
        depth, line = MAX_DEPTH, raw[MAX_DEPTH:]
    if line[:1] == " ":
        line = line[1:]
    if depth and depth < MAX_DEPTH and line[:1] == ">":
        more = _read_line(line)
        depth += more.depth
        line = more.text
        if depth > MAX_DEPTH:
            line = ">" * (depth - MAX_DEPTH) + " " + line
            depth = MAX_DEPTH
    return depth, line


def _restore_prompts(raws: list[str], lines: list[Line]) -> None:
    """
    Undo the reading of Python's ``>>>`` prompts as quotes of the third level.

    They are prompts if no quote of a level between stands beside them, nobody is quoted
    right above, and the first of them is followed by what looks like Python.
    """
    at = 0
    while at < len(lines):
        if lines[at].depth < 3:
            at += 1
            continue
        end, depth = at, lines[at].depth
        while end < len(lines) and lines[end].depth == depth:
            end += 1
        _restore_session(raws, lines, at, end)
        at = end


def _restore_session(raws: list[str], lines: list[Line], start: int, end: int) -> None:
    first = _PROMPT.match(raws[start])
    if first is None or not _PROMPT_CODE.match(first["code"]):
        return
    base = first["base"].count(">")
    around = [lines[at] for at in (start - 1, end) if 0 <= at < len(lines)]
    if base > MAX_DEPTH or any(line.depth > base for line in around):
        return
    if start and is_attribution(lines[start - 1].text):
        return
    for at in range(start, end):
        prompt = _PROMPT.match(raws[at])
        if prompt is not None:
            lines[at] = Line(base, prompt["code"])


def _restore_from(lines: list[Line]) -> None:
    """Undo the reading of mbox's ``>From `` as a quote, where no other line is one."""
    for at, (depth, text) in enumerate(lines):
        if depth == 1 and text.startswith("From "):
            around = lines[max(0, at - 1) : at] + lines[at + 1 : at + 2]
            if not any(line.depth for line in around):
                lines[at] = Line(0, f">{text}")


def _read_bar_quotes(lines: list[Line]) -> None:
    """Read lines marked with ``|`` as quotes, right below an attribution only."""
    quoting = False
    above = ""
    for at, (depth, text) in enumerate(lines):
        match = _BAR_MARKER.match(text) if depth == 0 else None
        quoting = match is not None and (quoting or is_attribution(above))
        if match is not None and quoting:
            lines[at] = Line(1, text[match.end() :])
        if text.strip() or quoting:
            above = text


def _read_initials(lines: list[Line]) -> None:
    """
    Read lines marked with the same initials (``AB> ``) as quotes; the initials stay.

    One such line alone may be anything, so two must follow each other.
    """
    previous = (0, "")
    for at, (depth, text) in enumerate(lines):
        match = _INITIALS.match(text) if ">" in text[:12] else None
        marker = (depth, match[1]) if match else (0, "")
        if match and marker == previous and match[1] not in _NO_INITIALS:
            above = lines[at - 1].text
            lines[at - 1] = Line(depth + 1, above.lstrip())
            lines[at] = Line(depth + 1, text.lstrip())
        previous = marker


def _restore_fenced(raws: list[str], lines: list[Line]) -> None:
    """Undo the reading of quotes between code fences: there ``>`` is code."""
    opened: int | None = None
    for at, raw in enumerate(raws):
        if not raw.startswith(_FENCE):
            continue
        if opened is None:
            opened = at
        elif raw.rstrip() == _FENCE:
            lines[opened : at + 1] = [Line(0, code) for code in raws[opened : at + 1]]
            opened = None
