"""The index of lists, and finding a list by name."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

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
