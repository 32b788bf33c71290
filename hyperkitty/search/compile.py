"""From the tree of a query to Haystack's, which every engine understands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from haystack.query import SQ

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import Thread, ThreadAlias

from .inputs import Words
from .query import And, Dates, Exact, Field, Node, Not, Or, Text

#: Names of fields in the index; "content" is Haystack's word for all of them.
TEXT_FIELDS = {
    Field.ANY: "content",
    Field.SUBJECT: "subject",
    Field.BODY: "body",
    Field.QUOTED: "quoted",
    Field.FROM: "author",
    Field.FILENAME: "filename",
}
#: What no mail has, for what cannot be found.
NOTHING = {"email__in": ()}


def compile_query(root: Node | None, list_ids: Collection[int] | None) -> SQ:
    """Return what asks for *root* within these lists; None stands for all lists.

    Costs two statements for each ``thread:`` in it, none otherwise. Its depth is that
    of *root*, which the parser of queries bounds.
    """
    parts = []
    if list_ids is not None:
        parts.append(SQ(mlist__in=sorted(list_ids)))
    if root is not None:
        parts.append(_compiled(root))
    return SQ(*parts)


def _compiled(node: Node) -> SQ:
    match node:
        case Text():
            return _text(node)
        case Exact(name, value):
            return SQ(**_exact(name, value))
        case Dates(start, end):
            bounds = {"date__gte": start, "date__lt": end}
            return SQ(**{name: at for name, at in bounds.items() if at is not None})
        case And(parts):
            return SQ(*map(_compiled, parts))
        case Or(parts):
            return SQ(*map(_compiled, parts), _connector=SQ.OR)
        case Not(part):
            return SQ(_compiled(part), _negated=True)


def _text(text: Text) -> SQ:
    words = Words(
        text.text,
        is_phrase=text.is_phrase,
        is_prefix=text.is_prefix,
        without_quoted=text.without_quoted,
    )
    return SQ(**{TEXT_FIELDS[text.field]: words})


def _exact(name: str, value: str) -> dict[str, Any]:
    match name:
        case "list":
            return {"mlist__in": (int(value),)} if value.isdecimal() else NOTHING
        case "thread":
            return {"thread__in": _thread_rows(value)}
        case "msgid":
            return {"msgid__in": (message_id_hash(value),)}
        case "tag":
            return {"tags__in": (value.lower(),)}
        case "address":
            return {"address__in": (value.lower(),)}
        case "has" | "is":
            return {"marks__in": (value,)}
        case _:
            return NOTHING


def _thread_rows(thread_id: str) -> tuple[int, ...]:
    """Return the threads that have this id or had it, of whatever list."""
    if not (thread_id.isascii() and thread_id.isalnum() and len(thread_id) <= 32):
        return ()
    named = Thread.objects.filter(thread_id=thread_id.upper())
    former = ThreadAlias.objects.filter(former_id=thread_id.upper())
    return (
        *named.values_list("pk", flat=True),
        *former.values_list("thread_id", flat=True),
    )
