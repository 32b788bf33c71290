"""People: what they wrote to a list, and their public profile."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hyperkitty.models import MailingList, Sender, Vote
from tests.mails import bring, mail

pytestmark = pytest.mark.django_db
OPEN, CLOSED = "open@lists.example.org", "closed@lists.example.org"


def handle(address: str = "anne@example.com") -> str:
    return Sender.objects.get(address=address).handle


def posts(client: Client, who: str, mlist: str = OPEN, query: str = "") -> list[str]:
    answer = client.get(f"/archives/users/{who}/posts?list={mlist}{query}")
    assert answer.status_code == 200
    return [email.message_id for email in answer.context["emails"]]


def test_name_on_a_thread_leads_to_what_its_author_wrote(
    client: Client, open_list: MailingList
) -> None:
    text = client.get(f"{open_list.get_absolute_url()}latest").content.decode()
    assert f'href="/archives/users/{handle()}/posts?list=open%40' in text
    assert posts(client, handle()) == ["q@example.com"]


def test_posts_have_the_oldest_first_and_come_in_pages(
    client: Client, open_list: MailingList
) -> None:
    bring(open_list, mail("late@e.com", hours=99), mail("early@e.com", hours=-9))
    whole = ["early@e.com", "q@example.com", "late@e.com"]
    assert posts(client, handle()) == whole
    assert posts(client, handle(), query="&count=2&page=2") == whole[2:]


def test_mailman_id_brings_the_addresses_of_a_person_together(
    client: Client, open_list: MailingList
) -> None:
    own = handle()
    Sender.objects.update(mailman_id="0123456789abcdef")
    assert posts(client, "0123456789abcdef") == ["q@example.com", "a@example.com"]
    assert posts(client, own) == ["q@example.com"]
    answer = client.get(f"/archives/users/{own}/")
    assert answer["Location"] == "/archives/users/0123456789abcdef/"


def test_no_page_of_a_person_tells_the_address(
    client: Client, open_list: MailingList
) -> None:
    bring(open_list, mail("n@e.com", sender="shy@example.com"))
    who = handle("shy@example.com")
    for url in (f"/archives/users/{who}/", f"/archives/users/{who}/posts?list={OPEN}"):
        text = client.get(url).content.decode()
        assert "shy@example.com" not in text
        assert "shy (a) example.com" in text


def test_profile_shows_what_the_reader_may_read_and_no_more(
    client: Client, open_list: MailingList, closed_list: MailingList, anne: User
) -> None:
    url = f"/archives/users/{handle()}/"
    answer = client.get(url)
    assert answer.context["emails_count"] == 1
    assert "Salary talk" not in answer.content.decode()
    client.force_login(anne)
    answer = client.get(url)
    assert answer.context["emails_count"] == 2
    assert "Salary talk" in answer.content.decode()


def test_author_of_private_mail_alone_is_nobody_to_strangers(
    client: Client, closed_list: MailingList
) -> None:
    assert client.get(f"/archives/users/{handle()}/").status_code == 404
    assert client.get("/archives/users/s999999/").status_code == 404
    assert client.get(f"/archives/users/{'s' + '9' * 30}/").status_code == 404


def test_who_wrote_nothing_to_a_list_has_no_page_there(
    client: Client, open_list: MailingList, closed_list: MailingList, anne: User
) -> None:
    client.force_login(anne)
    who = handle("bart@example.com")
    url = f"/archives/users/{who}/posts?list={CLOSED}"
    assert client.get(url).status_code == 404


def test_posts_without_a_list_lead_to_the_profile(
    client: Client, open_list: MailingList
) -> None:
    answer = client.get(f"/archives/users/{handle()}/posts")
    assert answer["Location"] == f"/archives/users/{handle()}/"


def test_likes_are_counted_on_what_one_may_read(
    client: Client,
    open_list: MailingList,
    closed_list: MailingList,
    anne: User,
    cate: User,
) -> None:
    for mlist in (open_list, closed_list):
        email = mlist.emails.get(sender__address="anne@example.com")
        Vote.objects.create(email=email, user=cate, value=1)
    url = f"/archives/users/{handle()}/"
    assert client.get(url).context["likes"].likes == 1
    client.force_login(anne)
    assert client.get(url).context["likes"].likes == 2


def test_people_of_private_lists_are_not_listed(
    client: Client, closed_list: MailingList, anne: User
) -> None:
    url = "/archives/users/"
    assert client.get(url).context["writers"] == []
