"""Reads the hand-written pieces: scripts of threads, in `pieces/*.txt`.

    == name                      a script starts
    subject: NaN at $port        `$name` is a slot, `[[one||two]]` a choice
    cast: a=newbie b=@tobias     roles: a tag, or @ and the key of one person
    times: 4                     how many threads are made from it
    $thing: mast | pole          a slot of its own
    -- a                         a mail by role a
    text
    -- b > 1 p=.5 +2h git        answers mail 1, by chance, after 2 hours, with options
    @2                           quotes paragraph 2 of the mail that is answered
    @/words/                     quotes the line that contains these words
    text

`#7` in the line of a mail checks that it is the seventh. `$$` is a dollar sign.

A mail that does not say what it answers answers the one before it; `> 0` is nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PIECES = Path(__file__).parent / "pieces"
CUE = re.compile(r"-- (\w+)(?: > (\d+))?((?: \S+)*)")
UNITS = {"m": 1 / 60, "h": 1.0, "d": 24.0}


@dataclass(frozen=True)
class Cue:
    """One mail of a script: who says what in answer to which other mail."""

    number: int
    role: str
    parent: int | None
    text: str
    subject: str = ""
    chance: float = 1.0
    hours: float | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Script:
    """A thread as written in a file, before names and things are filled in."""

    name: str
    topic: str
    headers: dict[str, str]
    cues: tuple[Cue, ...]

    @property
    def cast(self) -> dict[str, str]:
        """Return what each role wants: a tag, or `@` and a person's key."""
        return dict(word.split("=") for word in self.headers.get("cast", "").split())

    @property
    def times(self) -> int:
        """Return how many threads are to be made from this script."""
        return int(self.headers.get("times", "1"))

    def own_slots(self, instance: int) -> dict[str, str]:
        """Return values for the slots that the script itself declares.

        Values are dealt in turn, so that two threads of one script differ if they can.
        """
        chosen = {}
        for name, values in self.headers.items():
            if name[0] == "$":
                options = values.split(" | ")
                chosen[name[1:]] = options[instance % len(options)]
        return chosen


@cache
def scripts(topic: str) -> dict[str, Script]:
    """Return the scripts of one file by name."""
    text = (PIECES / f"{topic}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^== (\S+)\n", text, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {name: _script(name, topic, body) for name, body in pairs}


def fill(text: str, slots: dict[str, str], rng: random.Random) -> str:
    """Take one of every `[[a||b]]` and put values in the place of `$names`."""

    def choice(match: re.Match[str]) -> str:
        return rng.choice(match[1].split("||")) if "||" in match[1] else match[0]

    text = re.sub(r"\[\[(.*?)\]\]", choice, text, flags=re.DOTALL)
    known = {"$": "$"} | slots
    return re.sub(r"\$(\$|[a-zA-Z_]\w*)", lambda match: known[match[1]], text)


def _script(name: str, topic: str, body: str) -> Script:
    lines = body.splitlines()
    starts = [index for index, line in enumerate(lines) if CUE.fullmatch(line)]
    head = lines[: starts[0]]
    headers = dict(line.split(": ", 1) for line in head if ": " in line)
    return Script(name, topic, headers, tuple(_cues(lines, starts)))


def _cues(lines: list[str], starts: list[int]) -> Iterator[Cue]:
    ends = [*starts[1:], len(lines)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        role, parent, words = CUE.fullmatch(lines[start]).groups()  # type: ignore[union-attr] # it matched above
        text = lines[start + 1 : end]
        subject = ""
        if text and text[0].startswith("subject: "):
            subject = text.pop(0).removeprefix("subject: ")
        chance, hours, options = 1.0, None, {}
        for word in words.split():
            if word.startswith("p="):
                chance = float(word[2:])
            elif word.startswith("#"):
                if int(word[1:]) != number:
                    raise ValueError(f"mail {number} says it is {word}")
            elif word.startswith("+"):
                hours = float(word[1:-1]) * UNITS[word[-1]]
            else:
                key, _, value = word.partition("=")
                options[key] = value or "yes"
        above = (int(parent) if parent else number - 1) or None
        yield Cue(
            number,
            role,
            above,
            "\n".join(text).strip("\n"),
            subject,
            chance,
            hours,
            options,
        )
