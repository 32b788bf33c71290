"""Mails in flat listings: by date, author or subject, and as trees of one line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from django.db.models import Count, Sum, Window
from django.db.models.functions import Lower, RowNumber, TruncMonth

from hyperkitty.mail.subjects import base_subject
from hyperkitty.mail.thread_tree import Leaf, build_tree
from hyperkitty.models import Email, MailingList, Thread

from .periods import Period, days_of, emails_of, emails_within

Key = TypeVar("Key")

#: Lines that a tree in a listing has; the rest is on the thread's page.
MAX_LINES = 100
MAX_INDENT = 8


class MailOrder(StrEnum):
    """Orders of flat listings; the names stand in URLs."""

    DATE = "date"
    AUTHOR = "author"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Line:
    """A mail in a tree."""

    email: Email
    depth: int
    has_new_subject: bool

    @property
    def indent(self) -> int:
        """Steps to indent by."""
        return min(self.depth, MAX_INDENT)


@dataclass(frozen=True, slots=True)
class Tree:
    """A thread, one line for each mail of the period."""

    thread: Thread
    lines: Sequence[Line]
    #: Mails of the thread that have no line here.
    more: int


def mails_count(mlist: MailingList, period: Period) -> int:
    """Return how many mails a period has, from the counts of days. One query."""
    if period.first is None:
        return mlist.emails_count
    days = days_of(mlist, period).aggregate(total=Sum("emails_count"))
    return int(days["total"] or 0)


def participants_count(mlist: MailingList, period: Period) -> int:
    """Return how many addresses wrote in a period. One query."""
    return emails_of(mlist, period).values("sender").distinct().count()


def mails_on_page(
    mlist: MailingList,
    period: Period,
    order: MailOrder,
    *,
    offset: int,
    size: int,
) -> list[Email]:
    """Return *size* mails of a period, from *offset* on. 3 queries.

    By date the latest come first; by author and by subject in the order of letters. A
    late page costs what the first does: what months, authors and threads have is
    counted, and only the mails of those on the page are looked at.
    """
    match order:
        case MailOrder.DATE:
            ids = _ids_by_date(mlist, period, offset, size)
        case MailOrder.AUTHOR:
            ids = _ids_by_author(mlist, period, offset, size)
        case MailOrder.SUBJECT:
            ids = _ids_by_subject(mlist, period, offset, size)
    return in_order(ids, mlist)


def in_order(ids: Sequence[int], mlist: MailingList | None = None) -> list[Email]:
    """Return the mails *ids* in that order, as listings show them. One query."""
    related = ("sender", "thread") if mlist is not None else ("sender", "thread__mlist")
    found = Email.objects.visible().select_related(*related).in_bulk(ids)
    for email in found.values():
        email.mlist = email.thread.mlist = mlist or email.thread.mlist
    return [found[pk] for pk in ids if pk in found]


def trees(threads: Iterable[Thread], period: Period) -> list[Tree]:
    """Return *threads* with their mails of a period below each other. One query.

    A reply whose parent is not of the period stands at the left.
    """
    threads = list(threads)
    emails = emails_within(Email.objects.visible(), period).filter(thread__in=threads)
    rows = emails.annotate(
        line=Window(RowNumber(), partition_by="thread", order_by="sort_date"),
        in_all=Window(Count("pk"), partition_by="thread"),
    ).filter(line__lte=MAX_LINES)
    by_thread: dict[int, list[Email]] = {thread.pk: [] for thread in threads}
    for email in rows.select_related("sender"):
        by_thread[email.thread_id].append(email)
    return [_tree(thread, by_thread[thread.pk]) for thread in threads]


def _tree(thread: Thread, emails: list[Email]) -> Tree:
    permalinks = {email.pk: email.permalink for email in emails}
    by_permalink = {email.permalink: email for email in emails}
    nodes = build_tree(
        Leaf(
            email.permalink,
            email.sort_date,
            parent=permalinks.get(email.parent_id or 0),
        )
        for email in emails
    )
    prefix = thread.mlist.subject_prefix
    subjects: dict[str | None, str] = {None: base_subject(thread.subject, prefix)}
    lines = []
    for node in nodes:
        email = by_permalink[node.key]
        email.thread, email.mlist = thread, thread.mlist
        subject = subjects[node.key] = base_subject(email.subject, prefix)
        is_new = (
            bool(subject) and subject.casefold() != subjects[node.parent].casefold()
        )
        lines.append(Line(email, node.depth, is_new))
    in_all: int = getattr(emails[0], "in_all", 0) if emails else 0
    return Tree(thread, lines, in_all - len(lines))


def _ids_by_date(
    mlist: MailingList, period: Period, offset: int, size: int
) -> list[int]:
    """Return ids of mails, the latest first. 2 queries."""
    months = (
        days_of(mlist, period)
        .annotate(month=TruncMonth("day"))
        .values_list("month")
        .annotate(count=Sum("emails_count"))
        .order_by("-month")
    )
    stop = period.end
    for month, count in months:
        if offset < count:
            break
        offset -= count
        stop = month
    rows = emails_of(mlist, Period(period.first or date.min, stop or date.max))
    rows = rows.order_by("-sort_date", "-pk")
    return list(rows.values_list("pk", flat=True)[offset : offset + size])


def _ids_by_author(
    mlist: MailingList, period: Period, offset: int, size: int
) -> list[int]:
    """Return ids of mails by author, each one's the earliest first. 2 queries."""
    emails = emails_of(mlist, period).annotate(author=Lower("sender_name"))
    keys = ("author", "sender")
    authors = emails.values_list(*keys).annotate(count=Count("pk")).order_by(*keys)
    rows = [((name, sender), count) for name, sender, count in authors]
    chosen, skipped = _on_page(rows, offset, size)
    found = emails.filter(
        author__in={name for name, _sender in chosen},
        sender__in={sender for _name, sender in chosen},
    )
    places = {key: place for place, key in enumerate(chosen)}
    mails = [
        (places[name, sender], pk)
        for name, sender, pk in found.order_by("sort_date", "pk").values_list(
            *keys, "pk"
        )
        if (name, sender) in places
    ]
    return _slice(mails, skipped, size)


