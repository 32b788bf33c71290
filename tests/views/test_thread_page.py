"""The page of a thread."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import Email, EmailState, MailingList, Thread, ThreadAlias
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
MISSING = "A" * 32


@pytest.fixture
def talk(db: None) -> Thread:
    """Return a thread of five mails: a, its replies b and d, c below b, e below c."""
    mlist = make_list(name="talk@lists.example.org", subject_prefix="[talk] ")
    bring(
        mlist,
        mail("a@e.com", subject="[talk] Tea", sender="Anne <anne@e.com>"),
        mail("b@e.com", references=["a@e.com"], subject="Re: Tea", hours=1),
        mail("d@e.com", references=["a@e.com"], subject="Re: Tea", hours=2),
        mail("c@e.com", references=["a@e.com", "b@e.com"], subject="Mugs", hours=3),
        mail("e@e.com", references=["b@e.com", "c@e.com"], subject="Re: Mugs", hours=4),
    )
    return Thread.objects.get(mlist=mlist)


def shape(client: Client, url: str) -> list[str]:
    """Return the mails on the page as indented letters; ``?`` for who is not there."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return [
        "." * item.node.depth + (item.email.message_id[0] if item.email else "?")
        for item in answer.context["items"]
    ]


def test_replies_stand_below_what_they_answer(client: Client, talk: Thread) -> None:
    assert shape(client, talk.get_absolute_url()) == ["a", ".b", "..c", "...e", ".d"]


def test_sort_by_date_is_flat(client: Client, talk: Thread) -> None:
    url = f"{talk.get_absolute_url()}?sort=date"
    assert shape(client, url) == ["a", "b", "d", "c", "e"]


def test_wrong_sort_is_400(client: Client, talk: Thread) -> None:
    assert client.get(f"{talk.get_absolute_url()}?sort=size").status_code == 400


def test_every_mail_has_its_anchor_and_permalink(client: Client, talk: Thread) -> None:
    text = client.get(talk.get_absolute_url()).content.decode()
    for email in talk.emails.all():
        assert f'id="{email.permalink}"' in text
        assert f'href="{email.get_absolute_url()}"' in text


def test_reply_away_from_its_parent_names_it(client: Client, talk: Thread) -> None:
    answer = client.get(talk.get_absolute_url())
    by_id = {item.email.message_id: item for item in answer.context["items"]}
    assert by_id["d@e.com"].parent_name == "Anne"
    assert not by_id["c@e.com"].parent_name
    first = talk.starting_email
    assert f'in reply to <a href="#{first.permalink}">Anne</a>' in (
        answer.content.decode()
    )


def test_new_subject_is_marked_where_it_changes(client: Client, talk: Thread) -> None:
    items = client.get(talk.get_absolute_url()).context["items"]
    marked = [item.email.message_id for item in items if item.new_subject]
    assert marked == ["c@e.com"]


def test_thread_with_everything_costs_twelve_queries_at_most(client: Client) -> None:
    mlist = make_list(name="all@lists.example.org")
    bring(mlist, mail("1234567890123456@e.com", subject="Better mugs"))
    base = f"http://testserver{mlist.get_absolute_url()}"
    head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n"
    body = (
        f"--x\n\nSee {base} and <1234567890123456@e.com>.\n"
        "--x\nContent-Type: text/calendar; name=a.ics\n\nBEGIN:VEVENT\n--x--\n"
    )
    parts = {"headers": head, "text": body}
    bring(
        mlist,
        mail("a@e.com", subject="Re: Better mugs", hours=1, **parts),
        mail("b@e.com", references=["a@e.com", "lost@e.com"], hours=2, **parts),
        mail("z@e.com", subject="Another", hours=9),
    )
    email = mlist.emails.get(message_id="b@e.com")
    client.get("/archives/")
    for url in (email.thread.get_absolute_url(), email.get_absolute_url()):
        with CaptureQueriesContext(connection) as captured:
            text = client.get(url).content.decode()
        assert "m-local" in text
        assert "never archived" in text or "not archived" in text
        assert len(captured) <= 12, [query["sql"][:90] for query in captured]


