"""Searches on behalf of one reader; the database has the last word on every hit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from hyperkitty.models import Email, ListAlias, MailingList, Sender
from hyperkitty.search.editing import replaced, with_part
from hyperkitty.search.query import Exact, Node, Or, Query, leaves
from hyperkitty.search.searching import search
from hyperkitty.search.values import Facets, Found, IndexState, Sort

from .reading import Reader, unread_among

#: The best hits, which are grouped by thread.
WINDOW = 500
#: The best hits that are looked at for what only the database knows.
FILTERED = 1_000
#: Hits that pages lead to; whoever wants more narrows the search.
DEEPEST = 10_000
#: Entries of a facet.
LISTS, AUTHORS = 8, 8
#: Columns of what results show; of parents and lists most are not.
_SHOWN = (
    *("permalink", "state", "sender_name", "subject", "snippet", "sort_date", "flags"),
    *("sender__address", "thread__thread_id", "thread__subject"),
    *("thread__emails_count", "thread__starting_email", "thread__answer"),
    *("mlist__name", "mlist__display_name", "mlist__subject_prefix"),
    "text_row__codec",
    *("text_row__dictionary", "text_row__data", "parent__state"),
    *("parent__sender_name", "parent__sender__address"),
)
_NOTHING = Exact("list", "0")


@dataclass(frozen=True, slots=True)
class Scope:
    """The lists that are searched: all of *readable*, or one of them."""

    readable: QuerySet[MailingList]
    list_ids: tuple[int, ...]
    mlist: MailingList | None = None


class Row(NamedTuple):
    """A hit that the database has, too; as much as grouping needs."""

    pk: int
    thread_id: int
    mlist_id: int
    sender_id: int
    sender_name: str


@dataclass(frozen=True, slots=True)
class Window:
    """The best hits of a search, best first, and what the engine says of them all."""

    rows: Sequence[Row]
    found: Found
    #: Mails that pages lead to: the hits, or those that passed a reader's filter.
    count: int
    is_filtered: bool = False

    @property
    def threads(self) -> dict[int, list[int]]:
        """The mails of `rows` by thread, in order of each thread's best."""
        threads: dict[int, list[int]] = {}
        for row in self.rows:
            threads.setdefault(row.thread_id, []).append(row.pk)
        return threads

    @property
    def beyond(self) -> int:
        """How many hits follow that pages lead to and that are not grouped."""
        if self.is_filtered:
            return 0
        return max(min(self.found.count, DEEPEST) - WINDOW, 0)


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote hits."""

    address: str
    name: str
    count: int


def scope_of(
    readable: QuerySet[MailingList], mlist: MailingList | None = None
) -> Scope:
    """Return what a reader of *readable* lists searches. One query for all lists."""
    if mlist is not None:
        return Scope(readable, (mlist.pk,), mlist)
    return Scope(readable, tuple(readable.order_by().values_list("pk", flat=True)))


def resolved(query: Query, scope: Scope, addresses: Collection[str]) -> Query:
    """Return *query* with the ids of lists for their names, and the reader's addresses.

    One query if lists are named. A list that may not be read is like one that does not
    exist.
    """
    if "mine" in query.reader_filters:
        query = with_part(query, _any(Exact("address", one) for one in addresses))
        query = replace(query, reader_filters=query.reader_filters - {"mine"})
    names = {
        leaf.value
        for leaf, _is_wanted in leaves(query.root)
        if isinstance(leaf, Exact) and leaf.name == "list"
    }
    if not names:
        return query
    ids = _ids_by_name(names, scope.readable)

    def with_ids(exact: Exact) -> Node:
        if exact.name != "list":
            return exact
        return _any(Exact("list", str(pk)) for pk in ids.get(exact.value, ()))

    return replaced(query, with_ids)


def window(query: Query, scope: Scope, sort: Sort, reader: Reader) -> Window:
    """Return the best hits of a `resolved` query. One query, two for ``is:unread``."""
    is_filtered = bool(query.reader_filters)
    found = search(
        query,
        list_ids=scope.list_ids,
        sort=sort,
        limit=FILTERED if is_filtered else WINDOW,
        facets=not is_filtered,
    )
    rows = _checked(found.email_ids, scope)
    if is_filtered:
        unread = unread_among(reader, [(row.pk, row.mlist_id) for row in rows])
        rows = [row for row in rows if row.pk in unread]
    is_whole = is_filtered or found.count <= WINDOW
    return Window(rows, found, len(rows) if is_whole else found.count, is_filtered)


def beyond_window(
    query: Query, scope: Scope, sort: Sort, offset: int, size: int
) -> list[int]:
    """Return hits after the window, from *offset* in all on. One query."""
    size = min(size, DEEPEST - offset)
    found = search(query, list_ids=scope.list_ids, sort=sort, offset=offset, limit=size)
    return [row.pk for row in _checked(found.email_ids, scope)]


def best_ids(
    query: Query, scope: Scope, sort: Sort, reader: Reader, limit: int
) -> tuple[list[int], IndexState]:
    """Return the first hits, for feeds and files. 1 query, 2 for ``is:unread``."""
    if query.reader_filters:
        best = window(query, scope, sort, reader)
        return [row.pk for row in best.rows[:limit]], best.found.state
    found = search(query, list_ids=scope.list_ids, sort=sort, limit=limit)
    return [row.pk for row in _checked(found.email_ids, scope)], found.state


def count(query: Query, scope: Scope) -> int:
    """Return how many hits there are, by the index alone."""
    return search(query, list_ids=scope.list_ids, limit=0).count


def hits(pks: Iterable[int], scope: Scope) -> list[Email]:
    """Return mails with all that results show of them, in that order. One query."""
    pks = list(pks)
    emails = Email.objects.visible().filter(pk__in=pks, mlist__in=scope.readable)
    found = emails.select_related(
        *("sender", "thread", "mlist", "text_row", "parent__sender")
    ).only(*_SHOWN)
    by_pk = {email.pk: email for email in found}
    for email in by_pk.values():
        email.thread.mlist = email.mlist
    return [by_pk[pk] for pk in pks if pk in by_pk]


def list_facet(facets: Facets, scope: Scope) -> list[tuple[MailingList, int]]:
    """Return the lists with most hits. One query."""
    counts = dict(list(facets.lists.items())[:LISTS])
    lists = scope.readable.in_bulk(list(counts))
    return [(lists[pk], count) for pk, count in counts.items() if pk in lists]


def author_facet(facets: Facets, rows: Iterable[Row]) -> list[Author]:
    """Return who wrote most hits, by names that stand on the best ones. One query."""
    names = {row.sender_id: row.sender_name for row in rows}
    counts = dict(facets.authors[:AUTHORS])
    senders = Sender.objects.in_bulk(list(counts))
    return [
        Author(senders[pk].address, names.get(pk, ""), count)
        for pk, count in counts.items()
        if pk in senders
    ]


def _checked(pks: Collection[int], scope: Scope) -> list[Row]:
    """Return those of *pks* that are still there for the reader, in that order."""
    emails = Email.objects.visible().filter(pk__in=pks, mlist__in=scope.readable)
    if scope.mlist is not None:
        emails = emails.filter(mlist=scope.mlist)
    rows = {row[0]: Row(*row) for row in emails.values_list(*Row._fields)}
    return [rows[pk] for pk in pks if pk in rows]


def _ids_by_name(
    names: Collection[str], readable: QuerySet[MailingList]
) -> dict[str, list[int]]:
    """Return the lists that each of *names* may mean: an address, its start, a name."""
    former = dict(ListAlias.objects.filter(name__in=names).values_list("name", "mlist"))
    wanted = Q(name__in=names) | Q(list_id__in=names) | Q(pk__in=former.values())
    wanted |= Q(lower_name__in=names)
    for name in names:
        wanted |= Q(name__startswith=f"{name}@")
    found: dict[str, list[int]] = {}
    # Lowered first: MariaDB may compare such columns byte by byte.
    lists = readable.annotate(lower_name=Lower("display_name")).filter(wanted)
    rows = lists.values_list("pk", "name", "list_id", "display_name")
    for pk, address, list_id, display_name in rows:
        local = address.partition("@")[0]
        for name in {address, list_id, local, display_name.lower()} & set(names):
            found.setdefault(name, []).append(pk)
        for name, of in former.items():
            if of == pk and pk not in found.get(name, ()):
                found.setdefault(name, []).append(pk)
    return found


def _any(parts: Iterable[Node]) -> Node:
    nodes = tuple(parts)
    if len(nodes) > 1:
        return Or(nodes)
    return nodes[0] if nodes else _NOTHING
