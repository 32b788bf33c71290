"""The same mail in other views: trees, and flat by date, author or subject."""

from __future__ import annotations

import pytest
from django.test import Client

from hyperkitty.models import Email, EmailState, MailingList
from hyperkitty.selectors import mails
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
BASE = "/archives/list/tea@lists.example.org/"
DAY = 24


@pytest.fixture
def tea(db: None) -> MailingList:
    """Return a list with two threads over three months, of three people."""
    mlist = make_list(name="tea@lists.example.org", subject_prefix="[tea] ")
    bring(
        mlist,
        mail("1@e.com", subject="[tea] pots", sender="Zoë <z@e.com>"),
        mail("2@e.com", subject="Re: pots", in_reply_to="1@e.com", hours=1),
        mail("3@e.com", subject="lids", in_reply_to="2@e.com", hours=35 * DAY),
        mail("4@e.com", subject="Cups", sender="bart <b@e.com>", hours=36 * DAY),
        mail("5@e.com", subject="Re: cups", in_reply_to="4@e.com", hours=70 * DAY),
    )
    mlist.refresh_from_db()
    return mlist


def ids(client: Client, query: str, path: str = "latest") -> list[str]:
    answer = client.get(f"{BASE}{path}{query}")
    assert answer.status_code == 200
    return [email.message_id[0] for email in answer.context["emails"]]


def test_by_date_has_the_latest_mail_first(client: Client, tea: MailingList) -> None:
    assert ids(client, "?view=date") == ["5", "4", "3", "2", "1"]
    assert ids(client, "?view=date", "2024/1/") == ["2", "1"]
    assert ids(client, "?view=date", "2024/1/1/") == ["2", "1"]


def test_by_author_sorts_names_without_regard_to_case(
    client: Client, tea: MailingList
) -> None:
    assert ids(client, "?view=author") == ["2", "3", "5", "4", "1"]
    answer = client.get(f"{BASE}latest?view=author")
    assert answer.content.decode().count("<h2>") == 3


def test_by_subject_keeps_conversations_together(
    client: Client, tea: MailingList
) -> None:
    assert ids(client, "?view=subject") == ["4", "5", "1", "2", "3"]


@pytest.mark.parametrize("view", ["date", "author", "subject"])
def test_pages_of_a_view_follow_each_other_without_gaps(
    client: Client, tea: MailingList, view: str
) -> None:
    whole = ids(client, f"?view={view}")
    pages = [ids(client, f"?view={view}&count=2&page={n}") for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [one for page in pages for one in page] == whole


def test_date_pages_hold_when_days_are_many(client: Client) -> None:
    mlist = make_list(name="tea@lists.example.org")
    bring(mlist, *(mail(f"{n:03}@e.com", hours=n * 40) for n in range(60)))
    mlist.refresh_from_db()
    found = [
        email.message_id
        for page in range(1, 13)
        for email in client.get(f"{BASE}latest?view=date&count=5&page={page}").context[
            "emails"
        ]
    ]
    assert found == [f"{n:03}@e.com" for n in reversed(range(60))]


def lines(client: Client, path: str) -> list[str]:
    answer = client.get(f"{BASE}{path}?view=tree")
    return [
        "." * line.depth + line.email.message_id[0]
        for tree in answer.context["trees"]
        for line in tree.lines
    ]


def test_tree_has_a_line_for_each_mail_below_what_it_answers(
    client: Client, tea: MailingList
) -> None:
    assert lines(client, "latest") == ["4", ".5", "1", ".2", "..3"]


def test_tree_of_a_month_has_the_mails_of_the_month(
    client: Client, tea: MailingList
) -> None:
    assert lines(client, "2024/1/") == ["1", ".2"]
    assert lines(client, "2024/2/") == ["4", "3"]


def test_tree_names_subjects_where_they_change(
    client: Client, tea: MailingList
) -> None:
    text = client.get(f"{BASE}latest?view=tree").content.decode()
    assert text.count('class="mail-row-subject"') == 1
    assert '<span class="mail-row-subject">lids</span>' in text


def test_tree_of_a_long_thread_ends_with_a_link_to_the_rest(
    client: Client, tea: MailingList, monkeypatch
) -> None:
    monkeypatch.setattr(mails, "MAX_LINES", 2)
    assert lines(client, "latest") == ["4", ".5", "1", ".2"]
    text = client.get(f"{BASE}latest?view=tree").content.decode()
    assert "1 more message" in text


def test_hidden_mail_is_in_no_view(client: Client, tea: MailingList) -> None:
    Email.objects.filter(message_id="2@e.com").update(state=EmailState.HIDDEN)
    for view in ("author", "subject"):
        assert "2" not in ids(client, f"?view={view}")
    assert lines(client, "latest") == ["4", ".5", "1", "3"]


@pytest.mark.parametrize("path", ["latest", "2024/1/", "2024/1/1/"])
def test_view_that_is_none_is_400(client: Client, tea: MailingList, path: str) -> None:
    assert client.get(f"{BASE}{path}?view=color").status_code == 400


def test_latest_shows_ten_threads(client: Client) -> None:
    mlist = make_list(name="tea@lists.example.org")
    bring(mlist, *(mail(f"{n}@e.com", hours=n) for n in range(11)))
    assert len(client.get(f"{BASE}latest").context["rows"]) == 10
