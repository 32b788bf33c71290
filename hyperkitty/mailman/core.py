"""Mailman Core's REST API, as much of it as the archive needs.

Every call has a timeout. A Core that is down, slow, or answers what nobody can read
is one error, `MailmanUnavailable`; what Core does not have is None or empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

from mailmanclient.restbase.connection import Connection, MailmanConnectionError

from hyperkitty.conf import app_settings, mailman_settings
from hyperkitty.exceptions import MailmanSilent, MailmanUnavailable
from hyperkitty.models import Role

from .values import CoreList, Membership

#: Of the REST API: the one whose ids are those that Postorius and others show.
API_VERSION = "3.1"
#: Seconds for a call that a person or Core's archiver waits for.
SHORT_TIMEOUT = 2.0
#: Entries asked for at a time.
PAGE_SIZE = 200
#: Pages read of one answer: a Core that counts wrong must not keep us for ever.
MAX_PAGES = 5_000

_ROLES = {role.value: role for role in Role}


class Core:
    """A connection to Core; cheap to make, holds nothing open."""

    def __init__(self, timeout: float | None = None) -> None:
        """Use *timeout* seconds for each call; by default what the worker waits."""
        self._timeout = app_settings.mailman_timeout if timeout is None else timeout
        self._connection = Connection(
            f"{mailman_settings.rest_api_url}/{API_VERSION}",
            mailman_settings.rest_api_user,
            mailman_settings.rest_api_pass,
            [self._with_timeout],
        )

    def find_list(self, name: str) -> CoreList | None:
        """Return the list with this posting address or List-Id, None if none has."""
        found = self._get(f"lists/{_segment(name)}")
        if found is None:
            return None
        list_id = _text(found, "list_id")
        config = self._get(f"lists/{_segment(list_id)}/config")
        if config is None:
            return None
        try:
            return CoreList.from_rest(list_id, config)
        except (KeyError, TypeError, ValueError) as error:
            raise _odd(f"the configuration of {list_id}", error) from error

    def list_names(self) -> dict[str, str]:
        """Return the posting addresses of all lists, by List-Id."""
        return {
            _text(entry, "list_id").lower(): _text(entry, "fqdn_listname").lower()
            for entry in self._entries("lists", {})
        }

    def roster(self, list_id: str, role: Role) -> frozenset[str]:
        """Return the addresses that have *role* on a list; none if it is unknown."""
        path = f"lists/{_segment(list_id)}/roster/{role.value}"
        entries = self._entries(path, {"fields": ["email"]})
        return frozenset(_text(entry, "email").lower() for entry in entries)

    def memberships(self, address: str) -> list[Membership]:
        """Return the roles of one address, on all lists; nonmember is none."""
        address = address.lower()
        silent = {
            member.list_id
            for member in self._memberships(address, delivery_status="by_user")
            if member.role == Role.MEMBER
        }
        return [
            Membership(
                member.list_id,
                member.address,
                member.role,
                "by_user"
                if member.role == Role.MEMBER and member.list_id in silent
                else member.delivery,
            )
            for member in self._memberships(address)
        ]

    def user_ids(self) -> Iterator[tuple[str, str]]:
        """Yield each address that belongs to a user, with the user's id."""
        for entry in self._entries("addresses", {}):
            if user := entry.get("user"):
                yield _text(entry, "email").lower(), str(user).rpartition("/")[2]

    def _memberships(self, address: str, **wanted: str) -> Iterator[Membership]:
        asked = {"subscriber": address, **wanted}
        for entry in self._entries("members/find", asked):
            role = _ROLES.get(_text(entry, "role"))
            # An asterisk in the address is a wildcard to Core: others may come too.
            if role is not None and _text(entry, "email").lower() == address:
                delivery = str(entry.get("delivery_mode", ""))[:32]
                list_id = _text(entry, "list_id").lower()
                yield Membership(list_id, address, role, delivery)

    def _entries(self, path: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for number in range(1, MAX_PAGES + 1):
            page = {**asked, "count": PAGE_SIZE, "page": number}
            answer = self._get(f"{path}?{urlencode(page, doseq=True)}")
            entries = answer.get("entries", []) if answer else []
            if not isinstance(entries, list):
                raise _odd(path, entries)
            yield from entries
            if len(entries) < PAGE_SIZE:
                return

    def _get(self, path: str) -> dict[str, Any] | None:
        """Return what Core answers to a GET, None if it has no such thing."""
        try:
            _response, answer = self._connection.call(path)
        except HTTPError as error:
            error.close()
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            if error.code == HTTPStatus.UNAUTHORIZED:
                raise MailmanUnavailable(
                    "Mailman Core refuses MAILMAN_REST_API_USER and its password."
                ) from error
            raise MailmanUnavailable(f"Mailman Core answered {error.code}.") from error
        except MailmanConnectionError as error:
            raise MailmanSilent(f"Mailman Core cannot be asked: {error}") from error
        except ValueError as error:
            raise MailmanUnavailable(
                f"Mailman Core cannot be asked: {error}"
            ) from error
        if not isinstance(answer, dict):
            raise _odd(path, answer)
        return answer

    def _with_timeout(self, params: dict[str, Any]) -> dict[str, Any]:
        return {**params, "timeout": self._timeout}


def _segment(name: str) -> str:
    return quote(name, safe="@")


def _text(entry: dict[str, Any], key: str) -> str:
    try:
        return str(entry[key])
    except (KeyError, TypeError) as error:
        raise _odd(f"an entry without {key}", error) from error


def _odd(what: str, found: object) -> MailmanUnavailable:
    return MailmanUnavailable(f"Mailman Core's answer makes no sense ({what}: {found})")
