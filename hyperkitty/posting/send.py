"""Sending what waits: each post once, again later if the way is blocked.

A post is marked as sent right before its content goes out. So a worker that dies
before that leaves it queued, and one that dies after leaves it sent: never twice.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.exceptions import (
    HyperKittyError,
    MailmanRefused,
    MailmanUnavailable,
)
from hyperkitty.models import MembershipChange, OutgoingPost, PostState

from .delivery import deliver
from .registration import let_through, take_back

logger = logging.getLogger(__name__)

#: A worker that says nothing for so long is gone.
LEASE = timedelta(minutes=10)
#: When a post is looked for after it was sent.
FIRST_LOOK = timedelta(seconds=1)
#: Waits between attempts: doubled each time between these.
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
#: How long a post is tried before its author is asked what to do.
TRIED_FOR = timedelta(days=2)
MAX_POSTS = 100


def send_due() -> int:
    """Send the posts that are due; return how many were handed over."""
    now = timezone.now()
    posts = OutgoingPost.objects.due(now, PostState.QUEUED, PostState.SENDING)
    done = 0
    for post in posts.select_related("mlist", "user")[:MAX_POSTS]:
        if post.state == PostState.SENDING:
            _end_lease(post)
        if _move(post, PostState.QUEUED, PostState.SENDING, due_at=now + LEASE):
            done += _Sending(post).run()
    return done


class _TakenOverError(Exception):
    """The lease ran out, and another worker sends the post."""


class _Sending:
    """One attempt to send one post."""

    def __init__(self, post: OutgoingPost) -> None:
        self.post = post
        self.registration: MembershipChange | None = None

    def run(self) -> bool:
        try:
            deliver(self.post, self._before_content)
        except _TakenOverError:
            logger.warning("Another worker has taken post %s over", self.post.pk)
        except MailmanRefused as error:
            self._undo()
            self._end(PostState.REFUSED, str(error))
        except (MailmanUnavailable, OSError) as error:
            # All of smtplib's errors are OSErrors, too.
            self._undo()
            code, reason = _what_happened(error)
            if 500 <= code < 600:
                self._end(PostState.FAILED, reason)
            else:
                self._put_off(reason)
        except Exception:
            # A defect that one post meets must not keep the others from being sent.
            logger.exception("Could not send post %s", self.post.pk)
            self._undo()
            self._put_off(_("Something went wrong on this site."))
        else:
            return True
        return False

    def _before_content(self) -> None:
        if not self.post.recipient:
            self.registration = let_through(self.post)
        now = timezone.now()
        due_at = None if self.post.recipient else now + FIRST_LOOK
        moved = _move(
            self.post,
            PostState.SENDING,
            PostState.SENT,
            sent_at=now,
            due_at=due_at,
            reason="",
            attempts=0,
        )
        if not moved:
            self._undo()
            raise _TakenOverError

    def _undo(self) -> None:
        if self.registration is None:
            return
        try:
            take_back(self.registration)
        except HyperKittyError:
            # The row stays, and the next attempt finds a subscriber.
            logger.warning("Could not take back %s", self.registration)

    def _end(self, state: PostState, reason: str) -> None:
        self._move_back(state, reason=reason, due_at=None)

    def _put_off(self, reason: str) -> None:
        post = self.post
        now = timezone.now()
        if now - post.created_at > TRIED_FOR and post.attempts > 0:
            self._end(PostState.FAILED, reason)
            return
        attempts = post.attempts + 1
        self._move_back(
            PostState.QUEUED,
            reason=reason,
            attempts=attempts,
            due_at=_next_attempt(now, attempts),
        )

    def _move_back(self, state: PostState, **columns: object) -> None:
        for current in (PostState.SENDING, PostState.SENT):
            if _move(self.post, current, state, **columns):
                return


def _move(
    post: OutgoingPost, current: PostState, state: PostState, **columns: object
) -> bool:
    """Change the state if it still is *current*: others change it, too."""
    rows = OutgoingPost.objects.filter(pk=post.pk, state=current)
    return bool(rows.update(state=state, **columns))


def _end_lease(post: OutgoingPost) -> None:
    """Have a post wait again whose worker is gone, unless another has taken it."""
    rows = OutgoingPost.objects.filter(pk=post.pk, state=PostState.SENDING)
    rows.filter(due_at=post.due_at).update(state=PostState.QUEUED)


def _next_attempt(now: datetime, attempts: int) -> datetime:
    doublings = min(attempts - 1, 20)
    return now + min(SHORTEST * (1 << doublings), LONGEST)


def _what_happened(error: Exception) -> tuple[int, str]:
    """Return the SMTP code, 0 if there is none, and what to tell the author."""
    code = 0
    reply: bytes | str = b""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, reply = error.smtp_code, error.smtp_error
    if isinstance(error, smtplib.SMTPAuthenticationError):
        code = 0  # the site's own password is wrong: not the author's fault, and mended
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
    said = " ".join(text.split())[:500]
    if code:
        return code, _("The mail server said: %(reply)s") % {"reply": f"{code} {said}"}
    if isinstance(error, MailmanUnavailable):
        return 0, _("Mailman does not answer.")
    return 0, _("The mail server does not answer.")
