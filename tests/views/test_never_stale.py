"""Whatever changes, no cache confirms an answer that would be another one now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from hyperkitty.models import (
    ArchivePolicy,
    DecisionKind,
    EmailState,
    MailingList,
    PolicySource,
    Thread,
)
from hyperkitty.services.bulk import reckon_due
from hyperkitty.services.keeping import Act, change_states
from hyperkitty.services.lists import describe_list, set_policy
from hyperkitty.services.reactions import add_tags, set_answer, vote
from hyperkitty.threads.states import set_state
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

Change = Callable[[MailingList], object]


@pytest.fixture
def talk(open_list: MailingList) -> MailingList:
    """Return a list with two threads that Mailman does not have."""
    MailingList.objects.update(policy_source=PolicySource.ADMIN, synced_at=None)
    bring(open_list, mail("other@e.com", subject="Other", hours=30))
    reckon_due()
    open_list.refresh_from_db()
    return open_list


def urls(mlist: MailingList) -> list[str]:
    """Return a page of each kind that strangers may keep, and what machines read."""
    base = mlist.get_absolute_url()
    email = mlist.emails.get(message_id="a@example.com")
    thread = email.thread.get_absolute_url()
    handle = email.sender.handle
    listings = [
        f"{base}{period}{view}"
        for period in ("latest", "2024/1/")
        for view in ("", "?view=date", "?view=author", "?view=subject", "?view=tree")
    ]
    feeds = [
        f"{start}feed/{form}"
        for start in ("/archives/", base, thread, f"{base}from/{handle}/")
        for form in ("", "atom/")
    ]
    return [
        *("/archives/", "/archives/?sort=name", base, *listings, f"{base}2024/1/1/"),
        *(thread, f"{thread}?sort=date", f"{thread}?branch={email.permalink}"),
        *(email.get_absolute_url(), f"{email.get_absolute_url()}?headers"),
        *("/archives/users/", f"/archives/users/{handle}/"),
        f"/archives/users/{handle}/posts?list={mlist.name}",
        *feeds,
        *("/sitemap.xml", f"/sitemap-{mlist.name}.xml"),
        f"/sitemap-{mlist.name}-2024-01.xml",
        *("/archives/bulk", f"{base}bulk/", f"{base}bulk/2024-01.mbox.gz"),
        *(f"{base}export/all.mbox.gz", f"{email.get_absolute_url()}raw"),
    ]


def _set(mlist: MailingList, message_id: str, state: EmailState) -> None:
    set_state(mlist, [mlist.emails.get(message_id=message_id).pk], state)


def _hide_and_show(mlist: MailingList) -> None:
    _set(mlist, "q@example.com", EmailState.HIDDEN)
    _set(mlist, "q@example.com", EmailState.VISIBLE)


def _thread(mlist: MailingList) -> Thread:
    return mlist.emails.get(message_id="q@example.com").thread


#: What happens to a list.
CHANGES: dict[str, Change] = {
    "a reply arrives": lambda mlist: bring(
        mlist, mail("n@e.com", references=["a@example.com"], hours=6)
    ),
    "threads merge": lambda mlist: bring(
        mlist, mail("n@e.com", references=["other@e.com", "a@example.com"], hours=31)
    ),
    "another thread starts": lambda mlist: bring(mlist, mail("n@e.com", hours=7)),
    "the answer is hidden": lambda m: _set(m, "a@example.com", EmailState.HIDDEN),
    "the answer is deleted": lambda m: _set(m, "a@example.com", EmailState.DELETED),
    "the start is hidden": lambda m: _set(m, "q@example.com", EmailState.HIDDEN),
    "it is hidden and shown again": _hide_and_show,
    "somebody likes it": lambda m: vote(
        account("fan").pk, m.emails.get(message_id="a@example.com"), 1
    ),
    "it is tagged": lambda m: add_tags(account("fan").pk, _thread(m), ["news"]),
    "it is answered": lambda m: set_answer(
        _thread(m), m.emails.get(message_id="a@example.com")
    ),
    "the list is described anew": lambda m: describe_list(
        m, display_name="Talk", description="About things"
    ),
    "another list appears": lambda _m: bring(
        make_list(name="more@lists.example.org"), mail("q@example.com")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_confirmed_is_still_the_same(
    client: Client, talk: MailingList, change: str
) -> None:
    before = {url: _answer(client, url) for url in urls(talk)}
    CHANGES[change](talk)
    for url, (tag, body) in before.items():
        again = client.get(url, headers={"If-None-Match": tag})
        if again.status_code == 304:
            assert _answer(client, url) == (tag, body), url


@pytest.mark.parametrize("change", ["the answer is hidden", "the answer is deleted"])
def test_what_was_taken_out_is_told_by_nothing(
    client: Client, talk: MailingList, change: str
) -> None:
    asked = urls(talk)
    tags = {url: client.get(url)["ETag"] for url in asked}
    CHANGES[change](talk)
    for url, tag in tags.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        if answer.status_code == 304:
            assert url == "/archives/users/", url
        assert b"Ask me at bart" not in answer.getvalue(), url


def test_private_list_is_confirmed_to_nobody(client: Client, talk: MailingList) -> None:
    tags = {url: client.get(url)["ETag"] for url in urls(talk)}
    set_policy(talk, ArchivePolicy.PRIVATE)
    for url, tag in tags.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        assert answer.status_code in (200, 302, 403, 404), url
        assert b"A question" not in answer.getvalue(), url
        assert talk.name.encode() not in answer.getvalue() or talk.name in url, url


def _hide_raise(mlist: MailingList) -> None:
    emails = mlist.emails.filter(message_id="raise@e.com")
    change_states(mlist, emails, DecisionKind.HIDE, Act())


@pytest.mark.parametrize(
    ("message_id", "is_thread", "told", "change"),
    [
        ("l@e.com", False, "A raise", _hide_raise),
        ("l@e.com", True, "A raise", _hide_raise),
        ("l@e.com", False, "A raise", lambda m: set_policy(m, ArchivePolicy.PRIVATE)),
        ("l@e.com", True, "A raise", lambda m: set_policy(m, ArchivePolicy.PRIVATE)),
        ("c@e.com", False, "Pay", lambda m: set_policy(m, ArchivePolicy.PRIVATE)),
    ],
)
def test_what_another_list_hides_is_not_confirmed(
    client: Client,
    talk: MailingList,
    message_id: str,
    is_thread: bool,
    told: str,
    change: Change,
) -> None:
    other = make_list(display_name="Pay", policy_source=PolicySource.ADMIN)
    bring(other, mail("raise@e.com", subject="A raise"), mail("c@e.com"))
    there = other.emails.get(message_id="raise@e.com").get_absolute_url()
    link = mail("l@e.com", text=f"As in http://testserver{there}\n", hours=2)
    bring(talk, mail("c@e.com"), link)
    email = talk.emails.get(message_id=message_id)
    url = (email.thread if is_thread else email).get_absolute_url()
    before = client.get(url)
    assert told in before.text
    change(other)
    tags = {"If-None-Match": before["ETag"]} if "ETag" in before else {}
    again = client.get(url, headers=tags)
    assert again.status_code == 200
    assert told not in again.text


def test_people_who_sign_in_and_out_get_their_own_answers(
    client: Client, talk: MailingList, cate: User
) -> None:
    asked = [url for url in urls(talk) if not url.endswith((".gz", "raw"))]
    before = {url: _answer(client, url) for url in asked}
    client.force_login(cate)
    for url, (tag, _body) in before.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        assert answer.status_code == 200, url
        assert answer["Cache-Control"] == "private, no-store", url
        assert "ETag" not in answer, url
        assert "Cookie" in answer["Vary"], url
    client.logout()
    for url, (tag, body) in before.items():
        again = client.get(url, headers={"If-None-Match": tag})
        assert again.status_code == 304, url
        assert _answer(client, url) == (tag, body), url


def test_other_language_is_another_answer(
    client: Client, talk: MailingList, settings: Settings
) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    place = site.MIDDLEWARE.index("django.middleware.common.CommonMiddleware")
    middleware = list(site.MIDDLEWARE)
    middleware.insert(place, "django.middleware.locale.LocaleMiddleware")
    settings.MIDDLEWARE = middleware
    for url in urls(talk):
        english = client.get(url, headers={"Accept-Language": "en"})
        headers = {"Accept-Language": "de", "If-None-Match": english["ETag"]}
        german = client.get(url, headers=headers)
        if german.status_code == 304:
            assert url.endswith((".gz", "raw")), url
        else:
            assert "Accept-Language" in german["Vary"], url


def _answer(client: Client, url: str) -> tuple[str, bytes]:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer["ETag"], answer.getvalue()
