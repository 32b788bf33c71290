"""The values that parsing a mail gives: frozen, plain, complete.

They have no slots: an import sends them from process to process, and pickling a
dataclass with slots takes several times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Problem(StrEnum):
    """Why a mail counts as damaged: it is kept raw and shown as well as it can be."""

    NO_MESSAGE_ID = "no-message-id"
    BAD_MESSAGE_ID = "bad-message-id"
    NO_DATE = "no-date"
    BAD_DATE = "bad-date"
    NO_FROM = "no-from"
    BAD_FROM = "bad-from"
    BAD_HEADERS = "bad-headers"
    BAD_CHARSET = "bad-charset"
    BAD_ENCODING = "bad-encoding"
    BAD_STRUCTURE = "bad-structure"
    TOO_DEEP = "too-deep"
    TOO_MANY_PARTS = "too-many-parts"
    TOO_LARGE = "too-large"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


class ReferenceKind(StrEnum):
    """How a Message-ID was named by the mail that refers to it."""

    HEADER = "header"  # in angle brackets, as RFC 5322 has it
    BARE = "bare"  # a bare ``id@host`` that had to be guessed


@dataclass(frozen=True)
class Reference:
    """One Message-ID that a mail names in References or In-Reply-To."""

    message_id: str  # clean: no brackets, no white space
    kind: ReferenceKind = ReferenceKind.HEADER


@dataclass(frozen=True)
class ParsedAttachment:
    """One attachment; its bytes are read again from the raw mail by *counter*."""

    counter: int  # number of the MIME part in walk order, as in attachment URLs
    name: str  # safe file name, never empty, no path
    content_type: str  # lower case, e.g. "image/png"; "application/octet-stream" if odd
    charset: str  # declared charset of a text part, else ""
    size: int  # decoded bytes
    content_id: str = ""  # without brackets; for cid: links
    inline: bool = False  # Content-Disposition: inline


@dataclass(frozen=True)
class ParsedMessage:
    """One mail, decoded.

    Every text field is valid UTF-8 without NUL, bounded in length, and never holds a
    line break unless it is *text*.
    """

    # Identity
    message_id: str  # clean; derived from the content when the mail has none
    permalink: str  # Mailman's Message-ID-Hash of the header as it stands
    hash_variants: tuple[str, ...]  # other hashes that old URLs may use; no permalink
    header_hash: str  # Message-ID-Hash header if well formed, else ""

    # Threading: oldest first, no duplicates, never the mail's own id
    references: tuple[Reference, ...]  # first and last 50 of References
    in_reply_to: tuple[Reference, ...]

    # People and subject
    from_name: str  # real name, "via list" undone; "" if none
    from_address: str  # domain lower case; "" if none can be read
    subject: str  # one line, list prefix as it stands; "" if none

    # Dates; aware, UTC. See `dates.sort_date`
    date: datetime | None  # what the mail claims (X-Original-Date first)
    utc_offset: int | None  # minutes east that Date gave; None if naive or absent
    sort_date: datetime

    # Body
    text: str  # the readable text; quotes and signature as sent; "\n" line ends
    is_flowed: bool  # format=flowed: text keeps its soft line ends
    is_delsp: bool
    text_from_html: bool  # text was made from an HTML part
    html_part: int | None  # counter of the HTML part, if any
    attachments: tuple[ParsedAttachment, ...]

    # Facts about the mail
    size: int  # bytes
    no_archive: bool  # X-No-Archive: yes, X-Archive: no
    has_patch: bool
    problems: tuple[Problem, ...] = field(default=())
