"""Comparing an archive with what its raw messages make of it. Changes nothing."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db.models import QuerySet
from django.utils import timezone

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.ingest import raw_digest
from hyperkitty.models import (
    CompressionDictionary,
    Email,
    MailingList,
    RawMessage,
    ScrubbedFile,
)
from hyperkitty.search.comparing import compare
from hyperkitty.search.connection import archive_backend
from hyperkitty.search.generations import IndexUnusable
from hyperkitty.search.values import IndexState
from hyperkitty.threads.bulk import matching
from hyperkitty.threads.comparing import (
    Difference,
    compare_counters,
    compare_threads,
    thread_batches,
)
from hyperkitty.threads.denial import strange_entries
from hyperkitty.threads.locking import locked
from hyperkitty.threads.twins import disputed_ids

from .derived import Checked, checked_mails, read_rows, wrong_columns

#: Raw messages whose bytes are read at a time.
BATCH = 250
#: Letters of a value that a finding shows.
SHOWN = 120
#: A file this young may belong to a mail that is being stored.
ORPHAN_AGE = timedelta(hours=1)
#: Below it stand all raw messages in ``STORAGES["hyperkitty"]``.
RAW_FOLDER = "raw"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    #: List address and permalink, or what else it is about.
    about: str
    what: str

    def __str__(self) -> str:
        return f"{self.about}: {self.what}"


def audit_list(
    mlist: MailingList,
    on_progress: Callable[[int], None] = lambda count: None,
    processes: int | None = None,
) -> Iterator[Finding]:
    """Compare all of one list; *on_progress* hears how many mails are done.

    Mail may arrive meanwhile: what looks wrong is looked at again under the list's
    lock before it is told.
    """
    done = 0
    for batch in checked_mails(mlist, processes=processes):
        yield from _audit_mails(mlist, batch)
        done += len(batch)
        on_progress(done)
    yield from _audit_copies(mlist)
    yield from _audit_scrubbed(mlist)
    for id_hash in sorted(_disputed(mlist)):
        yield Finding(f"{mlist.name} id {id_hash}", "has not exactly one owner")
    for pks in thread_batches(mlist):
        yield from _audit_threads(mlist, pks)
    if compare_counters(mlist):
        with locked(mlist) as fresh:
            differences = compare_counters(fresh)
        yield from (_told(mlist, found) for found in differences)


def audit_site() -> Iterator[Finding]:
    """Compare what no single list has: dictionaries, deny list, files and search."""
    for row in CompressionDictionary.objects.order_by("pk").iterator(chunk_size=1):
        digest = b32encode(blake2b(bytes(row.data), digest_size=20).digest()).decode()
        if digest != row.digest:
            yield Finding(f"dictionary {row.pk}", "was changed; restore it")
    if count := strange_entries():
        what = f"{count:,} entries were made with another HYPERKITTY_DENY_KEY"
        yield Finding("deny list", f"{what}; set the former key again")
    if "hyperkitty" in settings.STORAGES:
        for name in _orphans(storages["hyperkitty"]):
            yield Finding(name, "belongs to no mail; a transaction failed after it")
    yield from _audit_index()


def damaged_mails(mlist: MailingList) -> QuerySet[Email]:
    """Return the mails that were kept although something is wrong with them."""
    return Email.objects.filter(mlist=mlist).exclude(problems="").order_by("pk")


def _audit_mails(mlist: MailingList, batch: Sequence[Checked]) -> Iterator[Finding]:
    suspects = []
    for one in batch:
        raw = one.rows.raw
        if one.mail is None or raw is None:
            yield Finding(_name(mlist, one.rows.email), one.error)
        elif (one.mail.digest, one.mail.parsed.size) != (raw.digest, raw.size):
            yield Finding(_name(mlist, one.rows.email), "the raw message was changed")
        elif wrong_columns(one.rows, one.mail):
            suspects.append(one)
    if suspects:
        yield from _confirmed(mlist, suspects)


def _confirmed(mlist: MailingList, suspects: Sequence[Checked]) -> Iterator[Finding]:
    mails = {one.rows.email.pk: one.mail for one in suspects}
    emails = Email.objects.select_related("sender")
    with locked(mlist):
        again = read_rows(mlist, matching(emails, "pk", mails))
    for rows in again:
        mail = mails[rows.email.pk]
        if mail is None:
            continue
        for column, (stored, right) in wrong_columns(rows, mail).items():
            yield Finding(_name(mlist, rows.email), _unequal(column, stored, right))


def _audit_copies(mlist: MailingList) -> Iterator[Finding]:
    """Read further copies; the first of each mail was read with its rows."""
    copies = RawMessage.objects.filter(mlist=mlist, number__gt=0)
    for raw in copies.select_related("email").iterator(chunk_size=BATCH):
        about = f"{_name(mlist, raw.email)} copy {raw.number}"
        try:
            if raw_digest(raw.read()) != raw.digest:
                yield Finding(about, "the raw message was changed")
        except ArchiveCorrupt as error:
            yield Finding(about, str(error))


def _audit_scrubbed(mlist: MailingList) -> Iterator[Finding]:
    files = ScrubbedFile.objects.filter(email__mlist=mlist).select_related("email")
    for kept in files.iterator(chunk_size=BATCH):
        about = f"{_name(mlist, kept.email)} file {kept.name}"
        try:
            if raw_digest(kept.unpack()) != kept.digest:
                yield Finding(about, "was changed")
        except ArchiveCorrupt as error:
            yield Finding(about, str(error))


def _disputed(mlist: MailingList) -> set[str]:
    if not disputed_ids(mlist):
        return set()
    with locked(mlist):
        return disputed_ids(mlist)


def _audit_threads(mlist: MailingList, pks: Sequence[int]) -> Iterator[Finding]:
    if compare_threads(mlist, pks):
        with locked(mlist) as fresh:
            differences = compare_threads(fresh, pks)
        yield from (_told(mlist, found) for found in differences)


def _told(mlist: MailingList, found: Difference) -> Finding:
    about = f"{mlist.name} {found.about}"
    return Finding(about, _unequal(found.column, found.stored, found.expected))


def _unequal(column: str, stored: Any, right: Any) -> str:
    return f"{column} is {_shown(stored)}, should be {_shown(right)}"


def _shown(value: Any) -> str:
    text = str(value) if hasattr(value, "isoformat") else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _name(mlist: MailingList, email: Email) -> str:
    return f"{mlist.name} {email.permalink}"


def _audit_index() -> Iterator[Finding]:
    """Compare search with the mails; while it is built there is nothing to compare."""
    engine = archive_backend()
    if engine is None:
        return
    try:
        if engine.state() == IndexState.READY:
            for found in compare(engine):
                yield Finding(f"search: mail {found.email_id}", found.what)
    except IndexUnusable as error:
        yield Finding("search", str(error))


def _orphans(storage: Storage) -> Iterator[str]:
    folders = [RAW_FOLDER]
    while folders:
        folder = folders.pop()
        try:
            subfolders, files = storage.listdir(folder)
        except FileNotFoundError:
            continue
        folders += [f"{folder}/{name}" for name in subfolders]
        names = [f"{folder}/{name}" for name in files]
        rows = RawMessage.objects.values_list("file", flat=True)
        known = set(matching(rows, "file", names))
        for name in sorted(set(names) - known):
            if timezone.now() - storage.get_modified_time(name) > ORPHAN_AGE:
                yield name
