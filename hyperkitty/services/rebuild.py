"""Deriving an archive again from its raw messages, in place.

Rows keep their ids, so votes, favorites and visits stay; permalinks and keepers'
decisions are facts and stay as well. Only what is wrong is written, in short
transactions under the list's lock: pages work meanwhile, and a second run finds
nothing to do. Threads and counters are right again when the run is through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hyperkitty.ingest.store import ensure_senders
from hyperkitty.models import Email, EmailState, MailingList
from hyperkitty.threads.bulk import matching
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.comparing import (
    compare_counters,
    compare_threads,
    thread_batches,
)
from hyperkitty.threads.counting import recount_list
from hyperkitty.threads.locking import locked, retried
from hyperkitty.threads.replacing import drop_empty_threads, replace_threads
from hyperkitty.threads.states import StateChanges
from hyperkitty.threads.twins import disputed_ids, settle_owners

from .correcting import correct
from .derived import BATCH, Checked, checked_mails, read_rows, wrong_columns


@dataclass(slots=True)
class RebuildReport:
    """What a rebuild looked at and what it changed."""

    mails: int = 0
    mails_changed: int = 0
    threads_changed: int = 0
    counters_changed: int = 0
    #: Mails whose bytes cannot be had, by permalink: their rows stay as they are.
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How much was changed altogether."""
        return self.mails_changed + self.threads_changed + self.counters_changed


def rebuild_list(
    mlist: MailingList,
    on_progress: Callable[[int], None] = lambda count: None,
    processes: int | None = None,
) -> RebuildReport:
    """Derive everything of one list again; *on_progress* hears how many mails are done.

    May be interrupted and run again.
    """
    report = RebuildReport()
    for batch in checked_mails(mlist, processes=processes):
        report.unreadable |= {b.rows.email.permalink: b.error for b in batch if b.error}
        wrong = [b for b in batch if b.mail and wrong_columns(b.rows, b.mail)]
        if wrong:
            report.mails_changed += _correct_mails(mlist, wrong)
        report.mails += len(batch)
        on_progress(report.mails)
    report.mails_changed += _correct_owners(mlist)
    report.threads_changed = _correct_threads(mlist)
    report.counters_changed = _correct_counters(mlist)
    return report


@retried
def _correct_mails(mlist: MailingList, wrong: Sequence[Checked]) -> int:
    """Write what is wrong of these mails, if it still is under the list's lock."""
    mails = {one.rows.email.pk: one.mail for one in wrong if one.mail}
    senders = ensure_senders(mails.values())
    corrected = []
    with locked(mlist) as fresh:
        emails = Email.objects.exclude(state=EmailState.ERASED)
        emails = emails.select_related("sender")
        for rows in read_rows(mlist, matching(emails, "pk", mails)):
            mail = mails[rows.email.pk]
            if columns := wrong_columns(rows, mail):
                correct(rows, mail, columns, senders)
                corrected.append(rows.email.pk)
        note_changes(fresh, corrected, in_files=True)
    return len(corrected)


def _correct_owners(mlist: MailingList) -> int:
    disputed = sorted(disputed_ids(mlist))
    changed = 0
    for start in range(0, len(disputed), BATCH):
        with locked(mlist) as fresh:
            changed += settle_owners(fresh, disputed[start : start + BATCH])
    return changed


def _correct_threads(mlist: MailingList) -> int:
    """Place threads again where anything differs; return how many differed."""
    with locked(mlist) as fresh:
        changed = drop_empty_threads(fresh)
    for pks in thread_batches(mlist):
        if compare_threads(mlist, pks):
            changed += _correct_batch(mlist, pks)
    return changed


@retried
def _correct_batch(mlist: MailingList, pks: Sequence[int]) -> int:
    with locked(mlist) as fresh:
        differences = compare_threads(fresh, pks)
        wrong = {found.thread_pk for found in differences if found.thread_pk}
        changes = StateChanges(fresh)
        changes.follow_decisions(d.about for d in differences if d.column == "state")
        changes.finish()
        replace_threads(fresh, wrong)
    return len(wrong)


def _correct_counters(mlist: MailingList) -> int:
    if not compare_counters(mlist):
        return 0
    with locked(mlist) as fresh:
        differences = compare_counters(fresh)
        if differences:
            recount_list(fresh)
    return len(differences)
