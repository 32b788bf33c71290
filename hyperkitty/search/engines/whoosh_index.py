"""An index of Whoosh: its fields, writing it, and a view that answers quickly.

Whoosh's own way of searching visits every posting with several calls of Python. A view
reads the postings of a word in one go and keeps those that were asked for; numbers of
mails are in memory whole. So it is made for some ten thousand mails, not for millions.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from whoosh import fields, index
from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.matching import WrappingMatcher
from whoosh.reading import TermNotFound

from hyperkitty.search.documents import Document
from hyperkitty.search.generations import IndexUnusable
from hyperkitty.search.languages import Languages

from .whoosh_words import words_of

VERSION = "whoosh-1"
#: Megabytes of words that the writer gathers before it writes them.
LIMIT_MB = 128
#: Lists of postings that are kept for the next query.
KEPT_POSTINGS = 300

TEXTS = ("subject", "own", "quoted", "author", "filename", "attachment")
NAMES = ("msgid", "address", "marks", "tags")


class Numbers(NamedTuple):
    """What is kept of each mail beside its words."""

    email: int
    mlist: int
    thread: int
    sender: int
    date: int
    year: int
    month: int
    weight: float
    stamp: int
    #: Words that its author wrote.
    length: int


Postings = tuple[tuple[int, ...], tuple[float, ...]]


class WhooshIndex:
    """One generation, opened by this process."""

    def __init__(self, folder: Path, languages: Languages) -> None:
        self.languages = languages
        self.lock = threading.Lock()
        with guarded():
            if index.exists_in(folder):
                self.index = index.open_dir(folder)
            else:
                self.index = index.create_in(folder, _schema())
        self._view: WhooshView | None = None
        self._seen = -1

    def view(self) -> WhooshView:
        """Return what was committed last; the caller holds the lock of this object."""
        with guarded():
            committed = self.index.latest_generation()
            if self._view is None or self._seen != committed:
                self._view = WhooshView(self.index.reader())
                self._seen = committed
            return self._view

    @contextmanager
    def writer(self) -> Iterator[WhooshWriter]:
        """Open the only writer; the caller holds the lock of all generations."""
        writer = WhooshWriter(self)
        try:
            yield writer
        finally:
            writer.close()


class WhooshWriter:
    """Adds, replaces and removes entries; seen by readers after `commit`."""

    def __init__(self, opened: WhooshIndex) -> None:
        self._opened = opened
        self._writer: Any = None

    def add(self, documents: Iterable[Document]) -> None:
        """Add entries of mails that have none."""
        with guarded():
            for document in documents:
                self._open().add_document(**_entry(document))

    def remove(self, email_ids: Collection[int]) -> None:
        """Remove the entries of these mails, if there are any."""
        wanted = set(email_ids)
        self._remove(lambda pk: pk in wanted)

    def remove_from(self, first: int) -> None:
        """Remove the entries of all mails with this id and later ones."""
        self._remove(lambda pk: pk >= first)

    def commit(self) -> None:
        """Put on the disk what was added and removed, all or nothing of it."""
        if self._writer is not None:
            with guarded():
                self._writer.commit()
            self._writer = None

    def close(self) -> None:
        """Forget what was not committed."""
        if self._writer is not None:
            with guarded():
                self._writer.cancel()
            self._writer = None

    def _open(self) -> Any:
        if self._writer is None:
            # One process: others would need a second to start, for each commit.
            self._writer = self._opened.index.writer(limitmb=LIMIT_MB, procs=1)
        return self._writer

    def _remove(self, is_wanted: Any) -> None:
        with self._opened.lock:
            view = self._opened.view()
            found = [
                segment.base + place
                for segment in view.segments
                for place, numbers in enumerate(segment.numbers)
                if numbers is not None and is_wanted(numbers.email)
            ]
        if found:
            with guarded():
                writer = self._open()
                for place in found:
                    writer.delete_document(place)


class Segment:
    """A part of an index that is written once, and what was read of it."""

    def __init__(self, reader: Any, base: int) -> None:
        self.reader = reader
        self.base = base
        #: None for entries that were removed.
        self.numbers: list[Numbers | None] = [None] * reader.doc_count_all()
        for place, stored in reader.iter_docs():
            self.numbers[place] = Numbers(*stored["numbers"])

    def postings(self, field: str, word: str) -> Postings:
        """Return in which entries *word* stands, and how often in each."""
        try:
            matcher = self.reader.postings(field, word)
        except TermNotFound:
            return (), ()
        while isinstance(matcher, WrappingMatcher):
            matcher = matcher.child  # that leaves removed entries out; we do
        matcher.reset()
        return _all_postings(matcher)

    def positions(self, field: str, word: str, places: Iterable[int]) -> dict[int, Any]:
        """Return where in each of some entries, in order, *word* stands."""
        matcher = self.reader.postings(field, word)
        found = {}
        for place in places:
            matcher.skip_to(place)
            found[place] = matcher.value_as("positions")
        return found


class WhooshView:
    """All that was committed at one time, ready to be asked."""

    def __init__(self, reader: Any) -> None:
        self.segments = [Segment(leaf, base) for leaf, base in reader.leaf_readers()]
        live = [n for segment in self.segments for n in segment.numbers if n]
        self.numbers = {numbers.email: numbers for numbers in live}
        #: Ids of all entries, repeated where a mail has several.
        self.stamps = [(numbers.email, numbers.stamp) for numbers in live]
        lengths = sum(numbers.length for numbers in live)
        self.mean_length = max(lengths / max(len(live), 1), 1.0)
        # One for each view: postings of another one do not fit.
        self.postings = lru_cache(maxsize=KEPT_POSTINGS)(self._postings)
        self.column = lru_cache(maxsize=None)(self._column)

    def words_with(self, field: str, beginning: str, limit: int) -> list[str]:
        """Return words of a field that begin so, at most *limit* of each segment."""
        found: set[str] = set()
        for segment in self.segments:
            words = segment.reader.expand_prefix(field, beginning)
            for _number, word in zip(range(limit), words, strict=False):
                found.add(word.decode() if isinstance(word, bytes) else word)
        return sorted(found)

    def _column(self, name: str) -> dict[int, Any]:
        """Return one of `Numbers` for each mail."""
        place = Numbers._fields.index(name)
        return {pk: numbers[place] for pk, numbers in self.numbers.items()}

    def _postings(self, field: str, word: str) -> dict[int, float]:
        """Return how often *word* stands in each mail that has it."""
        found: dict[int, float] = {}
        for segment in self.segments:
            places, counts = segment.postings(field, word)
            numbers = segment.numbers
            for place, count in zip(places, counts, strict=True):
                if (there := numbers[place]) is not None:
                    found[there.email] = count
        return found


class OpenIndexes:
    """What this process has open: reading a new generation closes the old one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[Path, tuple[int, str, WhooshIndex]] = {}

    def get(self, root: Path, name: str, languages: Languages) -> WhooshIndex:
        """Return the index in folder *name* below *root*."""
        with self._lock:
            pid, known, opened = self._opened.get(root, (0, "", None))
            if opened is None or pid != os.getpid() or known != name:
                with guarded():
                    if not index.exists_in(root / name):
                        raise IndexUnusable(f"{root / name} holds no index.")
                opened = WhooshIndex(root / name, languages)
                self._opened[root] = (os.getpid(), name, opened)
            return opened


