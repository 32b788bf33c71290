"""From the bytes of one mail to a `ParsedMessage`: the parser's front door."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from email.message import Message
from hashlib import sha1
from typing import NamedTuple

from hyperkitty.mail import (
    addresses,
    dates,
    headers,
    message_id,
    mime,
    references,
    subjects,
)
from hyperkitty.mail.addresses import Mailbox
from hyperkitty.mail.body import Body, read_body
from hyperkitty.mail.dates import ParsedDate
from hyperkitty.mail.values import ParsedMessage, Problem, Reference

logger = logging.getLogger(__name__)

_WANTED = frozenset(
    [
        *("message-id", "message-id-hash", "x-message-id-hash"),
        *("references", "in-reply-to", "subject", "from", "reply-to"),
        *("x-original-from", "list-post", "list-id"),
        *("date", "x-original-date", "resent-date", "received"),
        *("x-no-archive", "x-archive"),
    ]
)
_MAX_OF_A_KIND = 20  # headers of one name that are looked at
_NO = frozenset(["no", "false", "0"])

_Headers = dict[str, list[str]]


def parse_message(
    raw: bytes, *, arrived_at: datetime, from_line: bytes = b""
) -> ParsedMessage:
    """Read one mail; never raises, whatever the bytes.

    *arrived_at* is aware, in UTC. *from_line* is the mbox From_ line, if there was one,
    without its line end. The same arguments always give an equal value.
    """
    try:
        return _parse(raw, arrived_at, from_line)
    except Exception:
        # A defect of ours. The mail must not be lost for it: it is kept raw.
        logger.exception("Could not parse a mail of %d bytes", len(raw))
        return _unreadable(raw, arrived_at)


def _parse(raw: bytes, arrived_at: datetime, from_line: bytes) -> ParsedMessage:
    message, problems = mime.read_message(raw)
    found, charset = _wanted_headers(message)
    body = read_body(message, raw)

    author = addresses.read_author(found.get("from", ()), found, charset)
    subject = subjects.clean_subject(_first(found, "subject"), charset)
    claimed, sort_date, date_problem = _read_dates(found, arrived_at, from_line)
    identity = _identify(found) or _derive_identity(
        found, author, claimed, subject, body
    )
    own_id = identity.message_id
    return ParsedMessage(
        message_id=own_id,
        permalink=identity.permalink,
        hash_variants=identity.hash_variants,
        header_hash=_header_hash(found),
        references=_others(references.read(found.get("references", ())), own_id),
        in_reply_to=_others(references.read(found.get("in-reply-to", ())), own_id),
        from_name=author.name,
        from_address=author.address,
        subject=subject,
        date=claimed.utc if claimed else None,
        utc_offset=claimed.offset if claimed else None,
        sort_date=sort_date,
        text=body.text,
        is_flowed=body.is_flowed,
        is_delsp=body.is_delsp,
        text_from_html=body.text_from_html,
        html_part=body.html_part,
        attachments=body.attachments,
        size=len(raw),
        no_archive=_forbids_archiving(found),
        has_patch=body.has_patch,
        problems=_distinct(
            problems,
            _identity_problem(found, identity),
            date_problem,
            _author_problem(found, author),
            body.problems,
            () if raw.strip() else (Problem.EMPTY,),
        ),
    )


def _wanted_headers(message: Message) -> tuple[_Headers, str | None]:
    """Return the headers that we read, and the charset to try for raw bytes in them."""
    found: _Headers = {}
    is_clear = True  # needs no guess at a charset
    for name, value in message.raw_items():
        lowered = name.lower()
        if lowered in _WANTED:
            values = found.setdefault(lowered, [])
            if len(values) < _MAX_OF_A_KIND:
                values.append(value)
                is_clear = is_clear and value.isascii() and "=?un" not in value
    return found, None if is_clear else _declared_charset(message)


def _declared_charset(message: Message) -> str | None:
    try:
        return message.get_content_charset()
    except ValueError:  # an RFC 2231 charset that is none, such as "a\0b"
        return None


def _first(found: _Headers, name: str) -> str:
    values = found.get(name)
    return values[0] if values else ""


class _Identity(NamedTuple):
    message_id: str
    permalink: str
    hash_variants: tuple[str, ...]


def _identify(found: _Headers) -> _Identity | None:
    """Return what the first Message-ID header with an id in it gives."""
    for value in found.get("message-id", ()):
        if clean := message_id.clean(value):
            return _Identity(
                clean, message_id.core_hash(value), message_id.hash_variants(value)
            )
    return None


def _derive_identity(
    found: _Headers,
    author: Mailbox,
    claimed: ParsedDate | None,
    subject: str,
    body: Body,
) -> _Identity:
    """Make an id for a mail that has none, so that importing it again adds no mail.

    A header without an id in it has hashes all the same: Mailman may have printed one.
    """
    date = claimed.utc.isoformat() if claimed else ""
    parts = [author.address.lower(), author.name, date, subject]
    parts += [" ".join(body.text.split())]
    parts += [f"{file.name} {file.size}" for file in body.attachments]
    digest = sha1("\0".join(parts).encode(), usedforsecurity=False).hexdigest()
    derived = f"{digest}@no-message-id.invalid"
    header = _first(found, "message-id")
    hashes = (message_id.core_hash(header), *message_id.hash_variants(header))
    permalink = message_id.message_id_hash(derived)
    return _Identity(derived, permalink, hashes if header.strip() else ())


def _header_hash(found: _Headers) -> str:
    for name in ("message-id-hash", "x-message-id-hash"):
        value = _first(found, name).strip()
        if message_id.is_hash(value):
            return value
    return ""


def _others(named: tuple[Reference, ...], own_id: str) -> tuple[Reference, ...]:
    if any(one.message_id == own_id for one in named):
        return tuple(one for one in named if one.message_id != own_id)
    return named


def _read_dates(
    found: _Headers, arrived_at: datetime, from_line: bytes
) -> tuple[ParsedDate | None, datetime, tuple[Problem, ...]]:
    """Return the claimed date, the date to sort by, and what is wrong."""
    values = [*found.get("x-original-date", ()), *found.get("date", ())]
    claims = [claim for value in values if (claim := dates.parse(value))]
    claimed = claims[0] if claims else None
    if claimed and dates.is_plausible(claimed.utc, arrived_at):
        problem = (Problem.BAD_DATE,) if claimed.is_odd else ()
        return claimed, claimed.utc, problem
    witnesses = dates.witnesses(
        found.get("resent-date", ()), found.get("received", ()), from_line
    )
    sort_date = dates.sort_date([*claims, *witnesses], arrived_at)
    is_missing = not any(value.strip() for value in values)
    return claimed, sort_date, (Problem.NO_DATE if is_missing else Problem.BAD_DATE,)


def _identity_problem(found: _Headers, identity: _Identity) -> tuple[Problem, ...]:
    if identity.message_id.endswith("@no-message-id.invalid"):
        is_missing = not any(value.strip() for value in found.get("message-id", ()))
        return (Problem.NO_MESSAGE_ID if is_missing else Problem.BAD_MESSAGE_ID,)
    return ()


def _author_problem(found: _Headers, author: Mailbox) -> tuple[Problem, ...]:
    if not any(value.strip() for value in found.get("from", ())):
        return (Problem.NO_FROM,)
    _, at, domain = author.address.rpartition("@")
    return () if at and domain else (Problem.BAD_FROM,)


def _forbids_archiving(found: _Headers) -> bool:
    """Whether the author asked not to be archived, as Mailman understands it.

    Mailman takes any X-No-Archive for a yes. One that says "no" is believed.
    """
    if any(value.strip().lower() not in _NO for value in found.get("x-no-archive", ())):
        return True
    return any(value.strip().lower() == "no" for value in found.get("x-archive", ()))


def _distinct(*groups: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problem for group in groups for problem in group))


def _unreadable(raw: bytes, arrived_at: datetime) -> ParsedMessage:
    digest = sha1(raw, usedforsecurity=False).hexdigest()
    derived = f"{digest}@no-message-id.invalid"
    return ParsedMessage(
        message_id=derived,
        permalink=message_id.message_id_hash(derived),
        hash_variants=(),
        header_hash="",
        references=(),
        in_reply_to=(),
        from_name="",
        from_address="",
        subject="",
        date=None,
        utc_offset=None,
        sort_date=arrived_at,
        text=headers.decode(raw[: headers.MAX_TEXT].decode("ascii", "surrogateescape")),
        is_flowed=False,
        is_delsp=False,
        text_from_html=False,
        html_part=None,
        attachments=(),
        size=len(raw),
        no_archive=False,
        has_patch=False,
        problems=(Problem.UNREADABLE,),
    )
