"""The index of lists, and finding a list by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.test import Client, override_settings
from django.utils import timezone
from django_mailman3.models import MailDomain

from hyperkitty.ingest import Incoming, archive
from hyperkitty.mailman import web_hosts
from hyperkitty.models import ArchivePolicy, MailingList
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


def names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/archives/{query}")
    assert answer.status_code == 200
    return [entry.mlist.name for entry in answer.context["entries"]]


def test_index_shows_everybody_the_lists_they_may_read(
    client: Client,
    open_list: MailingList,
    closed_list: MailingList,
    anne: User,
    cate: User,
    root: User,
) -> None:
    never = make_list(
        archive_policy=ArchivePolicy.NEVER, policy_before_never=ArchivePolicy.PUBLIC
    )
    assert names(client) == [open_list.name]
    client.force_login(cate)
    assert names(client) == [open_list.name]
    client.force_login(anne)
    assert set(names(client)) == {open_list.name, closed_list.name}
    client.force_login(root)
    assert set(names(client)) == {open_list.name, closed_list.name, never.name}


def test_empty_site_says_so(client: Client) -> None:
    answer = client.get("/archives/")
    assert "There is no list that you may read yet." in answer.content.decode()


def test_sort_orders_the_index(client: Client) -> None:
    old, busy = make_list(name="b@example.org"), make_list(name="a@example.org")
    bring(old, mail("1@example.com", hours=500))
    bring(busy, mail("2@example.com"), mail("3@example.com"))
    assert names(client, "?sort=name") == [busy.name, old.name]
    assert names(client, "?sort=active") == [old.name, busy.name]
    assert names(client, "?sort=creation") == [busy.name, old.name]


def test_wrong_sort_is_400_with_a_page_that_says_why(client: Client) -> None:
    answer = client.get("/archives/?sort=color")
    assert answer.status_code == 400
    assert "Wrong sort mode parameter" in answer.content.decode()


def test_name_finds_by_address_or_display_name(client: Client) -> None:
    make_list(name="tea@example.org", display_name="Hot drinks")
    make_list(name="drinks@example.org")
    make_list(name="bread@example.org")
    assert names(client, "?name=DRINKS") == ["drinks@example.org", "tea@example.org"]


def test_only_hit_redirects_to_its_list(client: Client) -> None:
    make_list(name="tea@example.org")
    make_list(name="bread@example.org")
    answer = client.get("/archives/?name=tea")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/archives/list/tea@example.org/",
    )


def test_only_hit_that_one_may_not_read_is_no_hit(
    client: Client, closed_list: MailingList
) -> None:
    answer = client.get("/archives/?name=closed")
    assert answer.status_code == 200
    assert "No list has" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=abc", "page=99", "count=0", "count=x"]
)
def test_bad_page_is_404(client: Client, open_list: MailingList, query: str) -> None:
    assert client.get(f"/archives/?{query}").status_code == 404


def test_index_comes_in_pages(client: Client) -> None:
    for number in range(5):
        make_list(name=f"l{number}@example.org")
    assert names(client, "?sort=name&count=2&page=3") == ["l4@example.org"]


def test_filter_narrows_without_leaving_for_the_only_hit(client: Client) -> None:
    make_list(name="tea@example.org")
    make_list(name="bread@example.org")
    assert names(client, "?filter=tea") == ["tea@example.org"]
    assert names(client, "?filter=%00nothing") == []


@pytest.fixture
def quiet_and_busy(db: None) -> None:
    """Make a list that got mail today and one that got it long ago."""
    now = timezone.now()
    today = Incoming(raw=mail("1@e.com", date=now), arrived_at=now)
    archive(make_list(name="busy@example.org"), [today])
    bring(make_list(name="quiet@example.org"), mail("2@e.com"))
    MailingList.objects.update(created_at=now - timedelta(days=99))


def test_quiet_lists_are_marked_and_can_be_hidden(
    client: Client, quiet_and_busy: None
) -> None:
    text = client.get("/archives/").content.decode()
    assert text.count(">quiet</span>") == 1
    assert names(client, "?quiet=hide") == ["busy@example.org"]
    assert names(client, "?name=example") == ["busy@example.org", "quiet@example.org"]


@override_settings(SHOW_INACTIVE_LISTS_DEFAULT=True)
def test_site_may_hide_quiet_lists_at_first(
    client: Client, quiet_and_busy: None
) -> None:
    assert names(client) == ["busy@example.org"]
    assert len(names(client, "?quiet=show")) == 2


def test_private_lists_can_be_hidden(
    client: Client, open_list: MailingList, closed_list: MailingList, anne: User
) -> None:
    client.force_login(anne)
    assert names(client, "?private=hide") == [open_list.name]


def test_lists_can_be_grouped_by_domain(client: Client) -> None:
    for name in ("a@two.example", "b@one.example", "c@two.example"):
        make_list(name=name)
    found = names(client, "?group=domain&sort=name")
    assert found == ["b@one.example", "a@two.example", "c@two.example"]
    text = client.get("/archives/?group=domain").content.decode()
    assert [text.count(f"<h2>{name}.example</h2>") for name in ("one", "two")] == [1, 1]


@pytest.fixture
def two_hosts(db: None) -> Iterator[None]:
    """Give a mail domain a web site of its own."""
    site = Site.objects.create(domain="archive.one.example", name="One")
    MailDomain.objects.create(site=site, mail_domain="one.example")
    web_hosts.forget()
    yield
    web_hosts.forget()


@override_settings(FILTER_VHOST=True)
def test_index_shows_the_lists_of_the_host_that_is_asked(
    client: Client, two_hosts: None
) -> None:
    make_list(name="a@one.example")
    make_list(name="b@two.example")
    for host, shown in (
        ("archive.one.example", ["a@one.example"]),
        ("archive.one.example:8000", ["a@one.example"]),
        ("two.example", ["b@two.example"]),
        ("elsewhere.example", []),
    ):
        answer = client.get("/archives/", headers={"host": host})
        assert [entry.mlist.name for entry in answer.context["entries"]] == shown
    with override_settings(FILTER_VHOST=False):
        assert len(names(client)) == 2


def test_suggestions_name_public_lists_only(
    client: Client, open_list: MailingList, closed_list: MailingList, anne: User
) -> None:
    client.force_login(anne)
    answer = client.get("/archives/find-list?term=lists.example")
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == [{"value": open_list.name, "label": "Open talk"}]
    assert client.get("/archives/find-list").json() == []


def test_nul_in_a_search_does_no_harm(client: Client, open_list: MailingList) -> None:
    assert client.get("/archives/?name=%00op%00en").status_code == 302
    assert client.get("/archives/find-list?term=%00").json() == []
