"""Lists that Mailman Core does not have: made, opened and renamed on this site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import transaction
from django.utils import timezone

from hyperkitty.exceptions import HyperKittyError
from hyperkitty.models import (
    ArchivePolicy,
    ListAlias,
    ListRole,
    MailingList,
    PolicySource,
    Role,
)
from hyperkitty.signals import visibility_changed
from hyperkitty.threads.locking import locked


class ListError(HyperKittyError):
    """What was asked cannot be done with this list; the message says why."""


class UnknownList(ListError):
    """There is no list of that address."""


def find_list(address: str) -> MailingList:
    """Return the list that has the posting address, or had it once.

    Raises `UnknownList`, and `ListError` for what is no address.
    """
    name = clean_address(address)
    found = MailingList.objects.filter(name=name).first()
    if found is None:
        alias = ListAlias.objects.filter(name=name).select_related("mlist").first()
        found = alias.mlist if alias else None
    if found is None:
        raise UnknownList(f"There is no list {name}.")
    return found


def create_list(address: str) -> MailingList:
    """Make a list that nobody may read yet. Raises `ListError` if it is there."""
    name = clean_address(address)
    _require_free(name)
    return MailingList.objects.ensure(name)


def is_of_core(mlist: MailingList) -> bool:
    """Whether Mailman Core has the list, and so says what its policy is."""
    is_known = mlist.policy_source == PolicySource.CORE or mlist.synced_at is not None
    return is_known and mlist.gone_from_core_at is None


def set_policy(mlist: MailingList, policy: ArchivePolicy) -> None:
    """Say who may read the archive; `NEVER` leaves that as it was.

    Raises `ListError` for a list of Core.
    """
    with _changing(mlist) as fresh:
        if policy == ArchivePolicy.NEVER:
            fresh.policy_before_never = fresh.reading_policy
        fresh.archive_policy = policy
        fresh.policy_source = PolicySource.ADMIN


def describe_list(
    mlist: MailingList,
    *,
    display_name: str | None = None,
    description: str | None = None,
    subject_prefix: str | None = None,
) -> None:
    """Set what pages say of the list; None leaves a value as it is.

    Threads keep their subjects until `hyperkitty_rebuild` drops another prefix.
    Raises `ListError` for a list of Core.
    """
    with _changing(mlist) as fresh:
        if display_name is not None:
            fresh.display_name = display_name[:255]
        if description is not None:
            fresh.description = description
        if subject_prefix is not None:
            fresh.subject_prefix = subject_prefix[:255]


def give_role(mlist: MailingList, address: str, role: Role) -> None:
    """Let whoever proves to own *address* read a private archive.

    Raises `ListError` for a list of Core.
    """
    with _changing(mlist) as fresh:
        ListRole.objects.update_or_create(
            mlist=fresh,
            address=clean_address(address),
            role=role,
            defaults={"source": PolicySource.ADMIN, "synced_at": timezone.now()},
        )


def take_roles(mlist: MailingList, address: str) -> int:
    """Take away all roles that *address* was given here; return how many.

    Raises `ListError` for a list of Core.
    """
    with _changing(mlist) as fresh:
        roles = ListRole.objects.filter(mlist=fresh, source=PolicySource.ADMIN)
        count, _kinds = roles.filter(address=clean_address(address)).delete()
    return count


def rename_list(mlist: MailingList, address: str) -> None:
    """Give the list another posting address; URLs with the old one redirect.

    Its List-Id stays. Raises `ListError` for a list of Core or a taken address.
    """
    name = clean_address(address)
    with _changing(mlist) as fresh:
        if name == fresh.name:
            return
        own = ListAlias.objects.filter(mlist=fresh, name=name)
        if not own.exists():
            _require_free(name)
        own.delete()
        ListAlias.objects.create(mlist=fresh, name=fresh.name)
        fresh.name = name


def clean_address(address: str) -> str:
    """Return *address* in lower case. Raises `ListError` if it is none."""
    name = address.strip().lower()
    local, _at, domain = name.rpartition("@")
    has_space = any(char.isspace() or not char.isprintable() for char in name)
    if not local or not domain or has_space or len(name) > 255:
        raise ListError(f"{address!r} is not an address like list@example.org.")
    return name


@contextmanager
def _changing(mlist: MailingList) -> Iterator[MailingList]:
    """Lock the list's row, save what is changed on it, and tell whoever shows it."""
    with locked(mlist) as fresh:
        if is_of_core(fresh):
            raise ListError(
                f"{fresh.name} is a list of Mailman Core, which says what it is: "
                "change it there."
            )
        yield fresh
        fresh.revision += 1
        fresh.changed_at = timezone.now()
        fresh.save()
        announce = partial(
            visibility_changed.send_robust, MailingList, mlist_id=fresh.pk
        )
        transaction.on_commit(announce)
    mlist.refresh_from_db()


def _require_free(name: str) -> None:
    if MailingList.objects.filter(name=name).exists():
        raise ListError(f"There is a list {name} already.")
    alias = ListAlias.objects.filter(name=name).select_related("mlist").first()
    if alias:
        raise ListError(f"{name} is a former address of {alias.mlist.name}.")
