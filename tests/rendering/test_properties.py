"""What holds for every text, however odd."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.rendering.escape import clean
from hyperkitty.rendering.links import bug_pattern
from hyperkitty.rendering.markdown import render_markdown
from hyperkitty.rendering.own_text import snippet, split_text
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import RenderOptions, ResolvedLink

from .html_reader import read_html

PIECES = (
    *("\n", "\n\n", "> ", ">", ">> ", ">>> ", " ", "  ", "\t", "    ", "|", "| ", "a"),
    *("-- \n", "--\n", "word ", "Words of a sentence. ", "<", "&", '"', "'", "&lt;"),
    *("<b>", "</div>", "<script>", "http://a.example/(b)", "www.a.example", "@", ")"),
    *("anne@example.com", "<anne@example.com>", "mailto:a@b.example", "#12", "`", "*"),
    *("<20240501120000.GA1234@example.org>", "On 1 May, Anne wrote:\n", "wrote:\n"),
    *("-----Original Message-----\n", "From: Anne\nSent: today\nTo: Bart\n", "```\n"),
    *("-----BEGIN PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\n", "AB> x\n"),
    *(
        "diff --git a/x b/x\n",
        "--- a/x\n+++ b/x\n",
        "@@ -1,2 +1,2 @@\n",
        "+a\n",
        "-b\n",
    ),
    *("_______________________________________________\n", "\x00", "\r\n", "\u2028"),
    *(
        "https://lists.example/archives/m",
        "│",
        "שלום",
        "写道：\n",
        ">From x\n",
        "\ufdd0",
    ),
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map(
    "".join
)
all_options = st.builds(
    RenderOptions,
    mask_addresses=st.booleans(),
    site_hosts=st.just(frozenset({"lists.example"})),
    bug_patterns=st.sampled_from(
        [(), (bug_pattern(r"#(\d+)", "https://b.example/{}"),)]
    ),
    fold_quotes_over=st.sampled_from([0, 1, 12]),
    highlight=st.booleans(),
)


def condensed(text: str) -> str:
    """Return *text* without white space and quote markers, ``|`` included."""
    return re.sub(r"[\s>|]+", "", text)


@given(texts, st.booleans(), st.booleans(), all_options)
def test_any_text_gives_safe_balanced_html(text, is_flowed, is_delsp, options):
    rendered = render_text(
        text, is_flowed=is_flowed, is_delsp=is_delsp, options=options
    )
    read_html(rendered.html)


@given(texts, st.booleans(), st.sampled_from([0, 1, 12]))
def test_no_text_is_swallowed(text, is_flowed, fold):
    options = RenderOptions(mask_addresses=False, url_width=0, fold_quotes_over=fold)
    shown = read_html(render_text(text, is_flowed=is_flowed, options=options).html)
    assert condensed(shown.text) == condensed(clean(text))


@given(texts, all_options)
def test_any_text_as_markdown_gives_safe_balanced_html(text, options):
    read_html(render_markdown(text, options=options).html)


@given(texts)
def test_titles_of_resolved_links_are_escaped(text):
    options = RenderOptions(site_hosts=frozenset({"lists.example", "a.example"}))
    rendered = render_text(text, options=options)
    link = ResolvedLink('/x?"<', "<b>&")
    read_html(rendered.resolve(dict.fromkeys(rendered.targets, link)))


@given(texts, st.booleans())
def test_own_and_other_text_are_the_text(text, is_flowed):
    own, other = split_text(text, is_flowed=is_flowed)
    parts = Counter(condensed(own)) + Counter(condensed(other))
    whole = Counter(condensed(clean(text)))
    assert parts <= whole
    assert parts == whole or "-----BEGIN" in text


@given(texts, st.booleans(), st.integers(min_value=10, max_value=200))
def test_snippet_is_one_short_line(text, is_flowed, length):
    found = snippet(text, is_flowed, length)
    assert len(found) <= length
    assert "\n" not in found
    assert bool(found) == bool(clean(text).replace(">", "").strip()) or ">" in text
