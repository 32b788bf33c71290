"""The sentence that holds what was sought, and the marks on it."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.rendering.escape import clean
from hyperkitty.rendering.excerpts import LENGTH, Marker, Sought


def marker(*words: str, is_prefix: bool = False) -> Marker:
    return Marker(Sought(word, is_prefix) for word in words)


@pytest.mark.parametrize(
    ("word", "text", "marked"),
    [
        ("merge", "Merging merges <it>", "[Merging] [merges] &lt;it&gt;"),
        ("policies", "one policy", "one [policy]"),
        ("muller", "Herr Müller", "Herr [Müller]"),
        ("tea", "teapot, steam, tea.", "teapot, steam, [tea]."),
        ("std::vector", "a std::vector<int>", "a [std::vector]&lt;int&gt;"),
        ("tea pot", "the tea\npot", "the [tea\npot]"),
        ("anne@example.com", "anne (a) example.com", "[anne (a) example.com]"),
        ("検索", "全文検索エンジン", "全文[検索]エンジン"),
        ("++", "C++", "C++"),
        ("v2.0", "in v2.0.", "in [v2.0]."),
    ],
)
def test_words_are_marked_as_an_engine_finds_them(
    word: str, text: str, marked: str
) -> None:
    found = marker(word).mark(text)
    assert found.replace("<mark>", "[").replace("</mark>", "]") == marked


def test_beginning_marks_the_whole_word() -> None:
    assert (
        marker("conf", is_prefix=True).mark("configured") == "<mark>configured</mark>"
    )


def test_excerpt_is_the_sentence_with_most_of_the_words() -> None:
    text = "Tea first. " + "filler " * 60 + "\n\nHere tea meets milk at last. More.\n"
    assert marker("tea", "milk").excerpt(text) == "Here tea meets milk at last. More."


def test_what_the_author_wrote_goes_before_quotes() -> None:
    text = "> Is the tea hot?\n\nThe tea is cold.\n"
    assert marker("tea").excerpt(text) == "The tea is cold."
    assert marker("hot").excerpt(text).startswith("Is the tea hot?")


def test_excerpt_of_a_text_without_the_words_is_empty() -> None:
    assert marker("tea").excerpt("Coffee.") == ""
    assert marker().excerpt("Coffee.") == ""


@given(
    st.lists(st.text(max_size=20), max_size=5),
    st.text(max_size=400) | st.text("ab >.\n<&é", max_size=2000),
)
def test_marks_change_nothing_but_the_looks(words: list[str], text: str) -> None:
    for is_prefix in (False, True):
        found = marker(*words, is_prefix=is_prefix)
        marked = found.mark(text)
        assert html.unescape(re.sub("</?mark>", "", marked)) == clean(text)
        assert re.findall("<(?!/?mark>)", marked) == []
        assert len(found.excerpt(text)) <= LENGTH + 10
