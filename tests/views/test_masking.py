"""People's addresses are masked for readers who are not signed in."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hyperkitty.models import MailingList
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

# What looks like an address once the list's own, which is in every URL, is put aside.
ADDRESS = re.compile(r"[\w.+-]+(?:@|%40|&#64;)[\w-]+\.[\w.-]+")
LIST = "talk@lists.example.org"


@pytest.fixture
def talk(db: None) -> MailingList:
    """Return a list with addresses wherever a mail can have one."""
    mlist = make_list(name=LIST)
    bring(
        mlist,
        mail(
            "q@e.com",
            subject="Ask anne@example.com today",
            sender='"anne@example.com" <anne@example.com>',
            text="anne@example.com:\n> mail bart@example.com\n\ncate@example.com\n",
            headers="Cc: dora@example.com\nX-Sender: emil@example.com\n",
        ),
        mail(
            "r@e.com",
            in_reply_to="q@e.com",
            subject="Re: Ask anne@example.com today",
            sender="fred@example.com",
            hours=1,
            text="See <https://example.com/?to=gus@example.com> or hans@example.com\n",
        ),
    )
    return mlist


def pages(mlist: MailingList) -> list[str]:
    base = mlist.get_absolute_url()
    first, second = mlist.emails.order_by("pk")
    return [
        "/archives/",
        base,
        f"{base}latest",
        f"{base}2024/1/",
        f"{base}2024/1/1/",
        first.thread.get_absolute_url(),
        f"{first.thread.get_absolute_url()}?sort=date",
        first.get_absolute_url(),
        f"{second.get_absolute_url()}?headers",
    ]


def addresses(client: Client, url: str) -> set[str]:
    answer = client.get(url)
    assert answer.status_code == 200, url
    text = unquote(answer.content.decode())
    text = re.sub(r"\btalk(?:-\w+)?@lists\.example\.org", "", text)
    text = re.sub(r"https://example\.com/\?to=gus(@|%40)example\.com", "", text)
    return set(ADDRESS.findall(text))


def test_stranger_sees_no_address_on_any_page(
    client: Client, talk: MailingList
) -> None:
    for url in pages(talk):
        # Message-IDs look like addresses but are nobody's.
        assert addresses(client, url) <= {"q@e.com", "r@e.com"}, url


def test_stranger_sees_linked_subject_masked(
    client: Client, talk: MailingList, cate: User
) -> None:
    base = "http://testserver"
    there = talk.emails.get(message_id="q@e.com").get_absolute_url()
    bring(talk, mail("l@e.com", subject="Link", text=f"As in {base}{there}\n"))
    url = talk.emails.get(message_id="l@e.com").get_absolute_url()
    title = '<a class="m-local" href="[^"]*">Ask anne{}example.com today</a>'
    assert re.search(title.format(r" \(a\) "), client.get(url).content.decode())
    client.force_login(cate)
    assert re.search(title.format("@"), client.get(url).content.decode())


def test_stranger_sees_masked_addresses(client: Client, talk: MailingList) -> None:
    text = client.get(talk.emails.first().get_absolute_url()).content.decode()
    for name in ("anne", "bart", "cate"):
        assert f"{name} (a) example.com" in text


def test_signed_in_reader_sees_addresses(
    client: Client, talk: MailingList, cate: User
) -> None:
    client.force_login(cate)
    url = talk.emails.get(message_id="q@e.com").get_absolute_url()
    assert {"anne@example.com", "bart@example.com"} <= addresses(client, url)
