"""Show the HTML part of a mail: cleaned, in a document of its own, for a frame."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import nh3

from .addresses import mask_addresses
from .escape import clean, escape

# nh3 takes the square of the depth of the markup and of the number of entities: a
# quarter of a second at these limits. What is beyond is cut off.
_MAX_CHARS = 2_000_000
_MAX_TAGS = 10_000
_MAX_ENTITIES = 100_000

_TAG_NAMES = """
a abbr acronym address article aside b bdi bdo big blockquote br caption center cite
code col colgroup dd del details dfn dir div dl dt em figcaption figure font footer
h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark menu ol p pre q rp rt ruby s
samp section small span strike strong sub summary sup table tbody td tfoot th thead
time tr tt u ul var wbr
"""
_DROPPED_WITH_CONTENT = """
script style title template noscript iframe object svg math noembed noframes
"""
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "dir", "lang", "style", "title", "valign"},
    "a": {"href", "name"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "hr": {"size", "width", "color", "noshade"},
    "img": {"src", "alt", "width", "height", "border", "hspace", "vspace"},
    "li": {"value", "type"},
    "ol": {"start", "type"},
    "table": {
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "height",
        "summary",
        "width",
    },
    "td": {"bgcolor", "colspan", "height", "headers", "nowrap", "rowspan", "width"},
    "th": {"bgcolor", "colspan", "height", "headers", "nowrap", "rowspan", "scope"},
    "tr": {"bgcolor", "height"},
    "ul": {"type"},
}
# No property that loads, covers, moves or hides; none takes a URL.
_STYLES = """
background-color border border-bottom border-bottom-color border-bottom-style
border-bottom-width border-collapse border-color border-left border-left-color
border-left-style border-left-width border-radius border-right border-right-color
border-right-style border-right-width border-spacing border-style border-top
border-top-color border-top-style border-top-width border-width color direction font
font-family font-size font-style font-variant font-weight height letter-spacing
line-height list-style-type margin margin-bottom margin-left margin-right margin-top
max-width min-width padding padding-bottom padding-left padding-right padding-top
text-align text-decoration text-indent text-transform vertical-align white-space width
word-break word-spacing word-wrap
"""
_PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*")
_SCHEMES = frozenset({"http", "https", "ftp", "mailto", "cid", "data"})
_LINK_SCHEMES = ("http:", "https:", "ftp:", "mailto:")
_TAG = re.compile(r'<[^"<>]*(?:"[^"]*"[^"<>]*)*>')

_STYLE_SHEET = """\
:root{color-scheme:light}
body{margin:1rem;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
body{background:#fff;color:#111}
img{max-width:100%;height:auto}
img:not([src]){border:1px dashed #767676;padding:.25rem}
table{max-width:100%}
blockquote{margin:.5rem 0;padding-inline-start:1rem}
blockquote{border-inline-start:3px solid #767676}
pre{white-space:pre-wrap}
"""


@dataclass(frozen=True, slots=True)
class HtmlDocument:
    """A document to serve by itself, with *csp* as its Content-Security-Policy."""

    document: str
    csp: str
    blocked: int  # pictures elsewhere that were not loaded; the reader may ask for them
    is_cut: bool


def render_html(
    html: str,
    *,
    cid_urls: Mapping[str, str],
    allow_remote: bool = False,
    mask: bool = True,
    title: str = "",
) -> HtmlDocument:
    """
    Return the HTML part of a mail as a document for a sandboxed frame.

    *cid_urls* gives, by Content-ID without brackets, the URLs of the mail's own
    pictures: ``data:`` URLs always load, URLs of this site only where the frame may
    send cookies. *mask* hides addresses. Scripts, forms, frames and style sheets are
    gone; nothing loads from elsewhere unless *allow_remote*.
    """
    source = clean(html[:_MAX_CHARS])
    cut = min(_find_nth(source, "<", _MAX_TAGS), _find_nth(source, "&", _MAX_ENTITIES))
    attributes = _AttributeFilter(cid_urls, allow_remote, mask)
    body = nh3.clean(
        source[:cut],
        tags=set(_TAG_NAMES.split()),
        clean_content_tags=set(_DROPPED_WITH_CONTENT.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=attributes,
        filter_style_properties=set(_STYLES.split()),
        url_schemes=set(_SCHEMES),
        url_relative=attributes.own_url,
        link_rel="nofollow ugc noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return HtmlDocument(
        document=_document(_mask_text(body) if mask else body, title),
        csp=_policy(cid_urls, allow_remote),
        blocked=attributes.blocked,
        is_cut=cut < len(source) or len(html) > _MAX_CHARS,
    )


class _AttributeFilter:
    """Decides on the attributes that nh3 would let through."""

    def __init__(
        self, cid_urls: Mapping[str, str], allow_remote: bool, mask: bool
    ) -> None:
        self.blocked = 0
        self._cid_urls = cid_urls
        self._own_urls = frozenset(cid_urls.values())
        self._allow_remote = allow_remote
        self._mask = mask

    def __call__(self, tag: str, attribute: str, value: str) -> str | None:
        """Return the value to use, or None to drop the attribute."""
        if attribute == "src":
            return self._picture(value.strip())
        if attribute == "href":
            return self._link(value.strip())
        return mask_addresses(value) if self._mask else value

    def own_url(self, url: str) -> str | None:
        """Return a relative *url* if it is one that we put in ourselves."""
        return url if url in self._own_urls else None

    def _picture(self, url: str) -> str | None:
        if url.startswith("//"):
            url = f"https:{url}"
        scheme, _, rest = url.partition(":")
        scheme = scheme.lower()
        if scheme == "cid":
            return self._cid_urls.get(unquote(rest)) or self._cid_urls.get(rest)
        if scheme == "data":
            return url if _PICTURE.fullmatch(url) else None
        if scheme in ("http", "https") and self._allow_remote:
            return url
        self.blocked += scheme in ("http", "https")
        return None

    def _link(self, url: str) -> str | None:
        if not url.lower().startswith(_LINK_SCHEMES):
            return None
        is_address = url.lower().startswith("mailto:")
        return None if is_address and self._mask else url


def _mask_text(markup: str) -> str:
    """Return clean *markup* with the addresses between its tags masked."""
    if "@" not in markup:
        return markup
    pieces: list[str] = []
    done = 0
    for tag in _TAG.finditer(markup):
        pieces += _masked(markup[done : tag.start()]), tag[0]
        done = tag.end()
    pieces.append(_masked(markup[done:]))
    return "".join(pieces)


def _masked(markup: str) -> str:
    if "@" not in markup:
        return markup
    return escape(mask_addresses(entities.unescape(markup)))


def _document(body: str, title: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE_SHEET}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _policy(cid_urls: Mapping[str, str], allow_remote: bool) -> str:
    images = ["data:"]
    if not all(url.startswith("data:") for url in cid_urls.values()):
        images.append("'self'")
    if allow_remote:
        images += ["https:", "http:"]
    return (
        f"default-src 'none'; img-src {' '.join(images)}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def _find_nth(text: str, char: str, count: int) -> int:
    """Return where *char* stands for the *count*-th time, else the length of *text*."""
    parts = text.split(char, count)
    return len(text) - len(parts[-1]) - 1 if len(parts) > count else len(text)
