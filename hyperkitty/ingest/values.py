"""What goes into the pipeline and what comes out.

Values without slots, as in `mail.values`: they travel between processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hyperkitty.mail.values import ParsedMessage, Problem
from hyperkitty.models import AliasKind, Packed, Source
from hyperkitty.threads.placement import Named


@dataclass(frozen=True)
class Incoming:
    """A mail on its way in: its bytes, and what only its bringer knows."""

    raw: bytes
    arrived_at: datetime
    source: Source = Source.IMPORT
    from_line: bytes = b""  # mbox separator, without line end
    digest: str = ""  # of the bytes, where it is known already
    #: Mailman's own Message-ID-Hash header is true on the archiver endpoint only.
    trusts_hash: bool = False
    #: Numbers that other archives gave it: kind and value.
    aliases: tuple[tuple[AliasKind, str], ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A mail parsed and packed; what the transaction needs, without its raw bytes."""

    parsed: ParsedMessage
    digest: str
    permalink: str
    message_id_hash: str
    raw: Packed
    text: Packed
    references: str  # see `threads.references`
    named: tuple[Named, ...]  # the same, as placing reads it
    snippet: str
    text_digest: str
    arrived_at: datetime
    source: Source
    from_line: bytes
    aliases: tuple[tuple[AliasKind, str], ...]


class Status(StrEnum):
    """What became of a mail."""

    ARCHIVED = "archived"
    PRESENT = "present"  # the same mail is here already
    COPY = "copy"  # the same mail with another text, kept beside the first
    DENIED = "denied"  # erased before, and it stays so


@dataclass(frozen=True)
class Outcome:
    """What became of one mail that was brought."""

    status: Status
    email_id: int | None  # of what is denied there may be no row
    permalink: str
    problems: tuple[Problem, ...] = ()
