"""Looking rows up by many values, with statements that are compiled once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import Decision, DecisionKind, Email, ListActivity, MailingList
from hyperkitty.threads import lookup
from hyperkitty.threads.lookup import Lookup
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


def test_rows_of_other_lists_are_not_found() -> None:
    mine, other = make_list(), make_list()
    bring(mine, mail("one@example.com"))
    bring(other, mail("one@example.com"))
    emails: Lookup[tuple[str, int]] = Lookup(
        Email.objects.values_list("message_id", "mlist_id"), "message_id"
    )
    assert list(emails.find(["one@example.com"], mine)) == [
        ("one@example.com", mine.pk)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9])
def test_any_number_of_values_finds_each_row_once(count: int) -> None:
    mlist = make_list()
    names = [f"{number}@example.com" for number in range(count)]
    bring(mlist, *(mail(name, sender=f"{name}") for name in names))
    emails: Lookup[tuple[str]] = Lookup(
        Email.objects.values_list("message_id"), "message_id"
    )
    found = emails.find([*names, *names, "nobody@example.com"], mlist)
    assert sorted(found) == sorted((name,) for name in names)


def test_no_values_take_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert list(Lookup(MailingList.objects.all(), "name").find([])) == []
    assert len(queries) == 0


def test_more_values_than_a_statement_takes_are_split(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookup, "CHUNK", 4)
    names = [make_list().name for _number in range(10)]
    with CaptureQueriesContext(connection) as queries:
        found = Lookup(MailingList.objects.all(), "name").find(names)
        assert sorted(mlist.name for mlist in found) == sorted(names)
    assert len(queries) == 3


def test_instances_and_dates_come_as_the_model_has_them() -> None:
    mlist = make_list()
    bring(mlist, mail("one@example.com", date=datetime(2024, 5, 6, 7, 8, tzinfo=UTC)))
    (email,) = Lookup(Email.objects.all(), "message_id").find(
        ["one@example.com"], mlist
    )
    assert email == Email.objects.get()
    assert email.date == datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
    days: Lookup[tuple[date, int]] = Lookup(
        ListActivity.objects.values_list("day", "emails_count"), "day"
    )
    assert list(days.find([date(2024, 5, 6)], mlist)) == [(date(2024, 5, 6), 1)]


def test_any_of_several_fields_may_have_the_value() -> None:
    mlist = make_list()
    for permalink, target in (("A" * 32, "B" * 32), ("C" * 32, "A" * 32)):
        Decision.objects.create(
            mlist=mlist, kind=DecisionKind.MERGE, permalink=permalink, target=target
        )
    about = Lookup(Decision.objects.all(), "permalink", "target")
    assert len(list(about.find(["A" * 32], mlist))) == 2
    assert len(list(about.find(["B" * 32, "C" * 32], mlist))) == 2
    assert list(about.find(["D" * 32], mlist)) == []


def test_list_that_is_missing_or_superfluous_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        list(Lookup(Email.objects.all(), "permalink").find(["A" * 32]))
    with pytest.raises(TypeError):
        list(Lookup(MailingList.objects.all(), "name").find(["a@b.c"], make_list()))