def _ids_by_subject(
    mlist: MailingList, period: Period, offset: int, size: int
) -> list[int]:
    """Return ids of mails by the subject of their thread. 2 queries."""
    chosen, skipped = _on_page(_threads_by_subject(mlist, period), offset, size)
    places = {thread: place for place, thread in enumerate(chosen)}
    found = emails_of(mlist, period).filter(thread__in=chosen)
    mails = found.order_by("sort_date", "pk").values_list("thread_id", "pk")
    return _slice([(places[thread], pk) for thread, pk in mails], skipped, size)


def _threads_by_subject(
    mlist: MailingList, period: Period
) -> Iterable[tuple[int, int]]:
    """Return threads and how many mails of the period they have. One query."""
    if period.first is None:
        threads = Thread.objects.filter(mlist=mlist, emails_count__gt=0)
        threads = threads.order_by(Lower("subject"), "pk")
        return threads.values_list("pk", "emails_count")
    groups = emails_of(mlist, period).values_list("thread")
    counted = groups.annotate(count=Count("pk"))
    return counted.order_by(Lower("thread__subject"), "thread")


def _on_page(
    groups: Iterable[tuple[Key, int]], offset: int, size: int
) -> tuple[list[Key], int]:
    """Return the groups that mails *offset* to *offset* + *size* are of.

    And how many mails of the first of them stand on earlier pages.
    """
    chosen: list[Key] = []
    skipped = before = 0
    for key, count in groups:
        if before >= offset + size:
            break
        if before + count > offset:
            if not chosen:
                skipped = offset - before
            chosen.append(key)
        before += count
    return chosen, skipped


def _slice(mails: list[tuple[int, int]], skipped: int, size: int) -> list[int]:
    """Return the ids of a page from mails with the place of their group."""
    mails.sort(key=lambda mail: mail[0])  # keeps the order within a group
    return [pk for _place, pk in mails[skipped : skipped + size]]
