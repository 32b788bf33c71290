"""text/enriched (RFC 1896) and text/richtext (RFC 1341) made into plain text."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_QUOTE_DEPTH = 10

_TAG = re.compile(r"<(/?)([A-Za-z0-9-]{1,60})>|<<")
_LINE_ENDS = re.compile(r"\n+")
_DROPPED = frozenset(["param", "comment"])
# What a tag writes; "" is the tag "<<".
_WRITTEN = {"": "<", "lt": "<", "nl": "\n", "np": "\n\n", "/paragraph": "\n\n"}


def enriched_to_text(source: str) -> str:
    """Return the text of a text/enriched part; never raises.

    A single line end is a space, each further one a line end; "<<" is "<"; excerpts
    become quotes.
    """
    return _read(source, _enriched_space)


def richtext_to_text(source: str) -> str:
    """Return the text of a text/richtext part: only <nl> and the like end a line."""
    return _read(source, lambda text: text.replace("\n", " "))


def _enriched_space(text: str) -> str:
    return _LINE_ENDS.sub(lambda run: "\n" * (len(run[0]) - 1) or " ", text)


def _read(source: str, fold: Callable[[str], str]) -> str:
    out = _Quoted()
    dropped = unfilled = 0
    position = 0
    for tag in _TAG.finditer(source):
        text = source[position : tag.start()]
        position = tag.end()
        if not dropped:
            out.write(text if unfilled else fold(text))
        name = (tag[2] or "").lower()
        step = -1 if tag[1] else 1
        if name in _DROPPED:
            dropped = max(dropped + step, 0)
        elif name in ("nofill", "verbatim"):
            unfilled = max(unfilled + step, 0)
        elif name == "excerpt":
            out.quote(step)
        elif not dropped:
            out.write(_WRITTEN.get((tag[1] or "") + name, ""))
    if not dropped:
        text = source[position:]
        out.write(text if unfilled else fold(text))
    return out.result()


class _Quoted:
    """Collects text; the lines of an excerpt get quote marks."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.current: list[str] = []
        self.depth = 0

    def write(self, text: str) -> None:
        self.current.append(text)

    def quote(self, step: int) -> None:
        self.flush()
        self.depth = max(self.depth + step, 0)

    def flush(self) -> None:
        text = "".join(self.current).strip("\n")
        self.current = []
        if text.strip():
            mark = "> " * min(self.depth, MAX_QUOTE_DEPTH)
            self.done.append(
                "\n".join(mark + line.rstrip() for line in text.split("\n"))
            )

    def result(self) -> str:
        self.flush()
        return "\n\n".join(self.done)
