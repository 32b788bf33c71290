"""An index of tantivy: its fields, how text becomes words, reading and writing it."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from hyperkitty.search.documents import Document
from hyperkitty.search.generations import IndexUnusable
from hyperkitty.search.languages import STEMMERS, Languages
from hyperkitty.search.text import MAX_WORD

#: Moves with every change of the fields below or of what is written to them.
VERSION = "tantivy-1"
#: Bytes of words that the writer gathers before it writes a segment.
HEAP = 96_000_000
SMALL_HEAP = 16_000_000
#: Weights are kept as powers of two with this scale: see `TantivyBackend`.
WEIGHT_SCALE = 8

TEXTS = ("subject", "own", "quoted", "author", "filename", "attachment")
_NUMBERS = ("email", "mlist", "thread", "sender", "year", "month", "weight", "stamp")
_STEMMED = "stemmed"
_WHOLE = "whole"


class TantivyIndex:
    """One generation, opened by this process.

    Opened again after a fork: what watches the folder does not survive it, and a
    writer would panic.
    """

    def __init__(self, folder: Path, languages: Languages) -> None:
        self.languages = languages
        self.schema = _schema()
        self.analyzers = {code: _analyzer(code) for code in languages.all}
        self.whole = _analyzer("")
        with guarded():
            self.index = tantivy.Index(self.schema, str(folder))
            # Tokenizers are not part of what is stored.
            self.index.register_tokenizer(_STEMMED, self.analyzers[languages.site])
            self.index.register_tokenizer(_WHOLE, self.whole)
            self.index.config_reader("manual")

    def searcher(self) -> Any:
        """Return a view of all that was committed, by any process."""
        with guarded():
            self.index.reload()
            return self.index.searcher()

    @contextmanager
    def writer(self, *, is_bulk: bool = False) -> Iterator[TantivyWriter]:
        """Open the only writer; the caller holds the lock of all generations."""
        with guarded():
            heap = HEAP if is_bulk else SMALL_HEAP
            writer = self.index.writer(heap, 2 if is_bulk else 1)
        try:
            yield TantivyWriter(self, writer)
        finally:
            # Without waiting, merging would be given up each time, and segments pile
            # up. This also gives tantivy's own lock back, whoever still refers to it.
            with guarded():
                writer.wait_merging_threads()


class TantivyWriter:
    """Adds, replaces and removes entries; seen by readers after `commit`."""

    def __init__(self, opened: TantivyIndex, writer: Any) -> None:
        self._opened = opened
        self._writer = writer

    def add(self, documents: Iterable[Document]) -> None:
        """Add entries of mails that have none."""
        with guarded():
            for document in documents:
                self._writer.add_document(self._entry(document))

    def remove(self, email_ids: Collection[int]) -> None:
        """Remove the entries of these mails, if there are any."""
        if email_ids:
            schema = self._opened.schema
            query = tantivy.Query.term_set_query(schema, "email", list(email_ids))
            with guarded():
                self._writer.delete_documents_by_query(query)

    def remove_from(self, first: int) -> None:
        """Remove the entries of all mails with this id and later ones."""
        query = tantivy.Query.range_query(
            self._opened.schema, "email", tantivy.FieldType.Unsigned, first, None
        )
        with guarded():
            self._writer.delete_documents_by_query(query)

    def clear(self) -> None:
        """Remove all entries."""
        with guarded():
            self._writer.delete_all_documents()

    def commit(self) -> None:
        """Put on the disk what was added and removed, all or nothing of it."""
        with guarded():
            self._writer.commit()

    def _entry(self, document: Document) -> Any:
        entry = tantivy.Document()
        for name in _NUMBERS:
            if name != "weight":
                entry.add_unsigned(name, getattr(document, name))
        entry.add_unsigned("weight", round(2 ** (WEIGHT_SCALE * document.weight)))
        entry.add_integer("date", document.date)
        entry.add_text("msgid", document.msgid)
        entry.add_text("address", document.address)
        for mark in document.marks:
            entry.add_text("marks", mark)
        for tag in document.tags:
            entry.add_text("tags", tag)
        self._add_texts(entry, document)
        return entry

    def _add_texts(self, entry: Any, document: Document) -> None:
        languages, analyzers = self._opened.languages, self._opened.analyzers
        analyzer = None
        if document.language != languages.site:
            # A field has one tokenizer; words of other languages are brought ready.
            analyzer = analyzers.get(document.language, analyzers[languages.site])
        for name in TEXTS:
            if text := getattr(document, name):
                if analyzer is None:
                    entry.add_text(name, text)
                else:
                    entry.add_pre_tokenized_text(name, analyzer.pre_tokenize(text))
        entry.add_text("vocabulary", f"{document.subject}\n{document.own}")


class OpenIndexes:
    """What this process has open: reading a new generation closes the old one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[Path, tuple[int, str, TantivyIndex]] = {}

    def get(self, root: Path, name: str, languages: Languages) -> TantivyIndex:
        """Return the index in folder *name* below *root*."""
        with self._lock:
            pid, known, opened = self._opened.get(root, (0, "", None))
            if opened is None or pid != os.getpid() or known != name:
                folder = root / name
                if not (folder / "meta.json").is_file():
                    raise IndexUnusable(f"{folder} holds no index.")
                opened = TantivyIndex(folder, languages)
                self._opened[root] = (os.getpid(), name, opened)
            return opened


OPEN = OpenIndexes()


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what tantivy raises into `IndexUnusable`.

    A panic of its Rust code is a BaseException that nobody else expects.
    """
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        raise IndexUnusable(str(error)) from error
    except BaseException as error:
        if type(error).__module__ == "pyo3_runtime":
            raise IndexUnusable(str(error)) from error
        raise


def _analyzer(language: str) -> Any:
    """Return what makes words of text: lower case, without accents, and stemmed.

    Accents go first: whoever types without them must find words with them.
    """
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for kept in (
        tantivy.Filter.remove_long(MAX_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
    ):
        builder = builder.filter(kept)
    if language in STEMMERS:
        builder = builder.filter(tantivy.Filter.stemmer(STEMMERS[language]))
    return builder.build()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in _NUMBERS:
        is_sought = name not in {"weight", "stamp"}
        builder.add_unsigned_field(name, fast=True, indexed=is_sought)
    builder.add_integer_field("date", fast=True, indexed=True)
    for name in ("msgid", "address", "tags"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(
        "marks", tokenizer_name="raw", index_option="basic", fast=True
    )
    for name in TEXTS:
        builder.add_text_field(name, tokenizer_name=_STEMMED)
    # Words as they were written, for corrections: no stem is a word to offer.
    builder.add_text_field("vocabulary", tokenizer_name=_WHOLE, index_option="basic")
    return builder.build()
