"""People and what they wrote, in the lists that the reader may read."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncMonth

from hyperkitty.models import Email, MailingList, Profile, Sender, Thread, Vote

from .mails import in_order
from .periods import Period, emails_within
from .slices import ids_on_page

#: Bars of the drawing on a profile: months up to the latest mail.
MONTHS = 48
#: Addresses of one person that are looked at.
MAX_SENDERS = 100
_OWN_ID = re.compile("s[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wrote: one sender, or all that Mailman says are one person."""

    handle: str
    senders: Sequence[Sender]

    @property
    def sender_ids(self) -> list[int]:
        """The keys of the senders."""
        return [sender.pk for sender in self.senders]


@dataclass(frozen=True, slots=True)
class InList:
    """What somebody wrote to one list."""

    mlist: MailingList
    emails_count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Likes:
    """What readers thought of somebody's mails."""

    likes: int
    dislikes: int


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who wrote, and how much."""

    sender: Sender
    sender_name: str
    emails_count: int


def find_person(handle: str) -> Person | None:
    """Return who *handle* stands for. One query.

    A Mailman user id, or a `Sender.handle` of our own: of somebody whose Mailman id
    became known meanwhile, too.
    """
    if _OWN_ID.fullmatch(handle):
        found = list(Sender.objects.filter(pk=int(handle[1:])))
    else:
        found = list(Sender.objects.filter(mailman_id=handle)[:MAX_SENDERS])
    return Person(found[0].handle, found) if found else None


def senders_with(addresses: Collection[str]) -> Person:
    """Return the person of these addresses. One query."""
    senders = list(Sender.objects.filter(address__in=addresses)[:MAX_SENDERS])
    return Person("", senders)


def mails_of(person: Person, lists: QuerySet[MailingList]) -> QuerySet[Email]:
    """Return what *person* wrote to *lists*."""
    emails = Email.objects.visible().filter(sender__in=person.sender_ids)
    return emails.filter(mlist__in=lists)


def mails_of_in(person: Person, mlist: MailingList) -> QuerySet[Email]:
    """Return what *person* wrote to one list."""
    emails = Email.objects.visible().filter(sender__in=person.sender_ids)
    return emails.filter(mlist=mlist)


def page_of(
    emails: QuerySet[Email], offset: int, size: int, total: int, *, oldest: bool = False
) -> list[Email]:
    """Return a page of *emails* as listings show them, the latest first. 2 queries."""
    keys = ("sort_date", "pk") if oldest else ("-sort_date", "-pk")
    return in_order(ids_on_page(emails.order_by(*keys), offset, size, total))


def name_of(emails: QuerySet[Email]) -> str:
    """Return the name on the latest of *emails* that has one. One query."""
    named = emails.exclude(sender_name="").order_by("-sort_date", "-pk")
    return named.values_list("sender_name", flat=True).first() or ""


def chosen_name(user_ids: Collection[int]) -> str:
    """Return the name that one of these accounts chose to be shown by. One query."""
    chosen = Profile.objects.filter(user__in=user_ids).exclude(display_name="")
    return chosen.values_list("display_name", flat=True).first() or ""


def in_lists(emails: QuerySet[Email]) -> list[InList]:
    """Return the lists of *emails*, most mails first. 2 queries."""
    rows = list(
        emails.order_by()
        .values_list("mlist")
        .annotate(count=Count("pk"), first=Min("sort_date"), last=Max("sort_date"))
        .order_by("-count", "mlist")
    )
    lists = MailingList.objects.in_bulk([row[0] for row in rows])
    return [InList(lists[pk], *facts) for pk, *facts in rows]


def months_of(emails: QuerySet[Email]) -> list[tuple[date, int]]:
    """Return mails by month, from the first or the last `MONTHS` on. One query."""
    rows = (
        emails.order_by()
        .annotate(month=TruncMonth("sort_date", tzinfo=UTC))
        .values_list("month")
        .annotate(count=Count("pk"))
        .order_by("-month")[:MONTHS]
    )
    counts = {(month.year, month.month): count for month, count in rows}
    if not counts:
        return []
    (year, month), first = max(counts), min(counts)
    found: list[tuple[date, int]] = []
    while (year, month) >= first and len(found) < MONTHS:
        found.append((date(year, month, 1), counts.get((year, month), 0)))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]


def threads_started(person: Person, lists: QuerySet[MailingList]) -> QuerySet[Thread]:
    """Return the threads that *person* started in *lists*, latest first."""
    threads = Thread.objects.filter(
        starting_email__sender__in=person.sender_ids,
        starting_email__in=Email.objects.visible(),
        mlist__in=lists,
        emails_count__gt=0,
    )
    return threads.select_related("mlist").order_by("-started_at", "-pk")


def likes_of(emails: QuerySet[Email]) -> Likes:
    """Return the votes on *emails*, counted. One query."""
    found = Vote.objects.filter(email__in=emails.order_by()).aggregate(
        likes=Count("pk", filter=Q(value=1)), dislikes=Count("pk", filter=Q(value=-1))
    )
    return Likes(**found)


def writers(emails: QuerySet[Email], period: Period, limit: int) -> list[Writer]:
    """Return who wrote most of *emails* in a period. 2 queries."""
    rows = list(
        emails_within(emails, period)
        .values_list("sender")
        .annotate(name=Max("sender_name"), count=Count("pk"))
        .order_by("-count", "name", "sender")[:limit]
    )
    senders = Sender.objects.in_bulk([row[0] for row in rows])
    return [Writer(senders[pk], name, count) for pk, name, count in rows]
