"""What pages show of a list, counted when mails come, go or change state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.models import (
    Email,
    EmailState,
    ListActivity,
    MailingList,
    Thread,
)

from .bulk import insert_rows, matching, update_columns, update_rows
from .lookup import Lookup
from .placing import stand_in_title, touch

_THREAD_COLUMNS = (
    "subject",
    "is_headless",
    "emails_count",
    "last_date",
    "revision",
    "changed_at",
)
_LIST_COLUMNS = (
    "emails_count",
    "threads_count",
    "first_date",
    "last_date",
    "revision",
    "changed_at",
)
_DAYS = Lookup(ListActivity.objects.values_list("day", "pk", "emails_count"), "day")


def count_in(
    mlist: MailingList, sort_dates: Iterable[datetime], threads_delta: int
) -> None:
    """Add visible mails with *sort_dates* to the counters of the list."""
    dates = list(sort_dates)
    mlist.emails_count += len(dates)
    mlist.threads_count += threads_delta
    if dates:
        mlist.first_date = min([*dates, *filter(None, [mlist.first_date])])
        mlist.last_date = max([*dates, *filter(None, [mlist.last_date])])
    save_counters(mlist)
    _change_activity(mlist, Counter(_day(found) for found in dates))


def save_counters(mlist: MailingList) -> None:
    """Write the counters of the list and note that its pages have changed."""
    mlist.revision += 1
    mlist.changed_at = timezone.now()
    update_rows(MailingList, [mlist], _LIST_COLUMNS)


def recount_threads(mlist: MailingList, thread_pks: Iterable[int]) -> None:
    """Count the threads and their list anew, after mails changed their state."""
    visible = Q(emails__state=EmailState.VISIBLE)
    threads = Thread.objects.filter(mlist=mlist).annotate(
        visible_count=Count("emails", filter=visible),
        visible_last=Max("emails__sort_date", filter=visible),
        any_last=Max("emails__sort_date"),
        start_state=F("starting_email__state"),
        start_subject=F("starting_email__subject"),
    )
    changed = []
    headless: list[Thread] = []
    for thread in matching(threads, "pk", thread_pks):
        was_listed = bool(thread.emails_count)
        thread.is_headless = thread.start_state != EmailState.VISIBLE
        if thread.is_headless:
            headless.append(thread)
        else:
            thread.subject = strip_prefix(thread.start_subject, mlist.subject_prefix)
        thread.emails_count = thread.visible_count
        thread.last_date = thread.visible_last or thread.any_last or thread.last_date
        mlist.threads_count += bool(thread.emails_count) - was_listed
        touch(thread)
        changed.append(thread)
    _entitle(mlist, headless)
    update_rows(Thread, changed, _THREAD_COLUMNS)


def _entitle(mlist: MailingList, headless: Iterable[Thread]) -> None:
    """Name threads whose start nobody sees by the first mail that people do see."""
    visible = Email.objects.visible().filter(mlist=mlist)
    rows = visible.order_by("sort_date", "permalink")
    threads = {thread.pk: thread for thread in headless}
    subjects: dict[int, str] = {}
    for pk, subject in matching(
        rows.values_list("thread_id", "subject"), "thread_id", threads
    ):
        subjects.setdefault(pk, subject)
    for pk, thread in threads.items():
        thread.subject = stand_in_title(mlist, subjects.get(pk, ""))


def change_count(mlist: MailingList, days: Mapping[date, int]) -> None:
    """Change the list's counters by *days*, mails that came or went by UTC day."""
    mlist.emails_count += sum(days.values())
    ends = Email.objects.visible().filter(mlist=mlist)
    found = ends.aggregate(first=Min("sort_date"), last=Max("sort_date"))
    mlist.first_date, mlist.last_date = found["first"], found["last"]
    save_counters(mlist)
    _change_activity(mlist, days)


def recount_list(mlist: MailingList) -> None:
    """Count the list and its days anew from its visible mails."""
    days: Counter[date] = Counter()
    visible = Email.objects.visible().filter(mlist=mlist)
    for found in visible.values_list("sort_date", flat=True).iterator():
        days[_day(found)] += 1
    ListActivity.objects.filter(mlist=mlist).delete()
    mlist.emails_count = 0
    change_count(mlist, days)
    mlist.threads_count = Thread.objects.filter(mlist=mlist, emails_count__gt=0).count()
    mlist.save(update_fields=["threads_count"])


def note_days(mlist: MailingList, sort_dates: Iterable[datetime]) -> None:
    """Note that mails of these days show something else now, whatever their number.

    After `save_counters`, whose revision the days get.
    """
    _change_activity(mlist, utc_days(sort_dates, 0))


def utc_days(sort_dates: Iterable[datetime], step: int) -> dict[date, int]:
    """Return *step* for each of *sort_dates*, added up by UTC day."""
    days: Counter[date] = Counter()
    for found in sort_dates:
        days[_day(found)] += step
    return dict(days)


def _change_activity(mlist: MailingList, days: Mapping[date, int]) -> None:
    known = {day: (pk, count) for day, pk, count in _DAYS.find(days, mlist)}
    moved = {"revision": mlist.revision, "changed_at": mlist.changed_at}
    changed = [
        {"id": pk, "emails_count": count + days[day], **moved}
        for day, (pk, count) in known.items()
    ]
    update_columns(ListActivity, changed)
    if not all(row["emails_count"] for row in changed):
        ListActivity.objects.filter(mlist=mlist, emails_count=0).delete()
    insert_rows(
        ListActivity,
        [
            {"mlist_id": mlist.pk, "day": day, "emails_count": count, **moved}
            for day, count in days.items()
            if day not in known and count
        ],
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
