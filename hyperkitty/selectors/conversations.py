"""A thread with its mails in reading order, and one mail with what surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.mail.thread_tree import Leaf, Node, build_tree
from hyperkitty.models import (
    AliasKind,
    Email,
    EmailState,
    MailingList,
    MessageAlias,
    MissingReference,
    ParentReason,
    Thread,
    ThreadAlias,
)

#: Missing ids that a thread's tree looks at; hostile mail could name more.
MAX_GHOST_LINKS = 10_000
#: Mails with one Message-ID that a page names.
MAX_COPIES = 20
_VISIBLE = int(EmailState.VISIBLE)


class Bone(NamedTuple):
    """A mail of a thread, with no more than its place needs."""

    pk: int
    parent_id: int | None
    parent_reason: int
    permalink: str
    message_id_hash: str
    sort_date: datetime
    arrived_at: datetime
    state: int
    sender_address: str
    sender_name: str
    subject: str


class Participant(NamedTuple):
    """Somebody who wrote to a thread."""

    name: str
    address: str
    emails_count: int


@dataclass(frozen=True)
class Outline:
    """The shape of a thread: every visible mail, in tree order and by date."""

    nodes: Sequence[Node]
    bones: dict[str, Bone]  # by permalink
    by_pk: dict[int | None, Bone]

    @cached_property
    def in_tree_order(self) -> list[str]:
        """Permalinks of the mails that readers may see, parents before replies."""
        return [node.key for node in self.nodes if self.is_visible(node.key)]

    @cached_property
    def by_date(self) -> list[str]:
        """The same permalinks, oldest first."""
        visible = [
            bone for bone in self.bones.values() if self.is_visible(bone.permalink)
        ]
        visible.sort(key=lambda bone: (bone.sort_date, bone.permalink))
        return [bone.permalink for bone in visible]

    @cached_property
    def participants(self) -> list[Participant]:
        """Who wrote what readers may see, the busiest first."""
        counts: dict[str, int] = {}
        names: dict[str, str] = {}
        for permalink in self.by_date:
            bone = self.bones[permalink]
            address = bone.sender_address
            counts[address] = counts.get(address, 0) + 1
            names[address] = bone.sender_name or names.get(address, "")
        found = [Participant(names[one], one, counts[one]) for one in counts]
        return sorted(found, key=lambda one: -one.emails_count)

    def branch(self, permalink: str) -> Outline:
        """Return the shape of a mail and all that hangs below it."""
        places = {node.key: place for place, node in enumerate(self.nodes)}
        first = places[permalink]
        top = self.nodes[first]
        end = first + 1
        while end < len(self.nodes) and self.nodes[end].depth > top.depth:
            end += 1
        nodes = [
            replace(node, depth=node.depth - top.depth)
            for node in self.nodes[first:end]
        ]
        bones = {
            node.key: self.bones[node.key] for node in nodes if node.key in self.bones
        }
        by_pk: dict[int | None, Bone] = {bone.pk: bone for bone in bones.values()}
        return Outline(nodes, bones, by_pk)

    def parent_of(self, permalink: str) -> Bone | None:
        """Return the mail that a mail answers, if readers may see it."""
        parent = self.by_pk.get(self.bones[permalink].parent_id)
        return parent if parent is not None and parent.state == _VISIBLE else None

    def is_visible(self, permalink: str) -> bool:
        """Whether *permalink* is a mail of the thread that readers may see."""
        bone = self.bones.get(permalink)
        return bone is not None and bone.state == _VISIBLE


def find_thread(mlist: MailingList, thread_id: str) -> Thread | None:
    """Return the thread that has, or once had, *thread_id*. 1 or 2 queries."""
    threads = Thread.objects.select_related("starting_email__sender", "category")
    thread = threads.filter(mlist=mlist, thread_id=thread_id).first()
    if thread is None:
        aliases = ThreadAlias.objects.select_related("thread")
        alias = aliases.filter(mlist=mlist, former_id=thread_id).first()
        thread = alias.thread if alias is not None else None
    if thread is not None:
        thread.mlist = mlist
    return thread


def find_email(mlist: MailingList, name: str) -> Email | None:
    """Return the mail, of any state, that *name* is the permalink or an alias of.

    1 query if it is the permalink, else 2.
    """
    emails = Email.objects.select_related("sender", "thread", "parent__sender")
    email = emails.filter(mlist=mlist, permalink=name).first()
    if email is None:
        aliases = MessageAlias.objects.select_related("email__thread").order_by("pk")
        alias = aliases.filter(mlist=mlist, kind=AliasKind.HASH, value=name).first()
        email = alias.email if alias is not None else None
    if email is not None:
        email.mlist = email.thread.mlist = mlist
    return email


def outline(thread: Thread) -> Outline:
    """Return the shape of *thread*. 2 queries."""
    columns = (field.replace("_address", "__address") for field in Bone._fields)
    rows = Email.objects.filter(thread=thread).values_list(*columns)
    bones = [Bone(*row) for row in rows]
    missing = _missing_links(thread, bones)
    by_pk: dict[int | None, Bone] = {bone.pk: bone for bone in bones}
    leaves = [
        Leaf(
            key=bone.permalink,
            date=bone.sort_date,
            parent=_permalink(by_pk.get(bone.parent_id)),
            missing=missing.get(bone.pk, ()),
            is_gone=bone.state != _VISIBLE,
        )
        for bone in bones
    ]
    by_permalink = {bone.permalink: bone for bone in bones}
    return Outline(build_tree(leaves), by_permalink, by_pk)


def emails_with_text(thread: Thread, pks: Iterable[int]) -> dict[str, Email]:
    """Return mails of *thread* by permalink, with text and attachments. 2 queries."""
    emails = Email.objects.visible().select_related("sender", "text_row")
    found = emails.prefetch_related("attachments").filter(pk__in=list(pks))
    for email in found:
        email.thread, email.mlist = thread, thread.mlist
    return {email.permalink: email for email in found}


def replies(email: Email) -> list[Email]:
    """Return the visible mails that answer *email*, oldest first. One query."""
    found = Email.objects.visible().select_related("sender").filter(parent=email)
    return list(found.order_by("sort_date", "permalink"))


def same_message_id(
    email: Email, readable: QuerySet[MailingList]
) -> tuple[list[Email], list[Email]]:
    """Return the other mails with the Message-ID of *email*: here, and elsewhere.

    Here they are twins, with another text; on other *readable* lists the same mail, one
    for each list. One query.
    """
    found = Email.objects.visible().select_related("sender", "mlist")
    same = found.filter(message_id_hash=email.message_id_hash, mlist__in=readable)
    others = list(same.exclude(pk=email.pk).order_by("pk")[:MAX_COPIES])
    twins = [other for other in others if other.mlist_id == email.mlist_id]
    copies: dict[int, Email] = {}
    for other in others:
        if other.mlist_id != email.mlist_id:
            copies.setdefault(other.mlist_id, other)
    return twins, sorted(copies.values(), key=lambda copy: copy.mlist.name)


def _missing_links(thread: Thread, bones: list[Bone]) -> dict[int, tuple[str, ...]]:
    """Return, by mail, the ids between it and its parent that never arrived."""
    links = MissingReference.objects.filter(email__thread=thread).order_by("pk")
    columns = ("email_id", "message_id_hash", "email__text_row__references")
    missing: dict[int, set[str]] = {}
    texts: dict[int, str] = {}
    for email_id, hash_, text in links.values_list(*columns)[:MAX_GHOST_LINKS]:
        missing.setdefault(email_id, set()).add(hash_)
        texts[email_id] = text or ""
    by_pk = {bone.pk: bone for bone in bones}
    chains = {}
    for email_id, known in missing.items():
        bone = by_pk.get(email_id)
        if bone is None or bone.parent_reason == ParentReason.KEEPER:
            continue
        parent = by_pk.get(bone.parent_id) if bone.parent_id is not None else None
        chain = _after(_named_hashes(texts[email_id]), parent)
        chains[email_id] = tuple(hash_ for hash_ in chain if hash_ in known)
    return chains


def _permalink(bone: Bone | None) -> str | None:
    return bone.permalink if bone is not None else None


def _named_hashes(text: str) -> list[str]:
    """Return the hashes of `EmailText.references`, least and oldest first."""
    lines = (line.partition(" ")[2] for line in text.split("\n"))
    return [message_id_hash(message_id) for message_id in lines if message_id]


def _after(hashes: list[str], parent: Bone | None) -> list[str]:
    """Return what was passed over on the way to *parent*; all if there is none."""
    if parent is None or parent.message_id_hash not in hashes:
        return hashes if parent is None else []
    return hashes[hashes.index(parent.message_id_hash) + 1 :]
