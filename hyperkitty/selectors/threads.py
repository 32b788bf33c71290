"""Rows of threads: latest, of a month or day, and the neighbors of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet, Subquery

from hyperkitty.models import Email, MailingList, Thread

from .periods import Period, emails_of
from .slices import ids_on_page


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a listing."""

    thread: Thread
    participants_count: int

    @property
    def replies_count(self) -> int:
        """How many mails besides the first."""
        return max(self.thread.emails_count - 1, 0)

    @property
    def starter(self) -> Email | None:
        """The mail that started the thread, if readers may see it."""
        email = self.thread.starting_email
        return email if email is not None and email.is_visible else None


def latest_threads(mlist: MailingList, offset: int, size: int) -> list[ThreadRow]:
    """Return threads of *mlist*, the most recently active first. 3 queries."""
    threads = _listed(mlist).order_by("-last_date", "-id")
    return rows_of(mlist, ids_on_page(threads, offset, size, mlist.threads_count))


def threads_count_in(mlist: MailingList, period: Period) -> int:
    """Return how many threads got mail in a period. One query."""
    return emails_of(mlist, period).values("thread").distinct().count()


def threads_in(
    mlist: MailingList, period: Period, offset: int, size: int
) -> list[ThreadRow]:
    """Return threads with mail in a period, latest first. 3 queries.

    Found by their mails, so that the cost follows the period and not the list.
    """
    groups = (
        emails_of(mlist, period)
        .values_list("thread")
        .annotate(last=Max("sort_date"))
        .order_by("-last", "-thread")
    )
    ids = [thread_id for thread_id, _last in groups[offset : offset + size]]
    return rows_of(mlist, ids)


def neighbors(thread: Thread) -> tuple[Thread | None, Thread | None]:
    """Return the threads with activity just before and just after. One query."""
    others = _listed(thread.mlist)
    # The plain bounds let the index find the place; the rest settles equal dates.
    older = others.filter(last_date__lte=thread.last_date).filter(
        Q(last_date__lt=thread.last_date) | Q(pk__lt=thread.pk)
    )
    newer = others.filter(last_date__gte=thread.last_date).filter(
        Q(last_date__gt=thread.last_date) | Q(pk__gt=thread.pk)
    )
    found: dict[bool, Thread] = {}
    for other in _first(older.order_by("-last_date", "-id")).union(
        _first(newer.order_by("last_date", "id")), all=True
    ):
        is_newer = (other.last_date, other.pk) > (thread.last_date, thread.pk)
        found[is_newer] = other
    return found.get(False), found.get(True)


def _first(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """Return the first of *threads* in a form that databases can unite with others."""
    return Thread.objects.filter(pk=Subquery(threads.values("pk")[:1]))


def _listed(mlist: MailingList) -> QuerySet[Thread]:
    return Thread.objects.filter(mlist=mlist, emails_count__gt=0)


def rows_of(mlist: MailingList | None, thread_ids: Sequence[int]) -> list[ThreadRow]:
    """Return the rows of *thread_ids*, of a list or of several, in that order.

    2 queries.
    """
    threads = Thread.objects.select_related("starting_email__sender", "category")
    if mlist is None:
        threads = threads.select_related("mlist", "starting_email__sender", "category")
    found = threads.in_bulk(thread_ids)
    for thread in found.values():
        thread.mlist = mlist or thread.mlist
        if thread.starting_email is not None:
            thread.starting_email.mlist = thread.mlist
    people = dict(
        Email.objects.visible()
        .filter(thread__in=thread_ids)
        .values_list("thread")
        .annotate(Count("sender", distinct=True))
    )
    return [ThreadRow(found[pk], people.get(pk, 0)) for pk in thread_ids if pk in found]
