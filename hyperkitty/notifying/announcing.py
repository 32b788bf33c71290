"""From a new mail to the rows that tell its followers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hyperkitty.models import (
    MAILED,
    Announcement,
    Delivery,
    Email,
    Follow,
    FollowKind,
    Notification,
    Sender,
)
from hyperkitty.permissions import owners_of, readers_among
from hyperkitty.threads.bulk import insert_rows
from hyperkitty.threads.locking import retried

from .following import follow_own

#: Mails that one run announces; the next run takes the rest.
MAX_MAILS = 200
#: Hour of the day, UTC, at which digests go out; weekly ones on Mondays.
DIGEST_HOUR = 6
_URGENCY = {delivery: place for place, delivery in enumerate(Delivery)}
#: What says most about why somebody is told.
_CLOSENESS = {
    FollowKind.THREAD: 3,
    FollowKind.PERSON: 2,
    FollowKind.SEARCH: 1,
    FollowKind.LIST: 0,
}


def announce_due() -> int:
    """Write down whom new mails concern; return how many mails were announced."""
    waiting = Announcement.objects.order_by("pk").values_list("pk", flat=True)
    keys = list(waiting[:MAX_MAILS])
    for pk in keys:
        _announce(pk)
    return len(keys)


@retried
def _announce(email_id: int) -> None:
    with transaction.atomic():
        emails = Email.objects.visible().select_related("mlist", "thread", "sender")
        email = emails.filter(pk=email_id).first()
        if email is not None:
            authors = set(owners_of([email.sender.address]).values())
            for user_id in authors:
                follow_own(user_id, email.thread)
            tell(email, _follows(email), leaving_out=authors)
        Announcement.objects.filter(pk=email_id).delete()


def tell(
    email: Email, follows: Iterable[Follow], leaving_out: Iterable[int] = ()
) -> int:
    """Write a notification of *email* for all who may read it; return how many.

    Each person is told once, in the most urgent way asked for. A muted thread is
    silent; a muted list or person is, unless the thread itself is followed.
    """
    chosen = _one_each(follows)
    for user_id in leaving_out:
        chosen.pop(user_id, None)
    readers = readers_among(email.mlist, chosen)
    known = Notification.objects.filter(email=email, user_id__in=readers)
    readers -= set(known.values_list("user_id", flat=True))
    now = timezone.now()
    rows = [_row(email, chosen[user_id], now) for user_id in sorted(readers)]
    insert_rows(Notification, rows)
    return len(rows)


def next_digest(delivery: Delivery, now: datetime) -> datetime:
    """Return when the next daily or weekly digest goes out."""
    moment = now.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    if moment <= now:
        moment += timedelta(days=1)
    if delivery == Delivery.WEEKLY:
        moment += timedelta(days=-moment.weekday() % 7)
    return moment


def _follows(email: Email) -> list[Follow]:
    """Return what concerns *email*, searches apart. 2 queries."""
    sender = email.sender
    person = Q(sender=sender)
    if sender.mailman_id:
        same = Sender.objects.filter(mailman_id=sender.mailman_id)
        person |= Q(sender__in=same.values("pk"))
    return list(
        Follow.objects.filter(
            Q(thread=email.thread_id)
            | Q(kind=FollowKind.LIST, mlist=email.mlist_id)
            | (Q(kind=FollowKind.PERSON) & person)
        )
    )


def _one_each(follows: Iterable[Follow]) -> dict[int, Follow]:
    """Return for each person the follow that decides."""
    by_user: dict[int, list[Follow]] = {}
    for one in follows:
        by_user.setdefault(one.user_id, []).append(one)
    decided = {user_id: _decide(found) for user_id, found in by_user.items()}
    return {user_id: one for user_id, one in decided.items() if one is not None}


def _decide(follows: list[Follow]) -> Follow | None:
    thread = [one for one in follows if one.kind == FollowKind.THREAD]
    if any(one.is_muted for one in thread):
        return None
    if not thread and any(one.is_muted for one in follows):
        return None
    loud = [one for one in follows if not one.is_muted]
    return max(
        loud,
        key=lambda one: (_URGENCY[Delivery(one.delivery)], _closeness(one), one.pk),
    )


def _closeness(follow: Follow) -> int:
    return _CLOSENESS[FollowKind(follow.kind)]


def _row(email: Email, follow: Follow, now: datetime) -> Mapping[str, object]:
    """Return the columns of a notification."""
    due_at = None
    if follow.delivery == Delivery.NOW:
        due_at = now
    elif follow.delivery in MAILED:
        due_at = next_digest(Delivery(follow.delivery), now)
    return {
        "user_id": follow.user_id,
        "email_id": email.pk,
        "follow_id": follow.pk,
        "kind": follow.kind,
        "delivery": follow.delivery,
        "created_at": now,
        "seen_at": None,
        "due_at": due_at,
        "attempts": 0,
        "mailed_at": None,
    }
