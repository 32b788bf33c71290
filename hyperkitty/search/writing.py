"""Write a query back as text that reads as the same query."""

from __future__ import annotations

import re

from .dates import name_of
from .fields import QUOTES
from .query import And, Dates, Exact, Field, Leaf, Node, Not, Or, Query, Text

_NAMES = {
    Field.ANY: "",
    Field.SUBJECT: "subject:",
    Field.BODY: "body:",
    Field.QUOTED: "quoted:",
    Field.FROM: "from:",
    Field.FILENAME: "filename:",
}
#: The sign in an address; pages that mask addresses write it as ``(a)``.
_ADDRESS = re.compile(rf"(?<=[^\s()@{QUOTES}])@(?=[\w-]+\.[\w-])")
_BARE = re.compile(rf"[^\s(){QUOTES}]+")


def serialize(query: Query, *, masked: bool = False) -> str:
    """Return *query* as text; *masked* for readers who see addresses so."""
    filters = [f"is:{name}" for name in sorted(query.reader_filters)]
    if query.root is None:
        return " ".join(filters)
    if isinstance(query.root, Or) and not filters:
        return write(query.root, masked=masked)
    return " ".join([*filters, *(_top(part, masked) for part in query.parts)])


def write(node: Node, *, masked: bool = False) -> str:
    """Return *node* as text. Parentheses never go deeper than they were typed."""
    match node:
        case And(parts):
            return " ".join(write(part, masked=masked) for part in parts)
        case Or(parts):
            return " OR ".join(_within(part, masked, And) for part in parts)
        case Not(part):
            inner = _within(part, masked, And, Or)
            # A minus before these is read as a part of the word.
            return f"-({inner})" if inner[0] in "->" else f"-{inner}"
        case leaf:
            return _leaf(leaf, masked)


def _top(part: Node, masked: bool) -> str:
    """Write a part of the whole query, an OR of words in parentheses to be seen."""
    text = write(part, masked=masked)
    if isinstance(part, Or) and not any(isinstance(one, And) for one in part.parts):
        return text if "(" in text else f"({text})"
    return text


def _within(part: Node, masked: bool, *grouped: type[Node]) -> str:
    text = write(part, masked=masked)
    return f"({text})" if isinstance(part, grouped) else text


def _leaf(leaf: Leaf, masked: bool) -> str:
    match leaf:
        case Text(field, text):
            name = "nq:" if leaf.without_quoted else _NAMES[field]
            if masked:
                text = _ADDRESS.sub("(a)", text)
            if leaf.is_phrase:
                return f'{name}"{text}"'
            return f"{name}{text}*" if leaf.is_prefix else f"{name}{text}"
        case Exact("address", value):
            return f"from:{value.replace('@', '(a)') if masked else value}"
        case Exact(name, value):
            return f"{name}:{value}" if _BARE.fullmatch(value) else f'{name}:"{value}"'
        case Dates(start, end):
            return leaf.typed or f"date:{name_of(start, end)}"
