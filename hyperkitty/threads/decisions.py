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
    Thread,
)

from .arrival import starts_of
from .bulk import matching, update_rows
from .counting import save_counters
from .locking import locked, retried
from .placing import neighborhood, place_threads, write_links


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
    pks = neighborhood(mlist, set(matching(emails, "permalink", permalinks)))
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
