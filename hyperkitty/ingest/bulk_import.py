"""Importing any number of mails: read here, parsed on all cores, written in batches."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from hyperkitty.mail.values import Problem
from hyperkitty.models import AliasKind, MailingList, RawMessage
from hyperkitty.threads.bulk import refresh_statistics
from hyperkitty.threads.lookup import Lookup

from .dictionary import TrainedDictionary, current_dictionary, train_dictionary
from .identity import judge
from .numbers import Number, has_pages, record_pages
from .parallel import prepare_batches
from .pipeline import archive_prepared
from .prepare import raw_digest
from .scrubbed import keep_files, may_name_files
from .sources import FoundMail
from .values import Incoming, Prepared, Status

logger = logging.getLogger(__name__)

#: Mails and bytes of a batch: one transaction, well under 0.25 s on SQLite, so that
#: mail from Mailman and logins get their turn.
BATCH_MAILS = 250
BATCH_BYTES = 4 * 1024 * 1024
#: Mails after which the database looks at its tables anew, and again each time that
#: so many times as many are in.
FIRST_LOOK = 500
LOOK_AGAIN = 4
#: Mails and bytes that the zstd dictionary is trained on.
SAMPLE_MAILS = 2000
SAMPLE_BYTES = 16 * 1024 * 1024

_DIGESTS = Lookup(RawMessage.objects.values_list("digest"), "digest")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import takes and how."""

    #: Mails that claim this date or an earlier one are left out.
    since: datetime | None = None
    #: Takes mails whose author asked for X-No-Archive.
    takes_no_archive: bool = False
    #: Writes nothing.
    is_dry: bool = False
    #: Folder with the files that Pipermail cut out of mails.
    pipermail_dir: Path | None = None
    #: The archive whose numbers the order of the mails, or its pages, tell.
    numbers: AliasKind | None = None
    #: Parsing processes; None for one per core.
    processes: int | None = None


@dataclass(slots=True)
class ImportReport:
    """How many mails were read, and what became of them."""

    read: int = 0
    archived: int = 0  # and sound
    damaged: int = 0  # archived too
    present: int = 0
    copies: int = 0
    denied: int = 0  # erased here before
    no_archive: int = 0
    too_old: int = 0
    problems: Counter[Problem] = field(default_factory=Counter)
    #: Why mails could not be stored, by Message-ID.
    failed: dict[str, str] = field(default_factory=dict)
    files_kept: int = 0
    files_missing: int = 0
    numbered: int = 0


def import_mails(
    mlist: MailingList,
    found: Iterable[FoundMail],
    options: ImportOptions,
    report: ImportReport,
    on_progress: Callable[[], None] = lambda: None,
) -> None:
    """Archive all mails *found* in *mlist*; *report* says what became of them.

    Mails that are here already cost a look-up, so an interrupted import is continued
    by running it again. With ``is_dry`` the list need not have been saved.
    """
    job = _Import(mlist, options, report, on_progress)
    trained, found = _dictionary(found, is_dry=options.is_dry)
    batches = ((None, mails) for mails in job.unknown(found))
    for _context, mails in prepare_batches(batches, trained, options.processes):
        job.take(mails)
        on_progress()
    if job.has_pages and options.pipermail_dir and not options.is_dry:
        report.numbered = record_pages(mlist, options.pipermail_dir)


