"""Two processes write one list at once: real processes, a real database."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from hyperkitty.models import DecisionKind, Email, MailingList, Thread
from hyperkitty.threads.decisions import decide
from tests.mails import bring, mail, make_list
from tests.processes import at_once
from tests.threads.snapshot import placed_at_once, snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def bring_one_by_one(list_pk: int, raws: Iterable[bytes]) -> None:
    mlist = MailingList.objects.get(pk=list_pk)
    for raw in raws:
        bring(mlist, raw)


def decide_often(list_pk: int, permalinks: list[str]) -> None:
    mlist = MailingList.objects.get(pk=list_pk)
    for permalink in permalinks:
        decide(mlist, DecisionKind.CUT, permalink)


def test_same_mails_from_two_processes_are_archived_once() -> None:
    mlist = make_list()
    raws = [mail(f"{n}@x", sender=f"p{n}@example.com") for n in range(40)]
    at_once(
        (bring_one_by_one, (mlist.pk, raws)),
        (bring_one_by_one, (mlist.pk, raws[::-1])),
    )
    assert Email.objects.count() == 40
    mlist.refresh_from_db()
    assert (mlist.emails_count, mlist.threads_count) == (40, 40)


def test_one_thread_from_two_processes_is_one_thread() -> None:
    mlist = make_list()
    chain = [mail(f"{n}@x", references=[f"{n - 1}@x"] if n else []) for n in range(40)]
    at_once(
        (bring_one_by_one, (mlist.pk, chain[::2])),
        (bring_one_by_one, (mlist.pk, chain[::-2])),
    )
    assert Thread.objects.get().emails_count == 40
    assert {k: v[:2] for k, v in snapshot(mlist)["mails"].items()} == placed_at_once(
        mlist
    )


def test_mails_arrive_while_a_keeper_cuts_their_threads() -> None:
    mlist = make_list()
    bring(mlist, *(mail(f"{n}@x", references=["a@x"]) for n in range(20)))
    permalinks = list(Email.objects.values_list("permalink", flat=True))[:10]
    replies = [
        mail(f"r{n}@x", references=["a@x", f"{n}@x", f"{n + 1}@x"]) for n in range(19)
    ]
    at_once(
        (bring_one_by_one, (mlist.pk, replies)),
        (decide_often, (mlist.pk, permalinks)),
    )
    assert Email.objects.count() == 39
    assert {k: v[:2] for k, v in snapshot(mlist)["mails"].items()} == placed_at_once(
        mlist
    )
