"""Stretches of time in UTC days, and what a list has of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet

from hyperkitty.models import Email, ListActivity, MailingList

#: What "recent" means on the index and the overview.
RECENT = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from *first* until, not with, *end*; all time without either."""

    first: date | None = None
    end: date | None = None

    @property
    def start(self) -> datetime | None:
        """The first moment."""
        return _midnight(self.first)

    @property
    def stop(self) -> datetime | None:
        """The first moment after."""
        return _midnight(self.end)

    @property
    def days(self) -> int:
        """How many days; 0 for all time."""
        return (self.end - self.first).days if self.end and self.first else 0

    @property
    def last(self) -> date | None:
        """The last day."""
        return self.end - timedelta(days=1) if self.end is not None else None


def busy_period(mlist: MailingList) -> Period:
    """Return the `RECENT` days up to the day of the latest mail.

    Counted back from the mail, not from today: a quiet list has something to show,
    and the page changes only when the list does.
    """
    latest = mlist.last_date or datetime.fromtimestamp(0, UTC)
    end = latest.astimezone(UTC).date() + timedelta(days=1)
    return Period(end - RECENT, end)


def emails_within(emails: QuerySet[Email], period: Period) -> QuerySet[Email]:
    """Keep the mails of a period."""
    if period.start is not None:
        emails = emails.filter(sort_date__gte=period.start)
    if period.stop is not None:
        emails = emails.filter(sort_date__lt=period.stop)
    return emails


def emails_of(mlist: MailingList, period: Period) -> QuerySet[Email]:
    """Return the visible mails that a list has of a period."""
    return emails_within(Email.objects.visible().filter(mlist=mlist), period)


def days_of(mlist: MailingList, period: Period) -> QuerySet[ListActivity]:
    """Return the days of a period with mail."""
    days = ListActivity.objects.filter(mlist=mlist, emails_count__gt=0)
    if period.first is not None:
        days = days.filter(day__gte=period.first)
    if period.end is not None:
        days = days.filter(day__lt=period.end)
    return days


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
