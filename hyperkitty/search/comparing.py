"""Whether the index says what the database says. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from django.db.models import Q

from hyperkitty.models import Email, PendingIndex

from .documents import read_stamps
from .engines.backend import ArchiveBackend

#: Ids of mails that are compared at a time.
STEP = 2_000
#: Above any id that a database gives.
LAST_ID = 2**62


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that is not as it should be."""

    email_id: int
    what: str


def compare(
    engine: ArchiveBackend, on_progress: Callable[[int], None] = lambda done: None
) -> Iterator[Difference]:
    """Compare all entries with their mails; *on_progress* hears how many are done.

    What is due to be written is no difference. Texts are not read: an entry is as it
    should be if its mail, thread, tags and state are those that it was written for.
    Raises `IndexUnusable`.
    """
    done = first = 0
    while True:
        ids = Email.objects.filter(pk__gte=first).order_by("pk")
        batch = list(ids.values_list("pk", flat=True)[:STEP])
        last = batch[-1] if len(batch) == STEP else LAST_ID
        if suspects := _different(engine, first, last, batch):
            # Between two readings the worker may have written; and it may have to.
            again = _different(engine, first, last, batch)
            due = _due(suspects.keys() & again.keys())
            for pk in sorted(suspects.keys() & again.keys() - due):
                yield Difference(pk, again[pk])
        done += len(batch)
        on_progress(done)
        if last == LAST_ID:
            return
        first = last + 1


def _different(
    engine: ArchiveBackend, first: int, last: int, batch: Collection[int]
) -> dict[int, str]:
    wanted = read_stamps(batch)
    found = engine.stamps(first, last, STEP)
    different = {}
    for pk in wanted.keys() | found.keys():
        if pk not in found:
            different[pk] = "is missing in the index"
        elif pk not in wanted:
            different[pk] = "is in the index, but no reader may see it"
        elif found[pk] < 0:
            different[pk] = "is in the index more than once"
        elif found[pk] != wanted[pk]:
            different[pk] = "has changed since it was indexed"
    return different


def _due(email_ids: Collection[int]) -> set[int]:
    """Return those of the mails that the index is about to read again."""
    if not email_ids:
        return set()
    around = Q(first_id__lte=max(email_ids), last_id__gte=min(email_ids))
    rows = PendingIndex.objects.filter(around).values_list("first_id", "last_id")
    return {pk for first, last in rows for pk in email_ids if first <= pk <= last}
