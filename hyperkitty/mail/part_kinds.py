"""Which parts of a mail are read, which are files, and which alternative is shown."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from hyperkitty.mail.attachments import declared_name
from hyperkitty.mail.parts import Part

RICH_TYPES = frozenset(["text/enriched", "text/richtext"])

_PLAIN_TYPES = frozenset(["text/plain", "text/markdown", "text/x-markdown"])
_PATCH_TYPES = frozenset(["text/x-patch", "text/x-diff"])


class Kind(Enum):
    """What a part is for a reader."""

    TEXT = auto()
    HTML = auto()
    FILE = auto()
    HEADERS = auto()  # of a mail in a digest; its parts follow


class Item(NamedTuple):
    """A part that is shown or listed."""

    part: Part
    kind: Kind
    group: int = -1  # counter of the outermost multipart/alternative around it
    branch: int = -1  # counter of the part directly in the group that holds it
    is_broken: bool = False  # a multipart of which no part could be found


def items_of(parts: Iterable[Part]) -> list[Item]:
    """Return what is to be shown or listed, in walk order.

    A forwarded mail, or another message/* part, is one file; what stands inside it is
    left out. The mails of a digest are opened.
    """
    items: list[Item] = []
    closed: set[int] = set()
    places: dict[int, tuple[int, int]] = {}
    for part in parts:
        parent = part.parent
        if parent is not None and parent.counter in closed:
            closed.add(part.counter)
            continue
        group, branch = places[part.counter] = _place(part, places)
        if part.is_leaf:
            is_broken = part.content_type.startswith("multipart/")
            items.append(Item(part, _kind(part, group), group, branch, is_broken))
        elif part.content_type.startswith("multipart/"):
            continue
        elif _is_digested(part):
            items.append(Item(part, Kind.HEADERS, group, branch))
        else:
            closed.add(part.counter)
            items.append(Item(part, Kind.FILE, group, branch))
    return items


def chosen_branches(items: Iterable[Item], with_text: set[int]) -> dict[int, int]:
    """Return for each group of alternatives the branch to show.

    The first with plain text in it, else with rich text, else with HTML. *with_text*
    has the counters of the texts that are not blank.
    """
    best: dict[int, tuple[int, int]] = {}
    for item in items:
        if item.group < 0:
            continue
        rank = 0
        if item.kind is Kind.HTML:
            rank = 1
        elif item.kind is Kind.TEXT and item.part.counter in with_text:
            rank = 2 if item.part.content_type in RICH_TYPES else 3
        if rank > best.get(item.group, (0, 0))[0]:
            best[item.group] = (rank, item.branch)
    return {group: branch for group, (_, branch) in best.items()}


def _place(part: Part, places: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return group and branch of a part whose parent's are known."""
    parent = part.parent
    if parent is None:
        return (-1, -1)
    group, branch = places[parent.counter]
    if group < 0 and parent.content_type == "multipart/alternative":
        return (parent.counter, part.counter)
    return (group, branch)


def _is_digested(part: Part) -> bool:
    parent = part.parent
    return (
        parent is not None
        and parent.content_type == "multipart/digest"
        and part.content_type == "message/rfc822"
        and bool(part.children)
    )


def _kind(part: Part, group: int) -> Kind:
    content_type = part.content_type
    is_root = part.parent is None or part.parent.content_type == "message/rfc822"
    is_attached = part.disposition == "attachment" and not is_root
    if content_type in _PLAIN_TYPES or content_type in RICH_TYPES:
        return Kind.FILE if is_attached else Kind.TEXT
    if content_type == "text/html":
        is_named = group < 0 and not is_root and bool(declared_name(part))
        return Kind.FILE if is_attached or is_named else Kind.HTML
    if content_type.startswith("multipart/"):
        return Kind.TEXT  # no part was found in it
    if content_type in _PATCH_TYPES:
        return Kind.TEXT if part.disposition == "inline" or is_root else Kind.FILE
    if content_type == "application/pgp":  # what mutt and elm sent for signed text
        is_text = part.parameter("format") == "text" or "sign" in part.parameter(
            "x-action"
        )
        return Kind.TEXT if is_text else Kind.FILE
    if is_root and content_type.startswith("text/"):
        return Kind.FILE if declared_name(part) else Kind.TEXT
    return Kind.FILE
