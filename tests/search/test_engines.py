"""What every engine of ours must do; each test runs on each of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from haystack.query import SQ, SearchQuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from hyperkitty.models import Email, EmailState, MailingList, Tag, Tagging, Thread
from hyperkitty.search.building import rebuild
from hyperkitty.search.connection import archive_backend
from hyperkitty.search.pending import note_mails, note_threads
from hyperkitty.search.query import And, Dates, Exact, Field, Not, Or, Query, Text
from hyperkitty.search.searching import search
from hyperkitty.search.upkeep import index_due
from hyperkitty.search.values import Sort
from hyperkitty.services.reactions import set_answer
from hyperkitty.threads.states import set_state
from tests.mails import bring, mail, make_list
from tests.people import make_user

from .conftest import Ask

pytestmark = pytest.mark.usefixtures("index")

Put = Callable[..., list[int]]


@pytest.fixture
def mlist(index: None) -> MailingList:
    return make_list()


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("The parser was crashing.", "crashed"),
        ("The parser was crashing.", "CRASH"),
        ("Ein naïve Müller in Łódź", "naive"),
        ("Ein naïve Müller in Łódź", "muller"),
        ("Ein naïve Müller in Łódź", "lodz"),
        ("ein mueller", "Mueller"),
        ("cafe\u0301 noir", "café"),
        ("ｆｕｌｌｗｉｄｔｈ", "fullwidth"),
        ("call foo_bar() now", "foo_bar"),
        ("call foo_bar() now", "bar"),
        ("a std::vector<int>", "std::vector"),
        ("a std::vector<int>", "vector"),
        ("fixes CVE-2024-3094 today", "CVE-2024-3094"),
        ("fixes CVE-2024-3094 today", "3094"),
        ("git commit --no-verify", "--no-verify"),
        ("see /etc/fstab and go", "/etc/fstab"),
        ("Linux 6.12.0-rc3 boots", "6.12.0-rc3"),
        ("error 0x80070057 again", "0x80070057"),
        ("written in C++ and C#", "C++"),
        ("written in C++ and C#", "C#"),
        ("written in C++ and C#", "c"),
        ("日本語の検索エンジン", "検索"),
        ("日本語の検索エンジン", "ン"),
        ("日本語の検索エンジン", "語"),
        ("한국어 메일링리스트입니다", "메일"),
        ("ภาษาไทยเขียนติดกัน", "เขียน"),
        ("Поиск находит письма", "поиск"),
    ],
)
def test_words_are_found(
    mlist: MailingList, put: Put, ask: Ask, text: str, sought: str
) -> None:
    wanted, _other = put(mlist, mail("a@x", text=text), mail("b@x", text="Nothing."))
    assert ask(sought) == [wanted]


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("call bar_foo() now", "foo_bar"),
        ("foo and bar", "foo_bar"),
        ("written in C", "C++"),
        ("検索", "索検"),
        ("crash", "cras"),
        ("the whole", "hole"),
    ],
)
def test_other_words_are_not_found(
    mlist: MailingList, put: Put, ask: Ask, text: str, sought: str
) -> None:
    put(mlist, mail(text=text))
    assert ask(sought) == []


def test_fields_are_told_apart(mlist: MailingList, put: Put, ask: Ask) -> None:
    text = "ownword here\n\n> quotedword there\n"
    one = put(
        mlist,
        mail(subject="subjectword", sender="Zoe <zoe@zoo.example>", text=text),
    )
    places = {
        "subjectword": {Field.ANY, Field.SUBJECT},
        "ownword": {Field.ANY, Field.BODY},
        "quotedword": {Field.ANY, Field.BODY, Field.QUOTED},
        "zoe": {Field.ANY, Field.FROM},
        "zoe@zoo.example": {Field.ANY, Field.FROM},
    }
    for word, fields in places.items():
        for field in Field:
            assert ask(Text(field, word)) == (one if field in fields else [])
    assert ask(Text(Field.ANY, "quotedword", without_quoted=True)) == []
    assert ask(Text(Field.BODY, "quotedword", without_quoted=True)) == []
    assert ask(Text(Field.ANY, "ownword", without_quoted=True)) == one


def test_phrases_keep_their_order(mlist: MailingList, put: Put, ask: Ask) -> None:
    one, two = put(
        mlist,
        mail("a@x", text="a memory leak was found"),
        mail("b@x", text="leak of memory"),
    )
    assert ask(Text(Field.ANY, "memory leak", is_phrase=True)) == [one]
    both = And((Text(Field.ANY, "memory"), Text(Field.ANY, "leak")))
    assert sorted(ask(both)) == [one, two]


def test_beginnings_are_found(mlist: MailingList, put: Put, ask: Ask) -> None:
    one, _two = put(
        mlist, mail("a@x", text="configurations"), mail("b@x", text="confined")
    )
    for beginning in ("config", "CONFIGUR", "configurations", "configurati"):
        assert ask(Text(Field.ANY, beginning, is_prefix=True)) == [one]


def test_logic(mlist: MailingList, put: Put, ask: Ask) -> None:
    cat, dog, both = put(
        mlist,
        mail("a@x", text="a cat"),
        mail("b@x", text="a dog"),
        mail("c@x", text="a cat and a dog"),
    )
    words = Text(Field.ANY, "cat"), Text(Field.ANY, "dog")
    assert ask(And(words)) == [both]
    assert sorted(ask(Or(words))) == [cat, dog, both]
    assert ask(And((words[0], Not(words[1])))) == [cat]
    assert ask(Not(Or(words))) == []
    assert sorted(ask(Not(words[0]))) == [dog]
    assert sorted(ask(Or((Not(words[0]), words[0])))) == [cat, dog, both]


def test_properties(mlist: MailingList, put: Put, ask: Ask) -> None:
    other = make_list()
    (one,) = put(mlist, mail("a@x", sender="Ann <ann@x.example>"))
    (reply,) = put(mlist, mail("b@x", in_reply_to="a@x"))
    (alone,) = put(other, mail("c@x"))
    note_mails([one])
    index_due()
    thread = Thread.objects.get(emails=one)
    assert ask(Exact("list", str(other.pk))) == [alone]
    assert sorted(ask(Exact("thread", thread.thread_id))) == [one, reply]
    assert ask(Exact("msgid", "b@x")) == [reply]
    assert ask(Exact("address", "ann@x.example")) == [one]
    assert ask(Exact("has", "reply")) == [one]
    assert sorted(ask(Exact("is", "starter"))) == [one, alone]
    assert ask(Exact("is", "unanswered")) == [alone]
    for name in ("list", "thread", "msgid", "address", "has", "is", "tag", "odd"):
        for value in ("", "no", "-1", "9" * 40, "\0", "²"):
            assert ask(Exact(name, value)) == []


def test_what_was_marked_as_answered_is_found(
    mlist: MailingList, put: Put, ask: Ask
) -> None:
    one, reply = put(mlist, mail("a@x"), mail("b@x", in_reply_to="a@x"))
    put(mlist, mail("c@x"))
    assert ask(Exact("is", "answered")) == []
    answer = Email.objects.get(pk=reply)
    set_answer(answer.thread, answer)
    index_due()
    assert ask(Exact("is", "answered")) == [one]
    assert ask(Exact("is", "answer")) == [reply]
    set_answer(answer.thread, None)
    index_due()
    assert ask(Exact("is", "answered")) == []


def test_tags_follow_their_thread(mlist: MailingList, put: Put, ask: Ask) -> None:
    one, reply = put(mlist, mail("a@x"), mail("b@x", in_reply_to="a@x"))
    thread = Thread.objects.get(emails=one)
    tag = Tag.objects.create(name="Release Notes")
    Tagging.objects.create(tag=tag, thread=thread, user=make_user("nora"))
    note_threads([thread.pk])
    index_due()
    assert sorted(ask(Exact("tag", "release notes"))) == [one, reply]


def test_files_are_found_by_name_and_by_text(
    mlist: MailingList, put: Put, ask: Ask
) -> None:
    headers = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    text = (
        "--b\nContent-Type: text/plain\n\nSee the file.\n"
        '--b\nContent-Type: text/x-diff; name="fix-oops.patch"\n'
        'Content-Disposition: attachment; filename="fix-oops.patch"\n\n'
        "+ if (unlikelyword)\n--b--\n"
    )
    one = put(mlist, mail(headers=headers, text=text))
    assert ask(Text(Field.FILENAME, "fix-oops.patch")) == one
    assert ask(Text(Field.FILENAME, "oops")) == one
    assert ask("unlikelyword") == one
    assert ask(Exact("has", "attachment")) == one


def test_dates_are_half_open(mlist: MailingList, put: Put, ask: Ask) -> None:
    moments = [datetime(year, 1, 1, tzinfo=UTC) for year in (2019, 2020, 2021)]
    ids = put(mlist, *(mail(f"{at.year}@x", date=at) for at in moments))
    assert ask(Dates(moments[1], None), sort=Sort.OLDEST) == ids[1:]
    assert ask(Dates(None, moments[1])) == ids[:1]
    assert ask(Dates(moments[0], moments[1])) == ids[:1]
    assert ask(Dates(moments[1], moments[1])) == []
    assert ask(None, sort=Sort.NEWEST) == ids[::-1]
    assert ask(Dates(datetime(1, 1, 1, tzinfo=UTC), None), sort=Sort.OLDEST) == ids


def test_own_words_rank_above_quoted_ones(
    mlist: MailingList, put: Put, ask: Ask
) -> None:
    quoted, own, subject = put(
        mlist,
        mail("a@x", text="Some words of another kind.\n\n> needle\n"),
        mail("b@x", text="Some words of a needle kind.\n\n> other\n"),
        mail("c@x", subject="needle", text="Some words of another kind.\n"),
    )
    assert ask("needle") == [subject, own, quoted]


def test_newer_mail_ranks_a_little_higher(
    mlist: MailingList, put: Put, ask: Ask
) -> None:
    old, new = put(
        mlist,
        mail("a@x", text="needle", date=datetime(2004, 1, 1, tzinfo=UTC)),
        mail("b@x", text="needle", date=datetime(2024, 1, 1, tzinfo=UTC)),
    )
    assert ask("needle") == [new, old]


def test_only_the_given_lists_count(mlist: MailingList, put: Put, ask: Ask) -> None:
    hidden = make_list()
    ids = put(mlist, mail("a@x", text="needle"))
    put(hidden, mail("b@x", text="needle"))
    found = search(Query(Text(Field.ANY, "needle")), list_ids=[mlist.pk], facets=True)
    assert list(found.email_ids) == ids
    assert found.count == 1
    assert found.facets is not None
    assert dict(found.facets.lists) == {mlist.pk: 1}
    assert ask("needle", list_ids=[]) == []
    assert ask(Exact("list", str(hidden.pk)), list_ids=[mlist.pk]) == []
    either = Or((Text(Field.ANY, "needle"), Exact("list", str(hidden.pk))))
    assert ask(either, list_ids=[mlist.pk]) == ids


def test_facets_count_all_hits(mlist: MailingList, put: Put) -> None:
    other = make_list()
    put(mlist, mail("a@x", date=datetime(2019, 5, 1, tzinfo=UTC)))
    put(mlist, mail("b@x", date=datetime(2019, 7, 1, tzinfo=UTC), in_reply_to="a@x"))
    put(other, mail("c@x", date=datetime(2021, 7, 1, tzinfo=UTC), sender="b@y.example"))
    found = search(Query(None), list_ids=None, limit=1, facets=True)
    facets = found.facets
    assert found.count == 3
    assert facets is not None
    assert dict(facets.lists) == {mlist.pk: 2, other.pk: 1}
    assert dict(facets.months) == {(2019, 5): 1, (2019, 7): 1, (2021, 7): 1}
    assert facets.years == {2019: 2, 2021: 1}
    assert [count for _sender, count in facets.authors] == [2, 1]
    assert facets.marks["starter"] == 2


def test_pages_follow_each_other(mlist: MailingList, put: Put) -> None:
    ids = put(mlist, *(mail(f"{n}@x", hours=n) for n in range(5)))
    query = Query(Text(Field.ANY, "words"))
    pages = [
        search(query, list_ids=None, sort=Sort.OLDEST, offset=at, limit=2).email_ids
        for at in (0, 2, 4, 6)
    ]
    assert [list(page) for page in pages] == [ids[:2], ids[2:4], ids[4:], []]


def test_hidden_mail_leaves_the_index_and_comes_back(
    mlist: MailingList, put: Put, ask: Ask
) -> None:
    one, two = put(mlist, mail("a@x"), mail("b@x"))
    set_state(mlist, [one], EmailState.HIDDEN)
    note_mails([one])
    index_due()
    assert ask("words") == [two]
    set_state(mlist, [one], EmailState.VISIBLE)
    note_mails([one])
    index_due()
    assert sorted(ask("words")) == [one, two]


def test_indexing_twice_doubles_nothing(mlist: MailingList, put: Put, ask: Ask) -> None:
    ids = put(mlist, mail("a@x"))
    for _turn in range(3):
        note_mails(ids)
        note_mails(ids)
        index_due()
    assert ask("words") == ids
    assert search(Query(None), list_ids=None).count == 1


HOSTILE = [
    "(" * 3_000,
    "NOT " * 20_000,
    '"' * 999,
    "a" * 10_000,
    "a b " * 5_000,
    "*",
    "?" * 50,
    "[a TO",
    "mlist:1",
    "id:5 OR *:*",
    "\\",
    "\0",
    "\ud800",
    "/.*.*.*a/",
    "x^9999999",
    "~1",
    "{!raw}",
    "検" * 5_000,
    "++++",
    "#",
    "_",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_no_syntax(
    mlist: MailingList, put: Put, ask: Ask, text: str
) -> None:
    put(mlist, mail(text="a harmless mail"))
    for field in Field:
        for is_prefix in (False, True):
            ask(And((Text(field, text, is_prefix=is_prefix), Text(field, "harmless"))))
            ask(Text(field, text, is_phrase=True, is_prefix=is_prefix))


@given(st.text(max_size=60), st.booleans(), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_sought(
    ask: Ask, text: str, is_phrase: bool, is_prefix: bool
) -> None:
    assert ask(Text(Field.ANY, text, is_phrase, is_prefix)) == []


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_no_script_breaks_a_text(text: str) -> None:
    mlist = make_list()
    shown = text.encode(errors="replace").decode()
    utf8 = "Content-Type: text/plain; charset=utf-8\n"
    raw = mail(text=f"needle {shown} needle", headers=utf8)
    ids = [outcome.email_id for outcome in bring(mlist, raw)]
    random.seed()  # Whoosh draws names of files; hypothesis would repeat them
    note_mails(ids)
    index_due()
    found = search(Query(Text(Field.ANY, "needle")), list_ids=[mlist.pk])
    assert list(found.email_ids) == ids


def test_haystack_s_own_interface(mlist: MailingList, put: Put) -> None:
    one, two = put(
        mlist, mail("a@x", text="needle"), mail("b@x", text="needle", hours=1)
    )
    found = SearchQuerySet().filter(content="needle").order_by("-date")
    assert [int(hit.pk) for hit in found[:10]] == [two, one]
    assert found.count() == 2
    assert {hit.object.pk for hit in found.load_all()[:10]} == {one, two}
    assert SearchQuerySet().filter(SQ(mlist=mlist.pk), email__in=[one]).count() == 1
    assert SearchQuerySet().exclude(content="needle").count() == 0
    assert SearchQuerySet().raw_search("needle) OR (*:*").count() == 0
    assert SearchQuerySet().raw_search("needle").count() == 2


def test_lists_have_languages_of_their_own(
    put: Put, ask: Ask, settings: Settings
) -> None:
    german, french = make_list(name="de@x.example"), make_list(name="fr@x.example")
    settings.HYPERKITTY_SEARCH_LANGUAGES = {german.name: "de", french.name: ""}
    rebuilt = archive_backend()
    assert rebuilt is not None
    rebuild(rebuilt, processes=1)
    one = put(german, mail("a@x", text="Die Abstürze häufen sich in den Häusern."))
    two = put(french, mail("b@x", text="running"))
    three = put(make_list(), mail("c@x", text="running"))
    assert ask("haus") == one
    assert ask("absturz") == one
    assert ask("run") == three
    assert sorted(ask("running")) == sorted(two + three)
