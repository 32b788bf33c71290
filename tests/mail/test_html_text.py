"""HTML mail reads well as text, and no HTML can do harm."""

from __future__ import annotations

from inspect import cleandoc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.html_text import html_to_text


def text_of(source: str, limit: int = 100_000) -> str:
    return html_to_text(source, limit)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one</p>two", "one\n\ntwo"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("one<br></p><br><br><br>two", "one\n\ntwo"),
        ("a  b\n c\t<b> d</b>e", "a b c de"),
        ("a<b> b </b>c", "a b c"),
        ("a&nbsp;&nbsp;b", "a  b"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("a &lt;b&gt; &amp; &#8364; &eacute;", "a <b> & € é"),
        ("a < b and b > c", "a < b and b > c"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("a<hr>b", "a\n" + "-" * 40 + "\nb"),
        ("<q>said</q>", '"said"'),
        ("<pre>a\n  b\n\n\nc</pre>d", "a\n  b\n\n\nc\n\nd"),
        ("<pre>\nfirst line end does not count</pre>", "first line end does not count"),
        ("so\xadft and ze\u200bro", "soft and zero"),
        ("", ""),
    ],
)
def test_text_is_laid_out_as_a_browser_would(source: str, text: str) -> None:
    assert text_of(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            '<a href="https://x.org/a?b=1&amp;c=2">here</a>',
            "here <https://x.org/a?b=1&c=2>",
        ),
        ('<a href="https://x.org/">https://x.org</a>', "https://x.org"),
        ('<a href="http://www.x.org">x.org</a>', "x.org"),
        ('<a href="mailto:a@x.org">a@x.org</a>', "a@x.org"),
        ('<a href="mailto:a@x.org">Anna</a>', "Anna <mailto:a@x.org>"),
        ('<a href="#top">up</a>', "up"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="cid:1">picture</a>', "picture"),
        (
            '<a href="https://x.org/">\n<img src="l.png" alt="Logo"></a>',
            "Logo <https://x.org/>",
        ),
        ('<a href="https://x.org/"><img src="l.png"></a>', ""),
        (
            '<a href="https://x.org/1">one<a href="https://x.org/2">two',
            "one <https://x.org/1>two <https://x.org/2>",
        ),
    ],
)
def test_links_keep_their_address_where_the_text_does_not_tell(
    source: str, text: str
) -> None:
    assert text_of(source) == text


def test_lists_have_marks_and_levels() -> None:
    source = """<ul><li>one</li><li><p>two</p></li><li>three
        <ol start="9"><li>nine<li>ten</ol></li></ul><p>end</p>"""

    assert text_of(source) == cleandoc(
        """
        * one
        * two
        * three
          9. nine
          10. ten

        end
        """
    )


def test_table_rows_are_lines() -> None:
    source = """<table><tr><th>Name</th><th>Size</th></tr>
        <tr><td><p class="MsoNormal">a</p></td><td><div>1</div></td></tr>
        <tr><td>b<td>2</table>after"""

    assert text_of(source) == "Name | Size\na | 1\nb | 2\n\nafter"


def test_quotes_get_marks() -> None:
    source = """<div>On Monday, A wrote:</div><blockquote type="cite"><div>one</div>
        <blockquote>deep</blockquote><p>two</p></blockquote><div>reply</div>"""

    assert text_of(source) == cleandoc(
        """
        On Monday, A wrote:

        > one
        >
        > > deep
        >
        > two

        reply
        """
    )


def test_text_that_is_only_indented_is_no_quote() -> None:
    source = '<blockquote style="margin:0 0 0 40px;border:none">moved</blockquote>'

    assert text_of(source) == "moved"


def test_signature_mark_is_kept() -> None:
    assert text_of("Hi<br>--&nbsp;<br>Anna") == "Hi\n-- \nAnna"


def test_lines_of_outlook_are_lines() -> None:
    source = """<p class=MsoNormal>one<o:p></o:p></p><p class=MsoNormal>two</p>
        <p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>three</p>"""

    assert text_of(source) == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>alert('</p>')</script>",
        "<style>p { color: red }</style>",
        "<head><title>Title</title></head>",
        "<!-- comment > -->",
        "<!DOCTYPE html>",
        "<?xml version='1.0'?>",
        "<![if !mso]>",
        '<div style="display: none">preview<div>inner</div></div>',
        '<span style="color:red;VISIBILITY:hidden">preview</span>',
        "<p hidden>preview",
        '<img style="display:none" alt="pixel">',
        '<img src="pixel.gif" alt="">',
        "<select><option>choice</select>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out(hidden: str) -> None:
    assert text_of(f"<div>before</div>{hidden}<p>after</p>").split() == [
        "before",
        "after",
    ]


def test_unclosed_script_ends_the_text() -> None:
    assert text_of("before<script>alert(1)") == "before"


def test_unclosed_quote_of_an_attribute_loses_only_its_tag() -> None:
    assert text_of("before<a href='x>link</a> after") == "beforelink after"


def test_huge_character_numbers_are_no_error() -> None:
    assert text_of(f"a&#{'9' * 6000};b&#xD800;c") == "a\ufffdb\ufffdc"


def test_text_ends_at_the_limit() -> None:
    assert 1000 <= len(text_of("<p>0123456789</p>" * 10_000, limit=1000)) < 1100


PIECES = [
    *("<", ">", "</", "<!--", "-->", "<a href=", '"', "'", "=", "&", "&#", ";", "/"),
    *("<p>", "</p>", "<div hidden>", "</div>", "<pre>", "</pre>", "<table>", "<tr>"),
    *("<td>", "</td>", "<ul>", "<ol start='", "<li>", "</ul>", "<blockquote>", "<br>"),
    *("</blockquote>", "<script>", "</script>", "<title>", "text", " ", "\n", "\xa0"),
    *("</ol>", "http://x", "<img alt=x>", "<hr>", "&nbsp;", "\0", "<q>"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_html_is_read(source: str) -> None:
    text = text_of(source)

    assert text == text.strip("\n")
    assert "\n\n\n" not in text or "<pre>" in source


@pytest.mark.parametrize(
    "piece",
    [
        *(
            '<a x="',
            "<a x='",
            "<!--",
            "<div>",
            "<blockquote>x<br>",
            "<ul><li>",
            "<",
            "</",
        ),
        *("<p hidden>", "&#", "<title>", "<pre>\n", "<td>", "</div>", "<a b", "&lt"),
    ],
)
def test_time_does_not_grow_faster_than_the_mail(piece: str) -> None:
    # Quadratic code would not come back from this.
    assert len(text_of(piece * 50_000, limit=10_000_000)) < 5_000_000
