"""Parsing and packing a mail, before and outside any transaction."""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b, sha1

from hyperkitty.conf import app_settings
from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mail.mime import MAX_HEADER_BLOCK
from hyperkitty.mail.parse import parse_message
from hyperkitty.mail.values import ParsedMessage, Problem
from hyperkitty.models import pack
from hyperkitty.rendering.own_text import snippet
from hyperkitty.threads.references import to_named, to_text

from .dictionary import TrainedDictionary
from .values import Incoming, Prepared

SNIPPET_LENGTH = 200

#: The address shown for a mail that names no sender.
NOBODY = "unknown@invalid"

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def prepare(
    mails: Sequence[Incoming], trained: TrainedDictionary | None = None
) -> list[Prepared]:
    """Return what the pipeline stores of *mails*; pure, so that it runs anywhere.

    A mail above the size limit is kept whole too, but only its headers are read.
    """
    limit = app_settings.max_message_size
    parsed = [
        _parsed(mail, mail.raw)
        if len(mail.raw) <= limit
        else _parsed_by_headers(mail, Problem.TOO_LARGE)
        for mail in mails
    ]
    return _prepared(mails, parsed, trained)


def prepare_by_headers(incoming: Incoming) -> Prepared:
    """Return what is stored of a mail whose body cannot be read."""
    parsed = _parsed_by_headers(incoming, Problem.UNREADABLE)
    return _prepared([incoming], [parsed], None)[0]


def _parsed_by_headers(incoming: Incoming, problem: Problem) -> ParsedMessage:
    """Return what the headers say of a mail whose body *problem* keeps unread."""
    head = incoming.raw[:MAX_HEADER_BLOCK]
    if end := _BLANK_LINE.search(head):
        head = head[: end.end()]
    return replace(
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


def raw_digest(raw: bytes) -> str:
    """Return the digest that tells equal bytes: BLAKE2b-160 in base 32."""
    return b32encode(blake2b(raw, digest_size=20).digest()).decode()


def sender_address(parsed: ParsedMessage) -> str:
    """Return the address under which the sender's row stands: at most 255 letters."""
    return parsed.from_address.lower()[:255] or NOBODY


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
    mails: Sequence[Incoming],
    parsed: Sequence[ParsedMessage],
    trained: TrainedDictionary | None,
) -> list[Prepared]:
    """Put together what is stored of mails that were parsed.

    Each step is done for all mails before the next. The tables of a dictionary fill a
    processor's cache: to pack a mail between two that are parsed takes twice as long.
    """
    dictionary = (trained.pk, trained.data) if trained else (None, b"")
    raws = [pack(mail.raw, *dictionary) for mail in mails]
    texts = [pack(found.text.encode(), *dictionary) for found in parsed]
    snippets = [_snippet(found) for found in parsed]
    references = [to_text(found.references, found.in_reply_to) for found in parsed]
    return [
        Prepared(
            parsed=found,
            digest=mail.digest or raw_digest(mail.raw),
            permalink=_permalink(found, mail.trusts_hash),
            message_id_hash=message_id_hash(found.message_id),
            raw=raw,
            text=text,
            references=named,
            named=to_named(named),
            snippet=words,
            text_digest=text_digest(found),
            arrived_at=mail.arrived_at,
            source=mail.source,
            from_line=mail.from_line,
            aliases=mail.aliases,
        )
        for mail, found, raw, text, words, named in zip(
            mails, parsed, raws, texts, snippets, references, strict=True
        )
    ]


def _snippet(parsed: ParsedMessage) -> str:
    return snippet(
        parsed.text,
        is_flowed=parsed.is_flowed,
        is_delsp=parsed.is_delsp,
        length=SNIPPET_LENGTH,
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
