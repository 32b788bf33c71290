"""The ids that a mail names, as one text column.

One id a line, oldest first: a letter for the header, a space, the id. ``R`` is
References, ``I`` In-Reply-To; the small letter says that the id stood there without
angle brackets. In-Reply-To comes first, because its ids count for less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mail.values import Reference, ReferenceKind

from .placement import Named


def to_text(references: Iterable[Reference], in_reply_to: Iterable[Reference]) -> str:
    """Return the column's text; an id of both headers stands under References."""
    references = tuple(references)
    known = {reference.message_id for reference in references}
    lines = [
        _line("I", reference)
        for reference in in_reply_to
        if reference.message_id not in known
    ]
    lines += [_line("R", reference) for reference in references]
    return "\n".join(lines)


def to_named(text: str) -> tuple[Named, ...]:
    """Return what placement reads, oldest and least first."""
    return tuple(
        Named(message_id_hash(message_id), letter.islower())
        for letter, message_id in _entries(text)
    )


def to_message_ids(text: str) -> tuple[str, ...]:
    """Return the ids, oldest and least first."""
    return tuple(message_id for _letter, message_id in _entries(text))


def _line(letter: str, reference: Reference) -> str:
    if reference.kind == ReferenceKind.BARE:
        letter = letter.lower()
    return f"{letter} {reference.message_id}"


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        letter, _space, message_id = line.partition(" ")
        if message_id:
            yield letter, message_id
