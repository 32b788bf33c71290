"""Answering queries on Whoosh's postings by sets of mails, without its parser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, log

from hyperkitty.search.inputs import Words
from hyperkitty.search.text import to_find

from .lowering import NUMBERS, Lowering, distinct
from .whoosh_index import Segment, WhooshIndex, WhooshView
from .whoosh_words import words_of

#: Mails and their scores; what filters has scores of 0.
Scores = dict[int, float]

#: BM25: how soon repeating a word stops to count, and how much long texts lose.
K1 = 1.2
B = 0.75
TIE = 0.1
MAX_PHRASE = 40
#: Letters that a stem has at least, and that it may lack of a beginning.
MIN_STEM = 6
MAX_ENDING = 4
#: Words that one beginning stands for.
MAX_WORDS = 1_000


class WhooshLowering(Lowering[Scores]):
    """Answers each part of a query from the view, and puts the answers together."""

    def __init__(self, opened: WhooshIndex, view: WhooshView) -> None:
        self._view = view
        self._languages = opened.languages.all

    def words(self, places: dict[str, float], words: Words) -> Scores:
        """Look for the words in each place, in each language of the site."""
        text, is_beginning = to_find(words.text)
        is_prefix = words.is_prefix or is_beginning
        phrases = distinct(
            tuple(words_of(text, language)[:MAX_PHRASE]) for language in self._languages
        )
        if not phrases:
            is_sign = not any(map(str.isalnum, text))
            return self.everything() if is_sign else {}
        whole = tuple(words_of(text)[:MAX_PHRASE]) if is_prefix else ()
        found = []
        for place, weight in places.items():
            parts = [self._phrase(place, phrase) for phrase in phrases]
            if whole:
                parts.append(self._beginning(place, whole))
            found.append(_scaled(_best(parts), weight))
        return _best(found, TIE)

    def among(self, name: str, values: Sequence[int | str]) -> Scores:
        """Filters do not score."""
        if name in NUMBERS:
            wanted = set(values)
            column = self._view.column(name).items()
            return {pk: 0.0 for pk, number in column if number in wanted}
        found: Scores = {}
        for value in values:
            found |= dict.fromkeys(self._view.postings(name, str(value)), 0.0)
        return found

    def between(self, name: str, first: int | None, last: int | None) -> Scores:
        """Ask for a range of a number."""
        low = -inf if first is None else first
        high = inf if last is None else last
        column = self._view.column(name).items()
        return {pk: 0.0 for pk, number in column if low <= number <= high}

    def everything(self) -> Scores:
        """Ask for every mail."""
        return dict.fromkeys(self._view.numbers, 0.0)

    def nothing(self) -> Scores:
        """Ask for no mail."""
        return {}

    def all_of(self, parts: Sequence[Scores]) -> Scores:
        """Ask for all of *parts*; the smallest is looked up in the others."""
        smallest, *others = sorted(parts, key=len)
        found = smallest
        for other in others:
            both = found.keys() & other.keys()
            found = {pk: found[pk] + other[pk] for pk in both}
        return found

    def any_of(self, parts: Sequence[Scores]) -> Scores:
        """Ask for any of *parts*."""
        return _best(parts, 1.0)

    def without(self, part: Scores) -> Scores:
        """Ask for everything but *part*."""
        return {pk: 0.0 for pk in self._view.numbers if pk not in part}

    def _phrase(self, place: str, words: tuple[str, ...]) -> Scores:
        if len(words) == 1:
            return self._scored(place, self._view.postings(place, words[0]))
        return self._scored(place, self._together(place, words))

    def _beginning(self, place: str, words: tuple[str, ...]) -> Scores:
        *first, last = words
        found: Scores = {}
        # Of "configurati" the index has only a stem, which is shorter.
        shortest = max(MIN_STEM, len(last) - MAX_ENDING)
        stems = [last[:length] for length in range(shortest, len(last))]
        for word in (*stems, *self._view.words_with(place, last, MAX_WORDS)):
            phrase = (*first, word)
            if len(phrase) == 1:
                found |= dict.fromkeys(self._view.postings(place, word), 1.0)
            else:
                found |= dict.fromkeys(self._together(place, phrase), 1.0)
        return found

    def _together(self, place: str, words: tuple[str, ...]) -> dict[int, float]:
        """Return the mails in which *words* stand one behind the other."""
        found: dict[int, float] = {}
        for segment in self._view.segments:
            for at, count in _adjacent(segment, place, words).items():
                if (numbers := segment.numbers[at]) is not None:
                    found[numbers.email] = count
        return found

    def _scored(self, place: str, counts: Mapping[int, float]) -> Scores:
        """Return the scores of mails in which something stands so often (BM25)."""
        total = len(self._view.numbers)
        rarity = log(1 + (total - len(counts) + 0.5) / (len(counts) + 0.5))
        top = rarity * (K1 + 1)
        if place != "own":
            return {pk: top * n / (n + K1) for pk, n in counts.items()}
        base, slope = K1 * (1 - B), K1 * B / self._view.mean_length
        lengths = self._view.column("length")
        return {
            pk: top * n / (n + base + slope * lengths[pk]) for pk, n in counts.items()
        }


def _adjacent(segment: Segment, place: str, words: tuple[str, ...]) -> dict[int, float]:
    """Return in which entries of a segment *words* stand together, and how often."""
    common: set[int] | None = None
    for word in set(words):
        places, _counts = segment.postings(place, word)
        common = set(places) if common is None else common & set(places)
        if not common:
            return {}
    there = sorted(common or ())
    where = {word: segment.positions(place, word, there) for word in set(words)}
    found = {}
    for at in there:
        starts = set(where[words[0]][at])
        for shift, word in enumerate(words[1:], 1):
            starts &= {position - shift for position in where[word][at]}
        if starts:
            found[at] = float(len(starts))
    return found


def _scaled(scores: Scores, weight: float) -> Scores:
    if weight == 1:
        return scores
    return {pk: weight * score for pk, score in scores.items()}


def _best(parts: Sequence[Scores], tie: float = 0.0) -> Scores:
    """Return the best score of each mail, and a share *tie* of the others."""
    filled = sorted((part for part in parts if part), key=len)
    if not filled:
        return {}
    found = dict(filled.pop())
    for part in filled:
        for pk, score in part.items():
            known = found.get(pk)
            if known is None:
                found[pk] = score
            elif score > known:
                found[pk] = score + tie * known
            else:
                found[pk] = known + tie * score
    return found
