"""Mail that Core holds for a moderator: what it is, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from .core import _segment
from .members import MembersCore


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """One held mail as Core has it."""

    request_id: int
    message_id: str
    sender: str
    subject: str
    reason: str
    held_at: datetime | None
    #: The whole mail; Core writes it out again, so not byte for byte.
    raw: str


class HeldCore(MembersCore):
    """Core, and its moderators' queue."""

    def held_mails(self, list_id: str) -> Iterator[HeldEntry]:
        """Yield the held mails of a list. Raises `MailmanUnavailable`."""
        for entry in self._entries(f"lists/{_segment(list_id)}/held", {}):
            number = str(entry.get("request_id") or "")
            if number.isdecimal() and len(number) <= 18:
                yield HeldEntry(
                    int(number),
                    _text(entry, "message_id"),
                    _text(entry, "sender"),
                    _text(entry, "subject"),
                    _text(entry, "reason"),
                    _moment(entry.get("hold_date")),
                    _text(entry, "msg"),
                )

    def moderate(
        self, list_id: str, request_id: int, action: str, comment: str = ""
    ) -> None:
        """Accept, reject or discard a held mail; one that is gone is fine.

        Raises `MailmanRefused` or `MailmanUnavailable`.
        """
        wish = {"action": action} | ({"comment": comment} if comment else {})
        path = f"lists/{_segment(list_id)}/held/{request_id}"
        self._send(path, wish, "POST", allowed=HTTPStatus.NOT_FOUND)


def _text(entry: dict[str, Any], key: str) -> str:
    return str(entry.get(key) or "").replace("\0", "")


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
