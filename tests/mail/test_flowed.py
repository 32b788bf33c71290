"""format=flowed text is joined as RFC 3676 has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.flowed import Paragraph, as_flowed, paragraphs, unflow


def test_soft_line_ends_are_joined() -> None:
    assert list(paragraphs("one \ntwo \nthree\nfour")) == [
        Paragraph(0, "one two three"),
        Paragraph(0, "four"),
    ]


def test_delsp_takes_the_added_space_off() -> None:
    assert unflow("こんに \nちは", is_delsp=True) == "こんにちは"


def test_quotes_are_joined_at_their_depth() -> None:
    assert unflow(">> deep \n>> er\n> less\nnone") == ">> deep er\n> less\nnone"


def test_change_of_quote_depth_ends_a_paragraph() -> None:
    assert list(paragraphs("> quoted \nanswer")) == [
        Paragraph(1, "quoted "),
        Paragraph(0, "answer"),
    ]


def test_space_stuffing_is_undone() -> None:
    assert unflow(" From me\n  indented\n >not a quote") == (
        "From me\n indented\n>not a quote"
    )


def test_signature_line_stays_a_line() -> None:
    assert unflow("text \n-- \nname") == "text \n-- \nname"
    assert unflow("> text\n> -- \n> name") == "> text\n> -- \n> name"


def test_last_line_may_be_soft() -> None:
    assert unflow("one \ntwo ") == "one two "


def test_empty_quoted_line_has_no_space_after_its_mark() -> None:
    assert unflow("> a\n>\n> b") == "> a\n>\n> b"


lines = st.lists(st.text(alphabet="ab >-", max_size=8), max_size=6).map("\n".join)


@given(lines)
def test_fixed_text_written_as_flowed_keeps_its_lines(text: str) -> None:
    assert len(list(paragraphs(as_flowed(text)))) == len(text.split("\n"))


def test_fixed_text_written_as_flowed_reads_the_same() -> None:
    text = "no soft end \n  indented\n> quoted \n-- \nname"

    assert unflow(as_flowed(text)) == "no soft end\n  indented\n> quoted\n-- \nname"
