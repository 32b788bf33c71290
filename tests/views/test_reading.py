"""Noting visits, marking as read, and the page of what is new."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import LastView, ListRole, MailingList, ReadState
from hyperkitty.selectors.reading import read_state, unread_by_list
from tests.mails import bring, mail

pytestmark = pytest.mark.django_db
BASE = "/archives/list/open@lists.example.org/"


@pytest.fixture
def reader(client: Client, cate: User, open_list: MailingList) -> Client:
    """Return the browser of Cate, who has seen the open list."""
    client.force_login(cate)
    client.post(seen_url(open_list))
    return client


def seen_url(mlist: MailingList) -> str:
    return f"{mlist.threads.get().get_absolute_url()}seen"


def more(mlist: MailingList, *names: str) -> list[int]:
    """Archive answers to the question; return their keys."""
    return [
        outcome.email_id
        for name in names
        for outcome in bring(mlist, mail(name, in_reply_to="q@example.com"))
    ]


def test_a_visit_that_the_page_tells_of_is_noted(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    one, two = more(open_list, "one@x", "two@x")
    answer = reader.post(seen_url(open_list), {"seen": f"{one},nonsense"})
    assert answer.status_code == 204
    state = read_state(cate, open_list)
    assert state is not None
    assert state.unread([one, two]) == {two}
    assert LastView.objects.filter(user=cate).count() == 1


def test_without_scripts_a_picture_notes_the_visit(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    (key,) = more(open_list, "one@x")
    answer = reader.get(f"{seen_url(open_list)}?seen={key}")
    assert answer["Content-Type"] == "image/gif"
    assert answer["Cache-Control"] == "private, no-store"
    assert unread_by_list(cate, [open_list]) == {}


def test_no_other_site_notes_visits(reader: Client, open_list: MailingList) -> None:
    url = f"{seen_url(open_list)}?seen=1"
    answer = reader.get(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_visit_by_another_method_is_refused(
    reader: Client, open_list: MailingList
) -> None:
    assert reader.delete(seen_url(open_list)).status_code == 405


def test_what_is_new_is_shown_by_list_and_can_be_marked_as_read(
    reader: Client, open_list: MailingList
) -> None:
    assert "You have seen everything" in reader.get("/archives/new").content.decode()
    more(open_list, "one@x", "two@x")
    permalink = open_list.emails.get(message_id="one@x").permalink
    page = reader.get("/archives/new").content.decode()
    assert "2 new messages" in page
    assert f"#{permalink}" in page
    answer = reader.post(f"{BASE}read", follow=True)
    assert "count as read now" in answer.content.decode()
    assert "You have seen everything" in reader.get("/archives/new").content.decode()


def test_all_lists_are_marked_as_read_at_once(
    reader: Client, open_list: MailingList
) -> None:
    more(open_list, "one@x")
    answer = reader.post("/archives/read", follow=True)
    assert "You have seen everything" in answer.content.decode()


def test_next_new_goes_to_the_mail_in_its_thread(
    reader: Client, open_list: MailingList
) -> None:
    one, _two = more(open_list, "one@x", "two@x")
    emails = {email.message_id: email for email in open_list.emails.all()}
    first = reader.get(f"{BASE}next-new")["Location"]
    assert first.endswith(f"#{emails['one@x'].permalink}")
    second = reader.get(f"{BASE}next-new?after={one}")["Location"]
    assert second.endswith(f"#{emails['two@x'].permalink}")


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "²"])
def test_any_place_to_go_on_from_is_taken(
    reader: Client, open_list: MailingList, after: str
) -> None:
    answer = reader.get(f"{BASE}next-new?after={after}", follow=True)
    assert "nothing new for you" in answer.content.decode()


def test_what_is_new_in_a_list_is_gone_with_the_right_to_read_it(
    client: Client, anne: User, closed_list: MailingList
) -> None:
    client.force_login(anne)
    client.post(seen_url(closed_list))
    bring(closed_list, mail("one@x", subject="Raise", sender="B <b@x>"))
    assert "Raise" in client.get("/archives/new").content.decode()
    ListRole.objects.all().delete()
    assert "Raise" not in client.get("/archives/new").content.decode()
    assert ReadState.objects.exists()


def test_the_page_of_what_is_new_costs_the_same_for_much(
    reader: Client, open_list: MailingList
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert reader.get("/archives/new").status_code == 200
        return len(queries)

    more(open_list, "one@x")
    little = cost()
    more(open_list, *(f"{n}@x" for n in range(20)))
    bring(open_list, *(mail(f"other{n}@x", subject=f"T{n}") for n in range(20)))
    assert cost() <= little <= 10


@pytest.mark.parametrize(
    "path", ["", "latest", "latest?view=tree", "2024/1/", "thread", "/archives/"]
)
def test_what_is_new_and_followed_adds_two_queries_each_at_most(
    reader: Client, open_list: MailingList, path: str
) -> None:
    thread = open_list.threads.get().get_absolute_url()
    url = {"thread": thread, "/archives/": path}.get(path, BASE + path)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(url).status_code == 200
        return [query["sql"] for query in queries]

    def about(table: str, found: list[str]) -> int:
        return sum(f"FROM {connection.ops.quote_name(table)}" in sql for sql in found)

    statements()
    nothing_new = len(statements())
    more(open_list, *(f"{n}@x" for n in range(3)))
    found = statements()
    # The states are read in one statement, and what lies above their marks in another.
    assert about("archive_read_state", found) <= 1
    assert about("archive_follow", found) <= 2
    assert len(found) <= nothing_new + 1
