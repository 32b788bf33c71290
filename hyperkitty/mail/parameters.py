"""MIME header values with parameters (RFC 2045 §5.1, RFC 2231), read in linear time."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from hyperkitty.mail.charsets import decode

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*?)")
_MAX_PARAMETERS = 100


def read_parameters(header: str) -> tuple[str, dict[str, str]]:
    """Return the value and the parameters of a Content-Type or -Disposition header.

    The value and the names are lower case. RFC 2231 continuations are joined and
    decoded. Never raises; the dictionary is shared and must not be changed.
    """
    return _read(header)


@lru_cache(maxsize=512)  # the same few headers stand in nearly all mails
def _read(header: str) -> tuple[str, dict[str, str]]:
    value, _, rest = header.partition(";")
    value, *extra = value.split(None, 1) or [""]
    if extra:  # a comment, or a parameter whose ";" is missing
        rest = f"{extra[0]};{rest}"
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, text in _pairs(rest):
        match = _SECTION.fullmatch(name)
        if match is None or (match[2] is None and not match[3]):
            plain.setdefault(name, text)
        else:
            numbered = sections.setdefault(match[1], {})
            numbered.setdefault(int(match[2] or 0), (text, bool(match[3])))
    for name, numbered in sections.items():
        plain[name] = _joined(numbered)
    return value.lower(), plain


def _pairs(rest: str) -> list[tuple[str, str]]:
    """Split parameters at ";", or at white space after a quoted value."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while len(pairs) < _MAX_PARAMETERS:
        equals = rest.find("=", position)
        if equals < 0:
            break
        name = rest[position:equals].rpartition(";")[2].strip(" \t\r\n,").lower()
        position = equals + 1
        while position < len(rest) and rest[position] in " \t\r\n":
            position += 1
        if quoted := _QUOTED.match(rest, position):
            text = _ESCAPED.sub(r"\1", quoted[1]) if "\\" in quoted[1] else quoted[1]
            position = quoted.end()
        else:
            end = rest.find(";", position)
            end = len(rest) if end < 0 else end
            text = rest[position:end].strip()
            position = end
        if name:
            pairs.append((name, _readable(text)))
    return pairs


def _readable(text: str) -> str:
    """Unfold a value, and decode bytes above 127 that stand in it bare."""
    if "\n" in text or "\r" in text:
        text = "".join(text.splitlines())
    if text.isascii():
        return text
    return decode(text.encode("utf-8", "surrogateescape"), None)[0]


def _joined(numbered: dict[int, tuple[str, bool]]) -> str:
    """Join RFC 2231 sections; only the first names the charset."""
    charset = ""
    data = b""
    for index, (text, encoded) in sorted(numbered.items()):
        if encoded and index == min(numbered) and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode(data, charset or None)[0]
