"""A page asks the database as often for much as for little."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import MailingList
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

MANY = 500

#: What each page may ask, all told.
ALLOWED = {
    "index": 6,
    "overview": 12,
    "discussed": 12,
    "unanswered": 12,
    "liked": 12,
    "top-posters": 4,
    "recent-activity": 2,
    "latest": 5,
    "by date": 5,
    "by author": 6,
    "by subject": 6,
    "tree": 6,
    "month": 9,
    "month by date": 9,
    "month by author": 10,
    "month tree": 10,
    "day": 9,
    "posts": 8,
    "profile": 12,
    "people": 5,
    "thread": 12,
    "thread by date": 12,
    "message": 10,
    "raw": 4,
    "export": 4,
}


@pytest.fixture(scope="module")
def counts(django_db_setup, django_db_blocker) -> dict[str, list[int]]:
    """Return the queries of each page on a small list and on a big one."""
    with django_db_blocker.unblock(), transaction.atomic():
        small, big = _list_of(1), _list_of(MANY)
        Client().get("/archives/")  # fills what is kept for the whole process
        found = {
            name: [_count(url) for url in urls]
            for name, urls in _pages(small, big).items()
        }
        transaction.set_rollback(True)
    return found


def _list_of(size: int) -> MailingList:
    """Return a list with a thread of *size* mails and *size* threads of one."""
    mlist = make_list()
    talk = [mail("t0@e.com", subject="Talk")] + [
        mail(
            f"t{number}@e.com",
            in_reply_to=f"t{number // 2}@e.com",
            sender=f"Person {number} <p{number}@example.com>",
            hours=number / 60,
            text="> quoted\n\nSee <t0@e.com> and write.\n",
        )
        for number in range(1, size)
    ]
    others = [
        mail(f"o{number}@e.com", subject=f"Other {number}", hours=1 + number / 30)
        for number in range(size)
    ]
    bring(mlist, *talk, *others)
    mlist.refresh_from_db()
    return mlist


def _pages(*mlists: MailingList) -> dict[str, list[str]]:
    pages: dict[str, list[str]] = {name: [] for name in ALLOWED}
    for mlist in mlists:
        base = mlist.get_absolute_url()
        email = mlist.emails.get(message_id="t0@e.com")
        who = email.sender.handle
        thread = email.thread.get_absolute_url()
        export = f"{base}export/x.mbox.gz?message={email.permalink}"
        urls = {
            "index": "/archives/",
            "overview": base,
            "discussed": f"{base}?show=discussed",
            "unanswered": f"{base}?show=unanswered",
            "liked": f"{base}?show=liked",
            "top-posters": f"{base}top-posters",
            "recent-activity": f"{base}recent-activity",
            "latest": f"{base}latest",
            "by date": f"{base}latest?view=date",
            "by author": f"{base}latest?view=author",
            "by subject": f"{base}latest?view=subject",
            "tree": f"{base}latest?view=tree",
            "month": f"{base}2024/1/",
            "month by date": f"{base}2024/1/?view=date",
            "month by author": f"{base}2024/1/?view=author",
            "month tree": f"{base}2024/1/?view=tree",
            "posts": f"/archives/users/{who}/posts?list={mlist.name}",
            "profile": f"/archives/users/{who}/",
            "people": "/archives/users/",
            "day": f"{base}2024/1/1/",
            "thread": thread,
            "thread by date": f"{thread}?sort=date",
            "message": email.get_absolute_url(),
            "raw": f"{email.get_absolute_url()}raw",
            "export": export,
        }
        for name, url in urls.items():
            pages[name].append(url)
    return pages


def _count(url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = Client().get(url)
        assert answer.status_code == 200, url
        if answer.streaming:
            assert b"".join(answer.streaming_content)
    return len(captured)


@pytest.mark.parametrize("name", list(ALLOWED))
def test_page_costs_few_queries_and_as_many_for_much(
    counts: dict[str, list[int]], name: str
) -> None:
    small, big = counts[name]
    # A page of one message has no link to another one to look up; a list of messages
    # without answers has no thread to show that was discussed.
    spared = {"thread": (0, 1), "thread by date": (0, 1), "discussed": (2,)}
    assert big - small in spared.get(name, (0,)), counts
    assert big <= ALLOWED[name]


def test_unchanged_page_costs_no_more_than_its_gate(
    client: Client, open_list: MailingList
) -> None:
    client.get("/archives/")
    url = open_list.get_absolute_url()
    tag = client.get(url)["ETag"]
    with CaptureQueriesContext(connection) as captured:
        client.get(url, headers={"If-None-Match": tag})
    assert len(captured) == 1


def test_last_page_of_a_listing_is_read_from_its_end(client: Client) -> None:
    mlist = make_list()
    bring(mlist, *(mail(f"{n}@e.com", hours=n) for n in range(60)))
    url = f"{mlist.get_absolute_url()}latest?count=10"
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{url}&page=6")
    assert not any("OFFSET" in query["sql"] for query in captured)
