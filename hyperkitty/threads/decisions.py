"""Keepers decide about mails and threads, in the log of the list, and take it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from hyperkitty.models import (
    OF_STATES,
    Cause,
    DecidedMail,
    Decision,
    DecisionKind,
    Email,
    MailingList,
)

from .bulk import insert_rows, matching
from .locking import locked, retried
from .replacing import replace_threads
from .states import CHUNK, StateChanges


@retried
def decide(
    mlist: MailingList,
    kind: DecisionKind,
    permalink: str,
    *,
    target: str = "",
    user: Any = None,
    cause: Cause = Cause.OTHER,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> Decision:
    """Record a decision about threads and place what it concerns.

    *kind* is CUT, PARENT or MERGE, *target* then the permalink of the new parent or
    of a mail in the other thread; or CATEGORY, LOCK or UNLOCK, about the thread that
    the mail is in. A mail that has not come yet may be named: the decision is
    replayed when it comes.
    """
    with locked(mlist) as fresh:
        decision = record(
            fresh,
            kind,
            permalink=permalink,
            target=target,
            user=user,
            cause=cause,
            reason=reason,
            details=details or {},
        )
        name_mails(decision, {permalink, target} - {""})
        replace_around(fresh, (permalink, target))
    return decision


@retried
def undo(decision: Decision, user: Any = None) -> None:
    """Take a decision about threads back; once is enough."""
    with locked(decision.mlist) as fresh:
        take_back(fresh, decision, user)


def record(mlist: MailingList, kind: DecisionKind, **columns: Any) -> Decision:
    """Write an entry of the log. The caller holds the list's lock."""
    if not mlist.has_decisions:
        mlist.has_decisions = True
        mlist.save(update_fields=["has_decisions"])
    return Decision.objects.create(mlist=mlist, kind=kind, **columns)


def name_mails(decision: Decision, permalinks: Iterable[str]) -> None:
    """Write down which mails *decision* is about."""
    insert_rows(
        DecidedMail,
        [
            {"decision_id": decision.pk, "permalink": permalink, "is_done": False}
            for permalink in sorted(permalinks)
        ],
    )


def decide_states(decision: Decision, emails: QuerySet[Email]) -> int:
    """Let *decision* hold for all of *emails*, and give them the state it says.

    Takes them in chunks: its memory does not grow with their number. Returns how many
    there are. The caller holds the list's lock.
    """
    changes = StateChanges(decision.mlist)
    emails = emails.order_by("pk")
    count = after = 0
    while rows := list(
        emails.filter(pk__gt=after).values_list("pk", "permalink")[:CHUNK]
    ):
        permalinks = [permalink for _pk, permalink in rows]
        name_mails(decision, permalinks)
        changes.follow_decisions(permalinks)
        count += len(rows)
        after = rows[-1][0]
    changes.finish()
    Decision.objects.filter(pk=decision.pk).update(mails_count=count)
    decision.mails_count = count
    return count


def take_back(mlist: MailingList, decision: Decision, user: Any = None) -> None:
    """Undo *decision* and all that followed from it. The caller holds the lock."""
    Decision.objects.filter(pk=decision.pk, undone_at=None).update(
        undone_at=timezone.now(), undone_by=user, due_at=None
    )
    if decision.kind in OF_STATES:
        changes = StateChanges(mlist)
        for permalinks in mails_of(decision):
            changes.follow_decisions(permalinks)
        changes.finish()
    elif decision.kind != DecisionKind.SUBJECT:
        replace_around(mlist, (decision.permalink, decision.target))


def mails_of(decision: Decision) -> Iterable[list[str]]:
    """Yield the permalinks that *decision* is about, in chunks."""
    rows = DecidedMail.objects.filter(decision=decision).order_by("pk")
    pairs = rows.values_list("pk", "permalink")
    after = 0
    while found := list(pairs.filter(pk__gt=after)[:CHUNK]):
        yield [permalink for _pk, permalink in found]
        after = found[-1][0]


def replace_around(mlist: MailingList, permalinks: Iterable[str]) -> None:
    """Place the threads of these mails again, and all that their ids touch.

    The caller holds the list's lock.
    """
    emails = Email.objects.filter(mlist=mlist).values_list("thread_id", flat=True)
    replace_threads(mlist, set(matching(emails, "permalink", permalinks)))
