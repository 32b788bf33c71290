"""Who may read what. No other module decides that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import (
    ArchivePolicy,
    ListRole,
    MailingList,
    PolicySource,
    Role,
)

#: Anybody who asks for a page.
Reader = AbstractBaseUser | AnonymousUser

_PUBLIC = ~Q(policy_source=PolicySource.UNKNOWN) & (
    Q(archive_policy=ArchivePolicy.PUBLIC)
    | Q(
        archive_policy=ArchivePolicy.NEVER,
        policy_before_never=ArchivePolicy.PUBLIC,
    )
)


def readable_lists(reader: Reader) -> QuerySet[MailingList]:
    """Return the lists whose archives *reader* may read.

    Costs one query for the reader's addresses, none for strangers and superusers.
    """
    there = MailingList.objects.filter(deleted_at=None)
    if _is_superuser(reader):
        return there
    addresses = verified_addresses(reader)
    if not addresses:
        return there.filter(_PUBLIC)
    mine = roles_of(addresses).values("mlist")
    return there.filter(_PUBLIC | Q(pk__in=mine))


def listed_lists(reader: Reader) -> QuerySet[MailingList]:
    """Return the lists that the index shows to *reader*.

    Lists that are not archived any more stay readable but are not advertised.
    """
    lists = readable_lists(reader)
    if _is_superuser(reader):
        return lists
    return lists.exclude(archive_policy=ArchivePolicy.NEVER)


def public_lists() -> QuerySet[MailingList]:
    """Return the lists that the index shows to everyone."""
    return listed_lists(AnonymousUser())


def can_read(reader: Reader, mlist: MailingList) -> bool:
    """Whether *reader* may read the archive of *mlist*; no query if it is public."""
    if mlist.deleted_at is not None:
        return False
    if not mlist.is_private or _is_superuser(reader):
        return True
    return _has_role(reader, mlist, *Role)


def can_read_raw(reader: Reader, mlist: MailingList) -> bool:
    """Whether a reader of *mlist* may also have original bytes: raw mail and mbox.

    Original bytes hold unmasked addresses. A setting that is misspelled closes them.
    """
    match app_settings.raw_access:
        case "everyone":
            return True
        case "signed-in":
            return reader.is_authenticated
        case _:
            return moderates(reader, mlist)


def raw_lists(reader: Reader) -> QuerySet[MailingList]:
    """Return the lists of which *reader* may have original bytes; see `can_read_raw`.

    Costs at most two queries for the reader's addresses.
    """
    readable = readable_lists(reader)
    match app_settings.raw_access:
        case "everyone":
            return readable
        case "signed-in":
            return readable if reader.is_authenticated else readable.none()
        case _:
            return readable.filter(pk__in=kept_lists(reader).values("pk"))


def is_offered_in_bulk(mlist: MailingList) -> bool:
    """Whether everybody may have the original bytes of *mlist*, all at once."""
    return (
        app_settings.mbox_export
        and not mlist.is_private
        and can_read_raw(AnonymousUser(), mlist)
    )


def moderates(reader: Reader, mlist: MailingList) -> bool:
    """Whether *reader* looks after *mlist*: its owners, moderators and superusers."""
    return _is_superuser(reader) or _has_role(reader, mlist, Role.OWNER, Role.MODERATOR)


def runs_site(reader: Reader) -> bool:
    """Whether *reader* runs the site, and may see how it does; no query."""
    return _is_superuser(reader) or (
        reader.is_active and bool(getattr(reader, "is_staff", False))
    )


def keeps(reader: Reader, mlist: MailingList) -> bool:
    """Whether *reader* may act on the mails of *mlist*: its moderators, and staff.

    Staff of the site act where they may read. At most two queries; none for strangers.
    """
    if not reader.is_authenticated or not can_read(reader, mlist):
        return False
    is_staff = reader.is_active and bool(getattr(reader, "is_staff", False))
    return is_staff or moderates(reader, mlist)


def may_delete(reader: Reader, mlist: MailingList) -> bool:
    """Whether *reader* may delete the archive of a whole list, or bring it back.

    Superusers, and staff where the list is public. No query.
    """
    return _is_superuser(reader) or (runs_site(reader) and not mlist.is_private)


def kept_lists(reader: Reader) -> QuerySet[MailingList]:
    """Return the lists that *reader* moderates; see `moderates`. At most one query."""
    lists = readable_lists(reader)
    if _is_superuser(reader):
        return lists
    roles = roles_of(verified_addresses(reader))
    return lists.filter(
        pk__in=roles.filter(role__in=(Role.OWNER, Role.MODERATOR)).values("mlist")
    )


def sees_addresses(reader: Reader) -> bool:
    """Whether *reader* sees people's addresses as they are; others see them masked."""
    return reader.is_authenticated


