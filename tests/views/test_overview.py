"""The overview of a list, and the pieces of it that have URLs of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hyperkitty.models import MailingList, Vote
from hyperkitty.notifying.following import follow
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
BASE = "/archives/list/talk@lists.example.org/"


@pytest.fixture
def talk(db: None) -> MailingList:
    """Return a list that Mailman has, with a long thread and lonely ones."""
    mlist = make_list(
        name="talk@lists.example.org", list_id="talk.lists", synced_at=timezone.now()
    )
    bring(
        mlist,
        mail("old@e.com", subject="old"),
        mail("long@e.com", subject="long", hours=2000),
        mail("l1@e.com", subject="Re: long", in_reply_to="long@e.com", hours=2001),
        mail("l2@e.com", subject="Re: long", in_reply_to="long@e.com", hours=2002),
        mail("short@e.com", subject="short", hours=2003),
        mail("s1@e.com", subject="Re: short", in_reply_to="short@e.com", hours=2004),
        mail(
            "lonely@e.com",
            subject="lonely",
            sender="Bart <bart@e.com>",
            hours=2005,
        ),
    )
    mlist.refresh_from_db()
    return mlist


def subjects(client: Client, path: str) -> list[str]:
    answer = client.get(f"{BASE}{path}")
    assert answer.status_code == 200
    return [row.thread.subject for row in answer.context["rows"]]


def test_overview_shows_each_kind_of_threads(client: Client, talk: MailingList) -> None:
    assert subjects(client, "") == ["lonely", "short", "long", "old"]
    assert subjects(client, "?show=discussed") == ["long", "short"]
    assert subjects(client, "?show=unanswered") == ["lonely", "old"]
    assert subjects(client, "?show=liked") == []
    assert client.get(f"{BASE}?show=color").status_code == 400


def test_liked_threads_are_those_with_more_likes_than_dislikes(
    client: Client, talk: MailingList, anne: User, cate: User
) -> None:
    def vote(message_id: str, user: User, value: int) -> None:
        email = talk.emails.get(message_id=message_id)
        Vote.objects.create(email=email, user=user, value=value)

    vote("short@e.com", anne, 1)
    vote("l1@e.com", anne, 1)
    vote("l2@e.com", cate, 1)
    vote("lonely@e.com", cate, -1)
    assert subjects(client, "?show=liked") == ["long", "short"]
    assert subjects(client, "pop-threads") == ["long", "short"]


def test_reader_finds_favorites_and_threads_written_to(
    client: Client, talk: MailingList, anne: User
) -> None:
    lonely = talk.threads.get(subject="lonely")
    follow(anne.pk, lonely)
    for path in ("favorites", "posted-to"):
        assert subjects(client, path) == []
    client.force_login(anne)
    for path in ("favorites", "?show=favorites"):
        assert subjects(client, path) == ["lonely"]
    for path in ("posted-to", "?show=posted"):
        assert subjects(client, path) == ["short", "long", "old"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("recent-threads", ["lonely", "short", "long", "old"]),
        ("top-threads", ["long", "short"]),
    ],
)
def test_pieces_are_no_whole_pages(
    client: Client, talk: MailingList, path: str, wanted: list[str]
) -> None:
    assert subjects(client, path) == wanted
    assert "<html" not in client.get(f"{BASE}{path}").content.decode()


def test_top_posters_name_who_wrote_most_lately(
    client: Client, talk: MailingList
) -> None:
    answer = client.get(f"{BASE}top-posters")
    found = [(one.sender_name, one.emails_count) for one in answer.context["posters"]]
    assert found == [("Anne", 5), ("Bart", 1)]


def test_recent_activity_counts_each_of_32_days(
    client: Client, talk: MailingList
) -> None:
    today = datetime.now(UTC).date()
    talk.activity.create(day=today, emails_count=3)
    answer = client.get(f"{BASE}recent-activity")
    assert answer["Content-Type"] == "application/json"
    evolution = answer.json()["evolution"]
    assert len(evolution) == 32
    assert evolution[-1] == {"date": today.isoformat(), "count": 3}
    assert {day["count"] for day in evolution[:-1]} == {0}


def test_overview_says_how_to_take_part(client: Client, talk: MailingList) -> None:
    text = client.get(BASE).content.decode()
    assert 'href="mailto:talk@lists.example.org"' in text
    assert 'href="mailto:talk-join@lists.example.org"' in text
    assert f'href="{BASE}message/new"' in text
    assert f'href="{BASE}subscription"' in text


def test_list_that_takes_no_mail_offers_no_address_to_write_to(
    client: Client, talk: MailingList
) -> None:
    MailingList.objects.update(allow_list_posts=False)
    text = client.get(BASE).content.decode()
    assert "mailto:" not in text
    assert "This list takes no posts." in text
