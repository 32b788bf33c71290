"""From a header as it stands in a mail to clean text on one line."""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp

from hyperkitty.mail import charsets

MAX_TEXT = 10_000  # characters of an ordinary header

# RFC 2047: "=?charset*language?encoding?"; the charset may be missing in odd mail.
_WORD_START = re.compile(r"=\?([^?\s*]{0,75})(?:\*[^?\s]{0,75})?\?([bBqQ])\?")
# Charsets of words whose writer did not know it (RFC 1428), such as Mailman Core.
_NO_CHARSET = frozenset(["", "unknown-8bit", "x-unknown", "unknown"])
# A word that is nothing but another encoded word was encoded twice.
_ONLY_WORDS = re.compile(r"=\?[^?\s]{1,75}\?[bBqQ]\?[^\s?]{1,75}\?=")
# The end of a Q word; "?=" is not it where a forgotten "?" precedes an encoded byte.
_Q_END = re.compile(r"\?=(?![0-9A-F]{2}[^?\s]{0,75}\?=)")
# What may not stand in a line of text: controls (C0, C1) and Unicode line ends.
_SPACE_OR_CONTROL = re.compile(r"[ \x01-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def decode(value: str, charset: str | None = None, limit: int = MAX_TEXT) -> str:
    """Return a header's text on one line, of at most *limit* characters.

    *value* is as `email.policy.compat32` keeps it: folded, RFC 2047 words, and raw
    bytes as surrogate escapes. Raw bytes are read as UTF-8, else in *charset* (that of
    the mail's body is a good guess). Never raises; the text is valid UTF-8 without NUL.
    """
    if value.isascii() and "=?" not in value:
        return one_line(value, limit)
    value = value[: 4 * limit]
    text = _decode_words(value, charset) if "=?" in value else _raw(value, charset)
    if _ONLY_WORDS.fullmatch(text):
        text = _decode_words(text, charset)
    return one_line(text, limit)


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Return *text* without line breaks, controls, surrogates and double spaces."""
    if len(text) > limit:
        text = text[:limit]
    if text.isprintable() and "  " not in text:
        return text.strip()
    text = _SPACE_OR_CONTROL.sub(" ", text.replace("\0", ""))
    return _SURROGATE.sub("\ufffd", text).strip()


def to_bytes(value: str) -> bytes:
    """Return the bytes that a header value stood for in the mail."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that is no escaped byte
        return value.encode("utf-8", "replace")


def _raw(value: str, charset: str | None) -> str:
    """Decode text that is no encoded word."""
    if value.isascii():
        return value
    data = to_bytes(value)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return charsets.decode(data, charset)[0]


def _decode_words(value: str, charset: str | None) -> str:
    """Decode a header in which encoded words may stand, well formed or not.

    Words next to each other are joined as bytes first: many programs cut in the middle
    of a character.
    """
    texts: list[str] = []
    data = b""  # of the words that wait to be decoded in word_charset
    word_charset = ""
    at = 0
    while word := _WORD_START.search(value, at):
        text, end = _encoded_text(value, word.end(), word[2] in "qQ")
        nested = text.rfind("=?")
        if nested >= 0 and (inner := _WORD_START.match(text, nested)):
            # The word before was cut off; what it holds cannot be told from the next.
            word_end = word.end() + inner.start()
            text, end = text[:nested], word_end
        between = value[at : word.start()]
        if data and (between.strip() or word[1].lower() != word_charset):
            texts.append(_word_text(data, word_charset, charset))
            data = b""
        if at == 0 or between.strip():
            texts.append(_raw(between, charset))
        word_charset = word[1].lower()
        data += _word_bytes(text, word[2])
        at = end
    if data:
        texts.append(_word_text(data, word_charset, charset))
    texts.append(_raw(value[at:], charset))
    return "".join(texts)


def _encoded_text(value: str, start: int, is_q: bool) -> tuple[str, int]:
    """Return a word's encoded text and its end; a cut-off word runs to the last."""
    if is_q:
        match = _Q_END.search(value, start)
        end = match.start() if match else -1
    else:
        end = value.find("?=", start)
    if end < 0:
        return value[start:], len(value)
    return value[start:end], end + 2


def _word_bytes(text: str, encoding: str) -> bytes:
    data = to_bytes(text)
    if encoding in "qQ":
        return a2b_qp(data, header=True)
    data = b"".join(data.split()).rstrip(b"=?")
    for missing in (b"", b"=", b"=="):
        try:
            return a2b_base64(data + missing)
        except BinasciiError:
            continue
    try:
        return a2b_base64(data[:-1] + b"==")
    except BinasciiError:
        return b""


def _word_text(data: bytes, word_charset: str, charset: str | None) -> str:
    if word_charset in _NO_CHARSET:
        return _raw(data.decode("ascii", "surrogateescape"), charset)
    return charsets.decode(data, word_charset)[0]
