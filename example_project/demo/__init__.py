"""The demo archive: three mailing lists of an invented project, as mail bytes.

Nothing here is anybody's mail. The threads are told from hand-written pieces (see
`script.py`), by an invented cast (`cast.py`), with choices from seeded streams, so that
the same `end` always gives the same bytes. Another `end` moves the dates by whole weeks
and changes nothing else: Message-IDs, texts and attachments stay as they are.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from .archive import letters
from .cast import people
from .lists import DEMO_LISTS, DemoList
from .mime import to_bytes
from .timeline import shift_to

__all__ = [
    "DEMO_LISTS",
    "DEMO_PEOPLE",
    "DemoList",
    "DemoMail",
    "DemoPerson",
    "generate",
]


class DemoMail(NamedTuple):
    """One delivered mail; `from_line` is its mbox separator, without line end."""

    list_address: str
    from_line: bytes
    raw: bytes


class DemoPerson(NamedTuple):
    """A person of the cast who has an account on the demo site."""

    name: str
    address: str
    role: str


DEMO_PEOPLE = tuple(
    DemoPerson(people()[key].name, people()[key].address, role)
    for key, role in (("nora", "reader"), ("owen", "owner"), ("priya", "subscriber"))
)
"""Nora reads (no private list), Owen owns the lists, Priya is on the private list."""


def generate(end: datetime.date) -> Iterator[DemoMail]:
    """Yield all mails of all lists, in the one order in which they were delivered.

    The newest mail is dated on `end` or up to six days before it (UTC).
    """
    shift = shift_to(end)
    addresses = {one.key: one.address for one in DEMO_LISTS}
    for letter in letters():
        from_line, raw = to_bytes(letter, shift)
        yield DemoMail(addresses[letter.list_key], from_line, raw)
