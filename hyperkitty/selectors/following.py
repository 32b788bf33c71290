"""What a reader follows, and was told of."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import OuterRef, Q, QuerySet, Subquery

from hyperkitty.models import (
    Email,
    EmailState,
    Follow,
    FollowKind,
    MailingList,
    Notification,
)

Reader = AbstractBaseUser | AnonymousUser


def following(reader: Reader, target: str) -> Follow | None:
    """Return the reader's follow of *target*; None if there is none. One query."""
    if not reader.is_authenticated:
        return None
    return Follow.objects.filter(user_id=reader.pk, target=target).first()


def follows_of(reader: Reader, lists: QuerySet[MailingList]) -> QuerySet[Follow]:
    """Return what *reader* follows, as far as it is in *lists*, the latest first."""
    mine = Follow.objects.filter(user_id=reader.pk or 0)
    open_to = (
        Q(kind__in=(FollowKind.PERSON, FollowKind.SEARCH), mlist=None)
        | Q(mlist__in=lists)
        | Q(thread__mlist__in=lists)
    )
    return (
        mine.filter(open_to)
        .annotate(person_name=_latest_name(lists))
        .select_related("thread__mlist", "mlist", "sender")
        .order_by("kind", "-created_at", "-pk")
    )


def _latest_name(lists: QuerySet[MailingList]) -> Subquery:
    emails = Email.objects.visible().filter(sender=OuterRef("sender"), mlist__in=lists)
    return Subquery(emails.order_by("-sort_date").values("sender_name")[:1])


def notifications_of(
    reader: Reader, lists: QuerySet[MailingList]
) -> QuerySet[Notification]:
    """Return what *reader* was told of mails in *lists*, the latest first."""
    return (
        Notification.objects.filter(
            user_id=reader.pk or 0,
            email__state=EmailState.VISIBLE,
            email__mlist__in=lists,
        )
        .select_related("email__mlist", "email__thread", "email__sender", "follow")
        .order_by("-pk")
    )


def unseen_count(reader: Reader, limit: int = 100) -> int:
    """Return how many notifications wait, at most *limit*. One query.

    Of mails that are gone meanwhile, too: the page of notifications leaves them out.
    """
    if not reader.is_authenticated:
        return 0
    waiting = Notification.objects.filter(user_id=reader.pk, seen_at=None)
    return waiting[:limit].count()
