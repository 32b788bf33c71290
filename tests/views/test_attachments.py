"""Attachments: the right bytes, and nothing that a browser would run."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client

from hyperkitty.models import Attachment, Email, EmailState, MailingList
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

PARTS = {
    "pixel.gif": ("image/gif", "GIF89a"),
    "page.html": ("text/html", "<script>alert(1)</script>"),
    "drawing.svg": ("image/svg+xml", "<svg onload='alert(1)'/>"),
    "notes ü.txt": ("text/plain; charset=iso-8859-1", "words"),
    "fix.patch": ("text/x-patch", "--- a\n+++ b"),
}


@pytest.fixture
def loaded(db: None) -> Email:
    """Return a mail with an attachment of each kind."""
    mlist = make_list(name="files@lists.example.org")
    parts = [
        f"--x\nContent-Type: {kind}\nContent-Disposition: attachment; "
        f"filename*=utf-8''{quote(name)}\n\n{text}\n"
        for name, (kind, text) in PARTS.items()
    ]
    body = "--x\n\nSee below.\n" + "".join(parts) + "--x--\n"
    head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n"
    bring(mlist, mail("f@e.com", headers=head, text=body))
    return mlist.emails.get()


def url_of(email: Email, name: str) -> str:
    counter = Attachment.objects.get(email=email, name=name).counter
    return f"{email.get_absolute_url()}attachment/{counter}/{quote(name)}"


@pytest.mark.parametrize("name", list(PARTS))
def test_attachment_is_sent_to_be_saved_and_inert(
    client: Client, loaded: Email, name: str
) -> None:
    answer = client.get(url_of(loaded, name))
    assert answer.content.decode("latin-1") == PARTS[name][1]
    assert answer["Content-Disposition"] == (
        f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    )
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Content-Encoding" not in answer


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("pixel.gif", "image/gif"),
        ("page.html", "application/octet-stream"),
        ("drawing.svg", "application/octet-stream"),
        ("notes ü.txt", "text/plain; charset=iso-8859-1"),
        ("fix.patch", "text/x-patch"),
    ],
)
def test_only_harmless_types_are_named(
    client: Client, loaded: Email, name: str, content_type: str
) -> None:
    assert client.get(url_of(loaded, name))["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("name", "is_shown"),
    [("pixel.gif", True), ("fix.patch", True), ("page.html", False)],
)
def test_harmless_attachment_can_be_viewed(
    client: Client, loaded: Email, name: str, is_shown: bool
) -> None:
    answer = client.get(f"{url_of(loaded, name)}?view")
    assert answer["Content-Disposition"].startswith("inline") is is_shown
    assert "script" not in answer["Content-Type"]
    assert answer["Content-Security-Policy"].startswith("sandbox;")


def test_wrong_name_or_counter_is_404(client: Client, loaded: Email) -> None:
    good = url_of(loaded, "pixel.gif")
    assert client.get(good + "x").status_code == 404
    assert client.get(good.replace("/attachment/", "/attachment/9")).status_code == 404
    assert client.get(good.replace("pixel.gif", "page.html")).status_code == 404


def test_attachment_of_a_deleted_mail_is_gone(client: Client, loaded: Email) -> None:
    url = url_of(loaded, "pixel.gif")
    Email.objects.filter(pk=loaded.pk).update(state=EmailState.DELETED)
    assert client.get(url).status_code == 404


def test_thread_lists_names_types_and_sizes(client: Client, loaded: Email) -> None:
    text = client.get(loaded.thread.get_absolute_url()).content.decode()
    for name in PARTS:
        assert url_of(loaded, name) in text
    assert "GIF picture" in text


def test_second_visit_is_answered_without_the_bytes(
    client: Client, loaded: Email
) -> None:
    url = url_of(loaded, "pixel.gif")
    tag = client.get(url)["ETag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Content-Security-Policy"].startswith("sandbox;")


def test_attachment_of_a_private_list_is_no_public_copy(
    client: Client, root, loaded: Email
) -> None:
    MailingList.objects.filter(pk=loaded.mlist_id).update(archive_policy=1)
    url = url_of(loaded, "pixel.gif")
    assert client.get(url).status_code == 302
    client.force_login(root)
    assert client.get(url)["Cache-Control"].startswith("private")
