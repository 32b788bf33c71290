"""Lines, their quote depth, and what only looks like a quote."""

from __future__ import annotations

import pytest

from hyperkitty.rendering.lines import MAX_DEPTH, Line, join_flowed, split_lines


@pytest.mark.parametrize(
    ("raw", "depth", "text"),
    [
        ("plain", 0, "plain"),
        ("> one", 1, "one"),
        (">one", 1, "one"),
        (" > one", 1, "one"),
        ("> > two", 2, "two"),
        (">> two", 2, "two"),
        (">> > three", 3, "three"),
        (">     indented", 1, "    indented"),
        (">", 1, ""),
        ("a > b", 0, "a > b"),
        ("  > shell", 0, "  > shell"),
    ],
)
def test_markers_are_counted_and_taken_off(raw, depth, text):
    assert split_lines(raw) == [Line(depth, text)]


def test_markers_beyond_the_deepest_level_stay():
    assert split_lines(">" * 12 + " x") == [Line(MAX_DEPTH, ">> x")]


def test_python_prompts_are_no_quotes():
    lines = split_lines("Try:\n>>> import os\n>>> os.name\n'posix'\n")
    assert lines[1:4] == [
        Line(0, ">>> import os"),
        Line(0, ">>> os.name"),
        Line(0, "'posix'"),
    ]


def test_python_prompts_inside_a_quote_are_quoted_once():
    lines = split_lines("> Try:\n> >>> import os\n> done\n")
    assert lines[1] == Line(1, ">>> import os")


def test_third_level_beside_second_is_a_quote():
    lines = split_lines(">>> for example\n>> this\n> that\n")
    assert [line.depth for line in lines] == [3, 2, 1, 0]


def test_third_level_below_an_attribution_is_a_quote():
    assert split_lines("Anne wrote:\n>>> print()")[1].depth == 3


def test_prose_at_the_third_level_is_a_quote():
    assert split_lines("Hm\n>>> I do not think so.\nno")[1].depth == 3


def test_from_line_escaped_by_an_mbox_is_no_quote():
    assert split_lines("a\n>From here on\nb")[1] == Line(0, ">From here on")


def test_from_line_among_quotes_is_a_quote():
    assert split_lines("> a\n>From here on\n> b")[1] == Line(1, "From here on")


def test_bars_below_an_attribution_are_quotes():
    lines = split_lines("Anne wrote:\n| one\n| two\nanswer")
    assert [line.depth for line in lines] == [0, 1, 1, 0]


def test_bars_of_a_table_are_no_quotes():
    assert {
        line.depth for line in split_lines("Anne wrote:\n| a | b |\n| c | d |")
    } == {0}
    assert {line.depth for line in split_lines("Numbers\n| one\n| two")} == {0}


def test_initials_mark_quotes_and_stay():
    lines = split_lines("AB> one\nAB> two\nno")
    assert lines == [Line(1, "AB> one"), Line(1, "AB> two"), Line(0, "no")]


def test_one_line_with_initials_may_be_anything():
    assert split_lines("ok> go\nno")[0].depth == 0


def test_quotes_in_a_code_fence_are_code():
    lines = split_lines("```\n> redirect\n```\n> quote")
    assert [line.depth for line in lines] == [0, 0, 0, 1]


def test_flowed_lines_join_within_their_depth():
    assert join_flowed("one \ntwo\n> three \n> four\n>> five \nsix") == [
        Line(0, "one two"),
        Line(1, "three four"),
        Line(2, "five "),
        Line(0, "six"),
    ]


def test_flowed_signature_line_joins_nothing():
    assert join_flowed("text \n-- \nAnne") == [
        Line(0, "text "),
        Line(0, "-- "),
        Line(0, "Anne"),
    ]


def test_delsp_takes_the_space_away():
    assert join_flowed("日本 \n語", delsp=True) == [Line(0, "日本語")]


def test_stuffed_space_is_taken_off():
    assert join_flowed(" > no quote\n From here") == [
        Line(0, "> no quote"),
        Line(0, "From here"),
    ]


def test_flowed_quotes_with_spaced_markers_are_understood():
    assert join_flowed("> > two") == [Line(2, "two")]


def test_flowed_markers_beyond_the_deepest_level_stay():
    assert join_flowed(">" * 12 + " x") == [Line(MAX_DEPTH, ">> x")]
    assert join_flowed(">> " + ">" * 10 + "x") == [Line(MAX_DEPTH, ">> x")]
