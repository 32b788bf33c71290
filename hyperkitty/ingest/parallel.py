"""Preparing mails on all cores, in order, with bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

from hyperkitty.processes import available_cores, worker_pool

from .dictionary import TrainedDictionary
from .prepare import prepare
from .values import Incoming, Prepared

#: Batches beyond one per process that wait or are done: what memory is bounded by.
AHEAD = 2

Context = TypeVar("Context")
_dictionaries: dict[int, TrainedDictionary] = {}
_Waiting = tuple[Context, Future[list[Prepared]]]


def prepare_batches(
    batches: Iterable[tuple[Context, Sequence[Incoming]]],
    trained: TrainedDictionary | None = None,
    processes: int | None = None,
) -> Iterator[tuple[Context, list[Prepared]]]:
    """Yield what `prepare` makes of each batch, in order, with the batch's context.

    *batches* is read a few batches ahead of what was yielded. A single batch is
    prepared here: starting processes would take longer than the work.
    Raises `BrokenProcessPool` when the system ends one of the processes.
    """
    iterator = iter(batches)
    first = list(islice(iterator, 2))
    count = processes or available_cores()
    if len(first) < 2 or count < 2:
        for context, mails in _chain(first, iterator):
            yield context, prepare(mails, trained)
        return
    pool = worker_pool(count)
    try:
        yield from _through(pool, _chain(first, iterator), trained, count + AHEAD)
    finally:
        pool.shutdown(cancel_futures=True)


def _through(
    pool: ProcessPoolExecutor,
    batches: Iterable[tuple[Context, Sequence[Incoming]]],
    trained: TrainedDictionary | None,
    limit: int,
) -> Iterator[tuple[Context, list[Prepared]]]:
    waiting: deque[_Waiting[Context]] = deque()
    for context, mails in batches:
        waiting.append((context, pool.submit(_work, mails, trained)))
        if len(waiting) >= limit:
            done, future = waiting.popleft()
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


def _work(
    mails: Sequence[Incoming], trained: TrainedDictionary | None
) -> list[Prepared]:
    return prepare(mails, _same(trained) if trained else None)


def _same(trained: TrainedDictionary) -> TrainedDictionary:
    """Return the object that this process got first for the dictionary.

    The compressor that was made for it is found by its bytes, and each batch brings a
    copy of them: two copies would be compared whole for every blob.
    """
    return _dictionaries.setdefault(trained.pk, trained)


def _chain(first: Sequence[Context], rest: Iterator[Context]) -> Iterator[Context]:
    yield from first
    yield from rest
