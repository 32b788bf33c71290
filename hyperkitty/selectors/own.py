"""What a reader did: favorites, threads read, votes given, and writing by list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Q, QuerySet

from hyperkitty.models import (
    Delivery,
    Email,
    EmailState,
    Follow,
    LastView,
    ListRole,
    MailingList,
    Vote,
)

from .people import InList, Likes, Person, in_lists, mails_of

Lists = QuerySet[MailingList]


@dataclass(slots=True)
class Membership:
    """A list that somebody is on, and what came of it."""

    mlist: MailingList
    roles: list[ListRole] = field(default_factory=list)
    written: InList | None = None
    likes: Likes = field(default_factory=lambda: Likes(0, 0))


def favorites_of(user: AbstractBaseUser, lists: Lists) -> QuerySet[Follow]:
    """Return the threads of *lists* that the reader follows, latest activity first."""
    found = Follow.objects.filter(
        user_id=user.pk, thread__mlist__in=lists, thread__emails_count__gt=0
    )
    found = found.exclude(delivery=Delivery.MUTE)
    return found.order_by("-thread__last_date", "-thread")


def views_of(user: AbstractBaseUser, lists: Lists) -> QuerySet[LastView]:
    """Return which threads of *lists* the reader looked at, the latest first."""
    found = LastView.objects.filter(
        user_id=user.pk, thread__mlist__in=lists, thread__emails_count__gt=0
    )
    return found.order_by("-view_date", "-pk")


def votes_of(user: AbstractBaseUser, lists: Lists) -> QuerySet[Vote]:
    """Return the reader's votes on mails of *lists*, the latest first."""
    found = Vote.objects.filter(
        user_id=user.pk, email__mlist__in=lists, email__state=EmailState.VISIBLE
    )
    return found.exclude(value=0).order_by("-changed_at", "-pk")


def memberships_of(
    person: Person, roles: QuerySet[ListRole], lists: Lists
) -> list[Membership]:
    """Return the lists that somebody is on or wrote to, by name. 4 queries."""
    emails = mails_of(person, lists)
    found: dict[int, Membership] = {}
    for written in in_lists(emails):
        found[written.mlist.pk] = Membership(written.mlist, written=written)
    held = roles.filter(mlist__in=lists).select_related("mlist")
    for role in held.order_by("mlist__name", "role"):
        known = found.setdefault(role.mlist_id, Membership(role.mlist))
        known.roles.append(role)
    for mlist_id, likes in _likes_by_list(emails):
        found[mlist_id].likes = likes
    return sorted(found.values(), key=lambda one: one.mlist.title.casefold())


def _likes_by_list(emails: QuerySet[Email]) -> Iterable[tuple[int, Likes]]:
    rows = (
        Vote.objects.filter(email__in=emails.order_by())
        .values_list("email__mlist")
        .annotate(
            likes=Count("pk", filter=Q(value=1)),
            dislikes=Count("pk", filter=Q(value=-1)),
        )
    )
    return ((mlist_id, Likes(*counts)) for mlist_id, *counts in rows)
