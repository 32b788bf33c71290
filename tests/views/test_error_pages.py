"""Errors look like the site and help one go on."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client

from hyperkitty.models import MailingList, RawMessage

pytestmark = pytest.mark.django_db
BASE = "/archives/list/open@lists.example.org/"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/nowhere", 404),
        ("/archives/list/", 404),
        ("/archives/list/x@y/", 404),
        (f"{BASE}latest?page=0", 404),
        (f"{BASE}thread/{'A' * 32}/?sort=x", 400),
        (f"{BASE}export/x.mbox.gz?start=x", 400),
        ("/archives/?sort=x", 400),
        ("/archives/list/%00@x/", 404),
        (f"/archives/list/{'a' * 3000}@x/", 404),
        (f"{BASE}message/{'A' * 32}/attachment/999999999/x", 404),
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


def test_server_error_page_needs_nothing() -> None:
    assert "Something broke" in render_to_string("500.html")


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
