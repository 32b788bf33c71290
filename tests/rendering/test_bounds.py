"""However hostile the text, what comes out is in proportion to it."""

from __future__ import annotations

import pytest

from benchmarks.rendering import HOSTILE
from hyperkitty.rendering.markdown import render_markdown
from hyperkitty.rendering.own_text import snippet, split_text
from hyperkitty.rendering.plain import render_text

from .html_reader import read_html

SIZE = 30_000


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gives_bounded_safe_html(name):
    text = HOSTILE[name](SIZE)
    for render in (render_text, render_markdown):
        html = render(text).html
        assert len(html) <= 40 * len(text) + 10_000
        assert read_html(html).depth <= 10


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_split_and_cut(name):
    text = HOSTILE[name](SIZE)
    own, other = split_text(text)
    assert len(own) + len(other) <= 2 * len(text)
    assert len(snippet(text)) <= 200


def test_a_hundred_thousand_levels_of_quotes_are_ten():
    assert read_html(render_text("> " * 100_000 + "x").html).depth == 10


def test_a_hundred_thousand_quoted_lines_are_one_quote():
    html = render_text("> x\n" * 100_000 + "answer").html
    assert html.count("<blockquote") == 2
    assert html.endswith("<p>answer</p>\n</div>")
