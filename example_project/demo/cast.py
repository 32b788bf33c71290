"""The people who write on the demo lists, and their habits as mail writers."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CAST_FILE = Path(__file__).parent / "pieces" / "cast.toml"


@dataclass(frozen=True)
class Person:
    """Describe one author: who it is and how his or her mail program writes.

    `zone` is hours east of UTC. `tags` say which parts of a script the person can
    play, `ports` which coasts she or he writes about. The remaining fields are habits;
    `pieces/cast.toml` lists their values.
    """

    key: str
    name: str
    address: str
    zone: float
    tags: frozenset[str]
    ports: tuple[str, ...]
    first: str = ""
    weight: float = 1.0
    quoting: str = "inline"
    attribution: str = "en"
    marker: str = "Re:"
    hello: str = ""
    hello_reply: str = ""
    bye: str = ""
    signature: str = ""
    client: str = "thunderbird"
    form: str = "plain"
    charset: str = "utf-8"
    transfer: str = "8bit"
    threading: str = "full"

    @property
    def first_name(self) -> str:
        """Return the name that others use when they greet or thank this person."""
        return self.first or self.name.split()[0]


@cache
def people() -> dict[str, Person]:
    """Return the whole cast by key, in the order of the file."""
    rows = tomllib.loads(CAST_FILE.read_text(encoding="utf-8"))["person"]
    return {row["key"]: _person(row) for row in rows}


def choose(
    roles: dict[str, str], rng: random.Random, taken: set[str] | None = None
) -> dict[str, Person]:
    """Give every role of a script a different person.

    A role is `@key` for one certain person, or a tag that the person must have. Roles
    that few people can play are filled first, so that chance does not take them away.
    """
    able = {role: _able(want) for role, want in roles.items()}
    taken = set(taken or ())
    chosen: dict[str, Person] = {}
    for role in sorted(roles, key=lambda role: len(able[role])):
        free = [person for person in able[role] if person.key not in taken]
        if not free:
            raise LookupError(f"nobody is left for {role}={roles[role]}")
        chosen[role] = rng.choices(free, weights=[p.weight for p in free])[0]
        taken.add(chosen[role].key)
    return {role: chosen[role] for role in roles}


def _able(want: str) -> list[Person]:
    if want[0] == "@":
        return [people()[want[1:]]]
    return [person for person in people().values() if want in person.tags]


def _person(row: dict[str, Any]) -> Person:
    tags = frozenset(row.pop("tags").split())
    return Person(tags=tags, ports=tuple(row.pop("ports")), **row)
