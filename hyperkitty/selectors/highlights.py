"""Threads of a list that deserve a look: busy, unanswered, liked, or the reader's."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Max, Sum

from hyperkitty.models import Delivery, Email, Follow, MailingList, Thread, Vote

from .periods import Period, busy_period, emails_of
from .threads import ThreadRow, latest_threads, rows_of

Reader = AbstractBaseUser | AnonymousUser


class Highlight(StrEnum):
    """What the overview can show; the names stand in its URL."""

    RECENT = "recent"
    DISCUSSED = "discussed"
    UNANSWERED = "unanswered"
    LIKED = "liked"
    FAVORITES = "favorites"
    POSTED = "posted"


#: What is the reader's own, and empty for strangers.
OWN = frozenset({Highlight.FAVORITES, Highlight.POSTED})


def highlighted(
    mlist: MailingList,
    kind: Highlight,
    limit: int,
    *,
    reader: Reader,
    addresses: Collection[str] = (),
) -> list[ThreadRow]:
    """Return threads of one kind, at most *limit*. 3 queries.

    *addresses* are the reader's. What is counted is counted over the last busy month:
    the cost follows that, not the list.
    """
    match kind:
        case Highlight.RECENT:
            return latest_threads(mlist, 0, limit)
        case Highlight.DISCUSSED:
            ids = _discussed(mlist, busy_period(mlist), limit)
        case Highlight.UNANSWERED:
            ids = _unanswered(mlist, limit)
        case Highlight.LIKED:
            ids = _liked(mlist, busy_period(mlist), limit)
        case Highlight.FAVORITES:
            ids = _favorites(mlist, reader, limit)
        case Highlight.POSTED:
            ids = _posted(mlist, addresses, limit)
    return rows_of(mlist, ids)


def _discussed(mlist: MailingList, period: Period, limit: int) -> list[int]:
    groups = (
        emails_of(mlist, period)
        .values_list("thread")
        .annotate(count=Count("pk"), last=Max("sort_date"))
        .filter(count__gt=1)
        .order_by("-count", "-last", "thread")
    )
    return [pk for pk, _count, _last in groups[:limit]]


def _unanswered(mlist: MailingList, limit: int) -> list[int]:
    found = Thread.objects.filter(mlist=mlist, emails_count=1)
    return list(
        found.order_by("-last_date", "-pk").values_list("pk", flat=True)[:limit]
    )


def _liked(mlist: MailingList, period: Period, limit: int) -> list[int]:
    groups = (
        Vote.objects.filter(email__in=emails_of(mlist, period))
        .values_list("email__thread")
        .annotate(total=Sum("value"), last=Max("email__sort_date"))
        .filter(total__gt=0)
        .order_by("-total", "-last", "email__thread")
    )
    return [pk for pk, _total, _last in groups[:limit]]


def _favorites(mlist: MailingList, reader: Reader, limit: int) -> list[int]:
    if not reader.is_authenticated:
        return []
    found = Follow.objects.filter(
        user_id=reader.pk, thread__mlist=mlist, thread__emails_count__gt=0
    )
    found = found.exclude(delivery=Delivery.MUTE).order_by(
        "-thread__last_date", "-thread"
    )
    return list(found.values_list("thread_id", flat=True)[:limit])


def _posted(mlist: MailingList, addresses: Collection[str], limit: int) -> list[int]:
    if not addresses:
        return []
    groups = (
        Email.objects.visible()
        .filter(mlist=mlist, sender__address__in=addresses)
        .values_list("thread")
        .annotate(last=Max("sort_date"))
        .order_by("-last", "-thread")
    )
    return [pk for pk, _last in groups[:limit]]
