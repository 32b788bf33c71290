"""Calendars and activity of lists."""

from __future__ import annotations

from datetime import date

import pytest

from hyperkitty.models import Email, ListActivity, MailingList
from hyperkitty.selectors import calendars, lists, mails, people
from hyperkitty.selectors.periods import Period, busy_period
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


def with_days(**counts: int) -> MailingList:
    mlist = make_list()
    for day, count in counts.items():
        ListActivity.objects.create(
            mlist=mlist, day=date.fromisoformat(day[1:]), emails_count=count
        )
    return mlist


def test_calendar_sums_days_into_whole_years_latest_first() -> None:
    mlist = with_days(d20230105=1, d20230131=3, d20231201=8, d20240101=2)
    years = calendars.calendar(mlist)
    assert [(year.year, year.emails_count) for year in years] == [(2024, 2), (2023, 12)]
    assert [month.emails_count for month in years[1].months] == [4, *[0] * 10, 8]
    assert [month.level for month in years[1].months] == [2, *[0] * 10, 4]


def test_calendar_of_an_empty_list_is_empty() -> None:
    assert calendars.calendar(make_list()) == []


def test_activity_is_counted_in_weeks_up_to_today() -> None:
    mlist = with_days(d20240301=5, d20240224=1, d20240223=2, d20200101=9)
    (entry,) = lists.with_activity([mlist], date(2024, 3, 1))
    assert len(entry.weeks) == lists.WEEKS
    assert entry.weeks[-2:] == (2, 6)
    assert sum(entry.weeks) == 8


def test_recent_people_are_those_of_the_last_days_with_mail() -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("1@e.com", sender="Anne <anne@e.com>"),
        mail("2@e.com", sender="Bart <bart@e.com>", hours=24 * 100),
        mail("3@e.com", sender="Bart B <bart@e.com>", hours=24 * 101),
        mail("4@e.com", sender="Cate <cate@e.com>", hours=24 * 102),
    )
    mlist.refresh_from_db()
    period = busy_period(mlist)
    assert period == Period(date(2024, 3, 12), date(2024, 4, 13))
    emails = Email.objects.visible().filter(mlist=mlist)
    writers = people.writers(emails, period, 5)
    assert [(found.sender.address, found.emails_count) for found in writers] == [
        ("bart@e.com", 2),
        ("cate@e.com", 1),
    ]
    assert mails.participants_count(mlist, period) == 2
