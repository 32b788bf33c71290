"""The page of results: what it finds, shows, offers, and never gives away."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperkitty.models import (
    ArchivePolicy,
    Email,
    EmailState,
    MailingList,
    ReadState,
)
from hyperkitty.search.pending import note_mails
from hyperkitty.search.upkeep import index_due
from hyperkitty.selectors import search as selectors
from tests.indexes import search_at
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

SEARCH = "/archives/search"


@pytest.fixture
def index(tmp_path: Path, db: None) -> Iterator[None]:
    """Search an index of this test's own."""
    with search_at(f"tantivy://{tmp_path}/index"):
        index_due()
        yield


@pytest.fixture
def talk(index: None, open_list: MailingList) -> MailingList:
    """Return the public list, with a thread about tea and other mails, indexed."""
    bring(
        open_list,
        mail(
            "t0@e.com",
            subject="Tea or coffee?",
            sender="Nora <nora@example.com>",
            text="Whichever. The teapot is <b>leaking</b> & cold.\n",
        ),
        mail(
            "t1@e.com",
            references=["t0@e.com"],
            subject="Re: Tea or coffee?",
            sender="Bart <bart@example.com>",
            hours=24 * 100,
            text="> The teapot is leaking\n\nThen mend the teapot. nora@example.com\n",
        ),
        mail("o1@e.com", subject="Kettles", hours=24 * 40, text="A teapot of iron.\n"),
    )
    settle()
    open_list.refresh_from_db()
    return open_list


@pytest.fixture
def secret(talk: MailingList, closed_list: MailingList) -> MailingList:
    """Return the private list, with mail about a teapot, indexed."""
    bring(
        closed_list,
        mail(
            "s1@e.com",
            subject="Hidden teapot",
            sender="Zoe Quist <zoe@example.net>",
            hours=-24 * 4000,
            text="The teapot zanzibarian is of gold.\n",
        ),
    )
    settle()
    return closed_list


def settle() -> None:
    """Bring the index up to date with the database."""
    note_mails(Email.objects.values_list("pk", flat=True))
    index_due()


def page(client: Client, q: str, **query: str) -> str:
    answer = client.get(SEARCH, {"q": q, **query})
    assert answer.status_code == 200
    return answer.content.decode()


def subjects(html: str) -> list[str]:
    found = re.findall(r'<h2 class="found-subject"><a [^>]*>(.*?)</a>', html)
    return [re.sub("<[^>]*>", "", one) for one in found]


def links(html: str, name: str) -> list[str]:
    """Return the queries that links of one class, or in one section, lead to."""
    part = re.search(
        rf'(?s)<(\w+)[^>]*(?:class|aria-labelledby)="[^"]*{name}.*?</\1>', html
    )
    hrefs = re.findall(r'href="([^"]*)"', part[0]) if part else []
    return [
        parse_qs(urlsplit(href.replace("&amp;", "&")).query).get("q", [""])[0]
        for href in hrefs
    ]


def test_hits_of_a_thread_stand_together(client: Client, talk: MailingList) -> None:
    html = page(client, "teapot")
    assert sorted(subjects(html)) == ["Kettles", "Tea or coffee?"]
    assert "3 messages" in html
    assert html.count('class="found-hit"') == 3
    assert "thread of 2 messages" in html
    assert "starts the thread" in html
    assert "answers \u2068Nora\u2069" in html


def test_matching_sentence_is_marked_and_inert(
    client: Client, talk: MailingList
) -> None:
    html = page(client, "leaking subject:coffee")
    assert "&lt;b&gt;<mark>leaking</mark>&lt;/b&gt; &amp; cold." in html
    assert "Tea or <mark>coffee</mark>?" in html


def test_what_the_author_wrote_is_shown_rather_than_the_quote(
    client: Client, talk: MailingList
) -> None:
    assert "Then mend the <mark>teapot</mark>." in page(client, "from:bart teapot")


