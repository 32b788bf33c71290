"""Words in a Haystack query that no engine's parser ever reads."""

from __future__ import annotations

from typing import Any

from haystack.inputs import BaseInput


class Words(BaseInput):
    """Literal text that must stand in a field; see `search.query.Text`.

    The site's own engines take it apart themselves. To others it is given as words
    without any sign that could mean something, or as a quoted phrase of such words.
    """

    input_type_name = "words"
    post_process = False

    def __init__(
        self,
        text: str,
        *,
        is_phrase: bool = False,
        is_prefix: bool = False,
        without_quoted: bool = False,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.is_phrase = is_phrase
        self.is_prefix = is_prefix
        self.without_quoted = without_quoted

    def prepare(self, query_obj: Any) -> str:
        """Return the words for an engine that reads strings."""
        letters = (char if char.isalnum() else " " for char in self.text)
        words = "".join(letters).lower().split()
        if len(words) == 1:
            return str(query_obj.clean(words[0]))
        return str(query_obj.build_exact_query(" ".join(words)))
