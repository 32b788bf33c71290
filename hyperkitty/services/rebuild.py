"""Deriving an archive again from its raw messages, in place.

Rows keep their ids, so votes, favorites and visits stay; permalinks and keepers'
decisions are facts and stay as well. Only what is wrong is written, in short
transactions under the list's lock: pages work meanwhile, and a second run finds
nothing to do. Threads and counters are right again when the run is through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperkitty.ingest import Prepared
from hyperkitty.ingest.dictionary import current_dictionary
from hyperkitty.ingest.store import ensure_senders
from hyperkitty.models import (
    AliasKind,
    Attachment,
    Email,
    EmailState,
    EmailText,
    MailingList,
    MessageAlias,
    Sender,
    pack,
)
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
from hyperkitty.threads.twins import disputed_ids, settle_owners

from .derived import (
    BATCH,
    Checked,
    MailRows,
    checked_mails,
    read_rows,
    right_attachments,
    wrong_columns,
)


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
        for rows in read_rows(matching(emails, "pk", mails)):
            mail = mails[rows.email.pk]
            if columns := wrong_columns(rows, mail):
                _correct(rows, mail, columns, senders)
                corrected.append(rows.email.pk)
        note_changes(fresh, corrected)
    return len(corrected)


def _correct(
    rows: MailRows,
    mail: Prepared,
    wrong: Mapping[str, tuple[Any, Any]],
    senders: Mapping[str, Sender],
) -> None:
    email = rows.email
    right = {name: value for name, (_stored, value) in wrong.items()}
    if {"text", "references", "html_part"} & right.keys():
        _correct_text(email, mail)
    if "attachments" in right:
        Attachment.objects.filter(email=email).delete()
        Attachment.objects.bulk_create(right_attachments(rows, mail))
    if "aliases" in right:
        _correct_aliases(email, right["aliases"])
    columns = right.keys() & {field.name for field in Email._meta.concrete_fields}
    for name in columns:
        value = right[name]
        setattr(email, name, senders[value] if name == "sender" else value)
    if columns:
        email.save(update_fields=columns)


def _correct_text(email: Email, mail: Prepared) -> None:
    trained = current_dictionary()
    packed = pack(
        mail.parsed.text.encode(), *((trained.pk, trained.data) if trained else ())
    )
    EmailText.objects.update_or_create(
        email=email,
        defaults={
            "codec": packed.codec,
            "dictionary_id": packed.dictionary_id,
            "data": packed.data,
            "references": mail.references,
            "html_part": mail.parsed.html_part,
        },
    )


def _correct_aliases(email: Email, right: Sequence[str]) -> None:
    aliases = MessageAlias.objects.filter(email=email, kind=AliasKind.HASH)
    aliases.exclude(value__in=right).delete()
    known = set(aliases.values_list("value", flat=True))
    MessageAlias.objects.bulk_create(
        MessageAlias(
            mlist_id=email.mlist_id, kind=AliasKind.HASH, value=value, email=email
        )
        for value in right
        if value not in known
    )


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
