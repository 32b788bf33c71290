"""Web posts as their author sees them, and where an answer can go."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from hyperkitty.models import (
    Change,
    ChangeState,
    Email,
    MailingList,
    MembershipChange,
    OutgoingPost,
    Thread,
)

Reader = AbstractBaseUser | AnonymousUser
MAX_POSTS = 50


def open_posts(reader: Reader, mlist: MailingList) -> QuerySet[OutgoingPost]:
    """Return the reader's posts to a list that are not in the archive, newest last."""
    posts = OutgoingPost.objects.to_lists().open().defer("raw")
    mine = posts.filter(user_id=reader.pk or 0, mlist=mlist)
    return mine.select_related("mlist", "parent").order_by("created_at", "pk")


def posts_in_thread(reader: Reader, thread: Thread) -> list[OutgoingPost]:
    """Return the reader's posts that belong in a thread. At most 1 query."""
    if not reader.is_authenticated:
        return []
    posts = open_posts(reader, thread.mlist).filter(parent__thread=thread)
    return list(posts[:MAX_POSTS])


def new_threads(reader: Reader, mlist: MailingList) -> list[OutgoingPost]:
    """Return the reader's posts that start threads of a list. At most 1 query."""
    if not reader.is_authenticated:
        return []
    return list(open_posts(reader, mlist).filter(parent=None)[:MAX_POSTS])


def find_post(reader: Reader, mlist: MailingList, pk: int) -> OutgoingPost | None:
    """Return one of the reader's own posts."""
    posts = OutgoingPost.objects.defer("raw").select_related(
        "mlist", "parent__thread", "email__thread"
    )
    return posts.filter(user_id=reader.pk or 0, mlist=mlist, pk=pk).first()


def other_lists(email: Email, readable: QuerySet[MailingList]) -> Sequence[MailingList]:
    """Return the other lists of *readable* that *email* was on. 1 query."""
    copies = Email.objects.visible().filter(message_id_hash=email.message_id_hash)
    lists = readable.filter(pk__in=copies.values("mlist"))
    return list(lists.exclude(pk=email.mlist_id).order_by("name")[:10])


def last_change(
    reader: Reader, mlist: MailingList, addresses: Sequence[str]
) -> MembershipChange | None:
    """Return the reader's last wish about a membership that is still of interest."""
    wishes = MembershipChange.objects.filter(mlist=mlist, address__in=addresses)
    wishes = wishes.exclude(state__in=(ChangeState.REMOVING, ChangeState.REMOVED))
    return wishes.filter(user_id=reader.pk or 0).order_by("pk").last()


def registrations(mlist: MailingList) -> list[MembershipChange]:
    """Return who was registered on a list by a post, newest first."""
    rows = MembershipChange.objects.filter(mlist=mlist, change=Change.REGISTER)
    rows = rows.exclude(state=ChangeState.REMOVED).select_related("user")
    return list(rows.order_by("-pk")[:500])
