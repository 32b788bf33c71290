"""Noting, in the transaction that changes mails, that the index must follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from hyperkitty.models import Email, PendingIndex

#: Mails of one row at most: what is indexed between two looks at more urgent ones.
SPAN = 500


def note_mails(email_ids: Iterable[int], *, is_urgent: bool = True) -> None:
    """Have the index read these mails again, whatever became of them.

    One insert; mails with neighboring ids share a row. Reading a mail too often does
    no harm, so callers need not know whether its entry really changed.
    """
    rows = pending_rows(email_ids, is_urgent=is_urgent)
    PendingIndex.objects.bulk_create(PendingIndex(**row) for row in rows)


def pending_rows(email_ids: Iterable[int], *, is_urgent: bool) -> list[dict[str, Any]]:
    """Return the columns of the rows that `note_mails` inserts."""
    now = timezone.now()
    return [
        {"first_id": first, "last_id": last, "is_urgent": is_urgent, "due_at": now}
        for first, last in spans(email_ids)
    ]


def note_threads(thread_ids: Iterable[int]) -> None:
    """Have the index read all mails of these threads again, as after a tag."""
    emails = Email.objects.filter(thread__in=list(thread_ids))
    note_mails(emails.values_list("pk", flat=True))


def spans(email_ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of runs of neighbors among *email_ids*."""
    first = last = None
    for found in sorted(set(email_ids)):
        if first is None or last is None:
            first = last = found
        elif found == last + 1 and found - first < SPAN:
            last = found
        else:
            yield first, last
            first = last = found
    if first is not None and last is not None:
        yield first, last
