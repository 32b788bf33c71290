"""Errors look like the site and help one go on."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.test import Client, override_settings

from hyperkitty.models import MailingList, RawMessage

pytestmark = pytest.mark.django_db
BASE = "/archives/list/open@lists.example.org/"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/nowhere", 404),
        ("/archives/list/x@y/", 404),
        (f"{BASE}latest?page=0", 404),
        (f"{BASE}thread/{'A' * 32}/?sort=x", 400),
        (f"{BASE}export/x.mbox.gz?start=x", 400),
        ("/archives/?sort=x", 400),
        ("/archives/list/%00@x/", 404),
        (f"/archives/list/{'a' * 3000}@x/", 404),
        (f"{BASE}message/{'A' * 32}/attachment/999999999/x", 404),
        ("/archives/users/s1/posts?list=a%00@b", 404),
        (f"{BASE}tag/%00/", 200),
        ("/pipermail/open/attachments/20240101/abcd/%00", 404),
        ("/pipermail/open/attachments/00010101/abcd/x.bin", 404),
        ("/pipermail/open/attachments/99991231/abcd/x.bin", 404),
    ],
)
def test_bad_address_gets_a_page_of_the_site(
    client: Client, open_list: MailingList, url: str, status: int
) -> None:
    answer = client.get(url)
    assert answer.status_code == status
    text = answer.content.decode()
    assert "<h1>" in text
    assert 'href="/archives/"' in text


def test_name_that_no_database_has_is_nobodys(
    client: Client, open_list: MailingList, cate: User
) -> None:
    email = open_list.emails.get(message_id="q@example.com")
    url = f"{email.get_absolute_url()}attachment/2/%00"
    assert client.get(url).status_code == 404
    for pasted in ("/pipermail/open%00/", "/archives/list/%00@x/message/x/"):
        assert client.get("/archives/search", {"q": pasted}).status_code == 200
    assert client.get("/pipermail/%00/").status_code == 302  # to the login
    client.force_login(cate)
    assert client.get("/pipermail/%00/").status_code == 404
    wish = {"kind": "erase", "list": "\x00"}
    assert client.post("/archives/privacy/", wish).status_code == 302


def test_server_error_page_needs_nothing() -> None:
    assert "Something broke" in render_to_string("500.html")


def test_missing_page_of_a_list_leads_back_into_the_list(
    client: Client, open_list: MailingList, closed_list: MailingList, cate: User
) -> None:
    text = client.get(f"{BASE}thread/{'A' * 32}/").content.decode()
    assert f'class="button" href="{BASE}"' in text
    assert f'name="mlist" value="{open_list.name}"' in text
    client.force_login(cate)
    closed = f"{closed_list.get_absolute_url()}thread/{'A' * 32}/"
    text = client.get(closed).content.decode()
    assert "closed-owner@lists.example.org" in text
    assert f'href="{closed_list.get_absolute_url()}"' not in text


def test_form_that_is_too_old_says_what_to_do(open_list: MailingList) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "anne", "password": "pw"})
    assert answer.status_code == 403
    assert "load the page again" in answer.content.decode()


@override_settings(
    ACCOUNT_RATE_LIMITS={"login": "1/m/ip"},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
)
def test_who_is_too_quick_is_told_to_wait(client: Client, anne: User) -> None:
    url = "/accounts/login/"
    for _try in range(3):
        answer = client.post(url, {"login": "anne", "password": "wrong"})
    assert answer.status_code == 429
    assert "Wait a few minutes" in answer.content.decode()


def test_mails_of_accounts_end_with_the_name_of_the_site(
    client: Client, anne: User, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/password/reset/", {"email": "anne@example.com"})
    (letter,) = mailoutbox
    assert "Hello from" not in letter.body
    assert letter.body.rstrip().endswith("-- \nexample.com\nhttp://testserver/")


def test_mail_whose_text_is_lost_does_not_break_its_thread(
    client: Client, open_list: MailingList
) -> None:
    email = open_list.emails.get(message_id="a@example.com")
    email.text_row.data = b"not zstd"
    email.text_row.save()
    answer = client.get(email.thread.get_absolute_url())
    assert answer.status_code == 200
    assert "cannot be read back" in answer.content.decode()


def test_mail_without_bytes_has_no_raw_page(
    client: Client, open_list: MailingList
) -> None:
    email = open_list.emails.first()
    RawMessage.objects.filter(email=email).delete()
    assert client.get(f"{email.get_absolute_url()}raw").status_code == 404
    assert client.get(f"{email.get_absolute_url()}?headers").status_code == 200
