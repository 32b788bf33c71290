"""The sentence of a mail that holds what was sought, and marks on the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from .escape import clean, escape

#: Characters of a text that are looked through, and places of one word.
MAX_TEXT = 100_000
MAX_PLACES = 20
#: Characters of an excerpt, and how many of them may stand before the first hit.
LENGTH = 240
BEFORE = 80

_WORD = re.compile(r"[^\W_]+")
# Endings that stemmers take off, for a mark where an engine found another form.
_ENDINGS = re.compile(
    r"(?:ations?|ating|ated?|ingly|ings?|ions?|ments?|ers?|ies|ied|ed|es|ly|s|e|y)$"
)
_ANY_ENDING = (
    "(?:at(?:ions?|ing|ed?)|ing(?:s|ly)?|ions?|ments?|ers?|i?e[sd]?|ly|s|y)?(?![^\\W_])"
)
# Between the words of `a.b@c.d`, also where the address is masked.
_GAP = r"(?:\W|_|\s\(a\)\s){1,8}"
_SENTENCE_END = re.compile(r"[.!?。！？]\s|\n\s*\n|[。！？]")
_MIN_STEM = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """Words that were asked for, as they were typed."""

    text: str
    is_prefix: bool = False


class Marker:
    """Finds sought words in texts. Works on Unicode, without an engine."""

    def __init__(self, sought: Iterable[Sought]) -> None:
        self._terms = [term for one in sought if (term := _term(one))]
        patterns = "|".join(pattern for _literal, pattern in self._terms)
        self._any = re.compile(patterns) if patterns else None

    def mark(self, text: str) -> str:
        """Return *text* as safe HTML with each hit in ``<mark>``."""
        text = clean(text)
        if self._any is None:
            return escape(text)
        pieces: list[str] = []
        done = 0
        for hit in self._any.finditer(_folded(text)):
            if hit.start() < hit.end():
                pieces.append(escape(text[done : hit.start()]))
                pieces.append(f"<mark>{escape(text[hit.start() : hit.end()])}</mark>")
                done = hit.end()
        return "".join(pieces) + escape(text[done:])

    def excerpt(self, text: str, length: int = LENGTH) -> str:
        """Return the best part of *text*, on one line and unmarked; "" without a hit.

        The part with most of the words; of equal ones the first that is not quoted.
        """
        text = text[:MAX_TEXT]
        places = sorted(self._places(_folded(text)))
        if not places:
            return ""
        best = max(
            range(len(places)),
            key=lambda at: (
                _words_within(places, at, length),
                -_quoted(text, places, at),
            ),
        )
        start, stop = _bounds(text, places[best][0], length)
        part = re.sub(r"\n>[> ]*", "\n", text[start:stop]).lstrip("> ")
        part = " ".join(clean(part).split())
        head = "… " if text[:start].strip() and not _begins_here(text, start) else ""
        return head + part + (" …" if text[stop:].strip() else "")

    def _places(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield where a word stands and which; a few places of each word."""
        for number, (literal, pattern) in enumerate(self._terms):
            exact = _compiled(pattern)
            at = folded.find(literal)
            for _place in range(MAX_PLACES):
                if at < 0:
                    break
                if exact.match(folded, at):
                    yield at, number
                at = folded.find(literal, at + 1)


def _words_within(places: list[tuple[int, int]], at: int, length: int) -> int:
    """Return how many of the words stand near the place *at*, and after it."""
    start = places[at][0]
    near = places[at : at + 3 * MAX_PLACES]
    return len({word for place, word in near if place < start + length - BEFORE})


def _quoted(text: str, places: list[tuple[int, int]], at: int) -> bool:
    return text.startswith(">", text.rfind("\n", 0, places[at][0]) + 1)


def _bounds(text: str, hit: int, length: int) -> tuple[int, int]:
    """Return the bounds of the sentence with *hit*, or of what fits, at white space."""
    start = 0
    for end in _SENTENCE_END.finditer(text, max(hit - BEFORE, 0), hit):
        start = end.end()
    if not start and hit > BEFORE:
        start = _next_space(text, hit - BEFORE, hit)
    stop = start + length
    if stop >= len(text):
        return start, len(text)
    space = max(text.rfind(" ", hit + 1, stop), text.rfind("\n", hit + 1, stop))
    return start, space if space > 0 else stop


def _next_space(text: str, at: int, stop: int) -> int:
    found = re.compile(r"\s").search(text, at, stop)
    return found.end() if found else at


def _begins_here(text: str, start: int) -> bool:
    """Whether a sentence or paragraph begins at *start*."""
    return bool(re.search(r"[.!?。！？\n]\s*$", text[max(start - 4, 0) : start]))


def _term(sought: Sought) -> tuple[str, str] | None:
    """Return a literal that begins each hit of *sought*, and the pattern of hits."""
    words = _WORD.findall(_folded(sought.text))
    if not words:
        return None
    *first, last = words
    is_spaced = not _is_unspaced(last)
    if sought.is_prefix:
        ending = re.escape(last) + (r"[^\W_]*" if is_spaced else "")
        stem = last
    elif is_spaced and last.isascii() and last.isalpha():
        stem = _stem(last)
        ending = re.escape(stem) + _ANY_ENDING
    else:
        stem = last
        ending = re.escape(last) + (r"(?![^\W_])" if is_spaced else "")
    pattern = _GAP.join([*map(re.escape, first), ending])
    boundary = "" if _is_unspaced(words[0]) else r"(?<![^\W_])"
    return (words[0] if first else stem), f"{boundary}{pattern}"


def _stem(word: str) -> str:
    stem = _ENDINGS.sub("", word)
    return stem if len(stem) >= _MIN_STEM else word


def _is_unspaced(word: str) -> bool:
    """Whether *word* is of a script that puts no spaces between words."""
    return any("\u0e00" <= sign <= "\u0fff" or sign >= "\u1000" for sign in word)


def _folded(text: str) -> str:
    """Return *text* of the same length in lower case and without accents."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded_letter, text))


@lru_cache(maxsize=4096)
def _folded_letter(letter: str) -> str:
    folded = unicodedata.normalize("NFKD", letter.lower())
    return folded[0] if folded[:1].isalnum() else letter


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