@override_settings(HYPERKITTY_THREAD_PAGE_SIZE=2)
def test_name_of_a_mail_leads_to_the_part_that_has_it(
    client: Client, talk: Thread
) -> None:
    url = talk.get_absolute_url()
    last = talk.emails.get(message_id="d@e.com").permalink
    answer = client.get(f"{url}?at={last}")
    assert (answer.status_code, answer["Location"]) == (302, f"{url}?page=3#{last}")
    answer = client.get(f"{url}?at={last}&sort=date")
    assert answer["Location"] == f"{url}?sort=date&page=2#{last}"
    first = talk.starting_email.permalink
    assert client.get(f"{url}?at={first}")["Location"] == f"{url}#{first}"


def test_name_of_a_mail_that_left_the_thread_leads_to_its_page(
    client: Client, talk: Thread
) -> None:
    bring(talk.mlist, mail("x@e.com", subject="Elsewhere"))
    other = talk.mlist.emails.get(message_id="x@e.com")
    url = talk.get_absolute_url()
    answer = client.get(f"{url}?at={other.permalink}")
    assert answer["Location"] == other.get_absolute_url()
    for name in (MISSING, "x", "", "%00", "ä"):
        assert client.get(f"{url}?at={name}").status_code == 404, name


def test_branch_is_a_mail_and_what_hangs_below_it(client: Client, talk: Thread) -> None:
    url = talk.get_absolute_url()
    branch = talk.emails.get(message_id="b@e.com").permalink
    assert shape(client, f"{url}?branch={branch}") == ["b", ".c", "..e"]
    assert shape(client, f"{url}?branch={branch}&sort=date") == ["b", "c", "e"]
    text = client.get(f"{url}?branch={branch}").content.decode()
    assert 'content="noindex"' in text
    assert f'rel="canonical" href="http://testserver{url}"' in text
    assert f'href="{url}?at={branch}#{branch}"' in text
    assert f'href="?branch={branch}"' in client.get(url).content.decode()
    for name in (MISSING, "x", "%00"):
        assert client.get(f"{url}?branch={name}").status_code == 404, name


def test_changed_subject_opens_a_section_with_its_own_link(
    client: Client, talk: Thread
) -> None:
    section = talk.emails.get(message_id="c@e.com").permalink
    url = talk.get_absolute_url()
    text = client.get(url).content.decode()
    assert f'<a href="?branch={section}">Mugs</a></h2>' in text
    page = client.get(f"{url}?branch={section}").content.decode()
    assert "<h1>Mugs</h1>" in page


def test_each_mail_leads_to_the_next_answer_to_the_same_one(
    client: Client, talk: Thread
) -> None:
    items = client.get(talk.get_absolute_url()).context["items"]
    nexts = {item.email.message_id[0]: item.sibling_url for item in items}
    d = talk.emails.get(message_id="d@e.com").permalink
    assert nexts == {"a": "", "b": f"#{d}", "c": "", "e": "", "d": ""}


def test_people_are_named_with_what_they_wrote(client: Client, talk: Thread) -> None:
    context = client.get(talk.get_absolute_url()).context
    assert context["people"] == [("Anne", 4), ("Anne", 1)]
    assert context["people_count"] == 2


def test_guess_is_named_as_one(client: Client) -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com", subject="Better mugs"),
        mail("b@e.com", subject="Re: Better mugs", hours=1),
    )
    first, second = mlist.threads.order_by("started_at")
    page = client.get(second.get_absolute_url()).content.decode()
    assert "Maybe belongs to" in page
    assert "a guess" in page
    assert first.get_absolute_url() in page
    page = client.get(first.get_absolute_url()).content.decode()
    assert "Maybe goes on in" in page


def test_replies_come_bit_by_bit(client: Client) -> None:
    mlist = make_list()
    answers = [mail(f"{n}@e.com", in_reply_to="0@e.com", hours=n) for n in range(1, 15)]
    bring(mlist, mail("0@e.com"), *answers)
    url = f"{mlist.threads.get().get_absolute_url()}replies"
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = client.get(f"{url}?sort=thread&offset={offset}&last_view=1700000000")
        assert answer["Content-Type"] == "application/json"
        found = answer.json()
        assert found["more_pending"] is (found["next_offset"] is not None)
        seen += re.findall(
            r'<article class="mail new[^>]* id="(\w+)"', found["replies_html"]
        )
        offset = found["next_offset"]
    emails = mlist.emails.exclude(message_id="0@e.com").order_by("sort_date")
    assert seen == [email.permalink for email in emails]


@pytest.mark.parametrize(
    "query", ["sort=size", "offset=-1", "offset=x", "offset=" + "9" * 30, "last_view=x"]
)
def test_nonsense_asked_of_replies_is_400(
    client: Client, talk: Thread, query: str
) -> None:
    url = f"{talk.get_absolute_url()}replies"
    assert client.get(f"{url}?{query}").status_code == 400
    assert client.get(f"{url}?offset=999").json()["replies_html"] == ""


