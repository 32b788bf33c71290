"""The door of a list: what strangers, subscribers and others get, and never learn."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hyperkitty.models import ListAlias, MailingList

BASE = "/archives/list/closed@lists.example.org/"
MISSING = "A" * 32


def pages(mlist: MailingList) -> list[str]:
    """Return the pages behind the door; some exist, some do not."""
    email = mlist.emails.get()
    return [
        BASE,
        f"{BASE}latest",
        f"{BASE}2024/1/",
        f"{BASE}2024/13/",
        f"{BASE}2024/1/1/",
        f"{BASE}thread/{email.thread.thread_id}/",
        f"{BASE}thread/{MISSING}/",
        f"{BASE}message/{email.permalink}/",
        f"{BASE}message/{email.permalink}/raw",
        f"{BASE}message/{MISSING}/",
        f"{BASE}message/{MISSING}/attachment/1/a.txt",
        f"{BASE}latest?page=abc",
    ]


def test_stranger_is_sent_to_login_from_every_page(
    client: Client, closed_list: MailingList
) -> None:
    for url in pages(closed_list):
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/accounts/login/?next=/archives/"), url
        assert answer["Cache-Control"] == "private, no-store"


def test_account_without_the_list_gets_the_same_403_everywhere(
    client: Client, cate: User, closed_list: MailingList
) -> None:
    client.force_login(cate)
    answers = [client.get(url) for url in pages(closed_list)]
    assert {answer.status_code for answer in answers} == {403}
    text = answers[0].content.decode()
    assert "closed@lists.example.org" in text
    assert "Salary talk" not in text


def test_subscriber_reads_and_nothing_is_cached(
    client: Client, anne: User, closed_list: MailingList
) -> None:
    client.force_login(anne)
    answer = client.get(BASE)
    assert answer.status_code == 200
    assert "A secret" in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer


def test_programs_get_403_instead_of_a_login(
    client: Client, closed_list: MailingList
) -> None:
    export = f"{BASE}export/all.mbox.gz"
    assert client.get(export).status_code == 403
    assert client.get(f"{export}?thread={MISSING}").status_code == 403
    assert client.get(f"{export}?start=never").status_code == 403
    assert client.head(BASE).status_code == 403


def test_unknown_list_is_404(client: Client, open_list: MailingList) -> None:
    assert client.get("/archives/list/nobody@lists.example.org/").status_code == 404


def test_capitals_and_list_id_lead_to_the_address(
    client: Client, open_list: MailingList
) -> None:
    wanted = "/archives/list/open@lists.example.org/latest?page=1&count=10"
    for name in (
        "OPEN@lists.Example.org",
        "open.lists.example.org",
        "Open.LISTS.example.org",
    ):
        answer = client.get(f"/archives/list/{name}/latest?page=1&count=10")
        assert (answer.status_code, answer["Location"]) == (302, wanted)


def test_former_address_leads_to_the_present_one(
    client: Client, open_list: MailingList
) -> None:
    ListAlias.objects.create(name="old@lists.example.org", mlist=open_list)
    permalink = open_list.emails.first().permalink
    answer = client.get(f"/archives/list/old@lists.example.org/message/{permalink}/")
    assert answer["Location"] == (
        f"/archives/list/open@lists.example.org/message/{permalink}/"
    )


def test_former_address_of_a_private_list_does_not_tell_the_present_one(
    client: Client, cate: User, closed_list: MailingList
) -> None:
    ListAlias.objects.create(name="old@lists.example.org", mlist=closed_list)
    client.force_login(cate)
    answer = client.get("/archives/list/old@lists.example.org/")
    assert answer.status_code == 403
    text = answer.content.decode()
    assert "old@lists.example.org" in text
    assert "closed@" not in text


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_for_reading(
    client: Client, open_list: MailingList, method: str
) -> None:
    assert getattr(client, method)(open_list.get_absolute_url()).status_code == 405
