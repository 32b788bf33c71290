"""What waits for the keepers of a list: reports, held mail, wishes, quotes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hyperkitty.models import (
    Email,
    EmailState,
    ErasureWish,
    HeldMail,
    MailingList,
    QuotedText,
    Report,
    WishState,
)

#: Rows that a queue shows; the rest follows when these are done.
MAX_ROWS = 100


@dataclass(slots=True)
class Reported:
    """A mail, and what readers say is wrong with it."""

    email: Email
    reports: list[Report] = field(default_factory=list)


def reported_mails(mlist: MailingList) -> list[Reported]:
    """Return the visible mails that readers reported, most reports first. 1 query."""
    waiting = Report.objects.filter(
        mlist=mlist, settled_at=None, email__state=EmailState.VISIBLE
    )
    rows = waiting.select_related("email__sender", "user").order_by("created_at", "pk")
    found: dict[int, Reported] = {}
    for row in rows[: 10 * MAX_ROWS]:
        row.email.mlist = mlist
        found.setdefault(row.email_id, Reported(row.email)).reports.append(row)
    ordered = sorted(found.values(), key=lambda one: len(one.reports), reverse=True)
    return ordered[:MAX_ROWS]


def held_mails(mlist: MailingList) -> list[HeldMail]:
    """Return the mails that wait for a moderator, the oldest first. 1 query."""
    rows = HeldMail.objects.filter(mlist=mlist).order_by("held_at", "pk")
    found = list(rows.select_related("parent__sender", "parent__thread")[:MAX_ROWS])
    for row in found:
        row.mlist = mlist
        if row.parent is not None:
            row.parent.mlist = row.parent.thread.mlist = mlist
    return found


def archived_counts(mlist: MailingList, rows: list[HeldMail]) -> dict[str, int]:
    """Return how many visible mails the senders of held mail have here. 1 query."""
    senders = {row.sender.lower() for row in rows}
    emails = Email.objects.visible().filter(mlist=mlist, sender__address__in=senders)
    counts: dict[str, int] = defaultdict(int)
    for address in emails.values_list("sender__address", flat=True)[:10_000]:
        counts[address] += 1
    return dict(counts)


def wishes(mlist: MailingList) -> list[ErasureWish]:
    """Return what authors ask for, the oldest first. 1 query."""
    waiting = ErasureWish.objects.filter(mlist=mlist, state=WishState.WAITING)
    rows = waiting.select_related("user", "email__sender").order_by("pk")
    return list(rows[:MAX_ROWS])


def wishes_of(user_pk: int) -> list[ErasureWish]:
    """Return what a person asked for, newest first. 1 query."""
    rows = ErasureWish.objects.filter(user_id=user_pk).select_related("mlist", "email")
    return list(rows.order_by("-pk")[:MAX_ROWS])


def quoted_texts(mlist: MailingList) -> list[QuotedText]:
    """Return the replies with lines to confirm, the oldest first. 1 query."""
    rows = QuotedText.objects.filter(email__mlist=mlist).order_by("pk")
    found = list(rows.select_related("email__sender", "decision")[:20])
    for row in found:
        row.email.mlist = mlist
    return found
