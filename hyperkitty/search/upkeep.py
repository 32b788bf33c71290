"""Keeping the index as the archive is: what changed, and generations that are built.

One process writes at a time, the one that holds the lock. It takes the rows of
`PendingIndex`, writes the mails they name into the generation in use *and* into one
that is being built beside it, and only then deletes these rows: what is killed in
between is done again and gives the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from time import monotonic

from hyperkitty.models import Email, PendingIndex

from .connection import archive_backend, backend, has_index
from .documents import Document, read_documents
from .engines.backend import WRITE_TIMEOUT, ArchiveBackend, Writer
from .generations import Generation, IndexUnusable
from .haystack_index import EmailIndex
from .values import IndexState

#: Mails that are read and written at a time.
BATCH = 500
BULK_BATCH = 200
#: Seconds after which other work that is due gets its turn.
BUDGET = 30.0
#: Seconds for which a generation is built before changes are looked for again.
SLICE = 1.0


def index_due() -> int:
    """Bring the index up to date, as far as a few seconds allow; return mails written.

    An index that is missing, broken or of another release is built anew here. Does
    nothing while another process writes: whoever holds the lock goes on until a look
    *after* releasing it finds nothing.
    """
    deadline = monotonic() + BUDGET
    if not has_index():
        PendingIndex.objects.all().delete()
        return 0
    engine = archive_backend()
    if engine is None:
        return _update_other(deadline)
    written = 0
    while True:
        with engine.generations.lock() as is_ours:
            if not is_ours:
                return written
            with Upkeep.of(engine) as upkeep:
                written += upkeep.drain(deadline)
                written += upkeep.build(monotonic() + SLICE)
                is_building = upkeep.building is not None
        is_due = is_building or PendingIndex.objects.exists()
        if not is_due or monotonic() >= deadline:
            return written


@contextmanager
def exclusive(engine: ArchiveBackend, timeout: float = WRITE_TIMEOUT) -> Iterator[None]:
    """Be the one who writes. Raises `IndexUnusable` if another process does not end."""
    with engine.generations.lock(timeout) as is_ours:
        if not is_ours:
            raise IndexUnusable(
                "Another process is writing the search index, maybe rebuilding it."
            )
        yield


def bring_up_to_date(engine: ArchiveBackend, email_ids: Sequence[int] = ()) -> int:
    """Write all that is due, and these mails; return how many were written.

    The caller holds the lock.
    """
    with Upkeep.of(engine) as upkeep:
        written = upkeep.drain()
        for start in range(0, len(email_ids), BATCH):
            upkeep.write(email_ids[start : start + BATCH])
        return written + len(email_ids)


class Upkeep:
    """One turn at writing: generations that must follow, and their open writers.

    The caller holds the lock and leaves `of` before it gives it away.
    """

    def __init__(self, engine: ArchiveBackend, stack: ExitStack) -> None:
        self.engine = engine
        self._stack = stack
        self._live: tuple[Generation, Writer] | None = None
        self._built: tuple[Generation, Writer] | None = None
        self.live = engine.current() if engine.state() == IndexState.READY else None
        self.building = engine.generations.building()
        if self.building and self.building.version != engine.version:
            self.building = None

    @classmethod
    @contextmanager
    def of(cls, engine: ArchiveBackend) -> Iterator[Upkeep]:
        """Open what is written only when it is, and close it in the end."""
        with ExitStack() as stack:
            yield cls(engine, stack)

    def drain(self, deadline: float | None = None) -> int:
        """Write what is due, urgent mails first; return how many were written."""
        written = 0
        while rows := _due_rows():
            ids = [pk for row in rows for pk in range(row.first_id, row.last_id + 1)]
            self.write(ids)
            PendingIndex.objects.filter(pk__in=[row.pk for row in rows]).delete()
            written += len(ids)
            if deadline is not None and monotonic() >= deadline:
                break
        return written

    def write(self, email_ids: Collection[int]) -> None:
        """Write the entries of these mails again, wherever they belong, and commit."""
        if self.live is not None:
            writer = self._live_writer(self.live)
            _replace(writer, email_ids, self.live)
            writer.commit()
        if self.building is not None:
            # What the builder has not come to, it will read as it is then.
            done = [pk for pk in email_ids if pk <= self.building.done_id]
            if done:
                _replace(self._builder(), done, self.building)
                self.keep_progress()

    def begin(self) -> None:
        """Begin a new generation."""
        self.building = self.engine.begin()
        self._built = None

    def build(self, deadline: float) -> int:
        """Go on building until *deadline*, if a generation is needed; return mails."""
        if self.building is None:
            if self.live is not None:
                return 0
            self.begin()
        written = 0
        while ids := self.next_ids():
            self.take(ids)
            written += len(ids)
            if monotonic() >= deadline:
                self.keep_progress()
                return written
        self.finish()
        return written

    def next_ids(self, after: int | None = None) -> list[int]:
        """Return the next mails that the generation that is built lacks."""
        if after is None:
            after = self.building.done_id if self.building else 0
        visible = Email.objects.visible().filter(pk__gt=after).order_by("pk")
        return list(visible.values_list("pk", flat=True)[:BATCH])

    def take(
        self, email_ids: Sequence[int], documents: Sequence[Document] | None = None
    ) -> None:
        """Add the next mails to the generation that is built; read them if need be."""
        if self.building is None:
            raise IndexUnusable("No generation is being built.")
        if documents is None:
            documents = read_documents(email_ids, self.building.languages)
        self._builder().add(documents)
        self.building = replace(self.building, done_id=email_ids[-1])

    def keep_progress(self) -> None:
        """Put what was built on the disk, with how far it is."""
        if self.building is not None:
            self._builder().commit()
            self.engine.generations.note_progress(self.building)

    def finish(self) -> None:
        """Use what was built from now on."""
        if self.building is None:
            return
        self.keep_progress()
        self._stack.close()
        self.engine.generations.finish(self.building)
        self.live, self.building = self.building, None
        self._live = self._built = None

    def _live_writer(self, generation: Generation) -> Writer:
        if self._live is None:
            opened = self._stack.enter_context(self.engine.writer(generation))
            self._live = (generation, opened)
        return self._live[1]

    def _builder(self) -> Writer:
        if self.building is None:
            raise IndexUnusable("No generation is being built.")
        if self._built is None:
            writer = self._stack.enter_context(
                self.engine.writer(self.building, is_bulk=True)
            )
            # What was written after the last note of progress would come twice.
            writer.remove_from(self.building.done_id + 1)
            self._built = (self.building, writer)
        return self._built[1]


def _replace(
    writer: Writer, email_ids: Collection[int], generation: Generation
) -> None:
    documents = read_documents(email_ids, generation.languages)
    writer.remove(email_ids)
    writer.add(documents)


def _due_rows() -> list[PendingIndex]:
    """Return rows that name about `BATCH` mails: urgent ones, else the oldest.

    Of an import fewer: mail that is urgent waits until they are written.
    """
    rows: list[PendingIndex] = []
    mails = 0
    due = PendingIndex.objects.order_by("-is_urgent", "pk")
    for row in due[:BATCH]:
        rows.append(row)
        mails += row.last_id - row.first_id + 1
        if mails >= (BATCH if row.is_urgent else BULK_BATCH):
            break
    return rows


def _update_other(deadline: float) -> int:
    """Bring an engine that is not ours up to date."""
    written = 0
    while rows := _due_rows():
        ids = {pk for row in rows for pk in range(row.first_id, row.last_id + 1)}
        found = list(Email.objects.visible().filter(pk__in=ids))
        engine = backend()
        for pk in ids - {email.pk for email in found}:
            engine.remove(f"hyperkitty.email.{pk}")
        engine.update(EmailIndex(), found)
        PendingIndex.objects.filter(pk__in=[row.pk for row in rows]).delete()
        written += len(ids)
        if monotonic() >= deadline:
            break
    return written
