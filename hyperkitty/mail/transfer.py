"""Content-Transfer-Encoding undone, garbage and all (RFC 2045 §6)."""

from __future__ import annotations

import binascii
import re

from hyperkitty.mail.uuencode import decode_uuencoded

_IDENTITY = frozenset(["", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "plain"])
_UUENCODE = frozenset(["x-uuencode", "uuencode", "x-uue", "uue"])

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BASE64_AND_SPACE = _BASE64 + b" \t\r\n"
_NOT_BASE64 = bytes(sorted(set(range(256)) - set(_BASE64)))
_FULL_LINE = re.compile(rb"^[A-Za-z0-9+/]{40,}={0,2}[ \t]*\r?$", re.MULTILINE)
_BAD_BYTE = re.compile(rb"[^A-Za-z0-9+/= \t\r\n]")
_PADDED_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")


def undo_transfer_encoding(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """Decode *data* and say whether it was what *encoding* promised; never raises."""
    if encoding in _IDENTITY:
        return data, True
    if encoding == "quoted-printable":
        return _undo_quoted_printable(data), True
    if encoding == "base64":
        return _undo_base64(data)
    if encoding in _UUENCODE:
        return decode_uuencoded(data)
    return data, False


def _undo_quoted_printable(data: bytes) -> bytes:
    # `binascii` takes a soft line end only as "=" LF or "=" CR LF, and drops what
    # follows "=" CR up to the next LF.
    if b"=\r" in data:
        data = data.replace(b"=\r\n", b"=\n").replace(b"=\r", b"=\n")
    if b"= " in data or b"=\t" in data:
        data = _PADDED_BREAK.sub(b"=", data)
    return binascii.a2b_qp(data)


def _undo_base64(data: bytes) -> tuple[bytes, bool]:
    if not data.translate(None, _BASE64_AND_SPACE):
        return _undo_clean_base64(data)
    bad = _BAD_BYTE.search(data)
    if bad is None:
        return _undo_clean_base64(data)
    line = data.rfind(b"\n", 0, bad.start()) + 1
    if _FULL_LINE.search(data, bad.start()):
        # Single bytes were damaged: the rest is still base64.
        return _undo_clean_base64(data)[0], False
    # List software put a footer below the base64 without decoding it first.
    head, _ = _undo_clean_base64(data[:line])
    footer = data[line:]
    separator = b"" if not head or head.endswith(b"\n") else b"\n"
    return head + separator + footer, False


def _undo_clean_base64(data: bytes) -> tuple[bytes, bool]:
    """Decode base64 that may lack padding or hold it in the middle."""
    symbols = data.translate(None, _NOT_BASE64)
    body = symbols.rstrip(b"=")
    if b"=" not in body:
        fits = len(symbols) % 4 == 0
        return _undo_run(body), fits
    runs = [run for run in body.split(b"=") if run]
    return b"".join(_undo_run(run) for run in runs), False


def _undo_run(run: bytes) -> bytes:
    """Decode base64 letters without padding; a last letter on its own says nothing."""
    over = len(run) % 4
    if over == 1:
        run, over = run[:-1], 0
    return binascii.a2b_base64(run + b"=" * (-over % 4))
