"""Find URLs, addresses and Message-IDs in running text, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class TokenKind(Enum):
    """What a token is, and so what may be done with it."""

    URL = auto()  # may be linked
    OPAQUE = auto()  # a URL of another scheme or ``git@host:path``: leave as it is
    ADDRESS = auto()
    MESSAGE_ID = auto()


class Token(NamedTuple):
    """A stretch of text; *value* is the URL, address or id that it stands for."""

    kind: TokenKind
    start: int
    end: int
    value: str


# Every token has one of these inside. Searching for them, and only then looking left
# and right, costs next to nothing where there are none and cannot backtrack.
_ANCHOR = re.compile(r"://|@|(?<![\w@./-])www\.", re.IGNORECASE)

_LINKED_SCHEMES = frozenset({"http", "https", "ftp", "ftps"})
_SCHEME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+.-")
_MAX_SCHEME = 16

# What ends a URL: white space, brackets of prose, and the punctuation of East Asian
# text, which has no spaces around it.
_URL_REST = re.compile(r"[^\s<>\"\ufffd、。，；：！？（）「」『』【】《》〈〉“”„»]+")
_URL_HOST = re.compile(r"[\w\[]")
_TRAILING = frozenset(".,;:!?'…’´`")
_BRACKETS = {")": "(", "]": "[", "}": "{"}

_LOCAL_CHARS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-=~&'!#$*"
)
_MAX_LOCAL = 128
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]*[^\W_]")
# A Message-ID may be 998 characters long; real ones are far shorter.
_MAX_ID = 250
_ID_MIN_DIGITS = 6
_ID_MIN_LENGTH = 14
_ID_LONG = 24
_ID_LABELS = ("message-id:", "in-reply-to:", "references:", "msgid:")


def find_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of *text* in order; they do not overlap."""
    done = 0
    for anchor in _ANCHOR.finditer(text):
        at = anchor.start()
        if at < done:
            continue
        token = _FINDERS[anchor[0].lower()](text, at, done)
        if token is not None:
            yield token
            done = token.end


def looks_like_message_id(local: str) -> bool:
    """Return whether *local*, the part before the ``@``, was made by a machine."""
    if len(local) < _ID_MIN_LENGTH:
        return False
    digits = sum(map(str.isdigit, local))
    return digits >= _ID_MIN_DIGITS or (digits > 0 and len(local) >= _ID_LONG)


def _find_url(text: str, at: int, done: int) -> Token | None:
    start = at
    lowest = max(done, at - _MAX_SCHEME)
    while start > lowest and text[start - 1].lower() in _SCHEME_CHARS:
        start -= 1
    scheme = text[start:at].lower()
    rest = _URL_REST.match(text, at + len("://"))
    if rest is None or not scheme:
        return None
    end = _trim(text, start, rest.start(), rest.end())
    for known in ("https", "http", "ftps", "ftp"):
        # "seehttp://…" is not a scheme, but "x-http://…" at a break of words is one.
        if scheme.endswith(known) and not scheme[: -len(known)][-1:].isalnum():
            start = at - len(known)
            scheme = known
            break
    kind = TokenKind.OPAQUE
    if scheme in _LINKED_SCHEMES and _URL_HOST.match(text, rest.start(), end):
        kind = TokenKind.URL
    return Token(kind, start, end, text[start:end])


def _find_www(text: str, at: int, done: int) -> Token | None:
    rest = _URL_REST.match(text, at + len("www."))
    if rest is None:
        return None
    end = _trim(text, at, rest.start(), rest.end())
    if "." not in text[rest.start() : end]:
        return None
    return Token(TokenKind.URL, at, end, f"http://{text[at:end]}")


def _trim(text: str, start: int, rest: int, end: int) -> int:
    """Return where the URL ends without the punctuation of the sentence around it."""
    surplus = {
        closing: text.count(closing, rest, end) - text.count(opening, rest, end)
        for closing, opening in _BRACKETS.items()
    }
    before = text[start - 1 : start]
    while end > rest:
        last = text[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _TRAILING and not (last in "*_|" and last == before):
            break
        end -= 1
    return end


def _find_address(text: str, at: int, done: int) -> Token | None:
    if not done < at < len(text) - 1 or text[at - 1].isspace():
        return None
    message_id = _find_message_id(text, at, done)
    if message_id is not None:
        return message_id
    start = at
    lowest = max(done, at - _MAX_LOCAL)
    while start > lowest and (
        text[start - 1] in _LOCAL_CHARS or text[start - 1].isalnum()
    ):
        start -= 1
    while start < at and text[start] in ".'*":
        start += 1
    domain = _DOMAIN.match(text, at + 1)
    if domain is None or start == at:
        return None
    end = domain.end()
    if text[end : end + 1] == ":" and text[end + 1 : end + 2].strip(" \n\t>"):
        rest = _URL_REST.match(text, end)
        end = rest.end() if rest else end
        return Token(TokenKind.OPAQUE, start, end, text[start:end])
    return Token(TokenKind.ADDRESS, start, end, text[start:end])


def _find_message_id(text: str, at: int, done: int) -> Token | None:
    """Return the ``<id@host>`` around *at*, if it is rather an id than an address."""
    left = text.rfind("<", max(done, at - _MAX_ID), at) + 1
    right = text.find(">", at, at + _MAX_ID)
    if not left or right < 0:
        return None
    value = text[left:right]
    if value.count("@") != 1 or len(value.split()) != 1 or right == at + 1:
        return None
    label = text[max(0, left - 20) : left - 1].rstrip().lower()
    if not (looks_like_message_id(text[left:at]) or label.endswith(_ID_LABELS)):
        return None
    return Token(TokenKind.MESSAGE_ID, left, right, value)


_FINDERS = {"://": _find_url, "@": _find_address, "www.": _find_www}
