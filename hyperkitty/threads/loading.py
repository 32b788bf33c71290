"""Reading mails and decisions in the form that placement wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from hyperkitty.models import (
    IRREVERSIBLE,
    OF_THREADS,
    PLACING,
    Category,
    DecidedMail,
    Decision,
    DecisionKind,
    Email,
    EmailState,
    MailingList,
)

from .bulk import matching
from .lookup import Lookup
from .placement import Node, Rulings
from .references import to_named

#: What a decision makes of a mail; the last word counts.
STATE_OF = {
    DecisionKind.HIDE: EmailState.HIDDEN,
    DecisionKind.DELETE: EmailState.DELETED,
    DecisionKind.ERASE: EmailState.DELETED,
    DecisionKind.ANONYMIZE: EmailState.HIDDEN,
    DecisionKind.SHOW: EmailState.VISIBLE,
}

_COLUMNS = (
    "id",
    "permalink",
    "message_id_hash",
    "sort_date",
    "text_row__references",
    "subject",
    "state",
    "twin_of_id",
)
_STANDING = Decision.objects.active().filter(kind__in=(*PLACING, *OF_THREADS))
_ABOUT = Lookup(_STANDING, "permalink", "target")


def nodes_of_threads(mlist: MailingList, thread_pks: Iterable[int]) -> list[Node]:
    """Return all mails of the threads, deleted ones too: they keep the shape."""
    emails = Email.objects.filter(mlist=mlist).values_list(*_COLUMNS)
    return [_node(row) for row in matching(emails, "thread_id", thread_pks)]


def nodes_of_list(mlist: MailingList) -> Iterator[Node]:
    """Yield all mails of the list."""
    emails = Email.objects.filter(mlist=mlist).values_list(*_COLUMNS)
    return (_node(row) for row in emails.iterator(chunk_size=5000))


def placing_decisions(mlist: MailingList) -> QuerySet[Decision]:
    """Return the decisions about shape that stand, oldest first."""
    return _STANDING.filter(mlist=mlist, kind__in=PLACING).order_by("id")


def decisions_about(mlist: MailingList, permalinks: Iterable[str]) -> list[Decision]:
    """Return the standing decisions about threads that name any of *permalinks*.

    Oldest first, about shape, categories and locks. One statement, unless there are
    very many permalinks; most lists have no decision.
    """
    found = {decision.pk: decision for decision in _ABOUT.find(permalinks, mlist)}
    return [found[pk] for pk in sorted(found)]


def rulings_of(decisions: Iterable[Decision]) -> Rulings:
    """Return what *decisions* say together; of two about one mail the later counts."""
    cuts: set[str] = set()
    parents: dict[str, str] = {}
    merges: list[tuple[str, str]] = []
    for decision in decisions:
        if decision.kind not in PLACING:
            continue
        if decision.kind == DecisionKind.MERGE:
            merges.append((decision.permalink, decision.target))
            continue
        cuts.discard(decision.permalink)
        parents.pop(decision.permalink, None)
        if decision.kind == DecisionKind.CUT:
            cuts.add(decision.permalink)
        else:
            parents[decision.permalink] = decision.target
    return Rulings(frozenset(cuts), parents, tuple(merges))


@dataclass(frozen=True, slots=True)
class Marks:
    """What decisions say of the thread that a mail is in, by permalink.

    Each with the number of its decision: of two in one thread the later counts.
    """

    categories: Mapping[str, tuple[int, int | None]]
    locks: Mapping[str, tuple[int, bool]]

    def of(self, permalinks: Iterable[str]) -> tuple[int | None, bool]:
        """Return category and lock of the thread with these mails."""
        names = set(permalinks)
        never = (0, None), (0, False)
        category = max(
            (found for name, found in self.categories.items() if name in names),
            key=itemgetter(0),
            default=never[0],
        )
        lock = max(
            (found for name, found in self.locks.items() if name in names),
            key=itemgetter(0),
            default=never[1],
        )
        return category[1], lock[1]


def marks_of(decisions: Iterable[Decision]) -> Marks:
    """Return what *decisions* say of categories and locks."""
    decisions = list(decisions)
    known = set(Category.objects.values_list("pk", flat=True)) if decisions else set()
    categories: dict[str, tuple[int, int | None]] = {}
    locks: dict[str, tuple[int, bool]] = {}
    for one in decisions:
        if one.kind == DecisionKind.CATEGORY:
            wanted = one.details.get("category")
            categories[one.permalink] = (one.pk, wanted if wanted in known else None)
        elif one.kind in (DecisionKind.LOCK, DecisionKind.UNLOCK):
            locks[one.permalink] = (one.pk, one.kind == DecisionKind.LOCK)
    return Marks(categories, locks)


def ruled_states(
    mlist: MailingList, permalinks: Iterable[str]
) -> dict[str, EmailState]:
    """Return the state that standing decisions give; visible mails are not in it.

    What was carried out for good is not in it either: an erased mail says so itself.
    """
    rows = DecidedMail.objects.filter(
        decision__mlist=mlist,
        decision__undone_at=None,
        decision__kind__in=STATE_OF,
        is_done=False,
    )
    ordered = rows.order_by("decision_id").values_list("permalink", "decision__kind")
    states: dict[str, EmailState] = {}
    final: set[str] = set()
    for permalink, kind in matching(ordered, "permalink", permalinks):
        # What is to be erased is not shown again while the worker comes to it.
        if permalink not in final:
            states[permalink] = STATE_OF[DecisionKind(kind)]
        if kind in IRREVERSIBLE:
            final.add(permalink)
    return {name: s for name, s in states.items() if s != EmailState.VISIBLE}


def ruled_subjects(mlist: MailingList, permalinks: Iterable[str]) -> dict[str, str]:
    """Return the subjects that keepers gave to mails, by permalink."""
    decisions = Decision.objects.active().filter(mlist=mlist, kind=DecisionKind.SUBJECT)
    rows = decisions.order_by("id").values_list("permalink", "details")
    return {
        permalink: details["subject"]
        for permalink, details in matching(rows, "permalink", permalinks)
        if "subject" in details
    }


def _node(row: Any) -> Node:
    key, permalink, id_hash, sort_date, references, subject, state, twin_of = row
    return Node(
        key=key,
        permalink=permalink,
        message_id_hash=id_hash,
        sort_date=sort_date,
        named=to_named(references or ""),
        subject=subject,
        is_visible=state == EmailState.VISIBLE,
        is_twin=twin_of is not None,
    )
