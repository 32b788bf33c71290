"""Where mails hang: parents and threads as a function of a set of mails.

Nothing here reads or writes a table, and nothing depends on the order of arrival.
The rules are those of ARCHITECTURE.md, "Threading":

- The parent is the newest named id that is archived: References from its end, then
  In-Reply-To from its end.
- All ids that a mail names connect it, archived or not.
- A keeper's cut or forced parent replaces what the mail itself names. A mail that
  names a message below such a decision goes with its parent: of its ids only the
  parent's and newer ones connect it.
- A keeper's merge connects two mails without moving either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from hyperkitty.models import ParentReason


class Named(NamedTuple):
    """One id that a mail names, by its hash."""

    message_id_hash: str
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """What placement needs to know of a mail."""

    key: int
    permalink: str
    message_id_hash: str
    sort_date: datetime
    named: tuple[Named, ...]  # oldest first: In-Reply-To, then References
    subject: str = ""
    is_visible: bool = True
    is_twin: bool = False

    @property
    def rank(self) -> tuple[datetime, str]:
        """What decides between mails: the earlier, then the smaller hash."""
        return self.sort_date, self.permalink


@dataclass(frozen=True, slots=True)
class Rulings:
    """The keepers' decisions about shape, by permalink."""

    cuts: frozenset[str] = frozenset()
    parents: Mapping[str, str] = field(default_factory=dict)
    merges: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cuts or self.parents or self.merges)

    def places(self, permalink: str) -> bool:
        """Whether a keeper took this mail from where its headers put it."""
        return permalink in self.cuts or permalink in self.parents


@dataclass(frozen=True, slots=True)
class Link:
    """The edge from a mail to its parent."""

    parent: int | None
    reason: ParentReason


@dataclass(frozen=True, slots=True)
class Group:
    """The mails of one thread."""

    members: tuple[Node, ...]
    start: Node
    is_decided: bool


ROOT = Link(None, ParentReason.NONE)


def link(
    nodes: Sequence[Node], owners: Mapping[str, int], rulings: Rulings
) -> dict[int, Link]:
    """Return the link of every node; *owners* maps id hashes to the mails they name.

    *owners* may name mails that are not among *nodes*: their own links stay as they
    are, so that a cycle can only run through *nodes*.
    """
    by_permalink = {node.permalink: node.key for node in nodes}
    links = {
        node.key: _ruled_link(node, by_permalink, rulings)
        if rulings.places(node.permalink)
        else _named_link(node, owners)
        for node in nodes
    }
    _cut_cycles(nodes, links)
    return links


def group(
    nodes: Sequence[Node],
    owners: Mapping[str, int],
    links: Mapping[int, Link],
    rulings: Rulings,
) -> list[Group]:
    """Return the threads that *nodes* form, each with the mail that starts it."""
    touched = _touched(nodes, owners, rulings)
    sets = DisjointSets()
    for node in nodes:
        sets.add(node.key)
        if node.is_twin and node.key not in touched:
            sets.union(node.key, _vertex(node.message_id_hash, owners))
        for vertex in _connections(node, owners, links[node.key], touched, rulings):
            sets.union(node.key, vertex)
    by_permalink = {node.permalink: node.key for node in nodes}
    merged = set()
    for one, other in rulings.merges:
        if one in by_permalink and other in by_permalink:
            sets.union(by_permalink[one], by_permalink[other])
            merged |= {by_permalink[one], by_permalink[other]}
    members: dict[Hashable, list[Node]] = defaultdict(list)
    for node in nodes:
        members[sets.find(node.key)].append(node)
    return [
        Group(
            members=tuple(mails),
            start=starting_mail(mails, links),
            is_decided=any(n.key in touched or n.key in merged for n in mails),
        )
        for mails in members.values()
    ]


def starting_mail(nodes: Iterable[Node], links: Mapping[int, Link]) -> Node:
    """Return the root with the earliest date, then the smallest hash."""
    roots = (node for node in nodes if links[node.key].parent is None)
    return min(roots, key=lambda node: node.rank)


class DisjointSets:
    """Union-find over anything hashable, without recursion."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def add(self, item: Hashable) -> None:
        """Make *item* known."""
        self._parent.setdefault(item, item)

    def find(self, item: Hashable) -> Hashable:
        """Return the representative of the set that *item* is in."""
        self.add(item)
        root = item
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[item] != root:
            self._parent[item], item = root, self._parent[item]
        return root

    def union(self, one: Hashable, other: Hashable) -> None:
        """Join the sets of *one* and *other*."""
        self._parent[self.find(one)] = self.find(other)


def _named_link(node: Node, owners: Mapping[str, int]) -> Link:
    for named in reversed(node.named):
        parent = owners.get(named.message_id_hash)
        if parent is not None and parent != node.key:
            reason = ParentReason.BARE if named.is_bare else ParentReason.HEADER
            return Link(parent, reason)
    return ROOT


def _ruled_link(node: Node, by_permalink: Mapping[str, int], rulings: Rulings) -> Link:
    parent = by_permalink.get(rulings.parents.get(node.permalink, ""))
    if parent is None or parent == node.key:
        return ROOT
    return Link(parent, ParentReason.KEEPER)


def _cut_cycles(nodes: Sequence[Node], links: dict[int, Link]) -> None:
    """Make the earliest mail of every cycle a root.

    Each mail has at most one parent, so cycles do not touch each other.
    """
    by_key = {node.key: node for node in nodes}
    done: set[int] = set()
    for node in nodes:
        path: list[int] = []
        on_path: set[int] = set()
        key: int | None = node.key
        while key is not None and key in by_key and key not in done:
            if key in on_path:
                cycle = path[path.index(key) :]
                earliest = min(cycle, key=lambda k: by_key[k].rank)
                links[earliest] = ROOT
                break
            path.append(key)
            on_path.add(key)
            key = links[key].parent
        done |= on_path


def _touched(
    nodes: Sequence[Node], owners: Mapping[str, int], rulings: Rulings
) -> set[int]:
    """Return the mails that a keeper placed, and all that name one of those."""
    if not rulings:
        return set()
    named_by: dict[int, list[int]] = defaultdict(list)
    for node in nodes:
        if not rulings.places(node.permalink):
            own = (Named(node.message_id_hash),) if node.is_twin else ()
            for named in (*node.named, *own):
                if (owner := owners.get(named.message_id_hash)) is not None:
                    named_by[owner].append(node.key)
    waiting = [node.key for node in nodes if rulings.places(node.permalink)]
    touched = set(waiting)
    while waiting:
        for key in named_by[waiting.pop()]:
            if key not in touched:
                touched.add(key)
                waiting.append(key)
    return touched


def _connections(
    node: Node,
    owners: Mapping[str, int],
    linked: Link,
    touched: set[int],
    rulings: Rulings,
) -> list[Hashable]:
    """Return what *node* is connected to: mails by key, ghosts by hash."""
    if rulings.places(node.permalink):
        target = rulings.parents.get(node.permalink)
        if linked.parent is not None:
            return [linked.parent]
        return [("permalink", target)] if target else []
    vertices = [_vertex(named.message_id_hash, owners) for named in node.named]
    if node.key not in touched:
        return vertices
    if linked.parent is None:
        return []
    return vertices[vertices.index(linked.parent) :]


def _vertex(message_id_hash: str, owners: Mapping[str, int]) -> Hashable:
    return owners.get(message_id_hash, message_id_hash)
