"""ETags and Cache-Control: quick for strangers, and never a page of yesterday."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import Client, override_settings

from hyperkitty.models import ArchivePolicy, MailingList
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


def pages(mlist: MailingList) -> list[str]:
    base = mlist.get_absolute_url()
    email = mlist.emails.order_by("pk").first()
    thread = email.thread.get_absolute_url()
    return [
        *("/archives/", base, f"{base}latest", f"{base}2024/1/", f"{base}2024/1/1/"),
        *(thread, f"{thread}?sort=date", email.get_absolute_url()),
    ]


def test_strangers_pages_may_be_kept_but_must_be_checked(
    client: Client, open_list: MailingList
) -> None:
    for url in pages(open_list):
        answer = client.get(url)
        assert answer["Cache-Control"] == "public, no-cache", url
        vary = {name.strip() for name in answer["Vary"].split(",")}
        assert {"Cookie", "Accept-Language"} <= vary
        assert "csrfmiddlewaretoken" not in answer.content.decode()
        assert not answer.cookies


def test_pages_carry_their_own_security_headers(
    client: Client, open_list: MailingList
) -> None:
    for url in pages(open_list):
        answer = client.get(url)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_unchanged_page_is_answered_by_304(
    client: Client, open_list: MailingList
) -> None:
    for url in pages(open_list):
        tag = client.get(url)["ETag"]
        again = client.get(url, headers={"If-None-Match": tag})
        assert again.status_code == 304, url
        assert again["ETag"] == tag
        assert again["Cache-Control"] == "public, no-cache"
        assert client.head(url)["ETag"] == tag


def test_reply_changes_every_page_that_shows_it(
    client: Client, open_list: MailingList
) -> None:
    tags = {url: client.get(url)["ETag"] for url in pages(open_list)}
    bring(open_list, mail("c@example.com", references=["a@example.com"], hours=6))
    for url, tag in tags.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        assert answer.status_code == 200, url


def test_mail_in_another_thread_leaves_a_thread_as_it_was(client: Client) -> None:
    mlist = make_list()
    bring(mlist, mail("1@e.com"), mail("2@e.com", hours=1), mail("3@e.com", hours=2))
    url = mlist.emails.get(message_id="1@e.com").thread.get_absolute_url()
    tag = client.get(url)["ETag"]
    bring(mlist, mail("4@e.com", in_reply_to="3@e.com", hours=3))
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_query_and_settings_are_part_of_the_tag(
    client: Client, open_list: MailingList
) -> None:
    url = open_list.emails.first().thread.get_absolute_url()
    tags = [client.get(url)["ETag"], client.get(f"{url}?sort=date")["ETag"]]
    with override_settings(HYPERKITTY_MBOX_EXPORT=False):
        tags.append(client.get(url)["ETag"])
    assert len(set(tags)) == 3


def test_list_that_became_private_answers_nobody_from_a_cache(
    client: Client, open_list: MailingList
) -> None:
    tags = {url: client.get(url)["ETag"] for url in pages(open_list)}
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)
    for url, tag in tags.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        assert answer.status_code == (200 if url == "/archives/" else 302), url


def test_signed_in_readers_pages_are_kept_nowhere(
    client: Client, open_list: MailingList, cate: User
) -> None:
    tags = {url: client.get(url)["ETag"] for url in pages(open_list)}
    client.force_login(cate)
    for url, tag in tags.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        assert (answer.status_code, answer["Cache-Control"]) == (
            200,
            "private, no-store",
        ), url
        assert "ETag" not in answer


def test_notice_for_one_reader_is_not_kept(
    client: Client, open_list: MailingList, rf
) -> None:
    request = rf.get("/")
    storage = CookieStorage(request)
    message = storage.message_class if hasattr(storage, "message_class") else None
    assert message is None
    storage.add(constants.INFO, "You have signed out.")
    value = storage._encode(storage._queued_messages)
    client.cookies["messages"] = value
    answer = client.get(open_list.get_absolute_url())
    assert "You have signed out." in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
