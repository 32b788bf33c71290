"""Threads that only a subject connects are named as a guess, within bounds."""

from __future__ import annotations

import pytest

from hyperkitty.models import MailingList, Thread
from hyperkitty.selectors.guesses import related_threads
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
DAY = 24


def guesses(mlist: MailingList, message_id: str) -> tuple[list[str], list[str]]:
    """Return the subjects of what a mail's thread may go on, and may be gone on by."""
    thread = Thread.objects.get(starting_email__message_id=message_id)
    thread.mlist = mlist
    found = related_threads(thread)
    return [one.subject for one in found.earlier], [one.subject for one in found.later]


def test_reply_that_names_nothing_may_belong_to_what_it_repeats() -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com", subject="Better mugs"),
        mail("b@e.com", subject="Re: better mugs", hours=20 * DAY),
    )
    assert guesses(mlist, "b@e.com") == (["Better mugs"], [])
    assert guesses(mlist, "a@e.com") == ([], ["Re: better mugs"])


def test_letters_beyond_ascii_are_compared_like_others() -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com", subject="=?utf-8?q?=C3=84rger?= mit Bechern"),
        mail("b@e.com", subject="Re: =?utf-8?q?=C3=84rger?= mit Bechern", hours=1),
    )
    assert guesses(mlist, "b@e.com")[0] == ["Ärger mit Bechern"]


def test_prefix_of_the_list_is_no_part_of_the_subject() -> None:
    mlist = make_list(subject_prefix="[tea] ")
    bring(
        mlist,
        mail("a@e.com", subject="[tea] Better mugs"),
        mail("b@e.com", subject="Re: [tea] Better mugs", hours=DAY),
    )
    assert guesses(mlist, "b@e.com")[0] == ["Better mugs"]


@pytest.mark.parametrize(
    ("subject", "days", "is_near"),
    [
        ("Re: Better mugs", 30, True),
        ("Re: Better mugs", 31, False),
        ("Better mugs", 2, True),
        ("Better mugs", 3, False),
        ("Re: Better mugs and cups", 1, False),
    ],
)
def test_time_and_reply_mark_bound_the_guess(
    subject: str, days: int, is_near: bool
) -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com", subject="Better mugs"),
        mail("b@e.com", subject=subject, hours=days * DAY),
    )
    assert bool(guesses(mlist, "b@e.com")[0]) is is_near
    assert bool(guesses(mlist, "a@e.com")[1]) is is_near


def test_mail_that_names_another_one_belongs_there_and_nowhere_else() -> None:
    mlist = make_list()
    bring(
        mlist,
        mail("a@e.com", subject="Better mugs"),
        mail("b@e.com", subject="Re: Better mugs", in_reply_to="lost@e.com", hours=1),
    )
    assert guesses(mlist, "b@e.com") == ([], [])
    assert guesses(mlist, "a@e.com") == ([], [])


def test_short_subjects_say_nothing() -> None:
    mlist = make_list()
    bring(
        mlist, mail("a@e.com", subject="Hi"), mail("b@e.com", subject="Re: Hi", hours=1)
    )
    assert guesses(mlist, "b@e.com") == ([], [])


def test_other_lists_are_not_looked_at() -> None:
    other = make_list()
    bring(other, mail("a@e.com", subject="Better mugs"))
    mlist = make_list()
    bring(mlist, mail("b@e.com", subject="Re: Better mugs", hours=1))
    assert guesses(mlist, "b@e.com") == ([], [])


def test_subject_of_dozens_of_threads_says_nothing(django_assert_num_queries) -> None:
    mlist = make_list()
    bring(
        mlist, *(mail(f"{n}@e.com", subject="Build failed", hours=n) for n in range(9))
    )
    last = Thread.objects.select_related("mlist").latest("started_at")
    with django_assert_num_queries(1):
        assert len(related_threads(last).earlier) == 5
    more = [mail(f"m{n}@e.com", subject="Build failed", hours=n) for n in range(20)]
    bring(mlist, *more)
    assert related_threads(last).earlier == ()
