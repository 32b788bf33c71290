"""format=flowed (RFC 3676): soft line ends joined to paragraphs, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = "-- "


class Paragraph(NamedTuple):
    """A paragraph, or a line that is to stay as it is, and how deep it is quoted."""

    quotes: int
    text: str


def paragraphs(text: str, is_delsp: bool = False) -> Iterator[Paragraph]:
    """Yield the paragraphs of flowed text.

    A line that ends in a space goes on in the next line of the same quote depth; with
    DelSp that space was added by the sender. The signature line stays a line.
    """
    joined: list[str] = []
    depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        quotes = len(line) - len(content)
        content = content.removeprefix(" ")  # space-stuffing, RFC 3676 §4.4
        is_signature = content == SIGNATURE
        if joined and (quotes != depth or is_signature):
            yield Paragraph(depth, "".join(joined))
            joined = []
        depth = quotes
        if content.endswith(" ") and not is_signature:
            joined.append(content[:-1] if is_delsp else content)
            continue
        yield Paragraph(depth, "".join(joined) + content)
        joined = []
    if joined:
        yield Paragraph(depth, "".join(joined))


def unflow(text: str, is_delsp: bool = False) -> str:
    """Return flowed text as plain text: one line a paragraph, quotes as "> "."""
    return "\n".join(
        ">" * quotes + " " * bool(quotes and line) + line
        for quotes, line in paragraphs(text, is_delsp)
    )


def as_flowed(text: str) -> str:
    """Return fixed lines as flowed text that reads the same.

    For a fixed part that is shown below a flowed one.
    """
    return "\n".join(_fixed_line(line) for line in text.split("\n"))


def _fixed_line(line: str) -> str:
    if line != SIGNATURE:
        line = line.rstrip(" ")
    return " " + line if line.startswith(" ") else line
