"""Mails become visible or invisible; threads, counters and pages follow at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hyperkitty.models import Email, EmailState, MailingList
from hyperkitty.search.pending import note_mails
from hyperkitty.signals import visibility_changed

from .bulk import matching
from .counting import change_count, recount_threads, utc_days
from .loading import ruled_states
from .locking import locked, retried

T = TypeVar("T")

#: Mails or threads that are read and written at a time.
CHUNK = 1_000


@retried
def set_state(mlist: MailingList, email_ids: Collection[int], state: EmailState) -> int:
    """Give the mails of *mlist* this state and return how many changed.

    Their rows stay, so that the thread keeps its shape around them. What a keeper
    decides goes through `threads.decisions`, which a rebuild replays.
    """
    with locked(mlist) as fresh:
        changes = StateChanges(fresh)
        for some in in_chunks(sorted(email_ids)):
            changes.set(some, state)
        changes.finish()
    return changes.count


class StateChanges:
    """Changes of state within one transaction, in memory that their number bounds.

    The caller holds the list's lock, and calls `finish` once.
    """

    def __init__(self, mlist: MailingList) -> None:
        self.mlist = mlist
        self.count = 0
        self._days: Counter[date] = Counter()
        self._threads: set[int] = set()

    def set(self, email_ids: Sequence[int], state: EmailState) -> None:
        """Give a chunk of mails this state; what is erased stays so."""
        emails = Email.objects.filter(mlist=self.mlist, pk__in=email_ids)
        emails = emails.exclude(state__in={state, EmailState.ERASED})
        changed = []
        indexed: set[int] = set()
        for pk, thread_pk, sort_date, before, parent_pk in emails.values_list(
            "pk", "thread_id", "sort_date", "state", "parent_id"
        ):
            changed.append(pk)
            indexed |= {pk, parent_pk or pk}
            self._threads.add(thread_pk)
            step = (state == EmailState.VISIBLE) - (before == EmailState.VISIBLE)
            self._days.update(utc_days([sort_date], step))
        Email.objects.filter(pk__in=changed).update(
            state=state, revision=F("revision") + 1, changed_at=timezone.now()
        )
        note_mails(indexed)
        self.count += len(changed)

    def follow_decisions(self, permalinks: Iterable[str]) -> None:
        """Give mails the state that the standing decisions about them say."""
        for some in in_chunks(list(permalinks)):
            ruled = ruled_states(self.mlist, some)
            rows = Email.objects.filter(mlist=self.mlist).values_list("pk", "permalink")
            wanted: dict[EmailState, list[int]] = defaultdict(list)
            for pk, permalink in matching(rows, "permalink", some):
                wanted[ruled.get(permalink, EmailState.VISIBLE)].append(pk)
            for state, pks in wanted.items():
                self.set(pks, state)

    def finish(self) -> None:
        """Count threads, days and the list anew, and announce it after commit."""
        for some in in_chunks(sorted(self._threads)):
            recount_threads(self.mlist, some)
        change_count(self.mlist, {day: n for day, n in self._days.items() if n})
        announce = partial(
            visibility_changed.send_robust, MailingList, mlist_id=self.mlist.pk
        )
        transaction.on_commit(announce)


def in_chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield *items* in runs of at most `CHUNK`."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