def test_addresses_are_masked_for_strangers_alone(
    client: Client, talk: MailingList, cate: User
) -> None:
    strangers = page(client, "teapot from:bart@example.com")
    assert "nora (a) example.com" in strangers
    assert "nora@example.com" not in strangers
    assert "teapot from:nora(a)example.com" in links(
        page(client, "teapot"), "facet-authors"
    )
    client.force_login(cate)
    assert "nora@example.com" in page(client, "teapot")


@pytest.mark.parametrize(
    ("sort", "first"),
    [("date-desc", "Tea or coffee?"), ("date-asc", "Tea or coffee?")],
)
def test_sorting_by_date(
    client: Client, talk: MailingList, sort: str, first: str
) -> None:
    assert subjects(page(client, "teapot", sort=sort))[0] == first
    assert "aria-current" in page(client, "teapot", sort="nonsense")


def test_search_in_one_list_and_in_all(client: Client, talk: MailingList) -> None:
    other = make_list(name="other@lists.example.org", display_name="Other talk")
    bring(other, mail("x@e.com", subject="Elsewhere", text="Also a teapot.\n"))
    settle()
    assert "Elsewhere" in subjects(page(client, "teapot"))
    assert "Elsewhere" not in subjects(page(client, "teapot", mlist=talk.name))
    assert subjects(page(client, "teapot list:other")) == ["Elsewhere"]
    assert subjects(page(client, 'teapot list:"Other talk"')) == ["Elsewhere"]
    assert subjects(page(client, "teapot list:nowhere")) == []
    assert client.get(SEARCH, {"q": "x", "mlist": "no@such.example"}).status_code == 404


def test_facets_and_chart_narrow(client: Client, talk: MailingList) -> None:
    html = page(client, "teapot")
    assert "teapot date:2024-02" in links(html, "hits-chart")
    assert "teapot from:bart(a)example.com" in links(html, "facet-authors")
    narrowed = page(client, "teapot date:2024-04")
    assert subjects(narrowed) == ["Tea or coffee?"]
    assert "hits-chart" not in narrowed


def test_filters_are_chips_that_go_away(client: Client, talk: MailingList) -> None:
    html = page(client, "teapot -kettle from:nora is:starter", mlist=talk.name)
    assert links(html, "chips") == [
        "teapot -kettle from:nora is:starter",
        "teapot from:nora is:starter",
        "teapot -kettle is:starter",
        "teapot -kettle from:nora",
    ]


def test_misspelt_word_gets_a_suggestion(client: Client, talk: MailingList) -> None:
    assert "teapot from:nora" in links(page(client, "taepot from:nora"), "correction")
    assert links(page(client, "teapot"), "correction") == []


def test_nothing_found_says_what_to_try(client: Client, talk: MailingList) -> None:
    html = page(client, "xylophone", mlist=talk.name)
    assert "Nothing was found." in html
    assert "Search all lists" in html


def test_empty_search_shows_the_box(client: Client, index: None) -> None:
    html = page(client, "   ")
    assert 'name="q"' in html
    assert "0 messages" not in html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('"open', "A quotation mark is not closed"),
        ("colour:red", "There is no field “colour”"),
        ("has:milk", "“has:milk” is nothing to filter by"),
        ("date:soon", "“date:soon” is no date"),
        ("-Wall", "“-Wall” was searched for as it stands"),
        ("++", "There are no letters or digits"),
    ],
)
def test_what_was_taken_literally_is_said(
    client: Client, index: None, typed: str, said: str
) -> None:
    assert said in page(client, typed)


@given(st.text(max_size=300))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_is_an_error(
    client: Client, index: None, typed: str
) -> None:
    assert client.get(SEARCH, {"q": typed}).status_code in (200, 302)
    assert client.get(f"{SEARCH}/suggest", {"q": typed}).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        *("(" * 3000, "NOT " * 20_000, "a " * 50_000, '"' * 9000, "x" * 100_000),
        *("\x00 a", "d:1..2..3", "list:" + "a" * 5000, "thread:é", "msgid:<é>"),
        *("from:@", "tag:\x00"),
    ],
)
def test_hostile_queries_are_answered(
    client: Client, talk: MailingList, typed: str
) -> None:
    assert client.get(SEARCH, {"q": typed}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *({"page": "0"}, {"page": "x"}, {"page": "9" * 30}, {"page": "99"}),
        *({"count": "0"}, {"count": "-1"}, {"page": "999999999", "count": "200"}),
    ],
)
def test_bad_page_is_not_there(
    client: Client, talk: MailingList, query: dict[str, str]
) -> None:
    assert client.get(SEARCH, {"q": "teapot", **query}).status_code == 404


