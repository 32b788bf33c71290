"""What monitors and those who run the site are told of how it does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from hyperkitty.models import Sync, SyncKind
from hyperkitty.selectors.due import waiting_work

pytestmark = pytest.mark.django_db
HEALTH = "/archives/health"


def make_late() -> None:
    """Let something have been due for hours."""
    hours = timedelta(hours=3)
    Sync.objects.create(kind=SyncKind.LISTS, due_at=timezone.now() - hours)


@pytest.mark.parametrize("method", ["get", "head"])
def test_strangers_get_a_bare_word(client: Client, method: str) -> None:
    make_late()
    answer = getattr(client, method)(HEALTH)
    assert answer.status_code == 200
    assert answer.content in (b"ok\n", b"")
    assert answer["Cache-Control"] == "private, no-store"


def test_people_who_do_not_run_the_site_get_the_same(
    client: Client, cate: User
) -> None:
    client.force_login(cate)
    assert client.get(HEALTH).content == b"ok\n"


@pytest.mark.parametrize("columns", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_see_how_old_the_oldest_work_is(
    client: Client, columns: dict[str, bool]
) -> None:
    make_late()
    client.force_login(User.objects.create_user("staff", **columns))
    page = client.get(HEALTH).content.decode()
    assert "Readings from Mailman" in page
    assert "3\xa0hours" in page
    assert "late" in page


def test_staff_see_when_mailman_does_not_answer(client: Client) -> None:
    now = timezone.now()
    row = Sync.objects.create(kind=SyncKind.LISTS, done_at=now - timedelta(hours=2))
    client.force_login(User.objects.create_user("staff", is_staff=True))
    Sync.objects.filter(pk=row.pk).update(failed_at=now)
    assert "did not answer" in client.get(HEALTH).content.decode()
    Sync.objects.filter(pk=row.pk).update(done_at=now + timedelta(seconds=1))
    assert "did not answer" not in client.get(HEALTH).content.decode()


def test_database_that_is_away_is_said(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise DatabaseError("It is away.")

    with connection.execute_wrapper(refuse):
        answer = client.get(HEALTH)
    assert answer.status_code == 503
    assert b"database" in answer.content


def test_page_has_one_query_for_each_kind_of_work(
    client: Client, django_assert_num_queries
) -> None:
    with django_assert_num_queries(len(waiting_work()) + 1):
        client.get(HEALTH)
