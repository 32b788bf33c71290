"""Whole lists for whoever wants them: a file for each month."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import TruncMonth

from hyperkitty.models import BulkFile, Email, ListActivity, MailingList

from .mbox import emails_to_export

#: Moves when files are made in another way.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class BulkMonth:
    """A month of a list that has mail."""

    first_day: date
    emails_count: int
    revision: int
    changed_at: datetime
    #: Size and digest, if they are known for the present state.
    file: BulkFile | None = None

    @property
    def state(self) -> str:
        """What the bytes of the file depend on.

        A mail that comes or changes raises the revision; one that goes lowers the
        count, even when the row of its day goes with it. Another zlib may compress
        otherwise.
        """
        made_by = zlib.ZLIB_RUNTIME_VERSION[:16]
        return f"{FORMAT}.{self.revision}.{self.emails_count}.{made_by}"

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.first_day:%Y-%m}.mbox.gz"


def bulk_months(mlist: MailingList, only: date | None = None) -> list[BulkMonth]:
    """Return the months of *mlist* that have mail, oldest first. 2 queries.

    *only* one of them, if it is asked for.
    """
    days = ListActivity.objects.filter(mlist=mlist, emails_count__gt=0)
    files = BulkFile.objects.filter(mlist=mlist)
    if only is not None:
        days = days.filter(day__gte=only, day__lt=_following(only))
        files = files.filter(month=only)
    known = {file.month: file for file in files}
    rows = (
        days.annotate(month=TruncMonth("day"))
        .values_list("month")
        .annotate(Sum("emails_count"), Max("revision"), Max("changed_at"))
        .order_by("month")
    )
    return [_with_file(BulkMonth(*row), known.get(row[0])) for row in rows]


def emails_of(mlist: MailingList, month: date) -> QuerySet[Email]:
    """Return the mails that are in the file of *month*."""
    start, end = (
        datetime(day.year, day.month, day.day, tzinfo=UTC)
        for day in (month, _following(month))
    )
    return emails_to_export(mlist, start=start, end=end)


def _with_file(month: BulkMonth, file: BulkFile | None) -> BulkMonth:
    if file is None or file.state != month.state:
        return month
    return BulkMonth(
        month.first_day, month.emails_count, month.revision, month.changed_at, file
    )


def _following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
