"""Indexes and short ways to ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hyperkitty.models import MailingList
from hyperkitty.search.pending import note_mails
from hyperkitty.search.query import Field, Node, Query, Text
from hyperkitty.search.searching import search
from hyperkitty.search.upkeep import index_due
from hyperkitty.search.values import Sort
from tests.indexes import search_at
from tests.mails import bring

ENGINES = ("tantivy", "whoosh")


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path, db: None) -> Iterator[Path]:
    """Return the folder of an empty index, once for each engine."""
    with search_at(f"{request.param}://{tmp_path}/index"):
        index_due()
        yield tmp_path / "index"


Ask = Callable[..., list[int]]


@pytest.fixture
def ask() -> Ask:
    """Return what asks the index; it takes words or a tree."""

    def found(
        node: str | Node | None,
        list_ids: list[int] | None = None,
        sort: Sort = Sort.RELEVANCE,
    ) -> list[int]:
        if isinstance(node, str):
            node = Text(Field.ANY, node)
        return list(search(Query(node), list_ids=list_ids, sort=sort).email_ids)

    return found


@pytest.fixture
def put() -> Callable[..., list[int]]:
    """Return what archives mails and has them indexed; it gives their row ids."""

    def stored(mlist: MailingList, *raws: bytes) -> list[int]:
        ids = [outcome.email_id for outcome in bring(mlist, *raws)]
        note_mails(ids)
        index_due()
        return ids

    return stored
