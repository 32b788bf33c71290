"""How people who write are called, and which addresses they may write with."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from hyperkitty.models import ListRole, MailingList, Profile, Role
from hyperkitty.permissions import verified_addresses


def shown_name(user: AbstractBaseUser) -> str:
    """Return the name that stands in From; "" for the address alone. 1 query."""
    profile = Profile.objects.filter(user_id=user.pk).first()
    if profile is not None and profile.display_name:
        return profile.display_name
    return full_name(user)


def full_name(user: AbstractBaseUser) -> str:
    """Return the name that the account has; "" if it has none. No query."""
    found = getattr(user, "get_full_name", None)
    return str(found()).strip() if found else ""


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person is on a list, by one address that stands for all of theirs."""

    address: str
    is_subscribed: bool
    has_mail: bool  # delivered to the address
    has_others: bool  # further addresses


def membership_of(
    user: AbstractBaseUser | AnonymousUser, mlist: MailingList
) -> Membership | None:
    """Return what *user* is on the list; None without an address. At most 3 queries."""
    addresses = sender_addresses(user, mlist) if user.is_authenticated else []
    if not addresses:
        return None
    role = ListRole.objects.filter(
        mlist=mlist, role=Role.MEMBER, address=addresses[0]
    ).first()
    return Membership(
        address=addresses[0],
        is_subscribed=role is not None,
        has_mail=role is not None and role.delivery != "by_user",
        has_others=len(addresses) > 1,
    )


def sender_addresses(
    user: AbstractBaseUser | AnonymousUser, mlist: MailingList
) -> list[str]:
    """Return the addresses that *user* has proved to own, the likeliest first.

    Addresses that are subscribed to the list, then the account's own, then the others.
    """
    mine = verified_addresses(user)
    roles = ListRole.objects.filter(mlist=mlist, role=Role.MEMBER, address__in=mine)
    subscribed = set(roles.values_list("address", flat=True))
    own = str(getattr(user, "email", "")).lower()
    return sorted(mine, key=lambda one: (one not in subscribed, one != own, one))
