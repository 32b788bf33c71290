"""What the page of a thread shows, in order: mails, ghosts, links to their parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString

from hyperkitty.mail.subjects import base_subject
from hyperkitty.mail.thread_tree import Node
from hyperkitty.models import Email
from hyperkitty.selectors.conversations import Bone, Outline

from .paging import Paging

#: Steps that replies are indented by at most; a page is not endlessly wide.
MAX_INDENT = 8


@dataclass(frozen=True, slots=True)
class Item:
    """A mail, a ghost or a tombstone in its place."""

    node: Node
    email: Email | None = None
    body: SafeString | str = ""
    #: Position among all mails of the thread, from 1.
    number: int = 0
    #: The mail that it answers, if readers may see it.
    parent: Bone | None = None
    #: Query string of the part of the thread with the parent; empty if it is this one.
    parent_part: str = ""
    #: What it answers stands right above it.
    follows_parent: bool = False
    #: It changed what the conversation is about.
    has_new_subject: bool = False

    @property
    def indent(self) -> int:
        """Steps to indent by."""
        return min(self.node.depth, MAX_INDENT)


class ThreadPart:
    """The part of a thread that one page shows."""

    def __init__(
        self, shape: Outline, paging: Paging, *, tree: bool, prefix: str
    ) -> None:
        self.shape, self.paging, self.tree, self.prefix = shape, paging, tree, prefix
        order = shape.in_tree_order if tree else shape.by_date
        self.numbers = {key: number for number, key in enumerate(order, 1)}
        self.shown = order[paging.offset : paging.offset + paging.size]

    @property
    def pks(self) -> list[int]:
        """The ids of the mails to load."""
        return [self.shape.bones[key].pk for key in self.shown]

    def items(
        self, emails: Mapping[str, Email], bodies: Mapping[str, SafeString]
    ) -> list[Item]:
        """Return what the page shows, in order."""
        items = []
        above = ""
        for node in self._nodes():
            if node.key in emails:
                body = bodies.get(node.key, "")
                items.append(self._item(node, emails[node.key], body, above))
            else:
                items.append(Item(node))
            above = node.key
        return items

    def _nodes(self) -> list[Node]:
        if not self.tree:
            return [Node(key, 0, None) for key in self.shown]
        nodes = self.shape.nodes
        wanted = set(self.shown)
        places = [place for place, node in enumerate(nodes) if node.key in wanted]
        if not places:
            return []
        first, last = places[0], places[-1]
        # Ghosts and tombstones right before a mail stand on its page.
        while first and not self.shape.is_visible(nodes[first - 1].key):
            first -= 1
        return list(nodes[first : last + 1])

    def _item(
        self, node: Node, email: Email, body: SafeString | str, above: str
    ) -> Item:
        parent = self.shape.parent_of(node.key)
        return Item(
            node,
            email,
            body,
            self.numbers[node.key],
            parent,
            self._part_of(parent),
            parent is not None and parent.permalink == above,
            parent is not None and self._changes(email.subject, parent.subject),
        )

    def _part_of(self, parent: Bone | None) -> str:
        if parent is None:
            return ""
        number = (self.numbers[parent.permalink] - 1) // self.paging.size + 1
        return "" if number == self.paging.number else self.paging.link(number).url

    def _changes(self, subject: str, before: str) -> bool:
        new, old = (base_subject(text, self.prefix) for text in (subject, before))
        return bool(new) and new.casefold() != old.casefold()
