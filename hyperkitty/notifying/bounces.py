"""Mails of ours that came back: who does not get them any more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from django.contrib.auth import get_user_model

from hyperkitty.mail.headers import decode, one_line
from hyperkitty.mail.mime import read_message

from .mailing import stop_mail
from .tokens import read_verp_address

#: Parts and fields of a returned mail that are looked at.
MAX_PARTS = 50
#: Where mail servers write to whom a mail was for.
_RECIPIENT_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_STATUS = re.compile(r"^\s*([245])\.\d{1,3}\.\d{1,3}", re.ASCII)
_ADDRESS = re.compile(r"[^\s<>,;:\"]{1,255}@[^\s<>,;:\"]{1,255}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back."""

    user_id: int
    is_permanent: bool
    reason: str


def read_bounce(raw: bytes, recipient: str = "") -> Bounce | None:
    """Return what a returned mail says (RFC 3464); None if it is not one of ours.

    *recipient* is the envelope's, if the mail server passes it; else header fields
    tell.
    """
    message, _problems = read_message(raw)
    user_id = _whose([recipient, *_recipients(message)])
    if user_id is None:
        return None
    for fields in _status_fields(message):
        status = _STATUS.match(str(fields.get("Status", "")))
        if status and status[1] != "2":
            said = decode(str(fields.get("Diagnostic-Code", status[0])))
            return Bounce(user_id, status[1] == "5", one_line(said)[:255])
    return Bounce(user_id, False, "")


def take_bounce(bounce: Bounce) -> None:
    """Stop mail to a person whose address takes none for good, if the account is there.

    A mail may come back days after.
    """
    accounts = get_user_model()._default_manager.filter(pk=bounce.user_id)
    if bounce.is_permanent and accounts.exists():
        stop_mail(bounce.user_id, bounce.reason)


def _recipients(message: Message) -> Iterable[str]:
    for name in _RECIPIENT_FIELDS:
        for value in message.get_all(name, [])[:MAX_PARTS]:
            yield from _ADDRESS.findall(str(value)[:10_000])


def _whose(addresses: Iterable[str]) -> int | None:
    for address in addresses:
        user_id = read_verp_address(address.strip().strip("<>"))
        if user_id is not None:
            return user_id
    return None


def _status_fields(message: Message) -> Iterable[Message]:
    """Yield the blocks of fields of each ``message/delivery-status`` part."""
    waiting: list[Message] = [message]
    for _number in range(MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        payload = part.get_payload()
        if not isinstance(payload, list):
            continue
        parts = [one for one in payload[:MAX_PARTS] if isinstance(one, Message)]
        if part.get_content_type() == "message/delivery-status":
            yield from parts
        else:
            waiting += parts
