"""HTML mail on demand: in a frame that can do nothing, with the mail's own pictures."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hyperkitty.models import Email, EmailState
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

HEAD = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=r\n"
BODY = """\
--r
Content-Type: multipart/alternative; boundary=a

--a

The text.
--a
Content-Type: text/html; charset=utf-8

<h1>Größe</h1><p>anne@example.com</p><script>alert(1)</script>
<img src="cid:pic@x"><img src="https://tracker.example.net/dot.gif">
--a--
--r
Content-Type: image/gif
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7
--r--
"""


@pytest.fixture
def fancy(db: None) -> Email:
    """Return a mail in two forms, the second with pictures."""
    mlist = make_list(name="fancy@lists.example.org")
    bring(mlist, mail("f@e.com", headers=HEAD, text=BODY))
    return mlist.emails.get()


def test_text_is_shown_and_html_only_on_demand(client: Client, fancy: Email) -> None:
    url = fancy.get_absolute_url()
    page = client.get(url).content.decode()
    assert "The text." in page
    assert "<iframe" not in page
    assert 'href="?html"' in page
    framed = client.get(f"{url}?html")
    page = framed.content.decode()
    assert f'<iframe src="{url}html"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "The text." not in page
    assert "frame-src 'self'" in framed["Content-Security-Policy"]
    assert 'content="noindex"' in page


def test_frame_is_clean_closed_and_has_its_own_pictures(
    client: Client, fancy: Email
) -> None:
    answer = client.get(f"{fancy.get_absolute_url()}html")
    text = answer.content.decode()
    assert "Größe" in text
    assert "script" not in text
    assert 'src="data:image/gif;base64,R0lGOD' in text
    assert "tracker" not in text
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "img-src data:;" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_pictures_from_elsewhere_load_when_the_reader_asks(
    client: Client, fancy: Email
) -> None:
    url = fancy.get_absolute_url()
    assert (
        f'src="{url}html?remote"' in client.get(f"{url}?html=remote").content.decode()
    )
    answer = client.get(f"{url}html?remote")
    assert "tracker.example.net" in answer.content.decode()
    assert "https:" in answer["Content-Security-Policy"]


def test_addresses_in_the_frame_are_masked_for_strangers(
    client: Client, fancy: Email, cate: User
) -> None:
    url = f"{fancy.get_absolute_url()}html"
    assert "anne@example.com" not in client.get(url).content.decode()
    client.force_login(cate)
    assert "anne@example.com" in client.get(url).content.decode()


def test_second_visit_is_answered_without_reading_the_mail(
    client: Client, fancy: Email
) -> None:
    url = f"{fancy.get_absolute_url()}html"
    tag = client.get(url)["ETag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert again.status_code == 304
    # What the browser keeps holds its own.
    assert "Content-Security-Policy" not in again


def test_title_of_the_frame_is_masked_for_strangers(
    client: Client, fancy: Email, cate: User
) -> None:
    Email.objects.update(subject="Ask anne@example.com")
    url = f"{fancy.get_absolute_url()}html"
    assert "<title>Ask anne (a) example.com</title>" in client.get(url).text
    client.force_login(cate)
    assert "<title>Ask anne@example.com</title>" in client.get(url).text


def test_mail_without_html_has_no_frame(client: Client) -> None:
    mlist = make_list()
    bring(mlist, mail("p@e.com"))
    url = mlist.emails.get().get_absolute_url()
    assert client.get(f"{url}html").status_code == 404
    assert "<iframe" not in client.get(f"{url}?html").content.decode()
    assert "?html" not in client.get(url).content.decode()


def test_html_of_a_deleted_mail_is_gone(client: Client, fancy: Email) -> None:
    Email.objects.filter(pk=fancy.pk).update(state=EmailState.DELETED)
    assert client.get(f"{fancy.get_absolute_url()}html").status_code == 404


def test_mail_that_is_nothing_but_html_says_so_in_its_thread(client: Client) -> None:
    mlist = make_list()
    head = "MIME-Version: 1.0\nContent-Type: text/html\n"
    bring(mlist, mail("h@e.com", headers=head, text="<p>Hello <b>all</b></p>\n"))
    email = mlist.emails.get()
    page = client.get(email.thread.get_absolute_url()).content.decode()
    assert "Hello" in page
    assert f'href="{email.get_absolute_url()}?html"' in page
