"""HTML mail made into text that reads well."""

from __future__ import annotations

import re
from collections.abc import Callable

from hyperkitty.mail.html_lines import Lines
from hyperkitty.mail.html_tokens import Token, tokens

MAX_LIST_DEPTH = 8  # that is shown by indenting
MAX_URL = 2000

_HIDDEN = re.compile(
    r"display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden"
    r"|mso-hide\s{0,5}:\s{0,5}all",
    re.IGNORECASE,
)
_NO_BORDER = re.compile(r"border\s{0,5}:\s{0,5}(?:none|0)", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_SCHEME = re.compile(r"(?:https?|ftps?|mailto|news|nntp|irc|xmpp|git|ssh):", re.I)
_NOT_TOLD_APART = re.compile(r"(?:https?://|mailto:)?(?:www\.)?(.*?)/*\Z", re.S | re.I)
_RULE = "-" * 40

# Blocks that cells of a table are filled with: alone in a cell they end no line.
_BLOCKS = frozenset(["div", "h1", "h2", "h3", "h4", "h5", "h6", "p"])
_PARAGRAPHS = frozenset(
    [
        *("blockquote", "dl", "fieldset", "figure", "listing", "ol", "pre"),
        *("table", "ul"),
    ]
)
_LINES = frozenset(
    [
        *("address", "article", "aside", "body", "caption", "center", "dd", "details"),
        *("dt", "figcaption", "footer", "form", "head", "header", "html", "li"),
        *("main", "menu", "nav", "option", "section", "summary", "tbody", "tfoot"),
        *("thead", "tr"),
    ]
)
_VOID = frozenset(
    [
        *("area", "base", "basefont", "br", "col", "embed", "hr", "img", "input"),
        *("link", "meta", "param", "source", "track", "wbr"),
    ]
)
# Elements that the next one of their kind ends.
_SELF_ENDING = frozenset(["dd", "dt", "li", "option", "p", "td", "th", "tr"])
_NEVER_SHOWN = frozenset(["template", "select", "datalist", "audio", "video", "svg"])


def html_to_text(source: str, limit: int) -> str:
    """Return the text of an HTML mail, about *limit* characters at most; never raises.

    Links become ``text <url>``, quotes ``> `` lines, list items ``* `` or ``1. ``,
    table cells ``a | b``, pictures their description. What is hidden is left out.
    """
    reader = _Reader(Lines(limit))
    for token in tokens(source):
        reader.read(token)
        if reader.out.room <= 0:
            break
    reader.end_link()
    return reader.out.result()


class _Reader:
    """Turns tokens into lines, with counts and short stacks instead of a tree."""

    def __init__(self, out: Lines) -> None:
        self.out = out
        self.pre = 0  # open elements in which white space counts
        self.after_pre_start = False
        self.is_tight = False  # the paragraph that was begun last has no margin
        self.hidden = ""  # the tag that hides what is read now
        self.hidden_depth = 0
        self.lists: list[int] = []  # for each open list its last number; -1: bullets
        self.quotes: list[bool] = []  # for each open blockquote: is it a quote?
        self.url = ""
        self.label: list[str] = []  # text read since the link began
        self.starts: dict[str, Callable[[dict[str, str]], None]] = {
            "a": self.start_link,
            "blockquote": self.start_quote,
            "hr": self.rule,
            "img": self.image,
            "li": self.start_item,
            "listing": self.start_pre,
            "ol": self.start_ordered,
            "pre": self.start_pre,
            "ul": self.start_bullets,
        }
        self.ends: dict[str, Callable[[], None]] = {
            "a": self.end_link,
            "blockquote": self.end_quote,
            "listing": self.end_pre,
            "ol": self.end_list,
            "pre": self.end_pre,
            "ul": self.end_list,
        }

    def read(self, token: Token) -> None:
        """Take the next token."""
        if self.hidden:
            self.skip(token)
        elif not token.tag:
            self.text(token.text)
        elif token.tag == "br":
            self.out.break_line()
        elif token.tag == "q":
            self.out.write('"')
        elif token.is_end:
            self.end(token.tag)
        else:
            self.start(token.tag, token.attributes)

    def skip(self, token: Token) -> None:
        """Drop what is hidden, up to the end of the element that hides it."""
        if token.tag != self.hidden:
            return
        if token.is_end:
            self.hidden_depth -= 1
        elif token.tag in _SELF_ENDING:
            self.hidden = ""
            self.start(token.tag, token.attributes)
            return
        else:
            self.hidden_depth += 1
        if self.hidden_depth == 0:
            self.hidden = ""

    def text(self, text: str) -> None:
        """Write text; inside <pre> as it stands."""
        if self.url:
            self.label.append(text)
        if not self.pre:
            self.out.write(text)
            return
        first, *others = _LINE_END.split(text)
        if first:
            self.out.write_as_is(first)
        elif others and self.after_pre_start:
            first, *others = others  # a line end right after <pre> does not count
            self.out.write_as_is(first)
        self.after_pre_start = False
        for line in others:
            self.out.break_line_as_is()
            if line:
                self.out.write_as_is(line)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if tag in _NEVER_SHOWN or (attributes and _is_hidden(attributes)):
            if tag not in _VOID:
                self.hidden, self.hidden_depth = tag, 1
            return
        if tag == "p":
            # Outlook writes each line as a paragraph without a margin.
            self.is_tight = attributes.get("class", "").startswith("Mso")
        if tag in _BLOCKS:
            self.out.end_block(self.blanks_around(tag))
        elif tag in _LINES or (tag in ("ol", "ul") and self.lists):
            self.out.end_line()
        elif tag in _PARAGRAPHS:
            self.out.end_paragraph()
        elif tag in ("td", "th"):
            self.out.start_cell()
        if handler := self.starts.get(tag):
            handler(attributes)

    def blanks_around(self, tag: str) -> int:
        """Return how many blank lines stand before and after a block."""
        if tag == "p":
            return 0 if self.is_tight or self.out.marker else 1
        return 0 if tag == "div" else 1

    def end(self, tag: str) -> None:
        """End an element; one that was not begun does no harm."""
        is_inner_list = tag in ("ol", "ul") and len(self.lists) > 1
        if tag in _BLOCKS:
            self.out.end_block(self.blanks_around(tag))
        elif tag in _LINES or is_inner_list:
            self.out.end_line()
        elif tag in _PARAGRAPHS:
            self.out.end_paragraph()
        if handler := self.ends.get(tag):
            handler()

    def start_link(self, attributes: dict[str, str]) -> None:
        """Begin a link; links do not nest."""
        self.end_link()
        url = "".join(attributes.get("href", "").split())
        if _SCHEME.match(url) and len(url) <= MAX_URL:
            self.url = url

    def end_link(self) -> None:
        """Write where the link goes, unless its text says so."""
        label = "".join("".join(self.label).split())
        if self.url and label and _core(self.url) != _core(label):
            self.out.write(f" <{self.url}>")
        self.url = ""
        self.label = []

    def start_quote(self, attributes: dict[str, str]) -> None:
        """Begin a quote; one without border is how some programs indent text."""
        is_quote = not _NO_BORDER.search(attributes.get("style", ""))
        self.quotes.append(is_quote)
        self.out.quotes += is_quote

    def end_quote(self) -> None:
        """End a quote."""
        if self.quotes:
            self.out.quotes -= self.quotes.pop()

    def start_pre(self, attributes: dict[str, str]) -> None:
        """Begin text in which white space counts."""
        self.pre += 1
        self.after_pre_start = True

    def end_pre(self) -> None:
        """End text in which white space counts."""
        self.pre = max(self.pre - 1, 0)

    def start_ordered(self, attributes: dict[str, str]) -> None:
        """Begin a numbered list."""
        start = attributes.get("start", "")
        first = int(start) if start.isascii() and start.isdigit() else 1
        self.start_list(min(first, 1_000_000) - 1)

    def start_bullets(self, attributes: dict[str, str]) -> None:
        """Begin a list with bullets."""
        self.start_list(-1)

    def start_list(self, number: int) -> None:
        """Begin a list inside those that are open."""
        self.lists.append(number)
        self.set_indent()

    def end_list(self) -> None:
        """End the innermost list."""
        if self.lists:
            self.lists.pop()
        self.out.marker = ""
        self.set_indent()

    def set_indent(self) -> None:
        """Indent lines by the depth of the list."""
        self.out.indent = 2 * min(len(self.lists), MAX_LIST_DEPTH)

    def start_item(self, attributes: dict[str, str]) -> None:
        """Begin a list item."""
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.out.marker = f"{self.lists[-1]}. "
        else:
            self.out.marker = "* "

    def image(self, attributes: dict[str, str]) -> None:
        """Write the description of a picture."""
        if alt := attributes.get("alt", "").strip():
            self.text(f"[{alt}]" if not self.url else alt)

    def rule(self, attributes: dict[str, str]) -> None:
        """Write a horizontal rule."""
        self.out.end_line()
        self.out.write(_RULE)
        self.out.end_line()


def _is_hidden(attributes: dict[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def _core(url: str) -> str:
    """Return what tells two addresses apart for a reader."""
    match = _NOT_TOLD_APART.match(url)
    return match[1].lower() if match else url.lower()
