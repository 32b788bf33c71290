"""From Haystack's query tree to an engine's own query objects, without any string.

What a person typed never meets an engine's parser: it could mean more there than it
says, and some parsers can be made to end the process.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from haystack.backends import SearchNode

from hyperkitty.search.inputs import Words

E = TypeVar("E")

#: Where words are looked for by the names of Haystack's fields, and what a hit in each
#: place counts: what the author wrote more than what he quoted.
PLACES: dict[str, dict[str, float]] = {
    "content": {
        "subject": 2.5,
        "own": 1.0,
        "author": 1.0,
        "filename": 1.0,
        "attachment": 0.4,
        "quoted": 0.3,
    },
    "subject": {"subject": 1.0},
    "body": {"own": 1.0, "quoted": 0.3},
    "own": {"own": 1.0},
    "quoted": {"quoted": 1.0},
    "author": {"author": 1.0},
    "filename": {"filename": 1.0},
    "attachment": {"attachment": 1.0},
}
PLACES["text"] = PLACES["content"]
#: Fields of whole numbers.
NUMBERS = frozenset({"email", "mlist", "thread", "sender", "date", "year", "month"})
#: Fields of words that are compared whole.
NAMES = frozenset({"id", "msgid", "address", "marks", "tags"})
#: Engines keep numbers in 64 bits.
LARGEST = 2**63 - 1


class UnknownField(ValueError):
    """A query names a field or a filter that this index does not have."""


class Lowering(ABC, Generic[E]):
    """Builds an engine's query from a tree; an engine says how each part looks."""

    def lower(self, node: SearchNode) -> E:
        """Return the query for *node*; without children it asks for everything."""
        parts = [
            self.lower(child) if isinstance(child, SearchNode) else self._leaf(*child)
            for child in node.children
        ]
        if not parts:
            return self.everything()
        if len(parts) == 1:
            found = parts[0]
        elif node.connector == SearchNode.OR:
            found = self.any_of(parts)
        else:
            found = self.all_of(parts)
        return self.without(found) if node.negated else found

    @abstractmethod
    def words(self, places: dict[str, float], words: Words) -> E:
        """Ask for words in one of some places, with the weight of each."""

    @abstractmethod
    def among(self, name: str, values: Sequence[int | str]) -> E:
        """Ask for one of some values."""

    @abstractmethod
    def between(self, name: str, first: int | None, last: int | None) -> E:
        """Ask for a number in a range, ends included."""

    @abstractmethod
    def everything(self) -> E:
        """Ask for every mail."""

    @abstractmethod
    def nothing(self) -> E:
        """Ask for what no mail is."""

    @abstractmethod
    def all_of(self, parts: Sequence[E]) -> E:
        """Ask for mails that are all of *parts*."""

    @abstractmethod
    def any_of(self, parts: Sequence[E]) -> E:
        """Ask for mails that are any of *parts*."""

    @abstractmethod
    def without(self, part: E) -> E:
        """Ask for all other mails."""

    def _leaf(self, expression: str, value: Any) -> E:
        name, _, filter_type = expression.partition("__")
        if name in PLACES:
            return self._in_places(name, value)
        if name == "django_ct":
            return self.everything()  # there is only one model
        if name not in NUMBERS | NAMES:
            raise UnknownField(f"The index has no field {name!r}.")
        kind = _number if name in NUMBERS else _plain
        match filter_type or "exact":
            case "exact" | "content" | "contains":
                return self._one_of(name, [kind(value)])
            case "in":
                return self._one_of(name, map(kind, value))
            case "gte" if name in NUMBERS:
                return self.between(name, _number(value), None)
            case "gt" if name in NUMBERS:
                return self.between(name, _number(value) + 1, None)
            case "lte" if name in NUMBERS:
                return self.between(name, None, _number(value))
            case "lt" if name in NUMBERS:
                return self.between(name, None, _before(value))
            case "range" if name in NUMBERS:
                first, last = value
                return self.between(name, _number(first), _number(last))
            case _:
                raise UnknownField(f"{expression} cannot be asked for.")

    def _one_of(self, name: str, values: Iterable[int | str]) -> E:
        found = [one for one in values if isinstance(one, str) or 0 <= one <= LARGEST]
        return self.among(name, found) if found else self.nothing()

    def _in_places(self, name: str, value: Any) -> E:
        words = value if isinstance(value, Words) else Words(str(value))
        places = PLACES[name]
        if words.without_quoted and len(places) > 1:
            places = {place: w for place, w in places.items() if place != "quoted"}
        return self.words(places, words)


def _before(value: Any) -> int:
    """Return the last whole second, or number, before *value*."""
    if isinstance(value, datetime) and value.microsecond:
        return _number(value)
    return _number(value) - 1


def _number(value: Any) -> int:
    value = getattr(value, "query_string", value)  # Haystack wraps plain values
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return int(aware.timestamp() // 1)
    return int(value)


def _plain(value: Any) -> str:
    return str(getattr(value, "query_string", value))


def distinct(values: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return *values* without repetitions and empty ones, in order."""
    return [found for found in dict.fromkeys(values) if found]
