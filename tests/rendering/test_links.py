"""Links, Message-IDs, bug numbers and masked addresses in running text."""

from __future__ import annotations

import pytest

from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.rendering.links import MAX_TARGETS, bug_pattern
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import (
    LinkTarget,
    RenderOptions,
    ResolvedLink,
    TargetKind,
)

from .html_reader import read_html

MESSAGE_ID = "20240501120000.GA1234@example.org"


def links(text: str, **options) -> list[str | None]:
    """Return where the links in *text* lead."""
    html = render_text(text, options=RenderOptions(**options)).html
    return [link["href"] for link in read_html(html).links]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("See http://a.example/b.", "http://a.example/b"),
        ("See <https://a.example/b>, now", "https://a.example/b"),
        ("<URL:http://a.example/>", "http://a.example/"),
        ("(http://a.example/b)", "http://a.example/b"),
        ("http://a.example/b_(c)", "http://a.example/b_(c)"),
        ("(see http://a.example/b_(c))", "http://a.example/b_(c)"),
        ("[1]: http://a.example/b", "http://a.example/b"),
        ("[http://a.example/b]", "http://a.example/b"),
        ('"http://a.example/b"', "http://a.example/b"),
        ("*http://a.example/b*", "http://a.example/b"),
        ("http://a.example/b?", "http://a.example/b"),
        ("http://a.example/?a=1&b=2", "http://a.example/?a=1&b=2"),
        ("HTTP://A.example/", "HTTP://A.example/"),
        ("ftp://a.example/b", "ftp://a.example/b"),
        ("www.a.example/b...", "http://www.a.example/b"),
        ("見てhttp://a.example/b。次", "http://a.example/b"),
        ("http://a.example/ü", "http://a.example/ü"),
        ("http://[::1]/a", "http://[::1]/a"),
        ("https://u:p@a.example/x@y", "https://u:p@a.example/x@y"),
    ],
)
def test_url_is_linked_without_what_stands_around_it(text, url):
    assert links(text) == [url]


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "://",
        "http:// a",
        "javascript://a",
        "file:///etc/passwd",
        "www.",
        "a.b",
    ],
)
def test_what_is_no_web_address_is_not_linked(text):
    assert links(text) == []


def test_links_lend_no_trust_and_stay_in_the_window():
    html = render_text("http://a.example/").html
    assert 'rel="nofollow ugc noopener"' in html
    assert "target" not in html


def test_url_cannot_leave_its_attribute():
    html = render_text("http://a.example/'onclick=x&y").html
    assert 'href="http://a.example/&#x27;onclick=x&amp;y"' in html


def test_long_url_is_cut_in_the_middle_and_leads_to_the_whole():
    url = "https://a.example/" + "x" * 200 + "/end"
    html = render_text(url).html
    assert f'href="{url}"' in html
    assert "/end</a>" in html
    assert len(read_html(html).text.strip()) == RenderOptions().url_width


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("anne@example.com", "anne (a) example.com"),
        ("Anne <anne@example.com> wrote", "Anne <anne (a) example.com> wrote"),
        ("mailto:anne@example.com", "mailto:anne (a) example.com"),
        ("(a.b+c@d.example.org).", "(a.b+c (a) d.example.org)."),
        ("jürgen@exämple.de", "jürgen (a) exämple.de"),
        ("a@b.example,c@d.example", "a (a) b.example,c (a) d.example"),
        ("id: <anne@example.com>", "id: <anne (a) example.com>"),
    ],
)
def test_addresses_are_masked(text, masked):
    assert mask_addresses(text) == masked
    assert read_html(render_text(text).html).text.strip() == masked


@pytest.mark.parametrize(
    "text",
    [
        "https://lists.example.org/list/dev@lists.example.org/",
        "git@git.example.org:project/repo.git",
        "ssh://git@git.example.org/repo",
        f"<{MESSAGE_ID}>",
        "Message-ID: <x@example.org>",
        "@decorator",
        "user@localhost",
        "commit@{1}",
        "a @ b.example",
    ],
)
def test_at_signs_of_other_things_are_kept(text):
    assert mask_addresses(text) == text
    assert read_html(render_text(text).html).text.strip() == text


def test_masked_page_has_the_address_nowhere():
    address = "anne@example.com"
    text = f"{address} <{address}>\n> mailto:{address}\n-- \n{address}"
    assert address not in render_text(text).html


