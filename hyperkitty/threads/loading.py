"""Reading mails and decisions in the form that placement wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from hyperkitty.models import (
    PLACING,
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
_STANDING = Decision.objects.active().filter(kind__in=PLACING)
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
    return _STANDING.filter(mlist=mlist).order_by("id")


def decisions_about(mlist: MailingList, permalinks: Iterable[str]) -> list[Decision]:
    """Return the standing decisions about shape that name any of *permalinks*.

    One statement, unless there are very many; most lists have no decision.
    """
    found = {decision.pk: decision for decision in _ABOUT.find(permalinks, mlist)}
    return [found[pk] for pk in sorted(found)]


def rulings_of(decisions: Iterable[Decision]) -> Rulings:
    """Return what *decisions* say together; of two about one mail the later counts."""
    cuts: set[str] = set()
    parents: dict[str, str] = {}
    merges: list[tuple[str, str]] = []
    for decision in decisions:
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