OPEN = OpenIndexes()


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what Whoosh raises into `IndexUnusable`: damaged files raise anything."""
    try:
        yield
    except IndexUnusable:
        raise
    except Exception as error:
        raise IndexUnusable(f"{type(error).__name__}: {error}") from error


def _all_postings(matcher: Any) -> Postings:
    if not isinstance(matcher, W3LeafMatcher):  # the few of a rare word
        places, counts = [], []
        while matcher.is_active():
            places.append(matcher.id())
            counts.append(matcher.weight())
            matcher.next()
        return tuple(places), tuple(counts)
    places, counts = [], []
    # Whole blocks: asking for each posting takes ten times as long.
    while matcher.is_active():
        matcher._read_ids()
        matcher._read_weights()
        places += matcher._ids
        counts += matcher._weights
        matcher._next_block()
    return tuple(places), tuple(counts)


def _entry(document: Document) -> dict[str, Any]:
    texts = {
        name: words_of(getattr(document, name), document.language) for name in TEXTS
    }
    numbers = Numbers(
        **{name: getattr(document, name) for name in Numbers._fields[:-1]},
        length=len(texts["own"]),
    )
    found: dict[str, Any] = {name: words for name, words in texts.items() if words}
    found |= {"msgid": [document.msgid], "address": [document.address]}
    for name in ("marks", "tags"):
        if values := getattr(document, name):
            found[name] = list(values)
    # Words of subjects alone: those of texts would take a third of the time again.
    if vocabulary := set(words_of(document.subject)):
        found["vocabulary"] = sorted(vocabulary)
    return found | {"numbers": tuple(numbers)}


def _schema() -> fields.Schema:
    schema = fields.Schema(numbers=fields.STORED)
    for name in TEXTS:
        text = fields.TEXT(phrase=True, spelling=False)
        # Its lengths are for Whoosh's own scores, and looked up for every word.
        text.scorable = False
        schema.add(name, text)
    for name in (*NAMES, "vocabulary"):
        schema.add(name, fields.KEYWORD(scorable=False))
    return schema
