"""Overview, latest, month and day."""

from __future__ import annotations

import pytest
from django.test import Client

from hyperkitty.models import MailingList
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


def subjects(client: Client, url: str) -> list[str]:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return [row.thread.subject for row in answer.context["rows"]]


@pytest.fixture
def busy(db: None) -> MailingList:
    """Return a list with five threads of different days and lengths."""
    mlist = make_list(name="busy@lists.example.org", subject_prefix="[busy] ")
    day = 24
    bring(
        mlist,
        mail("1@e.com", subject="[busy] one"),
        mail("2@e.com", subject="[busy] two", hours=1 * day),
        mail("3@e.com", subject="[busy] three", hours=2 * day),
        mail("4@e.com", subject="[busy] four", hours=40 * day),
        mail("1b@e.com", references=["1@e.com"], subject="Re: [busy] one", hours=100),
        mail("1c@e.com", references=["1@e.com"], subject="Re: [busy] one", hours=1700),
    )
    mlist.refresh_from_db()
    return mlist


def test_latest_has_the_most_recently_active_thread_first(
    client: Client, busy: MailingList
) -> None:
    url = "/archives/list/busy@lists.example.org/latest"
    assert subjects(client, url) == ["one", "four", "three", "two"]


def test_pages_of_latest_follow_each_other_without_gaps(
    client: Client, busy: MailingList
) -> None:
    url = "/archives/list/busy@lists.example.org/latest"
    whole = subjects(client, url)
    pages = [subjects(client, f"{url}?count=1&page={n}") for n in range(1, 5)]
    assert [subject for page in pages for subject in page] == whole


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=abc", "page=5&count=1", "count=0", "page=" + "9" * 99],
)
def test_page_that_is_not_there_is_404(
    client: Client, busy: MailingList, query: str
) -> None:
    url = f"/archives/list/busy@lists.example.org/latest?{query}"
    assert client.get(url).status_code == 404


def test_count_has_a_limit(client: Client, busy: MailingList) -> None:
    url = "/archives/list/busy@lists.example.org/latest?count=100000"
    assert client.get(url).context["paging"].size == 200


def test_month_shows_the_threads_that_got_mail_in_it(
    client: Client, busy: MailingList
) -> None:
    base = "/archives/list/busy@lists.example.org/2024"
    assert len(subjects(client, f"{base}/1/")) == 3
    assert len(subjects(client, f"{base}/02/")) == 1
    assert subjects(client, f"{base}/3/") == ["one"]
    assert subjects(client, f"{base}/4/") == []


def test_month_links_to_the_nearest_months_with_mail(
    client: Client, busy: MailingList
) -> None:
    text = client.get("/archives/list/busy@lists.example.org/2024/12/").content.decode()
    assert 'rel="prev" href="/archives/list/busy@lists.example.org/2024/3/"' in text
    assert 'rel="next"' not in text


def test_day_shows_its_threads(client: Client, busy: MailingList) -> None:
    base = "/archives/list/busy@lists.example.org/2024/1"
    assert subjects(client, f"{base}/2/") == ["two"]
    assert subjects(client, f"{base}/05/") == ["one"]


@pytest.mark.parametrize(
    "day", ["2024/0/", "2024/13/", "2024/2/30/", "0000/1/", "1/1/"]
)
def test_day_that_never_was_is_404(client: Client, busy: MailingList, day: str) -> None:
    url = f"/archives/list/busy@lists.example.org/{day}"
    assert client.get(url).status_code == 404


def test_prefix_of_the_list_is_not_repeated(client: Client, busy: MailingList) -> None:
    text = client.get("/archives/list/busy@lists.example.org/latest").content.decode()
    assert "[busy]" not in text


def test_overview_calendar_links_months_with_mail_only(
    client: Client, busy: MailingList
) -> None:
    text = client.get("/archives/list/busy@lists.example.org/").content.decode()
    for month, is_linked in ((1, True), (2, True), (3, True), (4, False), (12, False)):
        assert (f"lists.example.org/2024/{month}/" in text) is is_linked


def test_empty_list_has_pages_that_say_so(client: Client) -> None:
    make_list(name="new@lists.example.org")
    base = "/archives/list/new@lists.example.org"
    assert "Nobody has written" in client.get(f"{base}/").content.decode()
    assert "Nobody has written" in client.get(f"{base}/latest").content.decode()
    assert "Nobody wrote" in client.get(f"{base}/2024/1/").content.decode()
    assert "Nobody wrote" in client.get(f"{base}/2024/1/1/").content.decode()