@pytest.mark.parametrize("typed", ["<t1@e.com>", "t1@e.com", "msgid"])
def test_name_of_a_mail_leads_to_it(
    client: Client, talk: MailingList, typed: str
) -> None:
    email = Email.objects.get(message_id="t1@e.com")
    typed = email.permalink if typed == "msgid" else typed
    answer = client.get(SEARCH, {"q": typed})
    assert answer.status_code == 302
    assert answer["Location"] == email.get_absolute_url()
    assert answer["Cache-Control"] == "private, no-store"


def test_box_in_a_thread_searches_there(client: Client, talk: MailingList) -> None:
    thread = Email.objects.get(message_id="t1@e.com").thread
    query = {"q": "teapot OR pan", "within": f"thread:{thread.thread_id}"}
    answer = client.get(SEARCH, {**query, "mlist": talk.name}, follow=True)
    html = answer.content.decode()
    assert subjects(html) == ["Tea or coffee?"]
    assert answer.redirect_chain[0][1] == 302


def test_box_beside_a_name_searches_what_he_wrote(
    client: Client, talk: MailingList
) -> None:
    handle = Email.objects.get(message_id="t1@e.com").sender.handle
    html = client.get(f"/archives/users/{handle}/").content.decode()
    (part,) = re.findall('name="within" value="(.*?)"', html)
    assert part == "from:(bart (a) example.com)"
    answer = client.get(SEARCH, {"q": "teapot", "within": part}, follow=True)
    found = answer.content.decode()
    assert subjects(found) == ["Tea or coffee?"]
    assert '"status">1 message ' in found


@pytest.mark.parametrize("state", [EmailState.HIDDEN, EmailState.DELETED])
def test_mail_that_is_gone_leaves_the_results_at_once(
    client: Client, talk: MailingList, state: int
) -> None:
    Email.objects.filter(message_id="o1@e.com").update(state=state)
    html = page(client, "teapot")
    assert "Kettles" not in html
    assert "2 messages" in html


def test_reader_finds_what_is_new_and_own(
    client: Client, talk: MailingList, anne: User
) -> None:
    assert "Sign in to search" in page(client, "teapot is:unread")
    client.force_login(anne)
    last = Email.objects.get(message_id="t1@e.com").pk
    ReadState.objects.create(user=anne, mlist=talk, read_up_to=last)
    assert subjects(page(client, "teapot is:unread")) == ["Kettles"]
    assert "among the best 1,000" in page(client, "teapot is:unread")
    assert subjects(page(client, "teapot is:mine")) == ["Kettles"]
    assert "A question" in subjects(page(client, "is:mine"))


def test_beyond_the_window_hits_stand_alone(
    client: Client, talk: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "WINDOW", 2)
    first = client.get(SEARCH, {"q": "teapot", "count": "1", "sort": "date-asc"})
    pages = [
        page(client, "teapot", count="1", sort="date-asc", page=str(number))
        for number in (1, 2, 3)
    ]
    assert [subjects(html) for html in pages] == [
        ["Tea or coffee?"],
        ["Kettles"],
        ["Tea or coffee?"],
    ]
    assert "single messages" in pages[2]
    assert "3 messages" in first.content.decode()


def test_missing_index_is_said_and_nothing_else_breaks(
    client: Client, open_list: MailingList, tmp_path: Path
) -> None:
    with search_at(f"tantivy://{tmp_path}/none"):
        html = page(client, "teapot")
        assert "Search" in html
        assert "does not work at present" in html
        assert client.get(f"{SEARCH}/suggest", {"q": "tea"}).status_code == 200
        assert client.get(open_list.get_absolute_url()).status_code == 200


