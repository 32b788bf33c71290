"""Feeds: valid XML for any mail, the newest mails, no address, no private word."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import http_date
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperkitty.models import ArchivePolicy, Email, EmailState, MailingList, Thread
from hyperkitty.threads.changes import note_changes
from hyperkitty.views.feeds import MAX_TEXT
from tests.mails import ARRIVED, FIRST_DAY, bring, mail, make_list

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "/archives/feed/"


def feeds_of(mlist: MailingList) -> list[str]:
    """Return the feeds that show the first mail of *mlist*."""
    thread = mlist.emails.order_by("pk")[0].thread.get_absolute_url()
    bases = (SITE, f"{mlist.get_absolute_url()}feed/", f"{thread}feed/")
    return [base + form for base in bases for form in ("", "atom/")]


def parsed(answer: HttpResponse) -> ElementTree.Element:
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)  # noqa: S314  # our own output


def atom(client: Client, url: str) -> ElementTree.Element:
    answer = client.get(url)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return parsed(answer)


def rss(client: Client, url: str) -> ElementTree.Element:
    answer = client.get(url)
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    channel = parsed(answer).find("channel")
    assert channel is not None
    return channel


def titles(client: Client, url: str) -> list[str]:
    return [item.findtext("title", "") for item in rss(client, url).findall("item")]


def check_atom(feed: ElementTree.Element) -> None:
    """Demand what RFC 4287 does of a feed and its entries."""
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text, name
        assert parse_datetime(element.findtext(f"{ATOM}updated", "")).tzinfo
        assert ":" in element.findtext(f"{ATOM}id", "")
        (alternate,) = (
            link
            for link in element.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        )
        assert alternate.get("href", "").startswith("http://testserver/")
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.find(f"{ATOM}content").get("type") == "html"


def check_rss(channel: ElementTree.Element) -> None:
    """Demand what RSS 2.0 does of a channel and its items."""
    for name in ("title", "link", "description"):
        assert channel.findtext(name), name
    parsedate_to_datetime(channel.findtext("lastBuildDate", ""))
    for item in channel.findall("item"):
        assert item.findtext("title")
        assert item.findtext("guid") == item.findtext("link")
        assert item.find("guid").get("isPermaLink") == "true"
        parsedate_to_datetime(item.findtext("pubDate", ""))


def test_feeds_have_what_their_standards_demand(
    client: Client, open_list: MailingList
) -> None:
    for url in feeds_of(open_list):
        if url.endswith("atom/"):
            check_atom(atom(client, url))
        else:
            check_rss(rss(client, url))


def test_empty_feeds_are_valid_too(client: Client, db: None) -> None:
    mlist = make_list()
    for base in (SITE, f"{mlist.get_absolute_url()}feed/"):
        check_rss(rss(client, base))
        check_atom(atom(client, f"{base}atom/"))


def test_mail_is_told_with_its_words_and_its_place(
    client: Client, open_list: MailingList
) -> None:
    question, answer = open_list.emails.order_by("sort_date")
    feed = atom(client, f"{open_list.get_absolute_url()}feed/atom/")
    entry = feed.find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:sha1:{answer.permalink}"
    assert entry.findtext(f"{ATOM}title") == "Re: A question"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Bart"
    assert entry.findtext(f"{ATOM}published") == "2024-01-01T17:00:00+00:00"
    reply_to = entry.find("{http://purl.org/syndication/thread/1.0}in-reply-to")
    assert reply_to.get("ref") == f"urn:sha1:{question.permalink}"
    item = rss(client, f"{open_list.get_absolute_url()}feed/").find("item")
    assert item.findtext("guid") == f"http://testserver{answer.get_absolute_url()}"
    assert item.findtext("description") == (
        "<pre>I do. Ask me at bart (a) example.com.</pre>"
    )


def test_addresses_are_masked_even_for_people_who_are_signed_in(
    client: Client, open_list: MailingList, cate: User
) -> None:
    bring(open_list, mail("n@e.com", sender="dan@example.com", subject="a@b.org?"))
    for _turn in range(2):
        for url in feeds_of(open_list):
            text = client.get(url).content.decode()
            assert "bart@example.com" not in text
            assert "dan@example.com" not in text
            assert "a@b.org" not in text
        client.force_login(cate)


def test_newest_mails_come_first_up_to_the_length(client: Client, db: None) -> None:
    mlist = make_list()
    mails = [mail(f"{n}@e.com", subject=f"n{n}", hours=n) for n in range(6)]
    bring(mlist, *mails)
    url = f"{mlist.get_absolute_url()}feed/"
    assert titles(client, url) == ["n5", "n4", "n3", "n2", "n1", "n0"]
    with override_settings(HYPERKITTY_MLIST_FEED_LENGTH=2):
        assert titles(client, url) == titles(client, SITE) == ["n5", "n4"]


def test_thread_has_a_feed_of_its_own(client: Client, open_list: MailingList) -> None:
    bring(open_list, mail("other@e.com", subject="Other", hours=9))
    thread = Thread.objects.get(starting_email__message_id="q@example.com")
    url = f"{thread.get_absolute_url()}feed/"
    assert titles(client, url) == ["Re: A question", "A question"]
    assert rss(client, url).findtext("title") == "A question – Open talk"


def test_person_has_a_feed_in_each_list(client: Client, open_list: MailingList) -> None:
    other = make_list()
    bring(other, mail("o@e.com", subject="Elsewhere"))
    bring(open_list, mail("n@e.com", subject="Again", hours=9))
    sender = open_list.emails.get(message_id="q@example.com").sender
    url = f"{open_list.get_absolute_url()}from/{sender.handle}/feed/"
    assert titles(client, url) == ["Again", "A question"]
    assert rss(client, url).findtext("title") == "Anne – Open talk"
    check_atom(atom(client, f"{url}atom/"))
    page = f"/archives/users/{sender.handle}/posts?list={open_list.name}"
    assert f'href="{url}"' in client.get(page).content.decode()
    for handle in ("s999999", "nobody"):
        nowhere = f"{open_list.get_absolute_url()}from/{handle}/feed/"
        assert client.get(nowhere).status_code == 404


def test_feed_of_a_merged_thread_goes_on(
    client: Client, open_list: MailingList
) -> None:
    bring(open_list, mail("late@e.com", references=["bridge@e.com"], hours=9))
    former = Thread.objects.get(starting_email__message_id="late@e.com")
    bring(open_list, mail("bridge@e.com", references=["q@example.com"], hours=8))
    for form in ("", "atom/"):
        answer = client.get(f"{former.get_absolute_url()}feed/{form}")
        thread = Thread.objects.get(starting_email__message_id="q@example.com")
        assert answer["Location"] == f"{thread.get_absolute_url()}feed/{form}"


def test_site_gathers_the_newest_of_all_lists(client: Client, db: None) -> None:
    lists = [make_list() for _n in range(5)]
    for n in range(20):
        sent = mail(f"{n}@e.com", subject=f"n{n}", hours=100 * n)
        bring(lists[n % 5 if n < 15 else 4], sent)
    with override_settings(HYPERKITTY_MLIST_FEED_LENGTH=4):
        assert titles(client, SITE) == ["n19", "n18", "n17", "n16"]
    assert titles(client, SITE) == [f"n{n}" for n in range(19, -1, -1)]


def test_quiet_lists_are_in_the_feed_of_a_site(client: Client, db: None) -> None:
    bring(make_list(), mail("a@e.com", subject="once"))
    bring(make_list(), mail("b@e.com", subject="lately", hours=24 * 300))
    bring(make_list(), mail("c@e.com", subject="long ago", hours=-24 * 900))
    assert titles(client, SITE) == ["lately", "once"]


def test_mail_of_several_lists_is_told_once_for_the_site(
    client: Client, db: None
) -> None:
    first, second = make_list(), make_list()
    bring(first, mail("x@e.com", subject="cross"))
    bring(second, mail("x@e.com", subject="cross"), mail("y@e.com", subject="own"))
    assert sorted(titles(client, SITE)) == ["cross", "own"]
    assert first.get_absolute_url() in client.get(SITE).content.decode()
    check_atom(atom(client, f"{SITE}atom/"))


def test_site_shows_strangers_public_lists_and_readers_their_own(
    client: Client, open_list: MailingList, closed_list: MailingList, anne: User
) -> None:
    assert "A secret" not in titles(client, SITE)
    client.force_login(anne)
    assert "A secret" in titles(client, SITE)
    assert client.get(SITE)["Cache-Control"] == "private, no-store"


def test_feeds_of_a_private_list_are_403_for_programs(
    client: Client, closed_list: MailingList, anne: User
) -> None:
    urls = feeds_of(closed_list)[2:]
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 403
        assert "secret" not in answer.content.decode()
    client.force_login(anne)
    for url in urls:
        answer = client.get(url)
        assert b"A secret" in answer.content
        assert answer["Cache-Control"] == "private, no-store"
        assert "ETag" not in answer
        assert "Last-Modified" not in answer


def test_list_that_is_not_archived_any_more_is_not_in_the_feed_of_the_site(
    client: Client, open_list: MailingList
) -> None:
    MailingList.objects.update(
        archive_policy=ArchivePolicy.NEVER, policy_before_never=ArchivePolicy.PUBLIC
    )
    assert titles(client, SITE) == []


def test_long_text_is_cut_and_says_where_the_rest_is(client: Client, db: None) -> None:
    mlist = make_list()
    bring(mlist, mail(text="word " * MAX_TEXT))
    item = rss(client, f"{mlist.get_absolute_url()}feed/").find("item")
    text = item.findtext("description", "")
    assert len(text) < MAX_TEXT + 500
    assert "Read the whole message" in text
    assert f'href="{item.findtext("link")}"' in text


def test_hidden_mail_leaves_the_feed_and_changes_it(
    client: Client, open_list: MailingList
) -> None:
    tags = {url: client.get(url)["ETag"] for url in feeds_of(open_list)}
    email = open_list.emails.get(message_id="a@example.com")
    Email.objects.filter(pk=email.pk).update(state=EmailState.HIDDEN)
    note_changes(open_list, [email.pk])
    for url, tag in tags.items():
        answer = client.get(url, headers={"If-None-Match": tag})
        assert answer.status_code == 200, url
        assert "Re: A question" not in answer.content.decode()


def test_unchanged_feed_is_answered_by_304(
    client: Client, open_list: MailingList
) -> None:
    earlier = timezone.now() - timedelta(hours=1)
    for model in (MailingList, Thread):
        model.objects.update(changed_at=earlier)
    for url in feeds_of(open_list):
        first = client.get(url)
        assert first["Cache-Control"] == "public, no-cache"
        again = client.get(url, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again["ETag"]) == (304, first["ETag"]), url
        if url.startswith(SITE):
            assert "Last-Modified" not in first
            continue
        assert first["Last-Modified"] == http_date(earlier.timestamp())
        since = {"If-Modified-Since": first["Last-Modified"]}
        assert client.get(url, headers=since).status_code == 304, url
        before = {"If-Modified-Since": http_date(earlier.timestamp() - 1)}
        assert client.get(url, headers=before).status_code == 200, url


def test_feed_that_just_changed_promises_no_second(
    client: Client, open_list: MailingList
) -> None:
    MailingList.objects.update(changed_at=timezone.now())
    assert "Last-Modified" not in client.get(f"{open_list.get_absolute_url()}feed/")


def test_feed_says_when_it_changed_not_when_its_mails_were_sent(
    client: Client, open_list: MailingList
) -> None:
    MailingList.objects.update(changed_at=ARRIVED)
    feed = atom(client, f"{open_list.get_absolute_url()}feed/atom/")
    assert feed.findtext(f"{ATOM}updated") == "2024-06-01T00:00:00+00:00"


def test_pages_name_their_feeds(client: Client, open_list: MailingList) -> None:
    thread = open_list.emails.order_by("pk")[0].thread.get_absolute_url()
    for page, expected in (
        ("/archives/", 2),
        (open_list.get_absolute_url(), 4),
        (thread, 6),
    ):
        text = client.get(page).content.decode()
        found = [url for url in feeds_of(open_list) if f'href="{url}"' in text]
        assert len(found) == expected, page
        for url in found:
            assert client.get(url).status_code == 200


def test_feeds_cost_few_queries(
    client: Client, open_list: MailingList, django_assert_num_queries
) -> None:
    Site.objects.get_current()
    bring(open_list, *(mail(f"{n}@e.com", hours=n) for n in range(40)))
    costs = {"site": 5, "list": 2, "thread": 3}
    for kind, url in zip(costs, feeds_of(open_list)[::2], strict=True):
        with django_assert_num_queries(costs[kind]):
            tag = client.get(url)["ETag"]
        with django_assert_num_queries(costs[kind] - (4 if kind == "site" else 1)):
            client.get(url, headers={"If-None-Match": tag})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    subject=st.text(alphabet=st.characters(codec="utf-8"), max_size=40),
    name=st.text(alphabet=st.characters(codec="utf-8"), max_size=40),
    text=st.text(alphabet=st.characters(codec="utf-8"), max_size=200),
)
def test_any_mail_makes_valid_xml(
    client: Client, db: None, subject: str, name: str, text: str
) -> None:
    """As rows hold it: whatever a parser lets through but NUL."""
    mlist = make_list(display_name=name.replace("\0", ""), description="\x01\ufffe")
    bring(mlist, mail(date=FIRST_DAY))
    facts = {"subject": subject, "sender_name": name}
    Email.objects.update(**{key: one.replace("\0", "") for key, one in facts.items()})
    Thread.objects.update(subject=subject.replace("\0", ""))
    bring(mlist, mail("2@e.com", date=ARRIVED, text=text.replace("\0", "")))
    for url in feeds_of(mlist):
        if url.endswith("atom/"):
            check_atom(atom(client, url))
        else:
            check_rss(rss(client, url))
