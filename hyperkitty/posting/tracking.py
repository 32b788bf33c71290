"""Following what was sent: held, turned down, or lost. The archive itself tells when
a post arrives (`ingest.closing`)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.exceptions import MailmanUnavailable
from hyperkitty.mailman.members import MembersCore
from hyperkitty.models import MailingList, OutgoingPost, PostState

logger = logging.getLogger(__name__)

#: Mail that left Mailman's held queue is archived within so long, or not at all.
GRACE = timedelta(minutes=1)
#: Waits between two looks: half the time since the post was sent, between these.
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(minutes=2)
MAX_POSTS = 1_000


def track_due() -> int:
    """Look for the posts that are due; return how many changed their state.

    One question to Mailman for each list.
    """
    now = timezone.now()
    posts = OutgoingPost.objects.due(now, PostState.SENT, PostState.HELD).to_lists()
    rows = list(posts.select_related("mlist").order_by("mlist_id", "pk")[:MAX_POSTS])
    core = MembersCore()
    changed = 0
    for mlist, found in groupby(rows, key=lambda post: post.mlist):
        ours = list(found)
        try:
            held = _held(core, mlist)
        except MailmanUnavailable as error:
            logger.warning("Cannot ask for held mail: %s", error)
            for post in ours:
                _look_again(post, now)
            continue
        changed += sum(_follow(post, held, now) for post in ours)
    return changed


def _held(core: MembersCore, mlist: MailingList) -> dict[str, str]:
    return {} if mlist.gone_from_core_at else core.held(mlist.list_id)


def _follow(post: OutgoingPost, held: dict[str, str], now: datetime) -> bool:
    """Write down where *post* is; return whether that is news."""
    if post.message_id_hash in held:
        reason = held[post.message_id_hash]
        _update(
            post,
            state=PostState.HELD,
            reason=reason,
            held_at=now,
            attempts=0,
            due_at=_next_look(post, now),
        )
        return post.state != PostState.HELD
    if post.state == PostState.HELD:
        return _follow_released(post, now)
    sent_at = post.sent_at or post.created_at
    if now - sent_at > app_settings.posting_lost_after:
        return _update(post, state=PostState.LOST, due_at=None)
    _look_again(post, now)
    return False


def _follow_released(post: OutgoingPost, now: datetime) -> bool:
    """Decide about a post that is held no more: it may be on its way to us."""
    if post.attempts:
        return _update(post, state=PostState.REFUSED, due_at=None)
    _update(post, attempts=1, due_at=now + GRACE)
    return False


def _look_again(post: OutgoingPost, now: datetime) -> None:
    _update(post, due_at=_next_look(post, now))


def _next_look(post: OutgoingPost, now: datetime) -> datetime:
    age = now - (post.sent_at or post.created_at)
    return now + min(max(age / 2, SHORTEST), LONGEST)


def _update(post: OutgoingPost, **columns: object) -> bool:
    """Change *post* unless the archive, or its author, was quicker."""
    rows = OutgoingPost.objects.filter(pk=post.pk, state=post.state)
    return bool(rows.update(**columns))