def test_box_is_on_every_page(client: Client, open_list: MailingList) -> None:
    html = client.get(open_list.get_absolute_url()).content.decode()
    assert html.count('id="site-search"') == 1
    assert f'<option value="{open_list.name}">' in html
    assert client.get("/archives/").content.decode().count('id="site-search"') == 1
    assert page(client, "x").count('id="site-search"') == 1


def test_help_explains_what_the_parser_reads(client: Client) -> None:
    html = client.get(f"{SEARCH}/help").content.decode()
    assert "std::vector" in html


# What nobody learns who does not read a list

TELLING = ("Hidden", "Zoe", "zoe", "zanzibarian", "closed", "Salary", "2013")


@pytest.mark.parametrize(
    "typed",
    [
        *("teapot", "zanzibarian", "zanzibarain", "zoe", "from:zoe@example.net", "hid"),
        *("list:closed", "list:closed@lists.example.org teapot", "before:2015"),
        *("is:starter", 'subject:"Hidden teapot"', "has:reply OR teapot"),
        "-xyzzy date:2000..2040",
    ],
)
@pytest.mark.parametrize("who", ["stranger", "cate"])
def test_private_list_leaves_no_trace_in_results(
    client: Client, secret: MailingList, cate: User, typed: str, who: str
) -> None:
    if who == "cate":
        client.force_login(cate)
    html = page(client, typed).replace(typed, "").replace(typed.replace(":", "%3A"), "")
    shown = re.sub(
        r'value="[^"]*"|href="[^"]*"|<title>.*?</title>|<h1.*?</h1>', "", html
    )
    hits = re.findall(r'(?s)<ol class="plain-list found">.*', html)
    for word in TELLING:
        assert word not in "".join(hits)
        if word not in typed:
            assert word not in shown
    suggested = client.get(f"{SEARCH}/suggest", {"q": typed}).content.decode()
    assert not [word for word in TELLING if word in suggested]


def test_counts_are_those_of_readable_lists(
    client: Client, secret: MailingList, anne: User
) -> None:
    assert "3 messages" in page(client, "teapot")
    client.force_login(anne)
    html = page(client, "teapot")
    assert "4 messages" in html
    assert "Hidden teapot" in subjects(html)
    assert "Salary talk" in html


def test_correction_offers_no_word_of_a_private_list(
    client: Client, secret: MailingList, anne: User
) -> None:
    assert links(page(client, "zanzibarain"), "correction") == []
    client.force_login(anne)
    assert links(page(client, "zanzibarain"), "correction") == ["zanzibarian"]


def test_policy_counts_from_the_moment_it_changes(
    client: Client, talk: MailingList, secret: MailingList
) -> None:
    MailingList.objects.filter(pk=secret.pk).update(archive_policy=ArchivePolicy.PUBLIC)
    assert "Hidden teapot" in subjects(page(client, "teapot"))
    MailingList.objects.filter(pk=talk.pk).update(archive_policy=ArchivePolicy.PRIVATE)
    assert subjects(page(client, "teapot")) == ["Hidden teapot"]


# Suggestions


def suggested(client: Client, q: str, **query: str) -> dict[str, list[str]]:
    answer = client.get(f"{SEARCH}/suggest", {"q": q, **query})
    assert answer["Cache-Control"] == "private, no-store"
    groups = answer.json()["groups"]
    return {one["label"]: [row["label"] for row in one["items"]] for one in groups}


def test_suggestions_are_lists_people_and_threads(
    client: Client, talk: MailingList
) -> None:
    assert suggested(client, "open") == {"Lists": ["Open talk"]}
    assert suggested(client, "nor")["People"] == ["Nora <nora (a) example.com>"]
    assert suggested(client, "tea")["Threads"] == ["Tea or coffee?"]
    assert suggested(client, "nor", mlist=talk.name)["People"]
    assert suggested(client, "t") == suggested(client, "subject:tea") == {}


