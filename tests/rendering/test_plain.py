"""Plain text as its author meant it."""

from __future__ import annotations

import re

from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import Labels, RenderOptions

from .html_reader import read_html


def body(text: str, **options) -> str:
    """Return the HTML of *text* without its wrapper."""
    html = render_text(text, options=RenderOptions(**options)).html
    return html.removeprefix('<div class="m-body" dir="ltr">').removesuffix("</div>")


def test_paragraphs_keep_their_lines():
    assert body("One\ntwo\n\nThree") == "<p>One<br>two</p>\n<p>Three</p>\n"


def test_markup_in_text_is_text():
    assert body("<b>&amp;\"'") == "<p>&lt;b&gt;&amp;amp;&quot;&#x27;</p>\n"


def test_empty_text_is_an_empty_body():
    assert body("") == ""
    assert body(" \n\n\t\n") == ""


def test_control_characters_are_shown_as_replaced():
    assert body("a\x00b\x1b[0m") == "<p>a\ufffdb\ufffd[0m</p>\n"


def test_quotes_nest_and_say_their_depth():
    html = body("> one\n> > two\n> one again\nanswer")
    assert html == (
        '<blockquote class="m-quote"><span class="m-sr">Quoted text, level 1:</span>'
        "<p>one</p>\n"
        '<blockquote class="m-quote"><span class="m-sr">Quoted text, level 2:</span>'
        "<p>two</p>\n</blockquote>\n<p>one again</p>\n</blockquote>\n<p>answer</p>\n"
    )


def test_line_right_below_a_quote_is_not_quoted():
    text = "".join(f"> line {n}\n" for n in range(40)) + "my answer\n"
    html = body(text)
    assert html.endswith("</blockquote>\n<p>my answer</p>\n")


def test_long_quote_is_folded_but_for_the_lines_that_are_answered():
    text = "".join(f"> line {n}\n" for n in range(40)) + "my answer\n"
    folded, _, shown = body(text).partition("</details>")
    assert '<summary dir="auto">Show 35 quoted lines</summary>' in folded
    assert "line 34" in folded
    assert "line 35" not in folded
    assert "line 35" in shown
    assert "line 39" in shown


def test_quote_that_nobody_answers_is_folded_whole():
    text = "my answer\n\n" + "".join(f"> line {n}\n" for n in range(40))
    html = body(text)
    assert html.startswith("<p>my answer</p>\n<details")
    assert html.endswith("</details>\n")


def test_short_quote_is_not_folded():
    assert "<details" not in body("> one\n> two\nanswer")


def test_mail_of_nothing_but_a_quote_is_not_folded():
    assert "<details" not in body("> line\n" * 40)


def test_folding_can_be_switched_off():
    assert "<details" not in body("> line\n" * 40 + "answer", fold_quotes_over=0)


def test_attribution_above_a_quote_is_marked():
    html = body("On 1 May 2024, Anne Example\n<anne@example.com> wrote:\n\n> Hello")
    assert html.startswith(
        '<p class="m-attribution">On 1 May 2024, Anne Example '
        "&lt;anne (a) example.com&gt; wrote:</p>\n<blockquote"
    )


def test_text_above_an_attribution_stays_apart():
    html = body("Fine with me.\nOn 1 May 2024, Anne wrote:\n> Hello")
    assert html.startswith(
        '<p>Fine with me.</p>\n<p class="m-attribution">On 1 May 2024, Anne wrote:</p>'
    )


def test_signature_and_list_footer_are_marked():
    html = body(
        "Text\n-- \nAnne\n"
        "_______________________________________________\n"
        "dev mailing list -- dev@lists.example.org\n"
    )
    assert '<p>Text</p>\n<p class="m-signature">-- <br>Anne</p>\n' in html
    assert '<p class="m-footer">____' in html
    assert "dev (a) lists.example.org</p>" in html


def test_two_dashes_above_much_text_are_no_signature():
    html = body("Text\n--\n" + "more\n" * 20)
    assert "m-signature" not in html


def test_copy_below_the_answer_is_folded():
    html = body(
        "Yes.\n\n-----Ursprüngliche Nachricht-----\nVon: Anne\n"
        "Gesendet: Montag\nAn: Liste\nBetreff: Frage\n\nGeht das?\n"
    )
    assert html.startswith('<p>Yes.</p>\n<details class="m-copy">')
    assert "<p>Geht das?</p>\n</details>" in html


