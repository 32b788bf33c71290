"""Mails of lists whose members write Markdown."""

from __future__ import annotations

from hyperkitty.rendering.markdown import render_markdown
from hyperkitty.rendering.values import LinkTarget, RenderOptions, TargetKind

from .html_reader import read_html


def shown(text: str, **options) -> str:
    """Return the HTML of *text*, checked."""
    html = render_markdown(text, options=RenderOptions(**options)).html
    if not options.get("inline_images"):
        read_html(html)
    return html


def test_emphasis_lists_and_tables_are_shown():
    html = shown("**bold** `code`\n\n- one\n- two\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n")
    assert "<strong>bold</strong> <code>code</code>" in html
    assert "<li>one</li>" in html
    assert '<td class="m-center">2</td>' in html


def test_lines_stay_lines():
    assert "<p>one<br>two</p>" in shown("one\ntwo")


def test_headings_are_no_headings_of_the_page():
    assert '<p class="m-heading">Title</p>' in shown("# Title")


def test_signature_is_no_heading():
    html = shown("text\n-- \nAnne")
    assert "<p>text</p>" in html
    assert '<p class="m-signature">-- <br>Anne</p>' in html


def test_line_below_a_quote_is_not_quoted():
    assert "</blockquote>\n<p>mine</p>" in shown("> theirs\nmine")


def test_raw_html_is_text():
    html = shown("a <b>x</b> vector<int> <script>alert(1)</script>")
    assert "a &lt;b&gt;x&lt;/b&gt; vector&lt;int&gt; &lt;script&gt;" in html


def test_code_is_text_as_it_stands():
    assert "<code>a &lt; b &amp;&amp; c\n</code>" in shown("```c\na < b && c\n```\n")


def test_quote_signs_in_code_are_code():
    html = shown("```\n> redirect\n```")
    assert "<code>&gt; redirect\n</code>" in html
    assert "\\" not in html


def test_python_session_is_no_quote():
    html = shown("Try:\n\n>>> import os\n>>> os.name\n")
    assert "<blockquote" not in html
    assert "&gt;&gt;&gt; import os" in html


def test_links_with_scripts_lead_nowhere():
    html = shown("[a](javascript:alert(1)) [b](data:text/html,x) [c](/relative)")
    assert read_html(html).links == []


def test_links_lend_no_trust():
    html = shown("[a](http://a.example/?b&c)")
    assert (
        '<a href="http://a.example/?b&amp;c" rel="nofollow ugc noopener">a</a>' in html
    )


def test_bare_urls_are_linked_with_their_underscores():
    for text in ("http://a.example/__init__.py", "<http://a.example/__init__.py>"):
        links = read_html(shown(text)).links
        assert [link["href"] for link in links] == ["http://a.example/__init__.py"]


def test_urls_of_this_site_are_targets():
    options = RenderOptions(site_hosts=frozenset({"lists.example"}))
    rendered = render_markdown("https://lists.example/m/1", options=options)
    assert rendered.targets == (
        LinkTarget(TargetKind.URL, "https://lists.example/m/1"),
    )


def test_images_are_links():
    html = shown('![a cat](http://a.example/cat.png "title")')
    assert "<img" not in html
    assert 'href="http://a.example/cat.png"' in html
    assert ">a cat</a>" in html


def test_image_in_a_link_is_its_text():
    html = shown("[![a cat](http://a.example/c.png)](http://b.example/)")
    assert ">a cat</a>" in html
    assert "c.png" not in html


def test_images_are_loaded_only_if_the_site_wants_them():
    html = shown("![a](http://a.example/c.png)", inline_images=True)
    assert (
        '<img src="http://a.example/c.png" alt="a" loading="lazy"'
        ' referrerpolicy="no-referrer">'
    ) in html
    assert "<img" not in shown("![a](data:image/png;base64,AA)", inline_images=True)


def test_addresses_are_masked_everywhere():
    address = "anne@example.com"
    html = shown(f"{address} `{address}` [{address}](mailto:{address})")
    assert address not in html
    assert html.count("anne (a) example.com") == 3


def test_signed_in_reader_can_write_to_an_address():
    html = shown("anne@example.com", mask_addresses=False)
    assert 'href="mailto:anne@example.com"' in html


def test_ordered_list_keeps_its_start():
    assert '<ol start="3">' in shown("3. three\n4. four")


def test_table_that_grows_without_bound_is_shown_as_text():
    text = "|" + "a|" * 1000 + "\n|" + "-|" * 1000 + "\n" + "a\n" * 1000
    html = shown(text)
    assert "<table" not in html
    assert len(html) < 20 * len(text)


def test_deeply_nested_markup_is_shown_as_text():
    text = "".join(f"{'  ' * n}- a\n" for n in range(300)) * 20
    assert "<li>" not in shown(text)
