"""What the index offers without being asked: corrections, subjects, similar mails."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import log

from haystack.query import SQ

from .compile import compile_query
from .connection import archive_backend
from .documents import read_documents
from .engines.backend import ArchiveBackend
from .generations import IndexUnusable
from .inputs import Words
from .languages import Languages
from .query import And, Field, Node, Not, Or, Query, Text
from .spelling import best_correction, is_word
from .values import Sort

#: Words of a mail that tell best what it is about.
SIMILAR_WORDS = 12
#: Letters of a text that is compared with the archive.
MAX_TEXT = 20_000
#: A word in fewer mails than one in so many is worth a look for a better one.
RARE = 2

_CORRECTED = frozenset({Field.ANY, Field.SUBJECT, Field.BODY})


def correct(query: Query, *, list_ids: Collection[int] | None) -> Query | None:
    """Return *query* with words spelled as they are in these lists; None if they are.

    Only words of mails in these lists are offered. Some ten milliseconds for each word
    that stands in hardly any mail, so it is for searches that find little.
    """
    engine = archive_backend()
    if engine is None or not engine.supports.corrections or query.root is None:
        return None
    try:
        root = _corrected(query.root, engine, compile_query(None, list_ids))
    except IndexUnusable:
        return None
    return None if root == query.root else replace(query, root=root, notes=())


def complete(
    prefix: str, *, list_ids: Collection[int] | None, limit: int = 8
) -> tuple[int, ...]:
    """Return mails that start threads, whose subjects have these words, newest first.

    The last word may be a beginning.
    """
    engine = archive_backend()
    words = prefix.split()[:8]
    if engine is None or not words:
        return ()
    sought = [SQ(subject=Words(word)) for word in words[:-1]]
    sought.append(SQ(subject=Words(words[-1], is_prefix=True)))
    sq = SQ(compile_query(None, list_ids), *sought, marks__in=("starter",))
    try:
        return engine.find(sq, sort=Sort.NEWEST, limit=limit).email_ids
    except IndexUnusable:
        return ()


def more_like(
    email_id: int, *, list_ids: Collection[int] | None, limit: int = 5
) -> tuple[int, ...]:
    """Return mails of other threads about what this mail is about, best first."""
    documents = read_documents([email_id], Languages())
    if not documents:
        return ()
    (document,) = documents
    subject, text = document.subject, document.own
    thread = SQ(SQ(thread=document.thread), _negated=True)
    return _similar(subject, text, SQ(compile_query(None, list_ids), thread), limit)


def like_text(
    subject: str, text: str, *, list_ids: Collection[int] | None, limit: int = 5
) -> tuple[int, ...]:
    """Return mails about what somebody is writing, best first."""
    return _similar(subject, text, compile_query(None, list_ids), limit)


def _similar(subject: str, text: str, within: SQ, limit: int) -> tuple[int, ...]:
    engine = archive_backend()
    if engine is None or not engine.supports.similar:
        return ()
    try:
        words = _telling_words(engine, subject[:MAX_TEXT], text[:MAX_TEXT])
        if not words:
            return ()
        any_word = SQ(*(SQ(content=Words(w)) for w in words), _connector=SQ.OR)
        return engine.find(SQ(within, any_word), limit=limit).email_ids
    except IndexUnusable:
        return ()


def _telling_words(engine: ArchiveBackend, subject: str, text: str) -> list[str]:
    """Return the words that are frequent here and seldom elsewhere (tf-idf).

    A word of the subject counts as three. What stands in one mail leads to no other.
    """
    total = max(engine.size(), 1)
    found = engine.frequencies(f"{subject} {subject} {subject}\n{text}")
    scores = {
        word: log(1 + count) * log(total / mails)
        for word, (count, mails) in found.items()
        if mails > 1 and len(word) > 2 and not word.isdecimal()
    }
    ranked = sorted(scores, key=lambda word: (-scores[word], word))
    return [word for word in ranked if scores[word] > 0][:SIMILAR_WORDS]


def _corrected(node: Node, engine: ArchiveBackend, within: SQ) -> Node:
    match node:
        case And(parts):
            return And(tuple(_corrected(part, engine, within) for part in parts))
        case Or(parts):
            return Or(tuple(_corrected(part, engine, within) for part in parts))
        case Text() if node.field in _CORRECTED and not node.is_prefix:
            return replace(node, text=_corrected_text(node, engine, within))
        case Not() | _:
            return node


def _corrected_text(text: Text, engine: ArchiveBackend, within: SQ) -> str:
    words = text.text.split()
    return " ".join(_corrected_word(word, engine, within) for word in words)


def _corrected_word(word: str, engine: ArchiveBackend, within: SQ) -> str:
    if not is_word(word):
        return word
    known = engine.find(SQ(within, SQ(content=Words(word))), limit=0).count
    if known >= RARE:
        return word
    candidates = engine.vocabulary(word[0].lower(), within)
    return best_correction(word, candidates, known) or word
