"""Attachments: what they are in words, and a look into those that can be read."""

from __future__ import annotations

import pytest
from django.test import Client

from hyperkitty.models import Email
from tests.mail.test_calendar import EVENT
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

HEAD = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n"


def loaded(*files: tuple[str, str, str]) -> Email:
    """Return a mail with these files: name, type and text."""
    mlist = make_list()
    parts = "".join(
        f"--x\nContent-Type: {kind}\nContent-Disposition: attachment; "
        f'filename="{name}"\n\n{text}\n'
        for name, kind, text in files
    )
    bring(mlist, mail("f@e.com", headers=HEAD, text=f"--x\n\nSee.\n{parts}--x--\n"))
    return mlist.emails.get()


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("a.png", "image/png", "PNG picture"),
        ("a.pdf", "application/pdf", "PDF document"),
        ("a.patch", "text/x-patch", "patch"),
        ("a.ics", "text/calendar", "calendar invitation"),
        ("a.zip", "application/zip", "archive of files"),
        ("a.xls", "application/vnd.ms-excel", "spreadsheet"),
        ("a.bin", "application/octet-stream", "file"),
        ("winmail.dat", "application/ms-tnef", "package by Outlook"),
        ("a.asc", "application/pgp-signature", "digital signature"),
        ("a.odd", "application/x-odd", "application/x-odd"),
    ],
)
def test_kind_of_a_file_is_said_in_words(
    client: Client, name: str, kind: str, words: str
) -> None:
    email = loaded((name, kind, "x"))
    text = client.get(email.thread.get_absolute_url()).content.decode()
    assert f'<span class="muted">{words}' in text


def look(client: Client, email: Email, name: str) -> str:
    """Return the page with the file open."""
    counter = email.attachments.get(name=name).counter
    answer = client.get(f"{email.get_absolute_url()}?file={counter}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_text_and_patches_are_shown_below_the_mail(client: Client) -> None:
    patch = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-import os\n+import sys\n"
    email = loaded(
        ("fix.patch", "text/x-patch", patch),
        ("notes.txt", "text/plain", "<b>Write to bart@example.com</b>"),
    )
    page = look(client, email, "fix.patch")
    assert '<span class="gi">' in page
    page = look(client, email, "notes.txt")
    assert "&lt;b&gt;Write to bart (a) example.com" in page
    assert "file-preview" not in client.get(email.get_absolute_url()).content.decode()


def test_invitation_says_what_when_and_where_at_once(client: Client) -> None:
    email = loaded(("invite.ics", "text/calendar", EVENT))
    page = client.get(email.get_absolute_url()).content.decode()
    assert "Invitation: " in page.replace("</span>", "")
    assert "Tea, and talk" in page
    assert "Kitchen" in page
    assert "2024-03-04T08:00:00-06:00" in page
    off = loaded(("invite.ics", "text/calendar", EVENT.replace("REQUEST", "CANCEL")))
    assert "Called off:" in client.get(off.get_absolute_url()).content.decode()


def test_calendar_that_cannot_be_read_is_shown_as_text(client: Client) -> None:
    email = loaded(("odd.ics", "text/calendar", "NOTHING:here"))
    assert "NOTHING:here" in client.get(email.get_absolute_url()).content.decode()


def test_mail_inside_a_mail_is_shown_as_a_mail(client: Client) -> None:
    inner = "From: Cate <cate@example.com>\nSubject: =?utf-8?q?caf=C3=A9?=\n\nInside.\n"
    email = loaded(("inner.eml", "message/rfc822", inner))
    page = look(client, email, email.attachments.get().name)
    assert "café" in page
    assert "cate (a) example.com" in page
    assert "Inside." in page


def test_pictures_are_there_to_be_unfolded_and_nothing_else_is(client: Client) -> None:
    email = loaded(("a.png", "image/png", "x"), ("b.svg", "image/svg+xml", "<svg/>"))
    page = client.get(email.thread.get_absolute_url()).content.decode()
    assert page.count("<img") == 1
    assert 'loading="lazy"' in page
    assert 'alt="a.png"' in page


@pytest.mark.parametrize("asked", ["999", "x", "", "9" * 40, "-1", "٣"])
def test_file_that_is_not_there_is_no_error(client: Client, asked: str) -> None:
    email = loaded(("a.txt", "text/plain", "Hidden words"))
    answer = client.get(f"{email.get_absolute_url()}?file={asked}")
    assert answer.status_code == 200
    assert "Hidden words" not in answer.content.decode()
