"""Votes on mails and tags of threads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Q, QuerySet, Sum

from hyperkitty.models import MailingList, Tag, Tagging, Thread, Vote

Reader = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Votes:
    """How a mail was voted on, and how the reader did."""

    likes: int = 0
    dislikes: int = 0
    mine: int = 0


NO_VOTES = Votes()


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, on how many threads or by how many people, and whether by the reader."""

    name: str
    count: int
    is_mine: bool = False


def votes_on(email_ids: Collection[int], reader: Reader) -> dict[int, Votes]:
    """Return the votes on mails; those without are left out. One query."""
    mine = Sum("value", filter=Q(user_id=reader.pk or 0))
    rows = (
        Vote.objects.filter(email__in=list(email_ids))
        .exclude(value=0)
        .values_list("email")
        .annotate(
            likes=Count("pk", filter=Q(value=1)),
            dislikes=Count("pk", filter=Q(value=-1)),
            mine=mine,
        )
    )
    return {pk: Votes(likes, dislikes, own or 0) for pk, likes, dislikes, own in rows}


def tags_on(thread: Thread, reader: Reader) -> list[TagCount]:
    """Return the tags of a thread, the commonest first. One query."""
    rows = (
        Tagging.objects.filter(thread=thread)
        .values_list("tag__name")
        .annotate(
            count=Count("pk"),
            mine=Count("pk", filter=Q(user_id=reader.pk or 0)),
        )
        .order_by("-count", "tag__name")
    )
    return [TagCount(name, count, bool(mine)) for name, count, mine in rows]


def suggested_tags(lists: QuerySet[MailingList], term: str, limit: int) -> list[str]:
    """Return tags of threads in *lists* that begin with, or hold, *term*. One query."""
    tags = Tag.objects.filter(name__icontains=term)
    visible = tags.filter(
        taggings__thread__mlist__in=lists, taggings__thread__emails_count__gt=0
    )
    names = visible.distinct().values_list("name", flat=True)[: 10 * limit]
    first = term.lower()
    return sorted(names, key=lambda name: (not name.startswith(first), name))[:limit]