def test_suggested_names_are_masked_for_strangers(
    client: Client, talk: MailingList, cate: User
) -> None:
    bring(
        talk,
        mail("f1@e.com", sender='"fred@home.example" <fred@example.com>'),
        mail("f2@e.com", sender='"Freda freda@home.example" <freda@example.com>'),
    )
    settle()
    assert not [one for one in suggested(client, "fred")["People"] if "@" in one]
    client.force_login(cate)
    names = suggested(client, "fred")["People"]
    assert "Freda freda@home.example <freda@example.com>" in names


def test_suggested_person_leads_to_what_he_wrote(
    client: Client, talk: MailingList, cate: User
) -> None:
    client.force_login(cate)
    answer = client.get(f"{SEARCH}/suggest", {"q": "bart"}).json()
    url = answer["groups"][0]["items"][0]["url"]
    assert "Then mend" in client.get(url).content.decode()


def test_page_asks_the_database_a_fixed_number_of_times(
    client: Client, talk: MailingList
) -> None:
    page(client, "teapot")  # fills what is kept for the whole process

    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(SEARCH, query)
        return len(asked)

    few = cost(q="teapot"), cost(q="teapot", mlist=talk.name), cost(q="is:starter")
    bring(
        talk,
        *(
            mail(
                f"n{number}@e.com",
                references=["t0@e.com"] * (number % 2),
                subject=f"Teapot {number}",
                sender=f"Person {number} <p{number}@example.com>",
                hours=number,
                text="More of the teapot.\n",
            )
            for number in range(60)
        ),
    )
    settle()
    many = cost(q="teapot"), cost(q="teapot", mlist=talk.name), cost(q="is:starter")
    assert few == many
    assert few == (6, 5, 6)


# To take away


def feed(client: Client, q: str, **query: str) -> str:
    answer = client.get(f"{SEARCH}/feed/", {"q": q, **query})
    assert answer.status_code == 200
    return answer.content.decode()


def test_feed_has_the_newest_hits_masked(client: Client, talk: MailingList) -> None:
    xml = feed(client, "teapot")
    titles = re.findall("<title>(.*?)</title>", xml)
    assert titles == [
        "Search: teapot",
        "Re: Tea or coffee?",
        "Kettles",
        "Tea or coffee?",
    ]
    assert "urn:sha1:" in xml
    assert "example.com" in xml
    assert not re.search(r"\w@example", xml)
    assert feed(client, "").count("<entry>") == 0


def test_feed_is_sent_again_only_if_it_changed(
    client: Client, talk: MailingList
) -> None:
    tag = client.get(f"{SEARCH}/feed/", {"q": "teapot"})["ETag"]
    again = {"If-None-Match": tag}
    url = f"{SEARCH}/feed/?q=teapot"
    assert client.get(url, headers=again).status_code == 304
    Email.objects.filter(message_id="o1@e.com").update(state=EmailState.HIDDEN)
    assert client.get(url, headers=again).status_code == 200


def test_feed_of_a_reader_has_what_he_may_read(
    client: Client, secret: MailingList, anne: User
) -> None:
    assert "Hidden teapot" not in feed(client, "teapot")
    closed = {"q": "teapot", "mlist": secret.name}
    assert client.get(f"{SEARCH}/feed/", closed).status_code == 403
    client.force_login(anne)
    assert "Hidden teapot" in feed(client, "teapot")
    assert client.get(f"{SEARCH}/feed/", closed)["Cache-Control"] == "private, no-store"


def mbox(client: Client, q: str) -> bytes:
    answer = client.get(f"{SEARCH}/results.mbox.gz", {"q": q})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    return gzip.decompress(b"".join(answer.streaming_content))


def test_hits_can_be_taken_away_as_they_came(
    client: Client, secret: MailingList, anne: User
) -> None:
    found = mbox(client, "teapot")
    assert found.count(b"\nMessage-ID: ") == 3
    assert b"Subject: Kettles" in found
    assert b"Hidden" not in found
    client.force_login(anne)
    assert b"Hidden" in mbox(client, "teapot")


