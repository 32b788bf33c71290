"""Message-IDs: the clean form, Mailman's hash of it and the other hashes in use."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import sha1

from hyperkitty.mail import headers

MAX_LENGTH = 998  # characters kept of an id: the longest line that RFC 5322 allows
_MAX_HEADER = 4_096  # characters of a Message-ID header that are looked at

_PLAIN = re.compile(r"\s*<([!#-;=?-~]{1,900})>\s*")
# Where nothing is to be stripped, cut or decoded, all programs get the same id.
_SAME_FOR_ALL = re.compile(r"<[!#-&(-;=@-~]{1,250}>")
_BRACKETED = re.compile(r"(?<!<)<++([^<>]++)")
_COMMENT = re.compile(r"(?:^|(?<=\s))\([^()]*+\)")
_NOT_IN_ID = re.compile(r"[\s\x00-\x20\x7f-\xa0\u2028\u2029]+")
_HASH = re.compile(r"[A-Z2-7]{32}")


def clean(value: str) -> str:
    """Return the id that a Message-ID header (or part of one) holds, "" if none.

    Without brackets, white space and comments: ``<a@b>``, ``<<a@b>>``, ``a@b``,
    ``"<a@b>"``, ``<a@b> (comment)`` and ``<a @b>`` are all ``a@b``.
    """
    if (plain := _PLAIN.fullmatch(value)) and "=?" not in value:
        return plain[1]
    value = value[:_MAX_HEADER]
    if not value.isascii() or "=?" in value:
        value = headers.decode(value, limit=_MAX_HEADER)
    for inside in _BRACKETED.finditer(value):
        if found := _squeezed(inside[1]):
            return found
    return _squeezed(_COMMENT.sub("", value).strip().strip("<>\"'"))


def message_id_hash(value: str) -> str:
    """Return Mailman's hash of a clean Message-ID: base32 of SHA-1, 32 characters."""
    digest = sha1(headers.to_bytes(value), usedforsecurity=False).digest()
    return b32encode(digest).decode("ascii")


def core_hash(header_value: str) -> str:
    """Return the Message-ID-Hash that Mailman Core gives to a Message-ID header.

    Core drops one pair of brackets if the header starts and ends with them, else white
    space at the ends. A header folded right after its name starts with a line break for
    Python before 3.12.8, so that Core there hashes the brackets too; that hash is among
    the variants. This one is what later Pythons give and what HyperKitty's URLs have.
    """
    value = _readable(header_value.lstrip(" \t\r\n").rstrip("\r\n"))
    if value.startswith("<") and value.endswith(">"):
        return message_id_hash(value[1:-1])
    return message_id_hash(value.strip())


def hash_variants(header_value: str) -> tuple[str, ...]:
    """Return every other hash that programs compute from this Message-ID header.

    Old URLs may hold any of them: Core's on older Pythons, HyperKitty's for mail from
    Core, for mail that it imported and for its URL endpoint, and that of our clean id.
    """
    if _SAME_FOR_ALL.fullmatch(header_value):
        return ()
    value = _readable(header_value)
    squeezed = "".join(value.split())
    imported = squeezed.encode("ascii", "ignore").decode("ascii").partition(">")[0]
    forms = {
        clean(header_value): None,
        _core_form(value): None,
        _core_form(value.lstrip(" \t\r\n")): None,
        _hyperkitty_form(squeezed): None,
        _hyperkitty_form(imported.strip("<>")): None,
        value.strip().strip("<>"): None,
        value.strip().strip("<>").strip(): None,
        squeezed.strip("<>"): None,
        " ".join(value.split()).strip("<>"): None,
    }
    # Cut the same way as HyperKitty's column, also before the brackets came off.
    forms.update({form[:254]: None for form in [*forms, squeezed[:254].strip("<>")]})
    known = core_hash(header_value)
    hashes = (message_id_hash(form) for form in forms if form)
    return tuple(dict.fromkeys(found for found in hashes if found != known))


def is_hash(value: str) -> bool:
    """Whether *value* has the form of a Message-ID-Hash."""
    return _HASH.fullmatch(value) is not None


def _readable(header_value: str) -> str:
    """Return the header as Core sees it, raw bytes read as text."""
    if header_value.isascii():
        return header_value[:_MAX_HEADER]
    data = headers.to_bytes(header_value[:_MAX_HEADER])
    return data.decode("utf-8", "replace")


def _core_form(value: str) -> str:
    if value.startswith("<") and value.endswith(">"):
        return value[1:-1]
    return value.strip()


def _hyperkitty_form(squeezed: str) -> str:
    for first, last in ("<>", '""'):
        if len(squeezed) > 1 and squeezed[0] == first and squeezed[-1] == last:
            return squeezed[1:-1][:254]
    return squeezed[:254]


def _squeezed(text: str) -> str:
    return _NOT_IN_ID.sub("", text)[:MAX_LENGTH]