def test_list_footer_below_a_folded_copy_stays_visible():
    html = body(
        "Yes.\n\n-----Original Message-----\nFrom: Anne\n\nDoes it work?\n"
        "_______________________________________________\n"
        "dev@lists.example.org mailing list\n"
    )
    copy, _, below = html.partition("</details>")
    assert "Does it work?" in copy
    assert "m-footer" in below


def test_forwarded_mail_is_not_folded():
    html = body(
        "See below.\n\n---------- Forwarded message ---------\nFrom: Anne\n"
        "Date: Monday\nSubject: News\nTo: Bart\n\nGreat news.\n"
    )
    assert "<details" not in html
    assert html.endswith("<p>Great news.</p>\n")


def test_answers_below_a_quoted_copy_stay_visible():
    html = body(
        "----- Original Message -----\nFrom: Anne\nSent: Monday\nTo: dev\n"
        "\n> Does it work?\nYes.\n"
    )
    assert "<details" not in html
    assert html.endswith("<p>Yes.</p>\n")


def test_copy_that_is_all_there_is_is_not_folded():
    html = body("-----Original Message-----\nFrom: Anne\n\nDoes it work?\n")
    assert "<details" not in html


def test_pgp_armor_is_folded_and_the_signed_text_is_not():
    html = body(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQIz\n-----END PGP SIGNATURE-----\n"
    )
    assert '<summary dir="auto">PGP signed message</summary>' in html
    assert "</details>\n<p>Hello</p>\n<details" in html
    assert '<summary dir="auto">PGP signature</summary>' in html


def test_each_kind_of_armor_has_its_label():
    for name, label in (
        ("PGP MESSAGE", "PGP encrypted message"),
        ("PGP PUBLIC KEY BLOCK", "PGP key"),
        ("PKCS7", "S/MIME data"),
    ):
        html = body(f"-----BEGIN {name}-----\nabc\n-----END {name}-----\n")
        assert f'<summary dir="auto">{label}</summary>' in html


def test_armor_that_never_ends_is_text():
    html = body("-----BEGIN PGP MESSAGE-----\nabc\n")
    assert "<details" not in html
    assert "abc" in html


def test_labels_are_those_of_the_page_and_escaped():
    labels = Labels(quote=lambda depth: f"<Zitat {depth}>")
    assert "&lt;Zitat 1&gt;" in body("> a", labels=labels)


def test_right_to_left_text_finds_its_own_direction():
    html = render_text("שלום\n\n> hello").html
    assert html.startswith('<div class="m-body" dir="auto"><p dir="auto">')
    assert '<blockquote class="m-quote" dir="auto">' in html


def test_flowed_paragraph_is_one_line():
    text = "This is a \nlong paragraph.\n> quoted \n> too\n"
    html = render_text(text, is_flowed=True).html
    assert "<p>This is a long paragraph.</p>" in html
    assert "<p>quoted too</p>" in html


def test_text_beyond_the_limit_is_cut_and_says_so():
    html = body("a" * 50 + "b" * 50, max_chars=50)
    assert "b" * 2 not in html
    assert '<p class="m-cut">' in html


def test_fixed_lines_keep_font_and_spaces():
    html = body("name      count\none           1\nthree        30\n")
    assert html.startswith('<pre class="m-fixed">name      count\n')


def test_blank_lines_inside_a_listing_do_not_split_it():
    html = body("    one();\n    two();\n\n    three();\n    four();\n")
    assert html.count("<pre") == 1
    assert "two();\n\n    three();" in html


def test_wide_listing_can_be_scrolled_by_keyboard():
    assert 'tabindex="0"' in body(f"    a {'b' * 80}\n    c\n")


def test_deep_quotes_stop_nesting_and_keep_their_markers():
    reader = read_html(render_text(">" * 14 + " deep").html)
    assert reader.depth == 10
    assert reader.text.strip() == ">>>> deep"


def test_too_many_quotes_keep_their_markers_as_text():
    html = body("> a\nb\n" * 3000)
    assert html.count("<blockquote") == 1000
    assert "<p>&gt; a</p>" in html


def test_page_is_told_whether_there_are_quotes():
    assert render_text("> a").has_quotes
    assert not render_text("a").has_quotes


def test_signature_left_in_a_long_quote_is_folded_below_what_is_answered():
    quote = "".join(f"> line {number}\n" for number in range(20))
    html = body(f"{quote}> -- \n> Anne\n\nYes.\n")
    before, tail, after = re.split(
        r'<details class="m-fold">.*?</details>\n', html, flags=re.S
    )
    assert before == ""
    assert "line 19" in tail
    assert "Anne" not in tail + after
    assert "Yes." in after
