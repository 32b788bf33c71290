"""Order of arrival does not matter, nor batching, nor bringing a mail again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import DecisionKind, MailingList
from hyperkitty.threads.decisions import decide, undo
from tests.mails import bring, mail, make_list

from .snapshot import placed_at_once, snapshot

pytestmark = pytest.mark.django_db

#: Names of mails; some are named by others and never come.
NAMES = "abcdefghij"


@dataclass(frozen=True)
class Ruling:
    """A keeper's decision, by the names of mails."""

    kind: DecisionKind
    name: str
    target: str = ""


def hash_of(name: str) -> str:
    return message_id_hash(f"{name}@example.com") if name else ""


@st.composite
def mails(draw: st.DrawFn) -> list[bytes]:
    """Mails that name each other freely: cycles, ghosts and all."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    found = []
    for name in names:
        references = draw(st.lists(st.sampled_from(NAMES), max_size=4))
        parent = draw(st.sampled_from(["", *NAMES]))
        found.append(
            mail(
                f"{name}@example.com",
                references=[f"{other}@example.com" for other in references],
                in_reply_to=f"{parent}@example.com" if parent else "",
                hours=draw(st.integers(0, 5)) * 20,
                subject=name,
            )
        )
    return found


rulings = st.builds(
    Ruling,
    st.sampled_from([DecisionKind.CUT, DecisionKind.PARENT, DecisionKind.MERGE]),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
).filter(lambda ruling: ruling.name != ruling.target)


def play(mlist: MailingList, batches: list[list[bytes]], decided: list[Ruling]) -> None:
    """Bring the batches, a decision after each while there are some."""
    waiting = list(decided)
    for batch in batches:
        bring(mlist, *batch)
        if waiting:
            rule(mlist, waiting.pop(0))
    for ruling in waiting:
        rule(mlist, ruling)


def rule(mlist: MailingList, ruling: Ruling) -> None:
    target = "" if ruling.kind == DecisionKind.CUT else hash_of(ruling.target)
    decide(mlist, ruling.kind, hash_of(ruling.name), target=target)


def in_batches(draw: st.DrawFn, raws: list[bytes]) -> list[list[bytes]]:
    again = draw(st.lists(st.sampled_from(raws), max_size=3))
    order = draw(st.permutations([*raws, *again]))
    batches, start = [], 0
    while start < len(order):
        size = draw(st.integers(1, len(order)))
        batches.append(order[start : start + size])
        start += size
    return batches


@given(st.data())
def test_any_order_and_batching_gives_the_same_archive(data: st.DataObject) -> None:
    raws = data.draw(mails())
    decided = data.draw(st.lists(rulings, max_size=3))
    one, other = make_list(), make_list()
    play(one, in_batches(data.draw, raws), decided)
    play(other, in_batches(data.draw, raws), decided)
    seen = snapshot(one)
    assert snapshot(other) == seen
    assert {k: v[:2] for k, v in seen["mails"].items()} == placed_at_once(one)


@given(st.data())
def test_decisions_taken_back_leave_no_trace(data: st.DataObject) -> None:

    raws = data.draw(mails())
    mlist = make_list()
    bring(mlist, *raws)
    before = snapshot(mlist)
    decided = [
        decide(
            mlist,
            ruling.kind,
            hash_of(ruling.name),
            target="" if ruling.kind == DecisionKind.CUT else hash_of(ruling.target),
        )
        for ruling in data.draw(st.lists(rulings, max_size=3))
    ]
    for decision in data.draw(st.permutations(decided)):
        undo(decision)
    assert snapshot(mlist) == before
