"""How people who write are called, and which addresses they may write with."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from hyperkitty.models import ListRole, MailingList, Profile, Role
from hyperkitty.permissions import verified_addresses


def shown_name(user: AbstractBaseUser) -> str:
    """Return the name that stands in From; "" for the address alone. 1 query."""
    profile = Profile.objects.filter(user_id=user.pk).first()
    if profile is not None and profile.display_name:
        return profile.display_name
    full_name = getattr(user, "get_full_name", None)
    return str(full_name()).strip() if full_name else ""


def sender_addresses(user: AbstractBaseUser, mlist: MailingList) -> list[str]:
    """Return the addresses that *user* has proved to own, the likeliest first.

    Addresses that are subscribed to the list, then the account's own, then the others.
    """
    mine = verified_addresses(user)
    roles = ListRole.objects.filter(mlist=mlist, role=Role.MEMBER, address__in=mine)
    subscribed = set(roles.values_list("address", flat=True))
    own = str(getattr(user, "email", "")).lower()
    return sorted(mine, key=lambda one: (one not in subscribed, one != own, one))
