"""What posting asks of Mailman Core: memberships, held mail, and its mail queue."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from mailmanclient.restbase.connection import MailmanConnectionError

from hyperkitty.exceptions import MailmanRefused, MailmanUnavailable
from hyperkitty.mail.message_id import clean, message_id_hash
from hyperkitty.models import MailDelivery

from .core import Core, _segment, _text


class Joining(StrEnum):
    """What Core answers to a wish to subscribe."""

    JOINED = "joined"
    PENDING = "pending"  # somebody else has to agree
    MEMBER = "member"  # was one before


class MembersCore(Core):
    """Core, and what changes there when people write."""

    def find_member(self, list_id: str, address: str) -> str | None:
        """Return the id of a subscription, None if there is none."""
        path = f"lists/{_segment(list_id)}/member/{_segment(address)}"
        found = self._get(path)
        return _text(found, "member_id") if found else None

    def subscribe(
        self, list_id: str, address: str, name: str, *, silent: bool
    ) -> Joining:
        """Subscribe an address that its owner has confirmed to us.

        *silent* without delivery of mail. Moderators are not passed by. Raises
        `MailmanRefused`, for instance for a banned address.
        """
        wish = {
            "list_id": list_id,
            "subscriber": address,
            "display_name": name,
            "pre_verified": True,
            "pre_confirmed": True,
            "send_welcome_message": not silent,
        }
        if silent:
            wish["delivery_status"] = "by_user"
        status = self._send("members", wish, "POST", allowed=HTTPStatus.CONFLICT)
        if status == HTTPStatus.CONFLICT:
            found = self.find_member(list_id, address)
            return Joining.MEMBER if found else Joining.PENDING
        return Joining.JOINED if status == HTTPStatus.CREATED else Joining.PENDING

    def unsubscribe(self, list_id: str, address: str, *, asks: bool) -> bool:
        """End a subscription; False if a moderator has to agree.

        Not to be a subscriber is fine. *asks*: the list's rules for leaving count.
        """
        member_id = self.find_member(list_id, address)
        if member_id is None:
            return True
        status = self._send(
            f"members/{member_id}",
            {"pre_confirmed": True, "pre_approved": not asks},
            "DELETE",
            allowed=HTTPStatus.NOT_FOUND,
        )
        return status != HTTPStatus.ACCEPTED

    def set_delivery(
        self, list_id: str, address: str, delivery: MailDelivery | None = None
    ) -> None:
        """Say how mail comes to a subscriber; None switches it on as it was before."""
        member_id = self.find_member(list_id, address)
        if member_id is None:
            return
        wish = {"delivery_status": "enabled"}
        if delivery == MailDelivery.OFF:
            wish = {"delivery_status": "by_user"}
        elif delivery is not None:
            wish["delivery_mode"] = delivery.value
        self._send(f"members/{member_id}/preferences", wish, "PATCH")

    def set_moderation(self, list_id: str, address: str, action: str) -> None:
        """Say what becomes of a subscriber's posts; "" for what is usual there."""
        member_id = self.find_member(list_id, address)
        if member_id is not None:
            self._send(f"members/{member_id}", {"moderation_action": action}, "PATCH")

    def accept_nonmember(self, list_id: str, address: str) -> None:
        """Have the posts of somebody who is not subscribed accepted.

        Where a moderator has decided otherwise, that stays.
        """
        record = self._nonmember(list_id, address)
        if record is None:
            wish = {"list_id": list_id, "subscriber": address, "role": "nonmember"}
            self._send("members", wish, "POST", allowed=HTTPStatus.CONFLICT)
            record = self._nonmember(list_id, address)
        if record is not None and not record.get("moderation_action"):
            path = f"members/{_text(record, 'member_id')}"
            self._send(path, {"moderation_action": "accept"}, "PATCH")

    def held(self, list_id: str) -> dict[str, str]:
        """Return why mails wait for a moderator, by Message-ID-Hash."""
        path = f"lists/{_segment(list_id)}/held"
        return {
            message_id_hash(clean(str(entry.get("message_id")))): str(
                entry.get("reason") or ""
            )
            for entry in self._entries(path, {})
        }

    def inject(self, list_id: str, raw: bytes) -> None:
        """Put a mail to the list into Core's incoming queue."""
        text = raw.decode("ascii").replace("\r\n", "\n")
        self._send("queues/in", {"list_id": list_id, "text": text}, "POST")

    def _nonmember(self, list_id: str, address: str) -> dict[str, Any] | None:
        asked = {"list_id": list_id, "subscriber": address, "role": "nonmember"}
        for entry in self._entries("members/find", asked):
            if _text(entry, "email").lower() == address:
                return entry
        return None

    def _send(
        self, path: str, data: dict[str, Any], method: str, *, allowed: int = 0
    ) -> int:
        """Send what changes something; return the status of the answer."""
        try:
            response, _answer = self._connection.call(path, data, method)
        except HTTPError as error:
            error.close()
            if error.code == allowed:
                return error.code
            if error.code in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
                raise MailmanRefused(_reason(error)) from error
            raise MailmanUnavailable(f"Mailman Core answered {error.code}.") from error
        except (MailmanConnectionError, ValueError) as error:
            raise MailmanUnavailable(
                f"Mailman Core cannot be asked: {error}"
            ) from error
        return int(response.status_code)


def _reason(error: HTTPError) -> str:
    reason = error.reason
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return " ".join(text.split())[:500]
