"""Reads rendered HTML back: is it well formed and harmless, and what does it say?"""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = frozenset({"br", "hr", "img"})
_TAGS = frozenset(
    {"a", "blockquote", "br", "code", "del", "details", "div", "em", "hr", "li", "ol"}
    | {"p", "pre", "span", "strong", "summary", "table", "tbody", "td", "th", "thead"}
    | {"tr", "ul"}
)
_ATTRIBUTES = frozenset(
    {"class", "dir", "href", "id", "open", "rel", "start", "tabindex", "title"}
)
_SCHEMES = ("http://", "https://", "ftp://", "ftps://", "mailto:", "#", "/")


class HtmlReader(HTMLParser):
    """Checks each tag as it comes; `text` is what a reader sees, labels left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str]] = []
        self.pieces: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert tag in _TAGS, f"<{tag}> is not allowed"
        assert _ATTRIBUTES.issuperset(names), f"{names} of <{tag}>"
        assert len(set(names)) == len(names), f"twice the same attribute in <{tag}>"
        values = dict(attrs)
        if tag == "a":
            assert (values["href"] or "").lower().startswith(_SCHEMES), values["href"]
            assert not any(name == "a" for name, _ in self.stack), "a link in a link"
            self.links.append(values)
        if tag == "br":
            self.pieces.append("\n")
        if tag not in _VOID:
            self.stack.append((tag, values.get("class") or ""))
            quotes = [name for name, _ in self.stack if name == "blockquote"]
            self.depth = max(self.depth, len(quotes))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop()[0] == tag, f"</{tag}> closes another tag"
        if tag in ("p", "pre", "li", "td", "th"):
            self.pieces.append("\n")

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def handle_data(self, data: str) -> None:
        is_label = any(
            name == "summary" or css_class == "m-sr" for name, css_class in self.stack
        )
        is_list = any(css_class == "m-files" for _, css_class in self.stack)
        if not (is_label or is_list):
            self.pieces.append(data)

    @property
    def text(self) -> str:
        """The text, labels that rendering adds left out."""
        return "".join(self.pieces)


def read_html(markup: str) -> HtmlReader:
    """Return what reading *markup* gives; fail if it is not well formed and safe."""
    reader = HtmlReader()
    reader.feed(markup)
    reader.close()
    assert not reader.stack, f"left open: {reader.stack}"
    return reader
