"""Sending what is due: each mail to one reader who may still read it.

A notification counts as mailed right before its mail goes out: a worker that dies
then costs one mail, which the site shows all the same, and nobody gets it twice.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import Delivery, ListRole, Notification, Profile, Role
from hyperkitty.permissions import can_read, verified_addresses
from hyperkitty.posting.delivery import hand_over
from hyperkitty.posting.queueing import site_address

from .letters import digest, notification
from .tokens import verp_address

logger = logging.getLogger(__name__)

#: Mails of a kind that one run sends; the next run sends the rest.
MAX_MAILS = 100
#: Messages that one digest counts.
MAX_DIGEST = 2_000
#: Notifications that one run forgets.
MAX_FORGOTTEN = 1_000
#: How often a mail is tried, and the first wait; it doubles.
MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(minutes=1)
#: What Core calls a subscription that gets no mail.
_SILENT = frozenset({"by_user", "by_moderator", "by_bounces"})


def mail_due() -> int:
    """Send what is due; return how many mails went out."""
    now = timezone.now()
    sent = 0
    for rows in _bundles(now):
        mine = _claimed(rows, now)
        wanted = [row for row in mine if _is_wanted(row)]
        address = _address(wanted[0]) if wanted else ""
        if address:
            sent += _send(wanted, address, now)
    return sent


def forget_due() -> int:
    """Forget notifications that are old; return how many went."""
    long_ago = timezone.now() - app_settings.notification_days
    old = Notification.objects.filter(created_at__lt=long_ago, due_at=None)
    keys = list(old.order_by("created_at").values_list("pk", flat=True)[:MAX_FORGOTTEN])
    if keys:
        Notification.objects.filter(pk__in=keys).delete()
    return len(keys)


def stop_mail(user_id: int, reason: str) -> None:
    """Send a person no mail any more: it does not get through. See `resume_mail`."""
    Profile.objects.update_or_create(
        user_id=user_id,
        defaults={
            "mail_stopped_at": timezone.now(),
            "mail_stopped_reason": reason[:255],
        },
    )
    Notification.objects.filter(user_id=user_id).update(due_at=None)


def resume_mail(user_id: int) -> None:
    """Send a person mail again."""
    stopped = Profile.objects.filter(user_id=user_id)
    stopped.update(mail_stopped_at=None, mail_stopped_reason="")


def _bundles(now: datetime) -> Iterator[Sequence[Notification]]:
    """Yield what goes into one mail each: single messages, and digests whole."""
    rows = Notification.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    rows = rows.select_related(
        "user", "follow", "email__mlist", "email__sender", "email__text_row"
    )
    for row in rows.filter(delivery=Delivery.NOW)[:MAX_MAILS]:
        yield [row]
    digests = rows.exclude(delivery=Delivery.NOW).order_by()
    for user_id, delivery in digests.values_list("user", "delivery").distinct()[
        :MAX_MAILS
    ]:
        mine = rows.filter(user=user_id, delivery=delivery)
        lean = mine.select_related(None).select_related(
            "user", "follow", "email__mlist", "email__sender"
        )
        yield list(lean[:MAX_DIGEST])


def _claimed(rows: Sequence[Notification], now: datetime) -> list[Notification]:
    """Return the rows that no other worker took; they count as mailed now."""
    mine = []
    for row in rows:
        waiting = Notification.objects.filter(pk=row.pk, due_at=row.due_at)
        if waiting.update(due_at=None, mailed_at=now):
            mine.append(row)
    return mine


def _is_wanted(row: Notification) -> bool:
    """Whether the reader may still read the mail and does not get it from Mailman."""
    if row.seen_at is not None or row.follow is None or row.follow.is_muted:
        return False
    if not row.user.is_active or not row.email.is_visible:
        return False
    if not can_read(row.user, row.email.mlist):
        return False
    return not _gets_list_mail(row)


def _gets_list_mail(row: Notification) -> bool:
    roles = ListRole.objects.filter(
        mlist=row.email.mlist_id,
        role=Role.MEMBER,
        address__in=verified_addresses(row.user),
    )
    return roles.exclude(delivery__in=_SILENT).exists()


def _address(row: Notification) -> str:
    """Return where mail for the reader goes; "" if none gets through, or is proved."""
    profile = Profile.objects.filter(user_id=row.user_id).first()
    if profile is not None and profile.mail_stopped_at is not None:
        return ""
    mine = verified_addresses(row.user)
    own = str(getattr(row.user, "email", "")).lower()
    return own if own in mine else min(mine, default="")


def _send(rows: Sequence[Notification], to: str, now: datetime) -> bool:
    first = rows[0]
    try:
        raw = notification(first, to) if _is_single(rows) else digest(rows, to)
        hand_over(raw, _envelope_sender(first.user_id), to)
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        if 500 <= code < 600:
            stop_mail(first.user_id, f"{code} {reply.decode(errors='replace')}")
        else:
            _put_off(rows, now)
    except OSError as error:  # all of smtplib's errors are OSErrors, too
        logger.warning("Could not send a notification: %s", error)
        _put_off(rows, now)
    except Exception:
        # A defect that one mail meets must not keep the others from being sent.
        logger.exception("Could not send notification %s", first.pk)
        _put_off(rows, now)
    else:
        return True
    return False


def _is_single(rows: Sequence[Notification]) -> bool:
    return rows[0].delivery == Delivery.NOW


def _put_off(rows: Collection[Notification], now: datetime) -> None:
    """Try again later; what was tried often enough stays on the site alone."""
    for row in rows:
        attempts = row.attempts + 1
        wait = FIRST_WAIT * (1 << min(row.attempts, 10))
        due_at = now + wait if attempts < MAX_ATTEMPTS else None
        Notification.objects.filter(pk=row.pk).update(
            attempts=attempts, due_at=due_at, mailed_at=None
        )


def _envelope_sender(user_id: int) -> str:
    address = app_settings.bounce_address
    return verp_address(address, user_id) if address else site_address()[1]
