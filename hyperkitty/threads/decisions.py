"""Keepers change the shape of threads: cut, reattach, merge, and take it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from hyperkitty.models import (
    Decision,
    DecisionKind,
    Email,
    MailingList,
    MissingReference,
    Thread,
)

from .arrival import starts_of
from .bulk import matching, update_rows
from .counting import save_counters
from .loading import nodes_of_threads
from .locking import locked, retried
from .placing import place_threads, write_links


@retried
def decide(
    mlist: MailingList,
    kind: DecisionKind,
    permalink: str,
    *,
    target: str = "",
    user: Any = None,
    reason: str = "",
) -> Decision:
    """Record a decision about the shape of threads and place what it concerns.

    *kind* is CUT, PARENT or MERGE; *target* is the permalink of the new parent or of
    a mail in the other thread. A mail that has not come yet may be named: the
    decision is replayed when it comes.
    """
    with locked(mlist) as fresh:
        decision = Decision.objects.create(
            mlist=fresh,
            kind=kind,
            permalink=permalink,
            target=target,
            user=user,
            reason=reason,
        )
        replace_around(fresh, (permalink, target))
    return decision


@retried
def undo(decision: Decision) -> None:
    """Take a decision about the shape of threads back; once is enough."""
    with locked(decision.mlist) as fresh:
        Decision.objects.filter(pk=decision.pk, undone_at=None).update(
            undone_at=timezone.now()
        )
        replace_around(fresh, (decision.permalink, decision.target))


def replace_around(mlist: MailingList, permalinks: Iterable[str]) -> None:
    """Place the threads of these mails again, and all that their ids touch.

    The caller holds the list's lock.
    """
    emails = Email.objects.filter(mlist=mlist).values_list("thread_id", flat=True)
    pks = _neighborhood(mlist, set(matching(emails, "permalink", permalinks)))
    if not pks:
        return
    placing = place_threads(mlist, pks)
    write_links(placing.links, {})
    started = starts_of(placing)
    update_rows(Thread, [Thread(pk=t.pk) for t in started.values()], ["starting_email"])
    for key, thread in started.items():
        thread.starting_email_id = key
    update_rows(Thread, started.values(), ["starting_email"])
    mlist.threads_count += placing.threads_delta
    save_counters(mlist)


def _neighborhood(mlist: MailingList, thread_pks: set[int]) -> set[int]:
    """Return *thread_pks* and the threads that share an id with them, however far.

    Taking a decision back may join what only ids connect; which those are is known
    when no further thread turns up.
    """
    known: set[int] = set()
    new = thread_pks
    while new:
        known |= new
        nodes = nodes_of_threads(mlist, new)
        hashes = {n.message_id_hash for n in nodes}
        hashes |= {named.message_id_hash for n in nodes for named in n.named}
        found = set(
            matching(
                Email.objects.filter(mlist=mlist).values_list("thread_id", flat=True),
                "message_id_hash",
                hashes,
            )
        )
        found |= set(
            matching(
                MissingReference.objects.filter(mlist=mlist).values_list(
                    "email__thread_id", flat=True
                ),
                "message_id_hash",
                hashes,
            )
        )
        found |= _merged_with(mlist, {n.permalink for n in nodes})
        new = found - known
    return known


def _merged_with(mlist: MailingList, permalinks: set[str]) -> set[int]:
    """Return the threads that merges and reattachments tie to these mails."""
    decisions = Decision.objects.active().filter(mlist=mlist).exclude(target="")
    others = {d.target for d in decisions if d.permalink in permalinks}
    others |= {d.permalink for d in decisions if d.target in permalinks}
    emails = Email.objects.filter(mlist=mlist).values_list("thread_id", flat=True)
    return set(matching(emails, "permalink", others - permalinks))