@dataclass(slots=True)
class _Import:
    """One run: the list, what is wanted, and what happened."""

    mlist: MailingList
    options: ImportOptions
    report: ImportReport
    on_progress: Callable[[], None]
    #: When this import brings its mails; their own dates stand in them.
    now: datetime = field(default_factory=timezone.now)
    next_look: int = FIRST_LOOK
    #: Pipermail's pages tell the numbers of mails.
    has_pages: bool = field(init=False)

    def __post_init__(self) -> None:
        folder = self.options.pipermail_dir
        wanted = self.options.numbers == AliasKind.PIPERMAIL
        self.has_pages = wanted and folder is not None and has_pages(folder)

    def unknown(self, found: Iterable[FoundMail]) -> Iterator[list[Incoming]]:
        """Yield batches of the mails that must be parsed: not those that are here.

        A mail that names files of Pipermail is parsed again: they may be here now. So
        is every mail whose number is to be recorded.
        """
        for batch in _batches(found):
            self.report.read += len(batch)
            digests = [raw_digest(mail.raw) for mail in batch]
            here = self._here(digests)
            first = self.report.read - len(batch)
            new = [
                Incoming(
                    mail.raw,
                    self.now,
                    from_line=mail.from_line,
                    digest=digest,
                    aliases=self._numbers(place),
                )
                for place, (mail, digest) in enumerate(
                    zip(batch, digests, strict=True), first
                )
                if digest not in here or self._may_bring_more(mail)
            ]
            self.report.present += len(batch) - len(new)
            if new:
                yield new
            else:
                self.on_progress()

    def take(self, mails: Sequence[Prepared]) -> None:
        """Archive what is wanted of *mails* and count it."""
        wanted = [mail for mail in mails if self._is_wanted(mail)]
        if self.options.is_dry:
            outcomes = self._judged(wanted)
        else:
            outcomes = self._archived(wanted)
        for mail, status in outcomes:
            self._count(mail, status)
        if self.report.archived >= self.next_look and not self.options.is_dry:
            self.next_look = self.report.archived * LOOK_AGAIN
            refresh_statistics()

    def _here(self, digests: Sequence[str]) -> set[str]:
        """Return which of *digests* are those of mails that are here."""
        if self.mlist.pk is None:
            return set()
        return {digest for (digest,) in _DIGESTS.find(digests, self.mlist)}

    def _may_bring_more(self, mail: FoundMail) -> bool:
        if self._numbers(0):
            return True
        return self.options.pipermail_dir is not None and may_name_files(mail.raw)

    def _numbers(self, place: int) -> tuple[Number, ...]:
        """Return the number that the mail at *place* had in the former archive."""
        kind = self.options.numbers
        return ((kind, kind.written(place)),) if kind and not self.has_pages else ()

    def _is_wanted(self, mail: Prepared) -> bool:
        if mail.parsed.no_archive and not self.options.takes_no_archive:
            self.report.no_archive += 1
            return False
        since, claimed = self.options.since, mail.parsed.date
        if since and claimed and claimed <= since:
            self.report.too_old += 1
            return False
        return True

    def _judged(self, mails: Sequence[Prepared]) -> list[tuple[Prepared, Status]]:
        """Say what would become of *mails*."""
        if self.mlist.pk is None:
            return [(mail, Status.ARCHIVED) for mail in mails]
        return [(found.mail, found.status) for found in judge(self.mlist, mails)]

    def _archived(self, mails: Sequence[Prepared]) -> list[tuple[Prepared, Status]]:
        """Archive *mails*; one by one if that fails.

        A defect of ours that one mail meets must not keep the others out.
        """
        try:
            outcomes = archive_prepared(self.mlist, mails)
        except (OperationalError, InterfaceError):
            raise  # the database is gone, full or locked: no mail is to blame
        except Exception as error:
            if len(mails) > 1:
                return [pair for mail in mails for pair in self._archived([mail])]
            logger.exception("Could not archive %s", mails[0].parsed.message_id)
            self.report.failed[mails[0].parsed.message_id] = str(error)
            return []
        self.report.numbered += sum(len(mail.aliases) for mail in mails)
        if self.options.pipermail_dir:
            kept = keep_files(self.mlist, mails, outcomes, self.options.pipermail_dir)
            self.report.files_kept += kept.kept
            self.report.files_missing += kept.missing
        statuses = (outcome.status for outcome in outcomes)
        return list(zip(mails, statuses, strict=True))

    def _count(self, mail: Prepared, status: Status) -> None:
        match status:
            case Status.PRESENT:
                self.report.present += 1
            case Status.COPY:
                self.report.copies += 1
            case Status.DENIED:
                self.report.denied += 1
            case Status.ARCHIVED if mail.parsed.problems:
                self.report.damaged += 1
                self.report.problems.update(mail.parsed.problems)
            case Status.ARCHIVED:
                self.report.archived += 1


def _dictionary(
    found: Iterable[FoundMail], *, is_dry: bool
) -> tuple[TrainedDictionary | None, Iterable[FoundMail]]:
    """Return the dictionary to pack with, and *found* again.

    A site without one trains it from the first mails, which are read ahead.
    """
    trained = current_dictionary()
    if trained or is_dry:
        return trained, found
    iterator = iter(found)
    sample = _sample(iterator)
    trained = train_dictionary([mail.raw for mail in sample])
    return trained, chain(sample, iterator)


def _sample(found: Iterator[FoundMail]) -> list[FoundMail]:
    size = 0
    sample = []
    for mail in islice(found, SAMPLE_MAILS):
        sample.append(mail)
        size += len(mail.raw)
        if size >= SAMPLE_BYTES:
            break
    return sample


def _batches(found: Iterable[FoundMail]) -> Iterator[list[FoundMail]]:
    batch: list[FoundMail] = []
    size = 0
    for mail in found:
        batch.append(mail)
        size += len(mail.raw)
        if len(batch) >= BATCH_MAILS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