@pytest.mark.parametrize(
    ("setting", "stranger", "reader"),
    [("everyone", 200, 200), ("signed-in", 403, 200), ("owners", 403, 403)],
)
def test_file_needs_leave_to_have_original_bytes(
    client: Client,
    talk: MailingList,
    anne: User,
    settings: object,
    setting: str,
    stranger: int,
    reader: int,
) -> None:
    settings.HYPERKITTY_RAW_ACCESS = setting
    url = f"{SEARCH}/results.mbox.gz?q=teapot"
    assert client.get(url).status_code == stranger
    assert ("results.mbox" in page(client, "teapot")) is (stranger == 200)
    client.force_login(anne)
    assert client.get(url).status_code == reader
    assert ("results.mbox" in page(client, "teapot")) is (reader == 200)


def test_no_index_is_no_empty_feed(
    client: Client, open_list: MailingList, tmp_path: Path
) -> None:
    with search_at(f"tantivy://{tmp_path}/none"):
        for name in ("feed/", "results.mbox.gz"):
            answer = client.get(f"{SEARCH}/{name}?q=teapot")
            assert answer.status_code == 503
            assert answer["Retry-After"]


# Similar threads


@pytest.fixture
def kettles(talk: MailingList) -> MailingList:
    """Return the public list with three threads about limescale."""
    for number, subject in enumerate(("Limescale", "Descaling", "Vinegar helps")):
        text = "How do I get limescale out of a kettle? Vinegar did not dissolve it.\n"
        bring(talk, mail(f"k{number}@e.com", subject=subject, text=text, hours=number))
    fill = [mail(f"f{n}@e.com", subject=f"Talk {n}", text="Else.\n") for n in range(30)]
    bring(talk, *fill)
    settle()
    return talk


def similar(html: str) -> set[str]:
    part = re.search(r'(?s)<ul class="plain-list similar-list">(.*?)</ul>', html)
    return set(re.findall(r'<a href="[^"]*">(.*?)</a>', part[1])) if part else set()


def test_thread_page_leads_to_similar_threads(
    client: Client, kettles: MailingList
) -> None:
    thread = Email.objects.get(message_id="k0@e.com").thread
    html = client.get(thread.get_absolute_url()).content.decode()
    path = f"{thread.get_absolute_url()}similar"
    assert f'data-similar="{path}"' in html
    found = similar(client.get(path).content.decode())
    assert found >= {"Descaling", "Vinegar helps"}
    assert not any(subject.startswith("Talk") for subject in found)
    assert "Limescale" not in found


def test_similar_threads_of_private_lists_are_for_their_readers(
    client: Client, kettles: MailingList, closed_list: MailingList, anne: User
) -> None:
    text = "Vinegar is how we get limescale out of a kettle here, and dissolve it.\n"
    bring(closed_list, mail("kk@e.com", subject="Our limescale", text=text))
    settle()
    path = (
        f"{Email.objects.get(message_id='k0@e.com').thread.get_absolute_url()}similar"
    )
    assert "Our limescale" not in client.get(path).content.decode()
    client.force_login(anne)
    assert "Our limescale" in client.get(path).content.decode()


def test_who_starts_a_thread_sees_what_may_answer_it(
    client: Client, kettles: MailingList, cate: User
) -> None:
    client.force_login(cate)
    draft = {"subject": "Limescale in kettle", "message": "How do I get it out?"}
    base = f"{kettles.get_absolute_url()}message/"
    html = client.post(f"{base}similar", draft).content.decode()
    assert "This may already be answered" in html
    assert "Descaling" in similar(html)
    assert client.post(f"{base}similar", {"subject": " "}).content.strip() == b""
    form = client.get(f"{base}new").content.decode()
    assert f'hx-post="{base}similar"' in form
    preview = {**draft, "sender": "cate@example.com", "action": "preview"}
    assert "Descaling" in similar(client.post(f"{base}new", preview).content.decode())
