"""Where mails end up: replies, late parents, ghosts, merges, cycles, long chains."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import (
    Email,
    EmailState,
    Follow,
    LastView,
    MailingList,
    MissingReference,
    ParentReason,
    Tag,
    Tagging,
    Thread,
    ThreadAlias,
)
from hyperkitty.notifying.following import follow
from hyperkitty.threads.states import set_state
from tests.mails import FIRST_DAY, bring, mail, make_list

from .snapshot import snapshot

pytestmark = pytest.mark.django_db


def email(mlist: MailingList, message_id: str) -> Email:
    return Email.objects.get(mlist=mlist, message_id=message_id)


def test_reply_hangs_under_the_newest_archived_reference() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"), mail("b@x", references=["a@x"], hours=1))
    bring(mlist, mail("c@x", references=["a@x", "b@x", "gone@x"], hours=2))
    reply = email(mlist, "c@x")
    assert reply.parent == email(mlist, "b@x")
    assert reply.parent_reason == ParentReason.HEADER
    assert Thread.objects.get(mlist=mlist).emails_count == 3


def test_in_reply_to_counts_where_references_lead_nowhere() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"), mail("b@x"))
    bring(mlist, mail("c@x", references=["gone@x"], in_reply_to="b@x"))
    assert email(mlist, "c@x").parent == email(mlist, "b@x")


def test_bare_reference_is_followed_and_marked() -> None:
    mlist = make_list()
    bring(mlist, mail("a@example.com"))
    bring(mlist, mail("b@x", headers="In-Reply-To: a@example.com\n"))
    assert email(mlist, "b@x").parent_reason == ParentReason.BARE


def test_reply_joins_thread_of_late_parent() -> None:
    mlist = make_list()
    bring(mlist, mail("reply@x", references=["late@x"], hours=5))
    assert MissingReference.objects.filter(mlist=mlist).count() == 1
    bring(mlist, mail("late@x"))
    assert email(mlist, "reply@x").parent == email(mlist, "late@x")
    assert not MissingReference.objects.filter(mlist=mlist).exists()
    thread = Thread.objects.get(mlist=mlist)
    assert thread.starting_email == email(mlist, "late@x")
    assert thread.thread_id == email(mlist, "late@x").permalink


def test_id_of_a_thread_that_got_an_earlier_start_still_leads_to_it() -> None:
    mlist = make_list()
    bring(mlist, mail("reply@x", references=["late@x"], hours=5))
    former = Thread.objects.get(mlist=mlist).thread_id
    bring(mlist, mail("late@x"))
    alias = ThreadAlias.objects.get(mlist=mlist, former_id=former)
    assert alias.thread == Thread.objects.get(mlist=mlist)


def test_replies_to_one_ghost_are_siblings_in_one_thread() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", references=["gone@x"]))
    bring(mlist, mail("b@x", references=["gone@x"], hours=1))
    assert email(mlist, "a@x").thread == email(mlist, "b@x").thread
    assert email(mlist, "b@x").parent is None


def test_message_that_names_two_threads_merges_them() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", subject="first"), mail("b@x", subject="second", hours=1))
    gone = email(mlist, "b@x").permalink
    bring(mlist, mail("c@x", references=["a@x", "b@x"], hours=2))
    thread = Thread.objects.get(mlist=mlist)
    assert (thread.subject, thread.emails_count) == ("first", 3)
    assert ThreadAlias.objects.get(mlist=mlist, former_id=gone).thread == thread
    mlist.refresh_from_db()
    assert mlist.threads_count == 1


def test_merge_keeps_what_readers_attached_to_both_threads() -> None:
    mlist = make_list()
    anne = get_user_model().objects.create_user("anne")
    bart = get_user_model().objects.create_user("bart")
    bring(mlist, mail("a@x"), mail("b@x", hours=1))
    one, other = email(mlist, "a@x").thread, email(mlist, "b@x").thread
    tag = Tag.objects.create(name="patch")
    follow(anne.pk, one)
    for thread in (one, other):
        Tagging.objects.create(thread=thread, tag=tag, user=anne)
        LastView.objects.create(thread=thread, user=anne, view_date=thread.last_date)
    follow(anne.pk, other)
    follow(bart.pk, other)
    bring(mlist, mail("c@x", references=["a@x", "b@x"], hours=2))
    assert {f.user.username for f in one.follows.all()} == {"anne", "bart"}
    follow(bart.pk, one)
    assert Follow.objects.count() == 2
    assert Tagging.objects.count() == 1
    assert LastView.objects.get().view_date == FIRST_DAY


def test_message_with_a_used_id_and_other_content_is_a_twin() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", text="One thing."))
    (outcome,) = bring(mlist, mail("a@x", text="Quite another."))
    twin = Email.objects.get(pk=outcome.email_id)
    first = Email.objects.get(mlist=mlist, twin_of=None)
    assert twin.twin_of == first
    assert twin.permalink != first.permalink
    assert twin.thread == first.thread


def test_cycle_is_cut_at_its_earliest_mail() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", references=["b@x"], hours=1))
    bring(mlist, mail("b@x", references=["a@x"], hours=0))
    assert email(mlist, "b@x").parent is None
    assert email(mlist, "a@x").parent == email(mlist, "b@x")


def test_chain_of_five_thousand_in_reverse_order_is_one_thread() -> None:
    mlist = make_list()
    raws = [
        mail(f"{n}@x", references=[f"{n - 1}@x"] if n else [], hours=n / 10)
        for n in range(5000)
    ]
    for start in range(5000, 0, -1000):
        bring(mlist, *reversed(raws[start - 1000 : start]))
    thread = Thread.objects.get(mlist=mlist)
    assert thread.emails_count == 5000
    assert thread.starting_email == email(mlist, "0@x")
    assert Email.objects.filter(mlist=mlist, parent=None).count() == 1


def test_reply_costs_the_same_in_a_long_thread() -> None:
    def statements(length: int) -> int:
        mlist = make_list()
        ids = [f"{n}@x" for n in range(length)]
        bring(mlist, *(mail(i, references=ids[:1] if i != ids[0] else []) for i in ids))
        with CaptureQueriesContext(connection) as queries:
            bring(mlist, mail("reply@x", references=[ids[0], ids[-1]], hours=9))
        return len(queries)

    assert statements(1000) == statements(10)


def test_batch_of_forty_takes_as_many_statements_as_one_of_twenty() -> None:
    def statements(size: int) -> int:
        mlist = make_list()
        bring(mlist, mail("a@x"))
        raws = [
            mail(f"{n}@x", references=["a@x"], sender=f"p{n}@{size}.example")
            for n in range(size)
        ]
        with CaptureQueriesContext(connection) as queries:
            bring(mlist, *raws)
        return len(queries)

    assert statements(40) == statements(20)


def test_hidden_mail_leaves_counts_and_keeps_the_shape() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"), mail("b@x", references=["a@x"], hours=30))
    before = snapshot(mlist)
    set_state(mlist, [email(mlist, "b@x").pk], EmailState.DELETED)
    thread = Thread.objects.get(mlist=mlist)
    mlist.refresh_from_db()
    assert (thread.emails_count, thread.last_date) == (1, FIRST_DAY)
    assert (mlist.emails_count, mlist.last_date) == (1, FIRST_DAY)
    assert email(mlist, "b@x").parent == email(mlist, "a@x")
    set_state(mlist, [email(mlist, "b@x").pk], EmailState.VISIBLE)
    assert snapshot(mlist) == before


def test_thread_without_visible_mail_is_not_counted() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    set_state(mlist, [email(mlist, "a@x").pk], EmailState.HIDDEN)
    mlist.refresh_from_db()
    assert (mlist.emails_count, mlist.threads_count) == (0, 0)
    assert (mlist.first_date, mlist.last_date) == (None, None)
    bring(mlist, mail("b@x", references=["a@x"], hours=1))
    mlist.refresh_from_db()
    assert (mlist.emails_count, mlist.threads_count) == (1, 1)


def test_subject_of_a_thread_has_no_list_prefix() -> None:
    mlist = make_list(subject_prefix="[Dev] ")
    bring(mlist, mail("a@x", subject="[Dev] Release"))
    assert Thread.objects.get(mlist=mlist).subject == "Release"


def test_mail_of_another_list_is_no_parent() -> None:
    one, other = make_list(), make_list()
    bring(one, mail("a@x"))
    bring(other, mail("b@x", references=["a@x"]))
    assert email(other, "b@x").parent is None
