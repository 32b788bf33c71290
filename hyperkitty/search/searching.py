"""Asking the index. Pages call these functions and no engine.

None of them knows who asks: they are given the lists that the reader may read, and
nothing from other lists reaches what they return, counts and corrections included. The
database has the last word on what they return: an entry may be some seconds old.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from haystack.query import SQ, SearchQuerySet

from .compile import compile_query
from .connection import archive_backend, has_index
from .engines.backend import ArchiveBackend
from .generations import IndexUnusable
from .query import Query, Text, leaves
from .values import Found, IndexState, Sort, Supports

logger = logging.getLogger(__name__)

_ORDERS = {Sort.NEWEST: ("-date",), Sort.OLDEST: ("date",), Sort.RELEVANCE: ()}


def search(
    query: Query,
    *,
    list_ids: Collection[int] | None,
    sort: Sort = Sort.RELEVANCE,
    offset: int = 0,
    limit: int = 20,
    facets: bool = False,
) -> Found:
    """Return the mails of these lists that *query* asks for; None stands for all lists.

    A query that names no words is sorted by date. What the engine cannot do leaves its
    mark on `Found.state`; nothing is raised.
    """
    if not has_index():
        return Found(state=IndexState.MISSING)
    if sort == Sort.RELEVANCE and not _has_words(query):
        sort = Sort.NEWEST
    sq = compile_query(query.root, list_ids)
    engine = archive_backend()
    if engine is None:
        return _through_haystack(sq, sort, offset, limit)
    try:
        hits = engine.find(
            sq, sort=sort, offset=offset, limit=limit, with_facets=facets
        )
    except IndexUnusable as error:
        return Found(state=_state_after(engine, error), supports=engine.supports)
    return Found(
        hits.email_ids, hits.count, facets=hits.facets, supports=engine.supports
    )


def index_state() -> IndexState:
    """Say whether the index can be searched."""
    if not has_index():
        return IndexState.MISSING
    engine = archive_backend()
    return engine.state() if engine else IndexState.READY


def supports() -> Supports:
    """Say what the engine has beyond plain search."""
    engine = archive_backend()
    return engine.supports if engine else Supports()


def _has_words(query: Query) -> bool:
    return any(
        isinstance(leaf, Text) for leaf, is_wanted in leaves(query.root) if is_wanted
    )


def _state_after(engine: ArchiveBackend, error: IndexUnusable) -> IndexState:
    """Return why a search failed; the index may have been swapped under it."""
    state = engine.state()
    if state != IndexState.READY:
        return state
    logger.error("The search index is broken: %s", error)
    return IndexState.BROKEN


def _through_haystack(sq: SQ, sort: Sort, offset: int, limit: int) -> Found:
    """Ask an engine that is not ours by what all of Haystack's have."""
    found: Any = SearchQuerySet().filter(sq).order_by(*_ORDERS[sort])
    try:
        hits = found[offset : offset + limit]
        count = found.count()
        ids = tuple(int(hit.pk) for hit in hits if hit is not None)
    except Exception:  # whatever its client raises
        logger.exception("The search engine did not answer")
        return Found(state=IndexState.BROKEN)
    return Found(ids, count)
