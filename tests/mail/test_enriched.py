"""text/enriched and text/richtext read as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.enriched import enriched_to_text, richtext_to_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<bold>Now</bold> is\nthe time", "Now is the time"),
        ("one\n\ntwo\n\n\nthree", "one\ntwo\n\nthree"),
        ("a <<b> c", "a <b> c"),
        ("<color><param>red</param>Hi</color>", "Hi"),
        ("<nofill>a\n  b\n</nofill>c", "a\n  b\nc"),
        ("<excerpt>you\n\nsaid</excerpt>I say", "> you\n> said\n\nI say"),
        ("x < y and <not a tag", "x < y and <not a tag"),
        ("</excerpt></nofill></param>text", "text"),
        ("", ""),
    ],
)
def test_enriched_text_becomes_plain(source: str, text: str) -> None:
    assert enriched_to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("one\ntwo<nl>three", "one two\nthree"),
        ("a <lt>b>", "a <b>"),
        ("<comment>hidden</comment>shown", "shown"),
    ],
)
def test_richtext_becomes_plain(source: str, text: str) -> None:
    assert richtext_to_text(source) == text


PIECES = ["<excerpt>", "</excerpt>", "<param>", "<<", "<nofill>", "\n", " ", "a", "<"]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_text_is_read(source: str) -> None:
    assert isinstance(enriched_to_text(source), str)
    assert isinstance(richtext_to_text(source), str)


def test_deep_quotes_stay_readable() -> None:
    text = enriched_to_text("<excerpt>" * 5000 + "deep")

    assert text == "> " * 10 + "deep"
