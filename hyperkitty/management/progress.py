"""How far a long command is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TextIO

BAR_WIDTH = 24
#: Seconds between two drawings of the bar, and between two plain lines.
BAR_INTERVAL = 0.2
LINE_INTERVAL = 15.0


class Progress:
    """Shows how many of *total* units are done, with rate and time left.

    *count* things named *noun* are done while *done* units of work are: a file is
    measured in bytes while the reader wants to know of mails. Nothing is shown when
    *verbosity* is 0.
    """

    def __init__(
        self,
        stream: TextIO,
        noun: str,
        total: int | None,
        *,
        verbosity: int = 1,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.stream = stream
        self.noun = noun
        self.total = total
        self.is_silent = verbosity == 0
        self.is_terminal = stream.isatty()
        self.clock = clock
        self.begun = self.shown = clock()
        self._width = 0

    def update(self, count: int, done: int) -> None:
        """Show the state, if the last time is long enough ago."""
        interval = BAR_INTERVAL if self.is_terminal else LINE_INTERVAL
        if not self.is_silent and self.clock() - self.shown >= interval:
            self.shown = self.clock()
            self._write(self._state(count, done))

    def finish(self) -> None:
        """Clear the bar, so that a report can follow."""
        if self._width:
            self.stream.write("\r" + " " * self._width + "\r")
            self.stream.flush()
            self._width = 0

    def _write(self, line: str) -> None:
        if self.is_terminal:
            self.stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def _state(self, count: int, done: int) -> str:
        elapsed = max(self.clock() - self.begun, 0.001)
        words = [f"{count:,} {self.noun}", f"{count / elapsed:,.0f}/s"]
        if self.total:
            share = min(done / self.total, 1)
            words.insert(0, f"{share:4.0%}")
            if self.is_terminal:
                words.insert(0, _bar(share))
            if share:
                words.append(f"{_clock(elapsed / share - elapsed)} left")
        return "  ".join(words)


def _bar(share: float) -> str:
    full = round(share * BAR_WIDTH)
    return f"[{'#' * full}{'.' * (BAR_WIDTH - full)}]"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
