"""The outline beside mails: who answered whom, as lists in lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from hyperkitty.mail.thread_tree import Node
from hyperkitty.selectors.conversations import Outline
from hyperkitty.templatetags import times

from .cards import Cards
from .conversation import MAX_INDENT, NOTHING, Item

_OPEN, _CLOSE = '<ol class="plain-list">', "</li></ol>"


@dataclass(slots=True)
class Entry:
    """A line of an outline: a mail, or the place of one that is not there."""

    #: What closes and opens lists before it; the page prints it as it is.
    before: SafeString
    url: SafeString = NOTHING
    name: SafeString = NOTHING
    sent: SafeString = NOTHING
    #: The depth, where the lists do not tell it any more.
    level: str = ""
    subject: SafeString = NOTHING
    is_new: bool = False
    is_here: bool = False
    #: Messages in a row that were never archived.
    ghosts: int = 0


@dataclass(frozen=True, slots=True)
class OutlineLines:
    """The lines of an outline, and what closes its lists."""

    entries: list[Entry]
    after: SafeString


def of_part(items: Iterable[Item], cards: Cards) -> OutlineLines:
    """Return the outline of the mails on a page; its links lead to them."""
    lists = _Lists()
    entries = []
    for item in items:
        entry = _entry(item.node, lists)
        if item.email is not None and item.card is not None:
            entry.url = mark_safe(f"#{item.key}")  # noqa: S308
            entry.name, entry.subject = item.card.name, item.new_subject
            entry.sent = times.brief(item.email.sort_date, lists.year)
            lists.year = item.email.sort_date.year
            entry.is_new = item.is_new
        entries.append(entry)
    return OutlineLines(entries, lists.end())


def around(shape: Outline, permalink: str, reach: int, cards: Cards) -> OutlineLines:
    """Return the outline near a mail; its links lead to the pages of the others."""
    nodes = shape.nodes
    place = next(at for at, node in enumerate(nodes) if node.key == permalink)
    lists = _Lists()
    entries = []
    for node in nodes[max(place - reach, 0) : place + reach + 1]:
        entry = _entry(node, lists)
        if shape.is_visible(node.key):
            bone = shape.bones[node.key]
            entry.url, entry.name = cards.url(node.key), cards.name(bone)
            entry.sent = times.brief(bone.sort_date, lists.year)
            lists.year = bone.sort_date.year
            entry.is_here = node.key == permalink
        entries.append(entry)
    return OutlineLines(entries, lists.end())


def _entry(node: Node, lists: _Lists) -> Entry:
    level = str(node.depth + 1) if node.depth >= MAX_INDENT else ""
    return Entry(lists.step(node.depth), level=level, ghosts=node.ghosts)


class _Lists:
    """The lists that are open while the lines of an outline are written.

    Lists nest no deeper than the page indents: browsers give up on deep markup.
    """

    def __init__(self) -> None:
        self.year = 0
        self._depths: list[int] = []

    def step(self, depth: int) -> SafeString:
        """Return what stands between the line before and one of *depth*."""
        depth = min(depth, MAX_INDENT)
        if not self._depths or depth > self._depths[-1]:
            self._depths.append(depth)
            return mark_safe(_OPEN)  # noqa: S308
        closed = 0
        while len(self._depths) > 1 and depth <= self._depths[-2]:
            self._depths.pop()
            closed += 1
        self._depths[-1] = min(depth, self._depths[-1])
        return mark_safe(f"{_CLOSE * closed}</li>")  # noqa: S308

    def end(self) -> SafeString:
        """Return what closes all lists."""
        return mark_safe(_CLOSE * len(self._depths))  # noqa: S308
