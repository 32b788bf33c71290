"""What the page of a thread shows, in order: mails, ghosts, links between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from hyperkitty.mail.subjects import base_subject
from hyperkitty.mail.thread_tree import Node
from hyperkitty.models import Email
from hyperkitty.selectors.conversations import Bone, Outline

from .cards import Card, Cards, Words
from .paging import Paging

NOTHING = SafeString()
#: Steps that replies are indented by at most; a page is not endlessly wide.
MAX_INDENT = 8


@dataclass(slots=True)
class Item:
    """A mail, a ghost or a tombstone in its place."""

    node: Node
    email: Email | None = None
    body: SafeString = NOTHING
    card: Card | None = None
    words: Words | None = None
    #: Position among all mails of the thread, from 1.
    number: SafeString = NOTHING
    #: The mail that it answers, if readers may see it.
    parent: Bone | None = None
    #: Who wrote that, unless it stands right above.
    parent_name: SafeString = NOTHING
    parent_url: SafeString = NOTHING
    #: The next mail that answers the same one.
    sibling_url: SafeString = NOTHING
    #: Its subject, where it changed what the conversation is about.
    new_subject: SafeString = NOTHING
    #: The reader has not seen it.
    is_new: bool = False
    next_new_url: SafeString = NOTHING
    #: See `votes.VoteBars`.
    votes: SafeString = NOTHING
    #: It answers the thread's question.
    is_answer: bool = False
    #: No post of the reader: see `pending.PostItem`.
    post: None = None

    @property
    def key(self) -> SafeString:
        """Its permalink; of a ghost the hash of the first id that is missing."""
        return mark_safe(self.node.key)  # noqa: S308

    @property
    def depth(self) -> SafeString:
        """Its depth in the tree, as markup for scripts has it."""
        return mark_safe(str(self.node.depth))  # noqa: S308

    @property
    def indent(self) -> SafeString:
        """Steps to indent by."""
        return mark_safe(str(min(self.node.depth, MAX_INDENT)))  # noqa: S308

    @property
    def branch_query(self) -> SafeString:
        """The query of the page with this mail and all below it; "" if it is alone."""
        if not (self.node.children and self.parent):
            return NOTHING
        return mark_safe(f"?branch={self.node.key}")  # noqa: S308


class ThreadPart:
    """The part of a thread, or of one of its branches, that one page shows."""

    def __init__(
        self,
        shape: Outline,
        paging: Paging,
        cards: Cards,
        *,
        tree: bool,
        unread: Collection[int] = (),
    ) -> None:
        self.shape, self.paging, self.cards, self.tree = shape, paging, cards, tree
        self.order = shape.in_tree_order if tree else shape.by_date
        self.numbers = {key: number for number, key in enumerate(self.order, 1)}
        self.shown = self.order[paging.offset : paging.offset + paging.size]
        self.new = [key for key in self.order if shape.bones[key].pk in unread]

    @property
    def pks(self) -> list[int]:
        """The ids of the mails to load."""
        return [self.shape.bones[key].pk for key in self.shown]

    @property
    def first_new_url(self) -> SafeString:
        """Where the first mail is that the reader has not seen; "" without one."""
        return self.url(self.new[0]) if self.new else NOTHING

    def url(self, permalink: str) -> SafeString:
        """Return where a mail stands, in this part or another one."""
        number = part_of(self.numbers[permalink], self.paging.size)
        here = number == self.paging.number
        part = "" if here else escape(self.paging.link(number).url)
        return mark_safe(f"{part}#{permalink}")  # noqa: S308

    def items(
        self, emails: Mapping[str, Email], bodies: Mapping[str, SafeString]
    ) -> list[Item]:
        """Return what the page shows, in order."""
        items = []
        siblings = self._siblings()
        new = dict(zip(self.new, [*self.new[1:], ""], strict=False))
        above = ""
        for node in self._nodes():
            item = Item(node)
            if node.key in emails:
                item.email = emails[node.key]
                item.body = bodies.get(node.key, NOTHING)
                self._fill(item, item.email, above, siblings)
                item.is_new = node.key in new
                if following := new.get(node.key):
                    item.next_new_url = self.url(following)
            items.append(item)
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

    def _fill(
        self, item: Item, email: Email, above: str, siblings: Mapping[str, str]
    ) -> None:
        key = item.node.key
        item.card, item.words = self.cards.card(email), self.cards.words
        item.number = mark_safe(str(self.numbers[key]))  # noqa: S308
        parent = item.parent = self.shape.parent_of(key)
        if parent is not None:
            item.parent_url = self.url(parent.permalink)
            if parent.permalink != above:
                item.parent_name = self.cards.name(parent)
            if self._changes(email.subject, parent.subject):
                item.new_subject = self.cards.subject(email.subject)
        if key in siblings:
            item.sibling_url = self.url(siblings[key])

    def _siblings(self) -> dict[str, str]:
        """Return, by mail, the next one that readers may see below the same node."""
        following: dict[str, str] = {}
        last: dict[str | None, str] = {}
        for node in reversed(self.shape.nodes):
            if node.depth and self.shape.is_visible(node.key):
                if node.parent in last:
                    following[node.key] = last[node.parent]
                last[node.parent] = node.key
        return following

    def _changes(self, subject: str, before: str) -> bool:
        if subject == before:
            return False
        prefix = self.cards.mlist.subject_prefix
        new, old = (base_subject(text, prefix) for text in (subject, before))
        return bool(new) and new.casefold() != old.casefold()


def part_of(number: int, size: int) -> int:
    """Return which part of *size* mails each has mail *number*, from 1."""
    return (number - 1) // size + 1
