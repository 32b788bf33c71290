"""What search engines are told of: lists that everybody may read, and their threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Max, QuerySet, Sum

from hyperkitty.models import MailingList, Thread

#: Threads of a list up to which it needs no parts. The protocol allows 50,000 URLs.
MAX_IN_ONE = 5000
#: Entries that one file may have (sitemaps.org).
MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the sitemap: a list, or the threads that a large one began in a month.

    It changed at *changed_at*; None if only the file itself can tell.
    """

    name: str
    month: date | None
    changed_at: datetime | None


def parts(lists: QuerySet[MailingList]) -> Iterator[Part]:
    """Yield the files that *lists* need, from their rows alone. One query."""
    columns = ("name", "threads_count", "first_date", "last_date", "changed_at")
    for mlist in lists.only(*columns).order_by("name"):
        yield Part(mlist.name, None, mlist.changed_at)
        if is_large(mlist) and mlist.first_date and mlist.last_date:
            for month in _months(mlist.first_date, mlist.last_date):
                yield Part(mlist.name, month, None)


def is_large(mlist: MailingList) -> bool:
    """Whether the threads of *mlist* are told of month by month."""
    return mlist.threads_count > MAX_IN_ONE


def threads_of(
    mlist: MailingList, month: date | None = None
) -> QuerySet[Thread, tuple[str, datetime]]:
    """Return ids and changes of the threads of one file. One query when it is read."""
    threads = Thread.objects.filter(mlist=mlist, emails_count__gt=0)
    if month is not None:
        threads = _begun(threads, month)
    rows = threads.order_by("started_at", "pk").values_list("thread_id", "changed_at")
    return rows[: MAX_ENTRIES - 1]


def version(mlist: MailingList, month: date) -> tuple[object, ...]:
    """Return what changes whenever the file of *month* does. One query."""
    threads = _begun(Thread.objects.filter(mlist=mlist), month)
    found = threads.aggregate(Count("pk"), Sum("revision"), Max("changed_at"))
    return tuple(found.values())


def following(month: date) -> date:
    """Return the first day of the month after *month*."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _begun(threads: QuerySet[Thread], month: date) -> QuerySet[Thread]:
    return threads.filter(
        started_at__gte=_midnight(month), started_at__lt=_midnight(following(month))
    )


def _months(first: datetime, last: datetime) -> Iterator[date]:
    month = first.astimezone(UTC).date().replace(day=1)
    while month <= last.astimezone(UTC).date():
        yield month
        month = following(month)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
