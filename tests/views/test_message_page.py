"""The page of a mail, and its raw bytes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hyperkitty.models import AliasKind, Email, EmailState, MailingList, MessageAlias
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
OTHER = "B" * 32


@pytest.fixture
def answer_mail(open_list: MailingList) -> Email:
    """Return the second mail of the open list."""
    return open_list.emails.get(message_id="a@example.com")


def test_page_shows_the_mail_and_what_surrounds_it(
    client: Client, answer_mail: Email
) -> None:
    answer = client.get(answer_mail.get_absolute_url())
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "I do. Ask me" in text
    assert "Message 2 of 2 in" in text
    assert "Who knows?" in text  # what it answers
    question = answer_mail.parent
    assert answer.context["previous"].permalink == question.permalink
    assert answer.context["next"] is None
    replies = client.get(question.get_absolute_url()).context["replies"]
    assert replies == [answer_mail]


def test_other_hash_of_the_id_redirects(client: Client, answer_mail: Email) -> None:
    MessageAlias.objects.create(
        mlist=answer_mail.mlist, kind=AliasKind.HASH, value=OTHER, email=answer_mail
    )
    base = f"{answer_mail.mlist.get_absolute_url()}message"
    answer = client.get(f"{base}/{OTHER}/")
    assert (answer.status_code, answer["Location"]) == (
        302,
        answer_mail.get_absolute_url(),
    )
    raw = client.get(f"{base}/{OTHER}/raw")
    assert raw["Location"] == f"{answer_mail.get_absolute_url()}raw"


def test_unknown_message_is_404(client: Client, open_list: MailingList) -> None:
    base = f"{open_list.get_absolute_url()}message"
    assert client.get(f"{base}/{OTHER}/").status_code == 404
    assert client.get(f"{base}/x/").status_code == 404


@pytest.mark.parametrize(
    "state", [EmailState.HIDDEN, EmailState.DELETED, EmailState.ERASED]
)
def test_mail_taken_out_is_410_and_its_bytes_are_gone(
    client: Client, answer_mail: Email, state: int
) -> None:
    Email.objects.filter(pk=answer_mail.pk).update(state=state)
    answer = client.get(answer_mail.get_absolute_url())
    assert answer.status_code == 410
    text = answer.content.decode()
    assert "taken out of the archive" in text
    assert "bart" not in text.lower()
    assert answer_mail.thread.get_absolute_url() in text
    assert client.get(f"{answer_mail.get_absolute_url()}raw").status_code == 404


def test_mails_with_one_message_id_link_each_other(client: Client) -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("same@e.com", subject="One", text="First text.\n"),
        mail("same@e.com", subject="Two", text="Another text.\n", hours=2),
    )
    first, second = mlist.emails.order_by("pk")
    for email, twin in ((first, second), (second, first)):
        answer = client.get(email.get_absolute_url())
        assert answer.context["twins"] == [twin]
        assert twin.get_absolute_url() in answer.content.decode()


def test_headers_come_on_demand_and_decoded(client: Client) -> None:
    mlist = make_list()
    bring(mlist, mail("h@e.com", headers="X-Note: =?utf-8?q?caf=C3=A9?=\n"))
    url = mlist.emails.get().get_absolute_url()
    assert "X-Note" not in client.get(url).content.decode()
    shown = client.get(f"{url}?headers").content.decode()
    assert "X-Note" in shown
    assert "café" in shown


def test_raw_mail_is_sent_byte_for_byte_and_inert(client: Client) -> None:
    mlist = make_list()
    raw = mail("r@e.com", text="8-bit \u00e9, >From here\n\n.\n").replace(
        b"\n", b"\r\n"
    )
    bring(mlist, raw)
    answer = client.get(f"{mlist.emails.get().get_absolute_url()}raw")
    assert answer.content == raw
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert answer["Cache-Control"] == "public, max-age=3600, must-revalidate"
    assert "immutable" not in answer["Cache-Control"]


def test_closed_raw_access_gives_no_raw_bytes_nor_headers(
    client: Client, answer_mail: Email, cate: User
) -> None:
    url = answer_mail.get_absolute_url()
    with override_settings(HYPERKITTY_RAW_ACCESS="signed-in"):
        assert client.get(f"{url}raw").status_code == 403
        page = client.get(f"{url}?headers").content.decode()
        assert "Message-ID" not in page
        assert "raw" not in page
        client.force_login(cate)
        assert client.get(f"{url}raw").status_code == 200


def test_mail_without_subject_or_name_is_still_a_page(client: Client) -> None:
    mlist = make_list()
    bring(mlist, b"\n", b"From: \nSubject: \n\n")
    for email in mlist.emails.all():
        text = client.get(email.get_absolute_url()).content.decode()
        assert "(no subject)" in text
        assert "(unknown sender)" in text


def test_text_of_a_mail_cannot_leave_its_place(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    mlist = make_list()
    bring(
        mlist,
        mail("x@e.com", subject=evil, sender=f'"{evil}" <x@e.com>', text=f"{evil}\n"),
    )
    email = mlist.emails.get()
    urls = [
        *(email.get_absolute_url(), f"{email.get_absolute_url()}?headers"),
        *(email.thread.get_absolute_url(), mlist.get_absolute_url()),
        f"{mlist.get_absolute_url()}latest",
    ]
    for url in urls:
        text = client.get(url).content.decode()
        assert "<script>" not in text, url
        assert "&lt;script&gt;" in text, url


def test_links_into_this_site_show_what_they_lead_to(client: Client) -> None:
    there = make_list(display_name="Tea")
    bring(there, mail("there@e.com", subject="Better mugs"))
    target = there.emails.get().get_absolute_url()
    here = make_list()
    text = f"See http://testserver{target} and https://elsewhere.example{target}.\n"
    bring(here, mail("here@e.com", text=text))
    url = here.emails.get().get_absolute_url()
    for page in (url, here.emails.get().thread.get_absolute_url()):
        shown = client.get(page).content.decode()
        assert f'<a class="m-local" href="{target}">Better mugs</a>' in shown
        assert f"https://elsewhere.example{target}" in shown
    MailingList.objects.filter(pk=there.pk).update(archive_policy=1)
    assert "Better mugs" not in client.get(url).content.decode()


def test_bug_numbers_of_the_list_are_links(client: Client) -> None:
    mlist = make_list(name="dev@lists.example.org")
    bring(mlist, mail("b@e.com", text="Fixed in #12, see BUG-7.\n"))
    url = mlist.emails.get().get_absolute_url()
    patterns = {
        "dev@lists.example.org": [("#([0-9]+)", "https://bugs.example.org/{}")],
        "*": [("BUG-[0-9]+", "https://old.example.org/{}")],
        "other@lists.example.org": [("Fixed", "https://no.example.org/{}")],
    }
    with override_settings(HYPERKITTY_BUG_PATTERNS=patterns):
        text = client.get(url).content.decode()
    assert 'href="https://bugs.example.org/12"' in text
    assert 'href="https://old.example.org/BUG-7"' in text
    assert "no.example.org" not in text


def test_same_mail_on_other_lists_is_named_where_one_may_read_it(
    client: Client,
) -> None:
    here, there, hidden = (
        make_list(display_name=name) for name in ("Here", "There", "Salary talk")
    )
    hidden.archive_policy = 1
    hidden.save()
    for mlist in (here, there, hidden):
        bring(mlist, mail("cross@e.com", subject="Everybody"))
    answer = client.get(here.emails.get().get_absolute_url())
    text = answer.content.decode()
    assert [copy.mlist for copy in answer.context["copies"]] == [there]
    assert there.emails.get().get_absolute_url() in text
    assert "Salary talk" not in text
    assert hidden.name not in text


def test_answer_by_mail_names_what_it_answers(
    client: Client, answer_mail: Email
) -> None:
    mlist = answer_mail.mlist
    there = make_list(name="also@lists.example.org")
    bring(there, mail("a@example.com", subject="Re: A question"))
    link = client.get(answer_mail.get_absolute_url()).context["mailto"]
    assert link.startswith(f"mailto:{mlist.name}?cc=also@lists.example.org")
    assert "Subject=Re%3A%20A%20question" in link
    assert "In-Reply-To=%3Ca%40example.com%3E" in link
    assert "References=%3Cq%40example.com%3E%20%3Ca%40example.com%3E" in link
    MailingList.objects.filter(pk=mlist.pk).update(allow_list_posts=False)
    assert not client.get(answer_mail.get_absolute_url()).context["mailto"]