def test_address_in_a_patch_is_masked_too():
    html = render_text("@@ -1 +1 @@\n-M: anne@example.com\n+M: bart@example.com\n").html
    assert "@example.com" not in html


def test_signed_in_reader_can_write_to_an_address():
    assert links("anne@example.com", mask_addresses=False) == [
        "mailto:anne@example.com"
    ]


def test_message_id_is_a_target_that_the_page_titles():
    rendered = render_text(f"As in <{MESSAGE_ID}>.")
    target = LinkTarget(TargetKind.MESSAGE_ID, MESSAGE_ID)
    assert rendered.targets == (target,)
    assert f"As in &lt;{MESSAGE_ID}&gt;." in rendered.html
    shown = rendered.resolve({target: ResolvedLink("/m/1?a&b", "A <title>")})
    assert (
        'As in &lt;<a class="m-local" href="/m/1?a&amp;b">A &lt;title&gt;</a>&gt;.'
        in shown
    )


def test_resolved_link_without_title_shows_its_url():
    rendered = render_text(f"<{MESSAGE_ID}>")
    shown = rendered.resolve({rendered.targets[0]: ResolvedLink("/m/1", "")})
    assert ">/m/1</a>" in shown


def test_url_of_this_site_is_a_target_and_a_link_till_then():
    url = "https://lists.example.org/m/1"
    rendered = render_text(f"{url} http://other.example/", options=_site())
    assert rendered.targets == (LinkTarget(TargetKind.URL, url),)
    assert f'href="{url}"' in rendered.html


def test_same_target_is_looked_up_once():
    rendered = render_text(f"<{MESSAGE_ID}> <{MESSAGE_ID}>")
    assert len(rendered.targets) == 1
    assert len(rendered.links) == 2


def test_targets_of_a_mail_are_bounded():
    text = "\n".join(f"https://lists.example.org/m/{n}" for n in range(500))
    rendered = render_text(text, options=_site())
    assert len(rendered.targets) == MAX_TARGETS
    assert len(read_html(rendered.html).links) == 500


def test_url_with_a_broken_host_does_no_harm():
    assert links("http://[a/b", site_hosts=frozenset({"x"})) == ["http://[a/b"]


def test_bug_numbers_are_linked():
    patterns = (
        bug_pattern(r"\bbug #?(\d+)", "https://bugs.example.org/{}"),
        bug_pattern(r"PR/\d+", "https://pr.example.org/?id={}"),
    )
    html = render_text(
        "See bug 12,\nPR/7 and http://a.example/bug%2012", options=_bugs(patterns)
    ).html
    reader = read_html(html)
    assert [link["href"] for link in reader.links] == [
        "https://bugs.example.org/12",
        "https://pr.example.org/?id=PR%2F7",
        "http://a.example/bug%2012",
    ]
    assert "See bug 12,\nPR/7 and" in reader.text


def test_overlapping_bug_numbers_are_linked_once():
    patterns = (
        bug_pattern(r"bug \d+", "https://a.example/{}"),
        bug_pattern(r"\d+", "https://b.example/{}"),
    )
    html = render_text("bug 12", options=_bugs(patterns)).html
    assert len(read_html(html).links) == 1


def test_bug_numbers_of_one_mail_and_line_are_bounded():
    patterns = (bug_pattern(r"#(\d+)", "https://a.example/{}"),)
    many = render_text("#1\n" * 2000, options=_bugs(patterns)).html
    assert len(read_html(many).links) == 500
    assert (
        read_html(render_text("#1 " * 1000, options=_bugs(patterns)).html).links == []
    )


@pytest.mark.parametrize(
    ("regex", "url"),
    [
        (r"(", "https://a.example/{}"),
        (r"\d*", "https://a.example/{}"),
        (r"#(\d+)", "javascript:alert({})"),
        (r"#(\d+)", "https://a.example/"),
    ],
)
def test_bad_bug_pattern_is_refused(regex, url):
    with pytest.raises(ValueError, match=r"regular expression|web address"):
        bug_pattern(regex, url)


def _site() -> RenderOptions:
    return RenderOptions(site_hosts=frozenset({"lists.example.org"}))


def _bugs(patterns) -> RenderOptions:
    return RenderOptions(bug_patterns=patterns)
