"""Make other queries of a query: narrower ones and wider ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .query import And, Dates, Exact, Node, Not, Or, Query, conjunction


def with_part(query: Query, part: Node) -> Query:
    """Return *query* with *part* asked for too; dates replace the dates it has."""
    parts = query.parts
    if isinstance(part, Dates):
        parts = tuple(one for one in parts if not isinstance(one, Dates))
    if part in parts:
        return query
    return replace(query, root=conjunction((*parts, part)), notes=())


def without_part(query: Query, part: Node) -> Query:
    """Return *query* without one of its `parts`."""
    rest = tuple(one for one in query.parts if one != part)
    return replace(query, root=conjunction(rest), notes=())


def without_filter(query: Query, name: str) -> Query:
    """Return *query* without one of its `reader_filters`."""
    return replace(query, reader_filters=query.reader_filters - {name}, notes=())


def replaced(query: Query, change: Callable[[Exact], Node]) -> Query:
    """Return *query* with what *change* makes of each property it asks for."""
    root = query.root
    return query if root is None else replace(query, root=_replaced(root, change))


def _replaced(node: Node, change: Callable[[Exact], Node]) -> Node:
    # As deep as the parser allows parentheses.
    match node:
        case And(parts):
            return And(tuple(_replaced(part, change) for part in parts))
        case Or(parts):
            return Or(tuple(_replaced(part, change) for part in parts))
        case Not(part):
            return Not(_replaced(part, change))
        case Exact():
            return change(node)
        case _:
            return node
