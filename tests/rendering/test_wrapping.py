"""Line ends of a margin may flow over on a narrow page; those of the author stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.rendering.links import bug_pattern
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import BugPattern, RenderOptions
from hyperkitty.rendering.wrapping import as_one_line, join_lines

SOFT = '<br class="m-soft">'
FILLED = """\
It changes nothing for me, as far as I can tell from the logs, but then
my setup is a little unusual: two hosts behind one address, and a proxy
that nobody has touched for years.
"""


def html(text: str, **options: object) -> str:
    return render_text(text, options=RenderOptions(**options)).html


def test_line_that_was_full_flows_into_the_next() -> None:
    assert html(FILLED).count(f" {SOFT}") == 2
    assert "<br>" not in html(FILLED)


@pytest.mark.parametrize(
    "text",
    [
        "Best wishes,\nAnne\n",
        "12 Long Street\nSmall Town\nA country far away from here\n",
        f"{FILLED.splitlines()[0]}\n- one point\n",
        f"{FILLED.splitlines()[0]}\n1. one point\n",
        "A rather short line stands here, and then\n" + "x" * 60 + "\n",
    ],
)
def test_line_end_that_the_author_made_stays(text: str) -> None:
    found = html(text)
    assert "<br>" in found or "m-soft" in found
    assert found.count("<br>") >= 1 or text.startswith("A rather")


def test_short_line_before_a_long_one_is_meant() -> None:
    found = html(f"Hello all,\n{FILLED}")
    assert "Hello all,<br>" in found
    assert found.count(SOFT) == 2


def test_links_do_not_reach_over_a_flowing_line_end() -> None:
    line = "Here is what I found when I looked for it: https://example.com/tea"
    found = html(f"{line}\nand-nothing-else-that-one-could-call-a-word, really.\n")
    assert 'href="https://example.com/tea"' in found
    assert f"</a> {SOFT}and-nothing" in found


def test_scripts_without_spaces_are_joined_without_one() -> None:
    line = "茶" * 60
    assert f"茶{SOFT}茶" in html(f"{line}\n{line}\n茶\n")


def test_bugs_are_found_on_both_sides_of_a_flowing_line_end() -> None:
    pattern: BugPattern = bug_pattern("#([0-9]+)", "https://bugs.example.org/{}")
    line = "This was told already in the long and sad discussion of bug #12"
    found = html(
        f"{line}\nand-then-again-but-shorter-in #34.\n", bug_patterns=(pattern,)
    )
    assert "bugs.example.org/12" in found
    assert "bugs.example.org/34" in found
    assert SOFT in found


def test_attribution_is_one_line() -> None:
    found = html(
        "On Sat 4 Nov 2017 at 12:20, Stephen Example <\ns@e.com> wrote:\n> a\n"
    )
    assert "Stephen Example &lt;s (a) e.com&gt; wrote:" in found


def test_headers_of_a_copied_mail_stay_lines() -> None:
    found = html(
        "-------- Forwarded Message --------\nFrom: a\nSent: b\nTo: c\n\nText\n"
    )
    assert "From: a<br>" in found


@given(st.lists(st.text(st.characters(exclude_characters="\n\x0b\x0c\r")), min_size=1))
def test_no_character_is_lost(lines: list[str]) -> None:
    joined = join_lines(lines)
    for end in "\x0b\x0c":
        joined = joined.replace(end, "\n")
    assert joined.split("\n") == lines
    assert as_one_line(["a <", "b>"]) == "a <b>"
