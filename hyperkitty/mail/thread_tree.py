"""The reply tree of a thread as it is shown: order, depth, and ghosts in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """A mail to place in the tree."""

    key: str
    date: datetime
    #: Key of the mail that it answers; None if it starts the thread or is an orphan.
    parent: str | None = None
    #: Hashes of the ids between parent and mail that never arrived, oldest first.
    missing: tuple[str, ...] = ()
    #: Nobody may read it: it keeps its place only while replies hang below it.
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A mail in its place, or a ghost: a message that was never archived."""

    key: str
    depth: int  # 0 for a root; ghosts count
    parent: str | None  # key of the node above
    ghosts: int = 0  # how many messages in a row are missing here; 0 for a mail
    children: int = 0  # nodes directly below

    @property
    def is_ghost(self) -> bool:
        """Whether this stands for messages that the archive does not have."""
        return self.ghosts > 0


def build_tree(leaves: Iterable[Leaf]) -> list[Node]:
    """
    Return mails and ghosts in reading order: each below what it answers, by date.

    Takes time proportional to their number (and that of its sorting), in whatever order
    they come and however deep they nest; a cycle is cut at its earliest mail.
    """
    mails = sorted(leaves, key=lambda leaf: (leaf.date, leaf.key))
    tree = _Tree(mails)
    tree.cut_cycles()
    tree.drop_gone()
    return tree.nodes()


#: Ghosts are told from mails by their first part.
_Key = tuple[bool, str]


class _Tree:
    """Parents by key, while the tree is built."""

    def __init__(self, mails: Sequence[Leaf]) -> None:
        self.mails: dict[_Key, Leaf] = {(False, leaf.key): leaf for leaf in mails}
        self.parents: dict[_Key, _Key | None] = {}
        self.dates: dict[_Key, datetime] = {}
        for key, leaf in self.mails.items():
            self._place(key, leaf)

    def _place(self, key: _Key, leaf: Leaf) -> None:
        """Hang a mail below its parent; a ghost hangs where it is first named."""
        above: _Key | None = None
        if leaf.parent is not None and (False, leaf.parent) in self.mails:
            above = (False, leaf.parent)
        for missing in leaf.missing:
            ghost = (True, missing)
            self.parents.setdefault(ghost, above)
            self.dates.setdefault(ghost, leaf.date)
            above = ghost
        self.parents[key] = above
        self.dates[key] = leaf.date

    def cut_cycles(self) -> None:
        """Make a root of the earliest mail of every circle of replies."""
        settled: set[_Key] = set()
        for start in self.parents:
            path: list[_Key] = []
            on_path: set[_Key] = set()
            at: _Key | None = start
            while at is not None and at not in settled and at not in on_path:
                path.append(at)
                on_path.add(at)
                at = self.parents[at]
            if at in on_path:
                circle = path[path.index(at) :]
                mails = [key for key in circle if key in self.mails] or circle
                self.parents[min(mails, key=self._rank)] = None
            settled.update(path)

    def drop_gone(self) -> None:
        """Drop what nobody may read and nothing hangs on, and ghosts above it."""
        waiting = self._children_counts()
        bare = [key for key in self.parents if not waiting.get(key)]
        while bare:
            key = bare.pop()
            if key in self.mails and not self.mails[key].is_gone:
                continue
            above = self.parents.pop(key)
            if above is not None:
                waiting[above] -= 1
                if not waiting[above]:
                    bare.append(above)

    def nodes(self) -> list[Node]:
        """Return the nodes depth first, with an own stack: mail nests as it likes."""
        below: dict[_Key | None, list[_Key]] = {}
        for key in sorted(self.parents, key=self._rank, reverse=True):
            below.setdefault(self.parents[key], []).append(key)
        nodes: list[Node] = []
        todo: list[tuple[_Key, int, str | None]] = [
            (key, 0, None) for key in below.get(None, [])
        ]
        while todo:
            key, depth, above = todo.pop()
            ghosts = 0
            # Missing messages in a row, with nothing else below them, are one gap.
            while key[0]:
                ghosts += 1
                children = below[key]
                if len(children) > 1 or not children[0][0]:
                    break
                key = children[0]
            children = below.get(key, [])
            nodes.append(Node(key[1], depth, above, ghosts, len(children)))
            todo += [(child, depth + 1, key[1]) for child in children]
        return nodes

    def _children_counts(self) -> dict[_Key, int]:
        counts: dict[_Key, int] = {}
        for above in self.parents.values():
            if above is not None:
                counts[above] = counts.get(above, 0) + 1
        return counts

    def _rank(self, key: _Key) -> tuple[datetime, _Key]:
        return self.dates[key], key
