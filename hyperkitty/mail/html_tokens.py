"""HTML cut into text, start tags and end tags, in linear time.

The standard library's parser takes quadratic time on some hostile input, and a tree
parser keeps a tree that may be as deep as the mail is long; turning a mail into text
needs neither.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_ATTRIBUTES = 40  # of one tag that are kept

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]{0,40})[^\s/>]*+")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+([^\s/>=][^\s/>=]*+)"""
    r"""(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+))?)?"""
)
_HUGE_NUMBER = re.compile(r"&#[0-9]{9,}+;?|&#[xX][0-9a-fA-F]{9,}+;?")

# What stands inside these is no HTML, and no text of the mail.
_RAW = {
    tag: re.compile(f"</{tag}", re.IGNORECASE | re.ASCII)
    for tag in ("script", "style", "title", "iframe", "noembed", "noframes", "xml")
}


class Token(NamedTuple):
    """A piece of HTML: a tag if it has a name, else text."""

    tag: str  # lower case; "" for text
    is_end: bool
    text: str
    attributes: dict[str, str]


_NONE: dict[str, str] = {}


def tokens(source: str) -> Iterator[Token]:
    """Yield the tags and texts of *source*, entities resolved; never raises.

    Comments, declarations, scripts and styles are left out.
    """
    position = 0
    while position < len(source):
        start = source.find("<", position)
        if start < 0:
            start = len(source)
        if start > position:
            yield _text(source[position:start])
        if start == len(source):
            return
        tag = _TAG.match(source, start)
        if tag is None:
            position = _after_markup(source, start)
            if position == start:  # a "<" that is only a "<"
                yield Token("", False, "<", _NONE)
                position += 1
            continue
        name = tag[2].lower()
        attributes, position = _attributes(source, tag.end())
        if position < 0:
            return
        yield Token(name, bool(tag[1]), "", attributes)
        if name in _RAW and not tag[1]:
            end = _RAW[name].search(source, position)
            if end is None:
                return
            position = end.start()


def _text(raw: str) -> Token:
    return Token("", False, unescape(raw) if "&" in raw else raw, _NONE)


def unescape(text: str) -> str:
    """Resolve entities; `html.unescape` alone raises on numbers of 5,000 digits."""
    if "&#" in text:
        text = _HUGE_NUMBER.sub("\ufffd", text)
    return html.unescape(text)


def _after_markup(source: str, start: int) -> int:
    """Return where a comment or declaration ends; *start* if it is neither."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 2)
        return len(source) if end < 0 else end + 3
    if source.startswith(("<!", "<?", "</"), start):
        end = source.find(">", start)
        return len(source) if end < 0 else end + 1
    return start


def _attributes(source: str, position: int) -> tuple[dict[str, str], int]:
    """Read attributes up to the ">"; return them and where the tag ends, or -1."""
    attributes: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(source, position)) is not None:
        position = match.end()
        if len(attributes) < MAX_ATTRIBUTES:
            value = match[2] or match[3] or match[4] or ""
            value = unescape(value) if "&" in value else value
            attributes.setdefault(match[1].lower(), value)
    end = source.find(">", position)
    return attributes, end + 1 if end >= 0 else -1
