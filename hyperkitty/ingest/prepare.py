"""Parsing and packing a mail, before and outside any transaction."""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import replace
from hashlib import blake2b, sha1

from hyperkitty.conf import app_settings
from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mail.mime import MAX_HEADER_BLOCK
from hyperkitty.mail.parse import parse_message
from hyperkitty.mail.values import ParsedMessage, Problem
from hyperkitty.models import pack
from hyperkitty.rendering.own_text import snippet
from hyperkitty.threads.references import to_text

from .dictionary import TrainedDictionary
from .values import Incoming, Prepared

SNIPPET_LENGTH = 200

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def prepare(incoming: Incoming, trained: TrainedDictionary | None = None) -> Prepared:
    """Return what the pipeline stores of a mail; pure, so that it runs anywhere.

    A mail above the size limit is kept whole too, but only its headers are read.
    """
    if len(incoming.raw) > app_settings.max_message_size:
        return prepare_by_headers(incoming, trained, problem=Problem.TOO_LARGE)
    return _prepared(incoming, _parsed(incoming, incoming.raw), trained)


def prepare_by_headers(
    incoming: Incoming,
    trained: TrainedDictionary | None = None,
    *,
    problem: Problem = Problem.UNREADABLE,
) -> Prepared:
    """Return what is stored of a mail whose body *problem* keeps unread."""
    head = incoming.raw[:MAX_HEADER_BLOCK]
    if end := _BLANK_LINE.search(head):
        head = head[: end.end()]
    parsed = replace(
        _parsed(incoming, head),
        size=len(incoming.raw),
        text="",
        is_flowed=False,
        is_delsp=False,
        text_from_html=False,
        html_part=None,
        attachments=(),
        has_patch=False,
        problems=(problem,),
    )
    return _prepared(incoming, parsed, trained)


def raw_digest(raw: bytes) -> str:
    """Return the digest that tells equal bytes: BLAKE2b-160 in base 32."""
    return b32encode(blake2b(raw, digest_size=20).digest()).decode()


def text_digest(parsed: ParsedMessage) -> str:
    """Return what tells twins apart: sender, date and text of the mail."""
    date = parsed.date.isoformat() if parsed.date else ""
    content = "\0".join([parsed.from_address.casefold(), date, parsed.text])
    return sha1(content.encode(), usedforsecurity=False).hexdigest()


def twin_permalink(message_id: str, digest: str) -> str:
    """Return the permalink of a mail whose Message-ID another mail has."""
    content = f"{message_id}\0{digest}".encode()
    return b32encode(sha1(content, usedforsecurity=False).digest()).decode()


def _parsed(incoming: Incoming, content: bytes) -> ParsedMessage:
    return parse_message(
        content, arrived_at=incoming.arrived_at, from_line=incoming.from_line
    )


def _prepared(
    incoming: Incoming, parsed: ParsedMessage, trained: TrainedDictionary | None
) -> Prepared:
    dictionary = (trained.pk, trained.data) if trained else (None, b"")
    return Prepared(
        parsed=parsed,
        digest=raw_digest(incoming.raw),
        permalink=_permalink(parsed, incoming.trusts_hash),
        message_id_hash=message_id_hash(parsed.message_id),
        raw=pack(incoming.raw, *dictionary),
        text=pack(parsed.text.encode(), *dictionary),
        references=to_text(parsed.references, parsed.in_reply_to),
        snippet=snippet(
            parsed.text,
            is_flowed=parsed.is_flowed,
            is_delsp=parsed.is_delsp,
            length=SNIPPET_LENGTH,
        ),
        text_digest=text_digest(parsed),
        arrived_at=incoming.arrived_at,
        source=incoming.source,
        from_line=incoming.from_line,
        aliases=incoming.aliases,
    )


def _permalink(parsed: ParsedMessage, trusts_hash: bool) -> str:
    """Return the hash that URLs use.

    A Message-ID-Hash header of unknown origin counts only if the Message-ID could
    have given it: otherwise a sender could take another mail's address.
    """
    claimed = parsed.header_hash
    if claimed and (trusts_hash or claimed in parsed.hash_variants):
        return claimed
    return parsed.permalink
