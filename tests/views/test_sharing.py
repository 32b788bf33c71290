"""What pages tell search engines and those who link them."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import include, path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperkitty.models import Email, MailingList, Thread
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

HOST = "http://testserver"
_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
_GRAPH = re.compile(r'<meta property="og:(\w+)" content="([^"]*)">')

urlpatterns = [
    path("archives/", include("hyperkitty.urls")),
    path("hyperkitty/", include("hyperkitty.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("django_mailman3.urls")),
]


def data(text: str) -> dict[str, Any]:
    (found,) = _DATA.findall(text)
    facts: dict[str, Any] = json.loads(found)
    assert facts["@context"] == "https://schema.org"
    return facts


def graph(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _GRAPH.findall(text)}


def test_thread_is_a_posting_with_its_replies(
    client: Client, open_list: MailingList
) -> None:
    question, answer = open_list.emails.order_by("sort_date")
    thread = question.thread.get_absolute_url()
    text = client.get(thread).content.decode()
    facts = data(text)
    assert facts["@type"] == "DiscussionForumPosting"
    assert (facts["headline"], facts["url"]) == ("A question", HOST + thread)
    assert facts["author"] == {"@type": "Person", "name": "Anne"}
    assert facts["datePublished"] == "2024-01-01T12:00:00+00:00"
    assert facts["text"] == "Who knows?"
    assert facts["commentCount"] == 1
    (comment,) = facts["comment"]
    assert comment["url"] == HOST + answer.get_absolute_url()
    assert comment["text"] == "I do. Ask me at bart (a) example.com."
    assert graph(text) == {
        "type": "article",
        "title": "A question",
        "description": "Who knows?",
        "url": HOST + thread,
        **({"site_name": site} if (site := graph(text).get("site_name")) else {}),
    }


def test_message_is_a_posting_in_its_thread(
    client: Client, open_list: MailingList
) -> None:
    answer = open_list.emails.get(message_id="a@example.com")
    facts = data(client.get(answer.get_absolute_url()).content.decode())
    assert facts["url"] == HOST + answer.get_absolute_url()
    assert facts["isPartOf"]["url"] == HOST + answer.thread.get_absolute_url()


def test_list_says_what_it_is(client: Client, open_list: MailingList) -> None:
    MailingList.objects.update(description='For "open" talk & more')
    text = client.get(open_list.get_absolute_url()).content.decode()
    found = graph(text)
    assert (found["title"], found["description"]) == (
        "Open talk",
        'For "open" talk & more',
    )


def test_long_thread_tells_of_its_first_replies(client: Client, db: None) -> None:
    mlist = make_list()
    replies = (
        mail(f"{n}@e.com", in_reply_to="q@e.com", hours=n + 1) for n in range(20)
    )
    bring(mlist, mail("q@e.com"), *replies)
    facts = data(client.get(mlist.threads.get().get_absolute_url()).content.decode())
    assert (facts["commentCount"], len(facts["comment"])) == (20, 10)


def test_private_pages_tell_nothing(
    client: Client, closed_list: MailingList, anne: User
) -> None:
    client.force_login(anne)
    email = closed_list.emails.get()
    for url in (
        closed_list.get_absolute_url(),
        email.get_absolute_url(),
        email.thread.get_absolute_url(),
    ):
        text = client.get(url).content.decode()
        assert "og:" not in text
        assert "ld+json" not in text
        assert '<meta name="robots" content="noindex">' in text


def test_page_that_shows_a_thread_again_does_not_describe_it(
    client: Client, open_list: MailingList
) -> None:
    thread = open_list.threads.get().get_absolute_url()
    text = client.get(f"{thread}?sort=date").content.decode()
    assert "ld+json" not in text
    assert f'<link rel="canonical" href="{HOST}{thread}">' in text


@override_settings(ROOT_URLCONF=__name__)
def test_canonical_links_name_the_mount_that_reverse_gives(
    client: Client, open_list: MailingList
) -> None:
    """As in mailman-web, which mounts the app twice."""
    email = open_list.emails.get(message_id="a@example.com")
    month = f"{open_list.get_absolute_url()}2024/1/"
    pages = [
        "/hyperkitty/",
        open_list.get_absolute_url(),
        f"{open_list.get_absolute_url()}latest",
        *(month, f"{month}1/"),
        email.get_absolute_url(),
        email.thread.get_absolute_url(),
    ]
    for canonical in pages:
        assert canonical.startswith("/hyperkitty/")
        other = canonical.replace("/hyperkitty/", "/archives/", 1)
        for url in (canonical, other):
            text = client.get(url).content.decode()
            assert f'<link rel="canonical" href="{HOST}{canonical}">' in text, url


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_mail_makes_one_block_of_data(client: Client, db: None, text: str) -> None:
    text = (text + "</script><!--<script>").replace("\0", "")
    mlist = make_list()
    bring(mlist, mail())
    Email.objects.update(sender_name=text, snippet=text, subject=text)
    Thread.objects.update(subject=text)
    email = mlist.emails.get()
    for page in (email.get_absolute_url(), email.thread.get_absolute_url()):
        facts = data(client.get(page).content.decode())
        assert facts["text"] == text
