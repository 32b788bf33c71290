"""Corrections, subjects and similar mails; none of them tells of other lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hyperkitty.models import MailingList
from hyperkitty.search.query import And, Field, Not, Query, Text
from hyperkitty.search.spelling import best_correction, distance
from hyperkitty.search.suggesting import complete, correct, like_text, more_like
from tests.mails import mail, make_list

Put = Callable[..., list[int]]


@pytest.fixture
def mlist(index: None) -> MailingList:
    return make_list()


def word(text: str) -> Text:
    return Text(Field.ANY, text)


def test_misspelt_words_are_corrected(mlist: MailingList, put: Put) -> None:
    put(mlist, mail("a@x", subject="Password reset"), mail("b@x", subject="Passwords"))
    query = Query(And((word("pasword"), word("reset"), Not(word("pasword")))))
    found = correct(query, list_ids=[mlist.pk])
    assert found is not None
    # What is not wanted stays as it was typed.
    assert found.root == And((word("password"), word("reset"), Not(word("pasword"))))
    assert correct(Query(word("password")), list_ids=[mlist.pk]) is None
    assert correct(Query(word("CVE-2024-1")), list_ids=[mlist.pk]) is None
    assert correct(Query(None), list_ids=[mlist.pk]) is None


def test_words_of_other_lists_are_not_offered(mlist: MailingList, put: Put) -> None:
    hidden = make_list()
    put(hidden, mail("a@x", subject="Projectname"), mail("b@x", subject="Projectname"))
    put(mlist, mail("c@x"))
    assert correct(Query(word("projcetname")), list_ids=[mlist.pk]) is None
    assert correct(Query(word("projcetname")), list_ids=[]) is None
    assert correct(Query(word("projcetname")), list_ids=[hidden.pk]) is not None


def test_subjects_are_completed(mlist: MailingList, put: Put) -> None:
    hidden = make_list()
    old, new, _other = put(
        mlist,
        mail("a@x", subject="Broken builds"),
        mail("b@x", subject="A broken build again", hours=2),
        mail("c@x", subject="Re: Broken builds", in_reply_to="a@x"),
    )
    put(hidden, mail("d@x", subject="Broken secret"))
    assert complete("brok", list_ids=[mlist.pk]) == (new, old)
    assert complete("broken bui", list_ids=[mlist.pk]) == (new, old)
    assert complete("broken secr", list_ids=[mlist.pk]) == ()
    assert complete(" ", list_ids=[mlist.pk]) == ()


def test_similar_mails_are_of_other_threads(mlist: MailingList, put: Put) -> None:
    hidden = make_list()
    one, _reply, like, _unlike = put(
        mlist,
        mail("a@x", subject="Segfault in the parser"),
        mail("b@x", subject="Re: Segfault in the parser", in_reply_to="a@x"),
        mail("c@x", subject="Parser dies of a segfault"),
        mail("d@x", subject="Summer party"),
    )
    put(hidden, mail("e@x", subject="Segfault in the parser"))
    assert more_like(one, list_ids=[mlist.pk]) == (like,)
    found = like_text("A segfault", "of the parser", list_ids=[mlist.pk])
    assert one in found
    assert like in found
    assert like_text("", "", list_ids=[mlist.pk]) == ()
    assert more_like(10**9, list_ids=[mlist.pk]) == ()


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("password", "password", 0),
        ("pasword", "password", 1),
        ("passwrod", "password", 1),
        ("paswrod", "password", 2),
        ("password", "keyboards", 3),
        ("", "ab", 2),
    ],
)
def test_distance_counts_letters(one: str, other: str, far: int) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) == far


def test_the_nearest_word_is_offered_then_the_most_frequent() -> None:
    known = [("kernels", 9), ("kernel", 2), ("colonel", 50)]
    assert best_correction("kernal", known) == "kernel"
    assert best_correction("kern", known) is None
    assert best_correction("kernal", [("kernel", 2), ("kermal", 7)]) == "kermal"
    assert best_correction("kernal", [("kernel", 1)], known=1) is None
