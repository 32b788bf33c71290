"""Show mails of lists whose members write Markdown."""

from __future__ import annotations

import html
import re

import nh3
from cmarkgfm import cmark

from .addresses import mask_addresses
from .blocks import Block, Kind, cut_blocks
from .escape import clean, escape
from .links import REL
from .plain import DEFAULT_OPTIONS, TextPage, read_lines, render_text
from .values import Rendered, RenderOptions

_OPTIONS = (
    cmark.Options.CMARK_OPT_HARDBREAKS
    | cmark.Options.CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
    | cmark.Options.CMARK_OPT_VALIDATE_UTF8
)
_EXTENSIONS = ["table", "strikethrough", "autolink"]
_TAG_NAMES = """
p br hr pre code blockquote ul ol li em strong del a img
table thead tbody tr th td h1 h2 h3 h4 h5 h6
"""
_CLEANER = nh3.Cleaner(
    tags=set(_TAG_NAMES.split()),
    attributes={
        "a": {"href"},
        "img": {"src", "alt"},
        "ol": {"start"},
        "th": {"align"},
        "td": {"align"},
    },
    url_schemes={"http", "https", "ftp", "mailto"},
    link_rel=None,
    url_relative="deny",
)

# Markup that grows or nests beyond this is no mail, and slow to clean: plain text then.
_MAX_TAGS = 10_000
_MAX_GROWTH = 20
_MIN_LIMIT = 10_000

# Raw HTML would vanish, and with it ``<user@host>`` and ``vector<int>``. So every
# ``<`` that begins no link travels as a noncharacter, which `clean` has taken out.
_LESS_THAN = "\ufdd0"
_LESS_THAN_IN_URL = "%EF%B7%90"
_OPEN_ANGLE = re.compile(r"<(?!(?:https?|ftp)://[^\s<>]{1,2000}>)")

# nh3 gives well-formed markup with double-quoted attributes.
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_OPENINGS = {
    "pre": '<pre class="m-fixed" tabindex="0">',
    "table": '<table class="m-table">',
    # Headings of a mail are none of the page around it.
    **{f"h{level}": '<p class="m-heading">' for level in range(1, 7)},
}
_CLOSINGS = {f"h{level}": "</p>" for level in range(1, 7)}
_ALIGNMENTS = frozenset({"left", "center", "right"})


def render_markdown(
    text: str,
    *,
    is_flowed: bool = False,
    is_delsp: bool = False,
    options: RenderOptions = DEFAULT_OPTIONS,
) -> Rendered:
    """
    Return the body of a mail written in Markdown as safe HTML.

    Only what the author wrote for this mail is read as Markdown: quotes, signatures,
    patches and the like look as in any mail. Lines stay lines, raw HTML is text, and
    images are links unless the options say otherwise.
    """
    shown = clean(text[: options.max_chars])
    page = _MarkdownPage(options, shown)
    for block in cut_blocks(read_lines(shown, is_flowed, is_delsp)):
        page.add(block)
    if page.is_too_much:
        return render_text(
            text, is_flowed=is_flowed, is_delsp=is_delsp, options=options
        )
    return page.finish(is_cut=len(text) > options.max_chars)


class _MarkdownPage(TextPage):
    """Collects the author's own paragraphs and writes them as one Markdown text."""

    def __init__(self, options: RenderOptions, text: str) -> None:
        super().__init__(options, text)
        self.is_too_much = False
        self._own: list[str] = []
        self._tags = 0
        self._limit = _MIN_LIMIT + _MAX_GROWTH * len(text)

    def add(self, block: Block) -> None:
        """Write *block*, or keep it if it is Markdown or quoted."""
        if block.depth == 0 and _is_markdown(block):
            self.write_quoted(is_answered=True)
            self.has_own_text = True
            self._own.append(_source(block))
        else:
            self._write_own()
            super().add(block)

    def finish(self, *, is_cut: bool) -> Rendered:
        """Return the whole."""
        self._write_own()
        return super().finish(is_cut=is_cut)

    def _write_own(self) -> None:
        if not self._own or self.is_too_much:
            return
        source = _OPEN_ANGLE.sub(_LESS_THAN, "\n\n".join(self._own))
        self._own.clear()
        markup = cmark.markdown_to_html_with_extensions(
            source, options=_OPTIONS, extensions=_EXTENSIONS
        )
        self._tags += markup.count("<")
        self._limit -= len(markup)
        if self._tags > _MAX_TAGS or self._limit < 0:
            self.is_too_much = True
            return
        _Copier(self, _CLEANER.clean(markup)).copy()