@override_settings(HYPERKITTY_THREAD_PAGE_SIZE=2)
def test_long_thread_comes_in_parts_with_links_between(
    client: Client, talk: Thread
) -> None:
    url = talk.get_absolute_url()
    parts = [shape(client, f"{url}?page={number}") for number in (1, 2, 3)]
    assert parts == [["a", ".b"], ["..c", "...e"], [".d"]]
    text = client.get(f"{url}?page=3").content.decode()
    assert f'href="?#{talk.starting_email.permalink}"' in text
    assert client.get(f"{url}?page=4").status_code == 404
    assert shape(client, f"{url}?sort=date&page=2") == ["d", "c"]


def test_message_that_never_came_is_drawn_as_a_ghost(client: Client) -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com"),
        mail("b@e.com", references=["a@e.com", "never@e.com"], hours=1),
    )
    thread = Thread.objects.get(mlist=mlist)
    assert shape(client, thread.get_absolute_url()) == ["a", ".?", "..b"]
    text = client.get(thread.get_absolute_url()).content.decode()
    assert "A message that was never archived" in text


def test_orphans_of_one_missing_mail_are_siblings(client: Client) -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com", references=["never@e.com"]),
        mail("b@e.com", in_reply_to="never@e.com", hours=1),
    )
    thread = Thread.objects.get(mlist=mlist)
    assert shape(client, thread.get_absolute_url()) == ["?", ".a", ".b"]


def test_deleted_mail_leaves_a_place_only_above_replies(
    client: Client, talk: Thread
) -> None:
    deleted = Email.objects.filter(message_id__in=["b@e.com", "d@e.com"])
    deleted.update(state=EmailState.DELETED)
    assert shape(client, talk.get_absolute_url()) == ["a", ".?", "..c", "...e"]
    text = client.get(talk.get_absolute_url()).content.decode()
    assert "taken out of the archive" in text


def test_former_id_redirects_with_its_query(client: Client, talk: Thread) -> None:
    ThreadAlias.objects.create(mlist=talk.mlist, former_id=MISSING, thread=talk)
    answer = client.get(f"{talk.mlist.get_absolute_url()}thread/{MISSING}/?sort=date")
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{talk.get_absolute_url()}?sort=date",
    )


def test_unknown_thread_is_404(client: Client, open_list: MailingList) -> None:
    base = f"{open_list.get_absolute_url()}thread"
    assert client.get(f"{base}/{MISSING}/").status_code == 404
    assert client.get(f"{base}/{'B' * 65}/").status_code == 404
    assert client.get(f"{base}/äöü/").status_code == 404


def test_thread_of_another_list_is_404(
    client: Client, open_list: MailingList, talk: Thread
) -> None:
    url = f"{open_list.get_absolute_url()}thread/{talk.thread_id}/"
    assert client.get(url).status_code == 404


def test_neighbors_are_the_threads_before_and_after(client: Client) -> None:
    mlist = make_list()
    same_time = [mail(f"{n}@e.com", subject=f"s{n}", hours=5) for n in (2, 3)]
    bring(mlist, mail("1@e.com", subject="s1"), *same_time)
    threads = list(Thread.objects.filter(mlist=mlist).order_by("last_date", "id"))
    for place, thread in enumerate(threads):
        context = client.get(thread.get_absolute_url()).context
        assert context["older"] == (threads[place - 1] if place else None)
        assert context["newer"] == ([*threads, None][place + 1])


def test_chain_of_5000_replies_is_shown(client: Client) -> None:
    mlist = make_list()
    chain = [mail("0@e.com")] + [
        mail(f"{n}@e.com", in_reply_to=f"{n - 1}@e.com", hours=n / 60)
        for n in range(1, 5000)
    ]
    bring(mlist, *chain)
    thread = Thread.objects.get(mlist=mlist)
    answer = client.get(f"{thread.get_absolute_url()}?page=25")
    assert answer.context["items"][-1].node.depth == 4999
    text = answer.content.decode()
    assert text.count("<ol") == text.count("</ol>") < 12
    assert "level</span> 5000" in text or "level 5000:" in text
    middle = mlist.emails.get(message_id="2500@e.com")
    assert client.get(middle.get_absolute_url()).status_code == 200
