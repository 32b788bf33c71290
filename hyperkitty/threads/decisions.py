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
)

from .bulk import matching
from .locking import locked, retried
from .replacing import replace_threads


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
    replace_threads(mlist, set(matching(emails, "permalink", permalinks)))
