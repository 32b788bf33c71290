"""A mail of the demo as people see it, before it becomes bytes."""

from __future__ import annotations

import datetime
import textwrap
from dataclasses import dataclass, field

from .cast import Person

WIDTH = 72
OWN = ("text", "fixed")


@dataclass(frozen=True)
class Para:
    """A piece of a body: what kind it is, and its lines.

    `text` may be wrapped anew, `fixed` (code, tables, patches) may not; the others are
    `hello`, `intro` (the line above a quotation), `quote`, `bye` and `signature`.
    """

    kind: str
    lines: tuple[str, ...]


@dataclass
class Letter:
    """One mail: author, place in the thread, times (UTC, demo calendar) and body."""

    list_key: str
    author: Person
    core: str
    marker: str
    message_id: str
    sent: datetime.datetime
    arrived: datetime.datetime
    body: list[Para]
    parent: Letter | None = None
    tag: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Return the subject as the author's program writes it, without list prefix."""
        return f"{self.marker} {self.core}" if self.marker else self.core

    @property
    def own(self) -> list[Para]:
        """Return the paragraphs that the author wrote: what an answer may quote."""
        return [para for para in self.body if para.kind in OWN]

    def text(self, *, signature: bool = True) -> list[str]:
        """Return the whole body as lines, as a plain mail program shows it."""
        return layout(
            [para for para in self.body if signature or para.kind != "signature"]
        )


def layout(body: list[Para]) -> list[str]:
    """Put paragraphs below each other, with blank lines where people leave them."""
    lines: list[str] = []
    previous = ""
    for para in body:
        if lines and previous != "intro":
            lines.append("")
        lines.extend(para.lines)
        previous = para.kind
    return lines


def paragraphs(text: str) -> list[Para]:
    """Cut written text into paragraphs and wrap those that are prose."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block.strip("\n")]
    return [_para([line for line in block if line]) for block in blocks]


def _para(lines: list[str]) -> Para:
    if lines[0][0] == "@":
        return Para("mark", tuple(lines))
    if lines[0][:2] in ("- ", "* ") or lines[0][:2] in ("1.", "a)"):
        return Para("fixed", tuple(_wrapped_list(lines)))
    if any(line[0] in " \t|" or line.startswith((">>> ", "+-")) for line in lines):
        return Para("fixed", tuple(line.rstrip() for line in lines))
    if lines[0][-2:] == "\\\\":
        return Para("fixed", tuple(line.removesuffix("\\\\") for line in lines))
    return Para("text", tuple(wrap(" ".join(lines))))


def wrap(text: str) -> list[str]:
    """Wrap prose as mail programs do; addresses and long words stay whole."""
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _wrapped_list(lines: list[str]) -> list[str]:
    wrapped: list[str] = []
    for line in lines:
        indent = " " * (line.index(" ") + 1)
        wrapped += textwrap.wrap(
            line.strip(),
            WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return wrapped
