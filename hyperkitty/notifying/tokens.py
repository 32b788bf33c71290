"""Signed words in mails of ours: who may be taken off, and whose mail came back."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "hyperkitty.unsubscribe"
_VERP = "hyperkitty.bounce"
#: Hex digits that prove a returned mail to be ours.
_PROOF = 16


@dataclass(frozen=True, slots=True)
class Stop:
    """What a mail offers to stop: one follow, by its target, or a kind of digest."""

    user_id: int
    target: str


def stop_token(stop: Stop) -> str:
    """Return a word for URLs with which anybody who got the mail can stop it."""
    return signing.dumps([stop.user_id, stop.target], salt=_SALT)


def read_stop_token(token: str) -> Stop | None:
    """Return what a word stops; None if it is not one of ours."""
    try:
        user_id, target = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Stop(int(user_id), str(target))


def verp_address(address: str, user_id: int) -> str:
    """Return the envelope sender of a mail to a person: it tells who did not get it."""
    local, _at, host = address.rpartition("@")
    return f"{local}+{user_id}.{_proof(user_id)}@{host}"


def read_verp_address(address: str) -> int | None:
    """Return who did not get a mail that came back to *address*, if it was ours."""
    local = address.rpartition("@")[0].rpartition("+")[2]
    number, _dot, proof = local.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    user_id = int(number)
    return user_id if constant_time_compare(proof, _proof(user_id)) else None


def notification_id(number: int, host: str) -> str:
    """Return the Message-ID of a notification; the same whenever it is asked for.

    The form is what `mail.references.is_notification` drops before threading.
    """
    proof = salted_hmac("hyperkitty.notification", str(number)).hexdigest()
    return f"n.{number}.{proof[:24]}@{host}"


def _proof(user_id: int) -> str:
    return salted_hmac(_VERP, str(user_id)).hexdigest()[:_PROOF]
