"""The author's own words, for listings and for search."""

from __future__ import annotations

from hyperkitty.rendering.own_text import snippet, split_text

MAIL = """\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

On 3 June, Anne wrote:
> Does it work?

Yes, it does.
And well.
--\x20
Bart
-----BEGIN PGP SIGNATURE-----
iQIz
-----END PGP SIGNATURE-----
"""


def test_snippet_is_what_the_author_says():
    assert snippet(MAIL) == "Yes, it does. And well."


def test_snippet_of_a_bare_quote_is_its_first_line():
    assert snippet("> Does  it\n> work?\n") == "Does it"


def test_snippet_of_nothing_is_empty():
    assert snippet("") == ""
    assert snippet("\n\n") == ""


def test_long_snippet_is_cut_between_words():
    found = snippet("word " * 100, length=22)
    assert found == "word word word word…"


def test_long_word_is_cut_within():
    assert snippet("x" * 100, length=10) == "x" * 9 + "…"


def test_snippet_leaves_out_the_copy_below_the_answer():
    assert (
        snippet("Yes.\n\n-----Original Message-----\nFrom: Anne\n\nDoes it?") == "Yes."
    )


def test_snippet_is_found_below_a_long_quote():
    assert snippet("> quoted line\n" * 1000 + "Answer") == "Answer"


def test_snippet_of_flowed_text_joins_its_lines():
    assert snippet("a \nb\n", True, is_delsp=True) == "ab"


def test_own_text_is_told_from_the_rest():
    own, other = split_text(MAIL)
    assert own == "Yes, it does.\nAnd well."
    assert other == "On 3 June, Anne wrote:\n\nDoes it work?\n\n-- \nBart"


def test_forwarded_mail_counts_as_own_text():
    own, _ = split_text("Look:\n\n---------- Forwarded message ---------\n\nNews.\n")
    assert own == "Look:\n\nNews."


def test_copy_counts_as_other_text():
    own, other = split_text(
        "Yes.\n\n-----Original Message-----\nFrom: Anne\n\nDoes it?\n"
    )
    assert own == "Yes."
    assert "Does it?" in other
