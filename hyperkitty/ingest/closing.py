"""Web posts that are in the archive now: in the transaction that stores their mail."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from hyperkitty.models import MailingList, OutgoingPost, PostState
from hyperkitty.threads.bulk import matching, update_rows


def close_posts(mlist: MailingList, arrived: Mapping[str, int]) -> None:
    """Mark the list's web posts that are among *arrived*, row ids by Message-ID-Hash.

    Without a statement where nobody posted from the web lately. So nobody ever sees
    both the post and its mail, or neither.
    """
    if mlist.posts_awaited_until is None or mlist.posts_awaited_until < timezone.now():
        return
    awaited = OutgoingPost.objects.to_lists().filter(mlist=mlist)
    awaited = awaited.exclude(state=PostState.ARCHIVED)
    posts = list(matching(awaited, "message_id_hash", arrived))
    for post in posts:
        post.state = PostState.ARCHIVED
        post.email_id = arrived[post.message_id_hash]
        post.due_at = None
        post.reason = ""
    update_rows(OutgoingPost, posts, ("state", "email", "due_at", "reason"))