def verified_addresses(reader: Reader) -> frozenset[str]:
    """Return the addresses that *reader* has proved to own, in lower case.

    With allauth these are its verified addresses. Without it nobody signs up: admins
    make the accounts, and the address that they entered counts.
    """
    if not reader.is_authenticated:
        return frozenset()
    if apps.is_installed("allauth.account"):
        model = apps.get_app_config("account").get_model("EmailAddress")
        rows = model._default_manager.filter(user=reader, verified=True)
        found = rows.values_list("email", flat=True)
        return frozenset(address.lower() for address in found)
    address = getattr(reader, "email", "")
    return frozenset({address.lower()} if address else ())


def roles_of(addresses: frozenset[str]) -> QuerySet[ListRole]:
    """Return the roles that count now: given on this site, or fresh from Core."""
    freshest = timezone.now() - app_settings.role_grace
    return ListRole.objects.filter(
        Q(source=PolicySource.ADMIN)
        | Q(source=PolicySource.CORE, synced_at__gte=freshest),
        address__in=addresses,
        role__in=[role.value for role in Role],
    )


def owners_of(addresses: Iterable[str]) -> dict[str, int]:
    """Return whose the *addresses*, in lower case, are: keys of accounts. One query.

    The other way round than `verified_addresses`. Addresses of nobody are left out.
    """
    wanted = sorted(set(addresses))
    if apps.is_installed("allauth.account"):
        model = apps.get_app_config("account").get_model("EmailAddress")
        rows = model._default_manager.filter(verified=True, email__in=wanted)
        return {
            email.lower(): user for email, user in rows.values_list("email", "user")
        }
    users = get_user_model()._default_manager.filter(email__in=wanted)
    return {email.lower(): pk for email, pk in users.values_list("email", "pk")}


def readers_among(mlist: MailingList, user_ids: Iterable[int]) -> set[int]:
    """Return which of these accounts may read the archive of *mlist*.

    One query for a public list, at most 3 for a private one.
    """
    users = get_user_model()._default_manager.filter(
        pk__in=list(user_ids), is_active=True
    )
    if not mlist.is_private:
        return set(users.values_list("pk", flat=True))
    found = {user.pk for user in users if _is_superuser(user)}
    owners = _addresses_of(users)
    roles = roles_of(frozenset(owners)).filter(mlist=mlist)
    return found | {owners[one] for one in roles.values_list("address", flat=True)}


def _addresses_of(users: QuerySet[Any]) -> dict[str, int]:
    """Return the proved addresses of *users* and whose each is. One query."""
    if apps.is_installed("allauth.account"):
        model = apps.get_app_config("account").get_model("EmailAddress")
        rows = model._default_manager.filter(verified=True, user__in=users)
        pairs = rows.values_list("email", "user_id")
    else:
        pairs = users.exclude(email="").values_list("email", "pk")
    return {address.lower(): user_id for address, user_id in pairs}


def _is_superuser(reader: Reader) -> bool:
    return reader.is_active and bool(getattr(reader, "is_superuser", False))


def _has_role(reader: Reader, mlist: MailingList, *roles: Role) -> bool:
    addresses = verified_addresses(reader)
    if not addresses:
        return False
    return roles_of(addresses).filter(mlist=mlist, role__in=roles).exists()
