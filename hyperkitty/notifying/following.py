"""Beginning and ending to follow threads, lists, people and searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import (
    Delivery,
    Follow,
    FollowKind,
    MailingList,
    Profile,
    Sender,
    Thread,
)

#: Characters of a search that can be followed.
MAX_QUERY = 500


class TooManyFollowsError(ValueError):
    """Somebody follows as much as a person may."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search that can be followed: in one list, or in all."""

    query: str
    mlist: MailingList | None = None


Thing = Thread | MailingList | Sender | Search


def follow(user_id: int, thing: Thing, delivery: Delivery | None = None) -> Follow:
    """Follow *thing*; say how to be told of it, or leave that as it is.

    Following twice is following once. Raises `TooManyFollowsError`.
    """
    target = target_of(thing)
    known = Follow.objects.filter(user_id=user_id, target=target).first()
    if known is None:
        if Follow.objects.filter(user_id=user_id).count() >= app_settings.max_follows:
            raise TooManyFollowsError
        known, _is_new = Follow.objects.get_or_create(
            user_id=user_id,
            target=target,
            defaults={
                "delivery": delivery or default_delivery(user_id),
                **_columns(thing),
            },
        )
    elif delivery is not None or known.is_muted:
        set_delivery(known, delivery or default_delivery(user_id))
    return known


def unfollow(user_id: int, thing: Thing) -> None:
    """Follow *thing* no more; what one was told of it stays."""
    Follow.objects.filter(user_id=user_id, target=target_of(thing)).delete()


def set_delivery(follow: Follow, delivery: Delivery) -> None:
    """Choose how to be told from now on."""
    follow.delivery = delivery
    follow.save(update_fields=["delivery"])


def set_own(user_id: int, *, follows_own: bool, delivery: Delivery) -> None:
    """Choose whether one follows what one writes to, and how one is told."""
    Profile.objects.update_or_create(
        user_id=user_id,
        defaults={"follows_own": follows_own, "own_delivery": delivery},
    )


def profile_of(user_id: int) -> Profile:
    """Return what a person chose; what stands for nobody's choice otherwise."""
    return Profile.objects.filter(user_id=user_id).first() or Profile(user_id=user_id)


def follow_own(user_id: int, thread: Thread) -> None:
    """Follow a thread that one has written to, unless one does not want that."""
    if not profile_of(user_id).follows_own:
        return
    target = target_of(thread)
    if Follow.objects.filter(user_id=user_id, target=target).exists():
        return  # muted, maybe
    try:
        follow(user_id, thread)
    except TooManyFollowsError:
        return


def default_delivery(user_id: int) -> Delivery:
    """Return how a person is told unless told otherwise. 1 query."""
    return Delivery(profile_of(user_id).own_delivery)


def target_of(thing: Thing) -> str:
    """Return the name of what is followed, as rows have it."""
    match thing:
        case Thread():
            return f"thread-{thing.pk}"
        case MailingList():
            return f"list-{thing.pk}"
        case Sender():
            return f"person-{thing.pk}"
        case Search():
            where = thing.mlist.pk if thing.mlist else 0
            facts = f"{where}\n{thing.query}".encode()
            return f"search-{blake2b(facts, digest_size=16).hexdigest()}"


def _columns(thing: Thing) -> Mapping[str, object]:
    match thing:
        case Thread():
            return {"kind": FollowKind.THREAD, "thread": thing}
        case MailingList():
            return {"kind": FollowKind.LIST, "mlist": thing}
        case Sender():
            return {"kind": FollowKind.PERSON, "sender": thing}
        case Search():
            return {
                "kind": FollowKind.SEARCH,
                "mlist": thing.mlist,
                "query": thing.query[:MAX_QUERY],
                "due_at": timezone.now(),
            }
