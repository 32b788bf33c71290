"""The lines of text that an HTML mail becomes: quotes, blank lines, white space."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_QUOTE_DEPTH = 10  # marks before a line, however deep the quotes are nested

_MARKER = 2  # columns that a list's mark stands left of its text
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Soft hyphen, grapheme joiner, zero-width space and the like: mail programs fill the
# preview of a mail with them. Joiners inside words stay: Persian and emoji need them.
_INVISIBLE = dict.fromkeys([0x00AD, 0x034F, 0x200B, 0x2060, 0xFEFF])
_BLANK = dict.fromkeys([0x200C, 0x200D, 0x200E, 0x200F])


class _Line(NamedTuple):
    blanks: int  # blank lines before it
    quotes: int
    text: str


class Lines:
    """Collects text into lines as a browser would: white space counts once."""

    def __init__(self, limit: int) -> None:
        self.room = limit  # characters that may still come
        self.quotes = 0
        self.indent = 0
        self.marker = ""  # of a list item, waiting for its first line
        self._lines: list[_Line] = []
        self._current: list[str] = []
        self._blanks = 0  # to come before the current line
        self._space = False
        self._in_new_cell = False
        # The line has ended, unless the next cell of a table goes on in it.
        self._is_ended = False
        self._blanks_after = 0

    def write(self, text: str) -> None:
        """Add running text; runs of white space become one space."""
        words = _SPACE.sub(" ", text)
        if words.startswith(" "):
            self._space = True
        words = words.strip(" ")
        if not words:
            return
        if self._is_ended:
            self.end_line()
        if self._current:
            if self._in_new_cell:
                self._current.append(" | ")
            elif self._space:
                self._current.append(" ")
        self._in_new_cell = False
        self._current.append(words)
        self._space = text[-1] in " \t\r\n\f"

    def write_as_is(self, text: str) -> None:
        """Add text without line ends of which every space counts."""
        if self._is_ended:
            self.end_line()
        self._current.append(text)

    def start_cell(self) -> None:
        """Begin a table cell: it goes on in the line of the cell before."""
        self._in_new_cell = True
        self._is_ended = False
        self._blanks_after = 0

    def end_block(self, blanks: int) -> None:
        """End the line and leave *blanks* lines, unless a new cell goes on in it."""
        if not self._current:
            self._blanks = max(self._blanks, blanks)
        elif not self._in_new_cell:
            self._is_ended = True
            self._blanks_after = max(self._blanks_after, blanks)

    def end_line(self) -> None:
        """End the line if anything stands on it."""
        if self._current:
            self._flush()
        self._space = self._in_new_cell = False

    def end_paragraph(self) -> None:
        """End the line and leave a blank one before the next."""
        self.end_line()
        self._blanks = max(self._blanks, 1)

    def break_line(self) -> None:
        """End the line; leave a blank one if nothing stands on it."""
        if self._is_ended:
            self.end_line()
        if not self._current:
            self._blanks = max(self._blanks, 1)
        self.end_line()

    def break_line_as_is(self) -> None:
        """End the line; each call on an empty line adds a blank one."""
        if not self._current:
            self._blanks += 1
        self.end_line()

    def result(self) -> str:
        """Return all lines, without blank ones at the start and the end."""
        self.end_line()
        out: list[str] = []
        before = 0
        for number, (blanks, quotes, text) in enumerate(self._lines):
            if number:
                out += [">" * bool(min(before, quotes))] * blanks
            mark = "> " * quotes
            out.append(mark + text)
            before = quotes
        return "\n".join(out)

    def _flush(self) -> None:
        text = "".join(self._current).replace("\xa0", " ").translate(_INVISIBLE)
        text = text.rstrip()
        self._current = []
        self._is_ended = False
        after, self._blanks_after = self._blanks_after, 0
        if not text.translate(_BLANK).strip():
            self._blanks = max(self._blanks, 1)
            return
        if text == "--":
            text = "-- "  # the signature mark; HTML cannot end a line with a space
        indent = self.indent - _MARKER if self.marker else self.indent
        text = " " * max(indent, 0) + self.marker + text
        quotes = min(self.quotes, MAX_QUOTE_DEPTH)
        self._lines.append(_Line(min(self._blanks, self.room), quotes, text))
        self.room -= len(text) + 2 * quotes + 1 + self._blanks
        self.marker = ""
        self._blanks = after
