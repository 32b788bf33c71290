"""Mask the addresses of people, for readers who are not signed in."""

from __future__ import annotations

from .tokens import TokenKind, find_tokens


def mask_address(address: str) -> str:
    """Return *address* as ``user (a) host``."""
    return address.replace("@", " (a) ")


def mask_addresses(text: str) -> str:
    """
    Return *text* with its addresses masked.

    URLs and Message-IDs keep their ``@``: with it changed they would lead nowhere.
    """
    if "@" not in text:
        return text
    pieces: list[str] = []
    done = 0
    for token in find_tokens(text):
        if token.kind is TokenKind.ADDRESS:
            pieces += text[done : token.start], mask_address(token.value)
            done = token.end
    pieces.append(text[done:])
    return "".join(pieces)
