"""Posts of the reader in their place among the mails of a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone
from django.utils.safestring import SafeString

from hyperkitty.models import OutgoingPost, PostState
from hyperkitty.posting.flowing import to_flowed
from hyperkitty.posting.people import shown_name

from .bodies import typed_body
from .conversation import MAX_INDENT, Item


@dataclass(frozen=True, slots=True)
class PostItem:
    """A post that the archive does not have yet."""

    post: OutgoingPost
    body: SafeString
    name: str
    depth: int = 0

    @property
    def indent(self) -> int:
        """Steps to indent by."""
        return min(self.depth, MAX_INDENT)

    @property
    def pause(self) -> int:
        """Milliseconds after which the page asks again; 0 if nothing can change."""
        if not self.post.is_open or self.post.state == PostState.FAILED:
            return 0
        age = timezone.now() - (self.post.sent_at or self.post.created_at)
        if not self.post.is_moving or age > timedelta(minutes=5):
            return 30_000
        return 500 if age < timedelta(seconds=10) else 5_000


def post_item(
    post: OutgoingPost, user: AbstractBaseUser | AnonymousUser, depth: int = 0
) -> PostItem:
    """Return what a page shows of *post*."""
    name = shown_name(user) if isinstance(user, AbstractBaseUser) else ""
    body = typed_body(to_flowed(post.text), post.mlist.rendering_mode, f"p{post.pk}")
    return PostItem(post, body, name or post.sender, depth)


def with_posts(
    items: Sequence[Item],
    posts: Sequence[OutgoingPost],
    user: AbstractBaseUser | AnonymousUser,
    *,
    tree: bool,
) -> list[Item | PostItem]:
    """Return *items* with *posts* where their mails will stand.

    In a tree that is below all that answers the same mail; by date, it is the end.
    """
    mixed: list[Item | PostItem] = list(items)
    for post in posts:
        place, depth = _place(mixed, post) if tree else (len(mixed), 0)
        mixed.insert(place, post_item(post, user, depth))
    return mixed


def _place(items: Sequence[Item | PostItem], post: OutgoingPost) -> tuple[int, int]:
    """Return where *post* goes and how deep; the end if its parent is not here."""
    depths = [_depth(item) for item in items]
    for start, item in enumerate(items):
        if isinstance(item, Item) and item.email and item.email.pk == post.parent_id:
            depth = depths[start]
            rest = range(start + 1, len(items))
            end = next((at for at in rest if depths[at] <= depth), len(items))
            return end, depth + 1
    return len(items), 0


def _depth(item: Item | PostItem) -> int:
    return item.depth if isinstance(item, PostItem) else item.node.depth
