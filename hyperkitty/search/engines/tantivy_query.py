"""Queries of tantivy, built as objects: its parser can end the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tantivy

from hyperkitty.search.inputs import Words
from hyperkitty.search.text import to_find

from .lowering import Lowering, distinct
from .tantivy_index import TantivyIndex

Query = tantivy.Query
#: Words of one phrase: what stands behind them is not compared.
MAX_PHRASE = 40
#: How much the places count in which a word stands besides the best one.
TIE = 0.1


class TantivyLowering(Lowering[Any]):
    """Says how each part of a query looks in tantivy."""

    def __init__(self, opened: TantivyIndex) -> None:
        self._schema = opened.schema
        self._analyzers = list(opened.analyzers.values())
        self._whole = opened.whole

    def words(self, places: dict[str, float], words: Words) -> Any:
        """Look for the words in each place, in each language of the site."""
        text, is_beginning = to_find(words.text)
        is_prefix = words.is_prefix or is_beginning
        phrases = distinct(
            tuple(analyzer.analyze(text)[:MAX_PHRASE]) for analyzer in self._analyzers
        )
        if not phrases:
            is_sign = not any(map(str.isalnum, text))
            return self.everything() if is_sign else self.nothing()
        whole = tuple(self._whole.analyze(text)[:MAX_PHRASE]) if is_prefix else ()
        found = []
        for place, weight in places.items():
            parts = [self._phrase(place, phrase) for phrase in phrases]
            if whole:
                parts.append(self._beginning(place, whole))
            part = parts[0] if len(parts) == 1 else Query.disjunction_max_query(parts)
            found.append(part if weight == 1 else Query.boost_query(part, weight))
        if len(whole) == 1 and {"subject", "own"} <= places.keys():
            # Of a long beginning no stem may be left: here are words as written.
            found.append(self._beginning("vocabulary", whole))
        if len(found) == 1:
            return found[0]
        return Query.disjunction_max_query(found, TIE)

    def among(self, name: str, values: Sequence[int | str]) -> Any:
        """Filters do not score."""
        if len(values) == 1:
            found = Query.term_query(self._schema, name, values[0], "basic")
        else:
            found = Query.term_set_query(self._schema, name, values)
        return Query.const_score_query(found, 0.0)

    def between(self, name: str, first: int | None, last: int | None) -> Any:
        """Ask for a range of a number."""
        kind = (
            tantivy.FieldType.Integer if name == "date" else tantivy.FieldType.Unsigned
        )
        if kind is tantivy.FieldType.Unsigned:
            first = None if first is None else max(first, 0)
            if last is not None and last < 0:
                return self.nothing()
        if first is None and last is None:
            return self.everything()
        found = Query.range_query(self._schema, name, kind, first, last)
        return Query.const_score_query(found, 0.0)

    def everything(self) -> Any:
        """Ask for every mail."""
        return Query.const_score_query(Query.all_query(), 0.0)

    def nothing(self) -> Any:
        """Ask for no mail."""
        return Query.empty_query()

    def all_of(self, parts: Sequence[Any]) -> Any:
        """Ask for all of *parts*."""
        return Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])

    def any_of(self, parts: Sequence[Any]) -> Any:
        """Ask for any of *parts*."""
        return Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def without(self, part: Any) -> Any:
        """Ask for everything but *part*; a query of refusals alone finds nothing."""
        return Query.boolean_query(
            [(tantivy.Occur.Must, self.everything()), (tantivy.Occur.MustNot, part)]
        )

    def _phrase(self, place: str, words: tuple[str, ...]) -> Any:
        if len(words) == 1:
            return Query.term_query(self._schema, place, words[0])
        return Query.phrase_query(self._schema, place, list(words))

    def _beginning(self, place: str, words: tuple[str, ...]) -> Any:
        if len(words) > 1:
            return Query.phrase_prefix_query(self._schema, place, list(words))
        # A word of the tokenizer is letters and digits: nothing in it is syntax.
        return Query.regex_query(self._schema, place, f"{words[0]}.*")
