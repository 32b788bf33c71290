"""The mail that a web post becomes: one pure function from values to bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from hyperkitty import __version__
from hyperkitty.mail.headers import one_line
from hyperkitty.mail.subjects import is_reply, strip_prefix

from .encoding import (
    address_field,
    file_part,
    folded,
    multipart,
    text_field,
    text_part,
)
from .flowing import clean_text, to_flowed

#: Ids that References keeps at its two ends (a thread's start, and what is near).
KEPT_IDS = 20

_ID = re.compile(r"[!-;=?-~]{1,900}")
_ADDRESS = re.compile(r"[!#-;=?A-Z^-~\]\[]{1,64}@[A-Za-z0-9.:\[\]_-]{1,255}")


class UnsendableError(ValueError):
    """The post cannot be made a mail; the message says why."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The mail that is answered."""

    message_id: str  # without brackets
    references: Sequence[str]  # its own, oldest first, without brackets


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with the mail."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a mail is made of."""

    author: tuple[str, str]  # name, address
    to: Sequence[tuple[str, str]]  # names and addresses
    subject: str
    text: str
    message_id: str  # without brackets
    date: datetime
    parent: Parent | None = None
    files: Sequence[File] = ()
    #: In the From field instead of the author: name and address of the site.
    site: tuple[str, str] | None = None
    site_url: str = ""


def compose(letter: Letter) -> bytes:
    """Return the mail, in seven bits, with CRLF. Raises `UnsendableError`."""
    for _name, address in (letter.author, *letter.to):
        if not _ADDRESS.fullmatch(address):
            raise UnsendableError(f"Mail cannot be sent with the address {address}.")
    body = text_part(to_flowed(clean_text(letter.text)))
    if letter.files:
        parts = [
            body,
            *(file_part(f.name, f.content_type, f.data) for f in letter.files),
        ]
        body = multipart("mixed", parts)
    return "".join(_fields(letter)).encode() + b"MIME-Version: 1.0\r\n" + body


def reply_subject(subject: str, list_prefix: str = "") -> str:
    """Return the subject of an answer: "Re: " once, no list prefix, nothing cut."""
    subject = one_line(strip_prefix(subject, list_prefix))
    return subject if is_reply(subject) else f"Re: {subject}".strip()


def references_of(parent: Parent) -> list[str]:
    """Return what an answer names: what its parent names, and the parent last.

    Ids that no mail can carry are left out, and the middle of a long chain.
    """
    chain = dict.fromkeys(found for found in parent.references if _ID.fullmatch(found))
    chain.pop(parent.message_id, None)
    ids = [*chain, *filter(_ID.fullmatch, [parent.message_id])]
    if len(ids) > 2 * KEPT_IDS:
        ids = ids[:KEPT_IDS] + ids[-KEPT_IDS:]
    return ids


def mailto(addresses: Sequence[str], subject: str, parent: Parent | None) -> str:
    """Return a link that opens an answer in the reader's mail program (RFC 6068)."""
    to, *others = (quote(address, safe="@") for address in addresses)
    fields = [("cc", ",".join(others))] if others else []
    fields.append(("Subject", quote(one_line(subject), safe="")))
    if parent is not None and _ID.fullmatch(parent.message_id):
        fields.append(("In-Reply-To", quote(f"<{parent.message_id}>", safe="")))
        ids = " ".join(f"<{found}>" for found in references_of(parent))
        fields.append(("References", quote(ids, safe="")))
    return f"mailto:{to}?" + "&".join(f"{name}={value}" for name, value in fields)


def message_id(random: str, domain: str) -> str:
    """Return a Message-ID without brackets from unguessable letters and a host name."""
    host = domain.partition(":")[0].lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", host):
        host = "localhost"
    return f"{random}@{host}"


def _fields(letter: Letter) -> list[str]:
    fields = [_from(letter)]
    if letter.site:
        fields.append(address_field("Reply-To", letter.author))
    fields += [
        address_field("To", *letter.to),
        text_field("Subject", letter.subject),
        f"Date: {format_datetime(letter.date)}\r\n",
        folded("Message-ID", [f"<{letter.message_id}>"]),
    ]
    if letter.parent is not None:
        ids = [f"<{found}>" for found in references_of(letter.parent)]
        if _ID.fullmatch(letter.parent.message_id):
            fields.append(folded("In-Reply-To", ids[-1:]))
        if ids:
            fields.append(folded("References", ids))
    where = f" on {letter.site_url}" if letter.site_url else ""
    fields.append(text_field("User-Agent", f"HyperKitty/{__version__}{where}"))
    return fields


def _from(letter: Letter) -> str:
    if letter.site is None:
        return address_field("From", letter.author)
    name, address = letter.author
    site_name, site_address = letter.site
    shown = name or address.partition("@")[0]
    return address_field("From", (f"{shown} via {site_name}", site_address))
