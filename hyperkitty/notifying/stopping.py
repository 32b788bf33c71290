"""What the link at the foot of a mail stops."""

from __future__ import annotations

from hyperkitty.models import Delivery, Follow, Notification

from .tokens import Stop

_DIGESTS = {
    "digest-daily": Delivery.DAILY,
    "digest-weekly": Delivery.WEEKLY,
}


def stop(wish: Stop) -> None:
    """End the mails that *wish* names; the site goes on telling. Twice is once."""
    follows = Follow.objects.filter(user_id=wish.user_id)
    digest = _DIGESTS.get(wish.target)
    if digest is not None:
        follows = follows.filter(delivery=digest)
    else:
        follows = follows.filter(target=wish.target)
    waiting = Notification.objects.filter(follow__in=follows.values("pk"))
    waiting.update(due_at=None)
    follows.exclude(delivery=Delivery.MUTE).update(delivery=Delivery.SITE)


def is_digest(wish: Stop) -> bool:
    """Whether *wish* names digests and not one follow."""
    return wish.target in _DIGESTS
