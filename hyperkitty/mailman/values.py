"""What Mailman Core tells, typed; the words in its answers become our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hyperkitty.models import ArchivePolicy, RenderingMode, Role

_POLICIES = {
    "never": ArchivePolicy.NEVER,
    "private": ArchivePolicy.PRIVATE,
    "public": ArchivePolicy.PUBLIC,
}


@dataclass(frozen=True, slots=True)
class CoreList:
    """A mailing list as Core has it."""

    list_id: str
    name: str  # posting address, lower case
    display_name: str
    description: str
    subject_prefix: str
    archive_policy: ArchivePolicy
    rendering_mode: RenderingMode
    subscription_policy: str
    default_member_action: str
    default_nonmember_action: str
    allow_list_posts: bool
    max_message_size: int  # kilobytes; 0 for any
    created_at: datetime | None

    @classmethod
    def from_rest(cls, list_id: str, config: Mapping[str, Any]) -> CoreList:
        """Read the answer to ``lists/<list_id>/config``.

        A policy in words that we do not know closes the archive.
        """
        mode = config.get("archive_rendering_mode")
        return cls(
            list_id=list_id.lower(),
            name=str(config["fqdn_listname"]).lower(),
            display_name=_line(config.get("display_name")),
            description=_clean(config.get("description")),
            subject_prefix=_line(config.get("subject_prefix")),
            archive_policy=_POLICIES.get(
                config["archive_policy"], ArchivePolicy.PRIVATE
            ),
            rendering_mode=(
                RenderingMode.MARKDOWN if mode == "markdown" else RenderingMode.TEXT
            ),
            subscription_policy=_word(config.get("subscription_policy"), 40),
            default_member_action=_word(config.get("default_member_action"), 20),
            default_nonmember_action=_word(config.get("default_nonmember_action"), 20),
            allow_list_posts=bool(config.get("allow_list_posts", True)),
            max_message_size=int(config.get("max_message_size") or 0),
            created_at=_moment(config.get("created_at")),
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """One role of one address on one list."""

    list_id: str
    address: str  # lower case
    role: Role
    #: How mail is delivered: regular, a kind of digest, or by_user if it is not.
    delivery: str = ""


def _line(value: object) -> str:
    return " ".join(_clean(value).splitlines())[:255]


def _clean(value: object) -> str:
    return str(value or "").replace("\0", "")


def _word(value: object, length: int) -> str:
    return str(value or "").encode("ascii", "ignore").decode()[:length]


def _moment(value: object) -> datetime | None:
    """Read a time of Core, which is in UTC and does not say so."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
