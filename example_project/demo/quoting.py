"""How people answer: greeting, attribution, quotation, sign-off, signature."""

from __future__ import annotations

import datetime
import random
import tomllib
from functools import cache
from pathlib import Path

from .cast import Person
from .letter import Letter, Para, paragraphs

ATTRIBUTIONS = Path(__file__).parent / "pieces" / "attributions.toml"
LONGEST_PARAGRAPH = 9
LONGEST_QUOTE = 34
DEEPEST = 3
WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


class PieceError(Exception):
    """A piece asks for something that is not there; a mistake in the pieces."""


def compose(
    author: Person,
    text: str,
    parent: Letter | None,
    options: dict[str, str],
    rng: random.Random,
) -> list[Para]:
    """Return the body that this author makes of a written piece."""
    body = paragraphs(text)
    if "git" in options:
        return body
    short = "short" in options
    style = options.get("quote", author.quoting)
    if parent is not None and style in ("inline", "bottom"):
        body = _answer_below(author, body, parent, style, rng)
    body = [para for para in body if para.kind != "mark"]
    hello = _hello(author, parent)
    if hello and not short and "nohello" not in options:
        body.insert(0, Para("hello", (hello,)))
    if author.bye and not (short and rng.random() < 0.6) and "nobye" not in options:
        body.append(Para("bye", tuple(author.bye.split("\n"))))
    if parent is not None and style in ("top", "outlook", "outlook-line"):
        body += _whole_below(author, parent, style)
    elif author.signature and "nosig" not in options:
        body.append(Para("signature", ("-- ", *author.signature.split("\n"))))
    return body


def attribution(author: Person, answered: Letter) -> str:
    """Return the line with which this author introduces a quotation."""
    form = _attributions()[author.attribution]
    clock = answered.sent + datetime.timedelta(hours=author.zone)
    days = form.get("days", "").split() or list(WEEKDAYS)
    return form["line"].format(
        name=answered.author.name,
        first=answered.author.first_name,
        address=answered.author.address,
        day=days[clock.weekday()],
        time=f"{clock:%H:%M}",
    )


def _answer_below(
    author: Person, body: list[Para], parent: Letter, style: str, rng: random.Random
) -> list[Para]:
    marked = any(para.kind == "mark" for para in body)
    intro = Para("intro", (attribution(author, parent),))
    if style == "bottom":
        lines = _deepen(_newest(parent.text(signature=False), LONGEST_QUOTE))
        rest = [para for para in body if para.kind != "mark"]
        return [intro, Para("quote", tuple(lines)), *rest]
    if not marked:
        if rng.random() < 0.45 or not parent.own:
            return body
        body = [Para("mark", ("@1",)), *body]
    answer: list[Para] = []
    for para in body:
        if para.kind != "mark":
            answer.append(para)
            continue
        if intro not in answer:
            answer.append(intro)
        quoted: list[str] = []
        for mark in para.lines:
            if quoted:
                quoted.append(">")
            quoted += _quoted(mark, parent, rng)
        answer.append(Para("quote", tuple(quoted)))
    return answer


def _quoted(mark: str, parent: Letter, rng: random.Random) -> list[str]:
    """Return the lines of the parent that a mark asks for, quoted."""
    if mark.startswith("@/"):
        return _deepen(_line_with(mark[2:].rstrip("/"), parent))
    number = int(mark[1:])
    if number > len(parent.own):
        raise PieceError(f"{mark}: {parent.core!r} has {len(parent.own)} paragraphs")
    para = parent.own[number - 1]
    lines = _cut(list(para.lines), LONGEST_PARAGRAPH)
    above = _above(para, parent)
    if above and rng.random() < 0.5:
        lines = [*above, "", *lines]
    return _deepen(lines)


def _line_with(words: str, parent: Letter) -> list[str]:
    for para in parent.body:
        joined = " ".join(para.lines)
        for index, line in enumerate(para.lines):
            if words in line:
                if len(para.lines) <= 4:
                    return list(para.lines)
                return list(para.lines[max(index - 1, 0) : index + 2])
        if words in joined:
            return _cut(list(para.lines), LONGEST_PARAGRAPH)
    raise PieceError(f"nobody wrote {words!r} in {parent.core!r}")


def _above(para: Para, parent: Letter) -> list[str]:
    """Return the quotation that stands right above a paragraph, with who said it."""
    index = parent.body.index(para)
    if index == 0 or parent.body[index - 1].kind != "quote":
        return []
    quote = [line for line in parent.body[index - 1].lines if _depth(line) < DEEPEST]
    if not quote or len(quote) > LONGEST_PARAGRAPH:
        return []
    intro = parent.body[index - 2] if index > 1 else None
    return [*intro.lines, *quote] if intro and intro.kind == "intro" else quote


def _whole_below(author: Person, parent: Letter, style: str) -> list[Para]:
    """Return the parent's full text as it hangs below the answer of a top-poster."""
    if style == "top":
        intro = Para("intro", (attribution(author, parent),))
        lines = _deepen(_cut(parent.text(), 2 * LONGEST_QUOTE))
        return [intro, Para("quote", tuple(lines))]
    clock = parent.sent + datetime.timedelta(hours=author.zone)
    rule = "-----Original Message-----" if style == "outlook" else "_" * 32
    address = parent.author.address
    head = (
        rule,
        f"From: {parent.author.name} {'[mailto:' if style == 'outlook' else '<'}"
        f"{address}{']' if style == 'outlook' else '>'}",
        f"Sent: {WEEKDAYS[clock.weekday()]} {clock:%H:%M}",
        f"To: {parent.tag or 'the list'}",
        f"Subject: {parent.subject}",
        "",
        *_cut(parent.text(), 3 * LONGEST_QUOTE),
    )
    return [Para("quote", head)]


def _hello(author: Person, parent: Letter | None) -> str:
    if parent is None:
        return author.hello
    if parent.author is author:
        return ""
    return author.hello_reply.format(first=parent.author.first_name)


def _deepen(lines: list[str]) -> list[str]:
    return [f"> {line}" if line else ">" for line in lines]


def _depth(line: str) -> int:
    """Return how often a line is quoted; the `>>>` of Python is not a quotation."""
    depth = 0
    while line.startswith("> ") or line == ">":
        depth, line = depth + 1, line[2:]
    return depth


def _cut(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 2], "[...]"]


def _newest(lines: list[str], most: int) -> list[str]:
    """Keep the end of a long text, since that is what the answer is about."""
    return lines if len(lines) <= most else ["[...]", *lines[-most:]]


@cache
def _attributions() -> dict[str, dict[str, str]]:
    return tomllib.loads(ATTRIBUTIONS.read_text(encoding="utf-8"))
