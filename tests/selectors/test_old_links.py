"""Addresses of other archives, and what people paste into a search box."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty import permissions
from hyperkitty.models import (
    AliasKind,
    ArchivePolicy,
    Email,
    EmailState,
    ListAlias,
    MailingList,
    MessageAlias,
    ThreadAlias,
)
from hyperkitty.selectors.old_links import resolve_old_url
from hyperkitty.selectors.old_pages import OldFile, OldPage, Period, read_old_page
from tests.mails import bring, mail, make_list

STRANGER = AnonymousUser()


def days(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("", OldPage()),
        ("index.html", OldPage()),
        ("2003-May", OldPage(days("2003-05-01", "2003-06-01"))),
        ("2003-December/", OldPage(days("2003-12-01", "2004-01-01"))),
        ("2003-december/thread.html", OldPage(days("2003-12-01", "2004-01-01"))),
        ("2003-Dec/author.html", OldPage(days("2003-12-01", "2004-01-01"))),
        ("2003-May/subject.html", OldPage(days("2003-05-01", "2003-06-01"))),
        ("2003q4/date.html", OldPage(days("2003-10-01", "2004-01-01"))),
        ("2003/thread.html", OldPage(days("2003-01-01", "2004-01-01"))),
        ("20030228/thread.html", OldPage(days("2003-02-28", "2003-03-01"))),
        ("Week-of-Mon-20030505", OldPage(days("2003-05-05", "2003-05-12"))),
        (
            "2003-May.txt",
            OldPage(days("2003-05-01", "2003-06-01"), file=OldFile.TEXT),
        ),
        (
            "2003-December.txt.gz",
            OldPage(days("2003-12-01", "2004-01-01"), file=OldFile.GZIP),
        ),
        (
            "2003-May/000123.html",
            OldPage(
                days("2003-05-01", "2003-06-01"),
                number=(AliasKind.PIPERMAIL, "000123"),
            ),
        ),
        ("msg00007.html", OldPage(number=(AliasKind.MHONARC, "00007"))),
        ("threads/msg00007.html", OldPage(number=(AliasKind.MHONARC, "00007"))),
        (
            "attachments/20030501/5f3a2b1c/fix-0001.bin",
            OldPage(scrubbed="20030501/5f3a2b1c/fix-0001.bin"),
        ),
    ],
)
def test_page_of_another_archive_is_understood(path: str, page: OldPage) -> None:
    assert read_old_page(path) == page


@pytest.mark.parametrize(
    "path",
    [
        *("2003-Foo", "2003-Foo.txt", "0000-May", "9999-May", "20030231", "2003q5"),
        *("2003-May/../x", "2003-May/1/2", "٢٠٠٣-May", "attachments/x", "a/b/c"),
        *("1234567890123.html", "2003-May.zip"),
    ],
)
def test_what_was_never_a_page_is_none(path: str) -> None:
    assert read_old_page(path) is None


@given(st.text(max_size=60))
def test_any_path_is_read_without_harm(path: str) -> None:
    read_old_page(path)


@pytest.fixture
def dev(db: None) -> MailingList:
    """Return a public list with a thread of two and two recorded numbers."""
    mlist = make_list(name="dev@lists.example.org")
    bring(mlist, mail("q@e.com"), mail("a@e.com", references=["q@e.com"], hours=1))
    for kind, value in ((AliasKind.PIPERMAIL, "000007"), (AliasKind.MHONARC, "00007")):
        email = mlist.emails.get(message_id="a@e.com")
        MessageAlias.objects.create(mlist=mlist, kind=kind, value=value, email=email)
    return mlist


def resolve(text: str) -> str | None:
    return resolve_old_url(text, permissions.readable_lists(STRANGER))


def forms(mlist: MailingList) -> list[str]:
    """Return the ways to name the answer `a@e.com`."""
    email = mlist.emails.get(message_id="a@e.com")
    return [
        *("<a@e.com>", "a@e.com", " a@e.com ", "mid:a@e.com", "Message-ID: <a@e.com>"),
        *(email.permalink, email.permalink.lower()),
        email.get_absolute_url(),
        f"https://lists.example.org{email.get_absolute_url()}raw",
        f"https://moved.example/hk/list/dev@moved.example/message/{email.permalink}/",
        "http://lists.example.org/pipermail/dev/2024-January/000007.html",
        "https://lists.example.org/mailman/private/dev/2024-January/000007.html",
        "https://old.example/archives/dev/msg00007.html",
        "https://lore.example.org/dev/a@e.com/T/#u",
        "https://lore.example.org/all/a%40e.com/",
        "https://marc.example/?i=<a@e.com>",
    ]


def test_every_way_to_name_a_message_leads_to_it(dev: MailingList) -> None:
    wanted = dev.emails.get(message_id="a@e.com").get_absolute_url()
    assert {form: resolve(form) for form in forms(dev)} == dict.fromkeys(
        forms(dev), wanted
    )


def test_private_list_is_as_if_it_were_not_there(dev: MailingList) -> None:
    asked = forms(dev)
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)
    assert [form for form in asked if resolve(form)] == []


def test_hidden_message_is_no_answer(dev: MailingList) -> None:
    Email.objects.filter(message_id="a@e.com").update(state=EmailState.HIDDEN)
    assert resolve("<a@e.com>") is None
    assert resolve(dev.emails.get(message_id="a@e.com").permalink) is None


def test_thread_is_found_under_every_id_it_had(dev: MailingList) -> None:
    thread = dev.threads.get()
    ThreadAlias.objects.create(mlist=dev, former_id="A" * 32, thread=thread)
    base = "https://x.example/list/dev@lists.example.org/thread"
    assert resolve(f"{base}/{thread.thread_id}/") == thread.get_absolute_url()
    assert resolve(f"{base}/{'A' * 32}/") == thread.get_absolute_url()
    assert resolve("A" * 32) == thread.get_absolute_url()


def test_message_of_a_renamed_list_is_found(dev: MailingList) -> None:
    ListAlias.objects.create(name="old@lists.example.org", mlist=dev)
    email = dev.emails.get(message_id="a@e.com")
    url = f"/x/list/old@lists.example.org/message/{email.permalink}/"
    assert resolve(url) == email.get_absolute_url()


def test_message_in_several_lists_is_shown_in_the_one_asked_for(
    dev: MailingList,
) -> None:
    other = make_list(name="other@lists.example.org")
    bring(other, mail("q@e.com"))
    first, second = Email.objects.filter(message_id="q@e.com").order_by("pk")
    assert resolve("<q@e.com>") == first.get_absolute_url()
    assert resolve(second.get_absolute_url()) == second.get_absolute_url()


def test_month_and_front_page_are_found(dev: MailingList) -> None:
    base = "http://lists.example.org/pipermail/dev"
    assert resolve(f"{base}/") == dev.get_absolute_url()
    assert resolve(f"{base}/2024-December/date.html") == (
        f"{dev.get_absolute_url()}2024/12/"
    )
    # The number that nobody recorded: its month.
    assert resolve(f"{base}/2024-January/000099.html") == (
        f"{dev.get_absolute_url()}2024/1/"
    )


def test_host_decides_between_lists_of_one_name(dev: MailingList) -> None:
    other = make_list(name="dev@another.example.org")
    url = "http://{}/pipermail/dev/"
    assert resolve(url.format("lists.example.org")) == dev.get_absolute_url()
    assert resolve(url.format("another.example.org")) == other.get_absolute_url()
    assert resolve(url.format("unknown.example.org")) == other.get_absolute_url()


@pytest.mark.parametrize(
    "text",
    [
        *("", "words to look for", "from:anne@example.com bug", "http://[bad", "\x00"),
        *("https://example.org/", "/", "x" * 5000, "anne@example.com", "<>", "@"),
        *("https://e.org/" + "a@b/" * 500, "http://e.org/list/x/message/nohash/"),
    ],
)
def test_other_text_is_no_address(dev: MailingList, text: str) -> None:
    assert resolve(text) is None


def test_cost_does_not_depend_on_the_text(
    dev: MailingList, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(6):
        for text in ("some words", "an advanced question"):
            resolve(text)
        resolve("https://e.org/" + "a@b/" * 500)
        resolve("nobody@e.com")
