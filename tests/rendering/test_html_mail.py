"""HTML parts, cleaned for a frame of their own."""

from __future__ import annotations

import pytest

from hyperkitty.rendering.html_mail import render_html

PIXEL = "data:image/png;base64,iVBORw0KGgo="


def body(html: str, **options) -> str:
    """Return what is left of *html* inside the body."""
    document = render_html(html, cid_urls={}, **options).document
    return document.partition("<body>")[2].removesuffix("</body></html>\n")


def test_ordinary_markup_is_kept():
    html = (
        '<table width="90%"><tbody><tr><td bgcolor="#eeeeee"><b>x</b></td></tr>'
        "</tbody></table>"
    )
    assert body(html) == html


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<style>p{background:url(http://a.example/)}</style>",
        "<iframe src='http://a.example/'></iframe>",
        "<object data='http://a.example/'></object>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi>x</mi></math>",
        "<meta http-equiv=refresh content='0;url=http://a.example/'>",
        "<link rel=stylesheet href='http://a.example/'>",
        "<base href='http://a.example/'>",
        "<form action='http://a.example/'><input name=a></form>",
        "<!-- comment -->",
        "<title>x</title>",
        "<embed src='http://a.example/'>",
        "<video src='http://a.example/'></video>",
    ],
)
def test_what_acts_or_loads_is_gone(html):
    assert body(html).strip() == ""


@pytest.mark.parametrize(
    "html",
    [
        "<p onclick='alert(1)'>x</p>",
        "<p style='position:fixed;background:url(http://a.example/)'>x</p>",
        "<p id=a class=b>x</p>",
    ],
)
def test_dangerous_attributes_are_gone(html):
    assert body(html) in ("<p>x</p>", '<p style="">x</p>')


def test_harmless_styles_stay():
    assert (
        body('<p style="color:red;position:fixed">x</p>')
        == '<p style="color:red">x</p>'
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "cid:a",
        "/relative",
        "#a",
        "vbscript:x",
    ],
)
def test_links_lead_to_the_web_only(url):
    assert "href" not in body(f'<a href="{url}">x</a>')


def test_links_open_elsewhere_and_lend_no_trust():
    html = body('<a href="http://a.example/" target="_top" rel="opener">x</a>')
    assert 'href="http://a.example/"' in html
    assert 'target="_blank"' in html
    assert 'rel="nofollow ugc noopener noreferrer"' in html


def test_pictures_elsewhere_are_not_loaded_and_counted():
    html = '<img src="http://a.example/a.png" alt="A"><img src="//a.example/b.png">'
    found = render_html(html, cid_urls={})
    assert "a.example" not in found.document
    assert '<img alt="A">' in found.document
    assert found.blocked == 2
    assert "http" not in found.csp


def test_pictures_elsewhere_are_loaded_if_the_reader_asks():
    html = '<img src="http://a.example/a.png"><img src="//a.example/b.png">'
    found = render_html(html, cid_urls={}, allow_remote=True)
    assert '<img src="http://a.example/a.png">' in found.document
    assert '<img src="https://a.example/b.png">' in found.document
    assert found.blocked == 0
    assert "img-src data: https: http:;" in found.csp


def test_pictures_of_the_mail_itself_are_shown():
    found = render_html(
        '<img src="cid:a%40b"><img src="CID:c"><img src="cid:unknown">',
        cid_urls={"a@b": PIXEL, "c": "/attachment/2/c.png"},
    )
    assert f'<img src="{PIXEL}"><img src="/attachment/2/c.png"><img>' in found.document
    assert found.blocked == 0
    assert "img-src data: 'self';" in found.csp


def test_data_urls_are_pictures_only():
    assert body(f'<img src="{PIXEL}">') == f'<img src="{PIXEL}">'
    assert body('<img src="data:image/svg+xml,<svg/>">') == "<img>"


def test_relative_pictures_are_not_ours():
    assert body('<img src="/accounts/logout/">') == "<img>"


def test_policy_lets_nothing_run():
    csp = render_html("x", cid_urls={}).csp
    assert "default-src 'none'" in csp
    assert "form-action 'none'" in csp
    assert "sandbox allow-popups" in csp
    assert "allow-scripts" not in csp
    assert "allow-same-origin" not in csp


def test_addresses_are_masked_in_text_links_and_titles():
    html = (
        '<p title="anne@example.com">anne@example.com'
        '<a href="mailto:anne@example.com">mail</a>'
        '<a href="http://a.example/?x=a@b.example">&lt;b&gt;</a></p>'
    )
    masked = body(html)
    assert "anne@example.com" not in masked
    assert 'title="anne (a) example.com">anne (a) example.com<a' in masked
    assert "http://a.example/?x=a@b.example" in masked
    assert "&lt;b&gt;" in masked
    assert masked.count("mailto:") == 0
    assert "mailto:anne@example.com" in body(html, mask=False)


def test_title_of_the_document_is_escaped():
    document = render_html("x", cid_urls={}, title="</title><script>").document
    assert "<title>&lt;/title&gt;&lt;script&gt;</title>" in document


def test_markup_beyond_the_limits_is_cut_off():
    found = render_html("<div>" * 100_000 + "end", cid_urls={})
    assert found.is_cut
    assert found.document.count("<div>") == 9_999
    assert not render_html("<p>x", cid_urls={}).is_cut
    assert render_html("&" * 200_000, cid_urls={}).is_cut