class _Copier:
    """Copies clean markup to a page, text and links in the way of all mails."""

    def __init__(self, page: TextPage, markup: str) -> None:
        self._writer = page.writer
        self._options = page.options
        self._markup = markup
        self._in_code = 0
        self._in_link = False

    def copy(self) -> None:
        """Write all of it."""
        done = 0
        tags = list(_TAG.finditer(self._markup))
        skip = False
        for at, tag in enumerate(tags):
            if not skip:
                self._text(self._markup[done : tag.start()])
            done = tag.end()
            if tag[2] == "br" and self._markup.startswith("\n", done):
                done += 1  # the page keeps line feeds, and would show two
            skip = not skip and self._is_plain_link(tags, at)
            if not skip:
                self._tag(tag[1], tag[2], dict(_ATTRIBUTE.findall(tag[3])))
        self._text(self._markup[done:])

    def _text(self, markup: str) -> None:
        text = _unescape(markup)
        if not (self._in_code or self._in_link):
            self._writer.text(text)
        elif self._options.mask_addresses:
            self._writer.html(escape(mask_addresses(text)))
        else:
            self._writer.html(escape(text))

    def _is_plain_link(self, tags: list[re.Match[str]], at: int) -> bool:
        """Write the link at *at* and return True if it shows nothing but its URL."""
        tag = tags[at]
        if tag[2] != "a" or tag[1] or at + 1 == len(tags) or tags[at + 1][0] != "</a>":
            return False
        url = _unescape(dict(_ATTRIBUTE.findall(tag[3])).get("href", ""))
        shown = _unescape(self._markup[tag.end() : tags[at + 1].start()])
        if url == f"mailto:{shown}":
            self._writer.text(shown)
            return True
        if url in (shown, f"http://{shown}"):
            self._writer.url(url, shown)
            return True
        return False

    def _tag(self, slash: str, name: str, attributes: dict[str, str]) -> None:
        if name == "a":
            self._link(slash, _unescape(attributes.get("href", "")))
        elif name == "img":
            self._image(attributes)
        else:
            self._in_code += (1 - 2 * len(slash)) * (name in ("code", "pre"))
            self._writer.html(_closing(name) if slash else _opening(name, attributes))

    def _link(self, slash: str, url: str) -> None:
        if slash:
            self._writer.html("</a>" if self._in_link else "")
            self._in_link = False
        elif url and not (url.startswith("mailto:") and self._options.mask_addresses):
            self._in_link = True
            self._writer.html(f'<a href="{escape(url)}" {REL}>')

    def _image(self, attributes: dict[str, str]) -> None:
        url = _unescape(attributes.get("src", ""))
        shown = _unescape(attributes.get("alt", ""))
        if self._options.mask_addresses:
            shown = mask_addresses(shown)
        if url.startswith(("https://", "http://")) and self._options.inline_images:
            self._writer.html(
                f'<img src="{escape(url)}" alt="{escape(shown)}" loading="lazy"'
                ' referrerpolicy="no-referrer">'
            )
        elif url and not self._in_link:
            self._writer.url(url, shown or url)
        else:
            self._writer.html(escape(shown))


def _is_markdown(block: Block) -> bool:
    if block.kind is Kind.FIXED and not _is_fenced(block):
        # A Python session is no quote.
        return not any(line.startswith(">") for line in block.lines)
    return block.kind in (Kind.PROSE, Kind.FIXED)


def _is_fenced(block: Block) -> bool:
    return block.lines[0].startswith("```")


def _source(block: Block) -> str:
    """Return the Markdown of *block*, in which no ``>`` makes a quote."""
    if _is_fenced(block):
        return "\n".join(block.lines)
    return "\n".join(
        f"\\{line}" if line.startswith(">") else line for line in block.lines
    )


def _unescape(markup: str) -> str:
    text = html.unescape(markup)
    return text.replace(_LESS_THAN, "<").replace(_LESS_THAN_IN_URL, "%3C")


def _opening(name: str, attributes: dict[str, str]) -> str:
    if name == "ol" and attributes.get("start", "").isdecimal():
        return f'<ol start="{escape(attributes["start"])}">'
    if name in ("th", "td") and attributes.get("align") in _ALIGNMENTS:
        return f'<{name} class="m-{attributes["align"]}">'
    return _OPENINGS.get(name, f"<{name}>")


def _closing(name: str) -> str:
    return _CLOSINGS.get(name, f"</{name}>")
