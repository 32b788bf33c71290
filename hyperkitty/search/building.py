"""Building a whole index, or a list's part of it: processes prepare, one writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from time import monotonic

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from hyperkitty.models import Email, MailingList
from hyperkitty.processes import available_cores, worker_pool

from .documents import Document, read_documents
from .engines.backend import ArchiveBackend
from .languages import Languages
from .upkeep import BATCH, SLICE, Upkeep, exclusive

#: Batches that are prepared ahead, beyond one for each process.
AHEAD = 1
#: Batches after which what was built is put on the disk: what a kill costs.
KEEP_AFTER = 40

OnProgress = Callable[[int], None]


def rebuild(
    engine: ArchiveBackend,
    processes: int | None = None,
    on_progress: OnProgress = lambda done: None,
) -> int:
    """Build a new generation of the whole archive, then use it; return its mails.

    The one in use is searched and kept up to date meanwhile: each second the builder
    writes what changed into both. Raises `IndexUnusable`.
    """
    done = 0
    with exclusive(engine), Upkeep.of(engine) as upkeep:
        upkeep.begin()
        with _preparing(Languages.of_settings(), processes) as prepare:
            batches = 0
            while True:
                written = 0
                for ids, documents in prepare(_ids_of(upkeep, monotonic() + SLICE)):
                    upkeep.take(ids, documents)
                    written += len(ids)
                    batches += 1
                    on_progress(done + written)
                done += written
                if batches >= KEEP_AFTER:
                    upkeep.keep_progress()
                    batches = 0
                # Nobody has read ahead of what was written now: nothing gets lost.
                upkeep.drain()
                if not written:
                    break
        upkeep.finish()
        upkeep.drain()
    return done


def rewrite_list(
    engine: ArchiveBackend,
    mlist: MailingList,
    on_progress: OnProgress = lambda done: None,
) -> int:
    """Write the entries of all mails of a list again; return how many.

    Raises `IndexUnusable`.
    """
    done = 0
    with exclusive(engine), Upkeep.of(engine) as upkeep:
        upkeep.drain()
        if upkeep.live is None:
            engine.current()  # raises, saying why
        for ids in _batches_of(mlist):
            upkeep.write(ids)
            done += len(ids)
            on_progress(done)
            upkeep.drain(deadline=monotonic())
    return done


def _ids_of(upkeep: Upkeep, deadline: float) -> Iterator[list[int]]:
    """Yield batches of mails that the builder lacks, until *deadline*."""
    after = None
    while monotonic() < deadline and (ids := upkeep.next_ids(after)):
        after = ids[-1]
        yield ids


def _batches_of(mlist: MailingList) -> Iterator[list[int]]:
    after = 0
    emails = Email.objects.filter(mlist=mlist).order_by("pk")
    while ids := list(emails.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        yield ids
        after = ids[-1]


Prepared = Iterator[tuple[list[int], list[Document]]]


@contextmanager
def _preparing(
    languages: Languages, processes: int | None
) -> Iterator[Callable[[Iterator[list[int]]], Prepared]]:
    """Give what reads the entries of batches of mails, in order, on all cores.

    A first batch is read here: starting processes would take longer than a small site.
    """
    count = processes or available_cores()
    names = {found.alias: _name(found) for found in connections.all()}
    pool: ProcessPoolExecutor | None = None

    def prepare(batches: Iterator[list[int]]) -> Prepared:
        nonlocal pool
        if pool is not None:
            yield from _through(pool, batches, count + AHEAD, (languages, names))
            return
        for ids in batches:
            yield ids, read_documents(ids, languages)
            if count > 1 and len(ids) == BATCH:
                pool = worker_pool(count)
                yield from _through(pool, batches, count + AHEAD, (languages, names))

    try:
        yield prepare
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _through(
    pool: ProcessPoolExecutor,
    batches: Iterator[list[int]],
    limit: int,
    how: tuple[Languages, Mapping[str, str]],
) -> Prepared:
    waiting: deque[tuple[list[int], Future[list[Document]]]] = deque()
    for ids in batches:
        waiting.append((ids, pool.submit(_read, ids, *how)))
        if len(waiting) >= limit:
            done, future = waiting.popleft()
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


def _read(
    email_ids: Sequence[int], languages: Languages, databases: Mapping[str, str]
) -> list[Document]:
    """Read in a process of the pool, from the databases that its parent has open."""
    for alias, name in databases.items():
        connections[alias].settings_dict["NAME"] = name
    return read_documents(email_ids, languages)


def _name(connection: BaseDatabaseWrapper) -> str:
    return str(connection.settings_dict["NAME"])
