"""Web posts from the moment they are sent until the archive has them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .emails import Email
from .fields import AsciiField, ExactField, HashField
from .lists import MailDelivery, MailingList


class PostState(models.TextChoices):
    """Where a web post stands."""

    QUEUED = "queued", _("waits to be sent")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("handed to the mail server")
    HELD = "held", _("held for a moderator")
    ARCHIVED = "archived", _("in the archive")
    REFUSED = "refused", _("not accepted")
    FAILED = "failed", _("could not be sent")
    LOST = "lost", _("sent, but never seen again")
    CANCELED = "canceled", _("canceled")


#: What its author still has to see: neither in the archive nor given up.
OPEN_STATES = tuple(
    state
    for state in PostState
    if state not in (PostState.ARCHIVED, PostState.CANCELED)
)


class OutgoingPostQuerySet(models.QuerySet["OutgoingPost"]):
    """Filters on web posts."""

    def to_lists(self) -> Self:
        """Keep posts to lists; leave letters to one person out."""
        return self.filter(recipient="")

    def open(self) -> Self:
        """Keep what is on its way, or did not arrive."""
        return self.filter(state__in=OPEN_STATES)

    def due(self, now: datetime, *states: PostState) -> Self:
        """Keep posts in *states* that should be looked at by *now*, oldest first."""
        return self.filter(state__in=states, due_at__lte=now).order_by("due_at", "pk")


class OutgoingPost(models.Model):
    """One web post and its state; closed by the ingest of its mail.

    A mail to several lists has a row for each, with the same Message-ID and token.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="posts", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="posts",
        db_index=False,
    )
    sender = ExactField(max_length=255)
    #: Whom a letter to one person goes to; empty for a post to the list.
    recipient = ExactField(max_length=255, blank=True)
    message_id_hash = HashField()
    parent = models.ForeignKey(
        Email, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    subject = models.TextField()
    text = models.TextField()
    raw = models.BinaryField(help_text=_("The mail as it is sent."))
    state = AsciiField(
        max_length=10, choices=PostState.choices, default=PostState.QUEUED
    )
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    #: When the worker looks at it next; None when nothing is left to do.
    due_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    #: When it was last seen among the mails that wait for a moderator.
    held_at = models.DateTimeField(null=True)
    email = models.ForeignKey(
        Email, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: Given to the form once, so that a double click posts once.
    token = AsciiField(max_length=32)

    objects = OutgoingPostQuerySet.as_manager()

    class Meta:
        db_table = "archive_outgoing_post"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "token", "mlist"], name="archive_post_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["mlist", "message_id_hash"], name="archive_post_id"),
            models.Index(fields=["user", "created_at"], name="archive_post_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"

    def get_absolute_url(self) -> str:
        """Return the path of the page that shows it to its author."""
        return reverse("hk_post", args=[self.mlist.name, self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it is on its way, or did not arrive."""
        return self.state in OPEN_STATES

    @property
    def is_moving(self) -> bool:
        """Whether its state is likely to change soon."""
        return self.state in (PostState.QUEUED, PostState.SENDING, PostState.SENT)

    @property
    def can_cancel(self) -> bool:
        """Whether it can still be taken back."""
        return self.state == PostState.QUEUED

    @property
    def can_resend(self) -> bool:
        """Whether its author may send it again."""
        return self.state in (PostState.FAILED, PostState.LOST)

    @property
    def can_dismiss(self) -> bool:
        """Whether it came to nothing, so that it need not be shown any more."""
        return self.can_resend or self.state == PostState.REFUSED


class Change(models.TextChoices):
    """How a membership is to change."""

    JOIN = "join", _("subscribe")
    LEAVE = "leave", _("unsubscribe")
    #: Without delivery, so that the list takes a post.
    REGISTER = "register", _("register without mail")
    DELIVER = "deliver", _("change how mail is delivered")


class ChangeState(models.TextChoices):
    """What became of a wish to change a membership."""

    QUEUED = "queued", _("asked of Mailman")
    DONE = "done", _("done")
    PENDING = "pending", _("waits for a moderator")
    REFUSED = "refused", _("refused")
    REMOVING = "removing", _("is being taken back")
    REMOVED = "removed", _("taken back")


class MembershipChange(models.Model):
    """A wish of a person about a membership, or a registration that a post made.

    Registrations stay, so that a list's owners see who came in by way of the web.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    address = ExactField(max_length=255)
    change = AsciiField(max_length=10, choices=Change.choices)
    #: How mail is to be delivered from then on, if that is what changes.
    delivery = AsciiField(max_length=32, choices=MailDelivery.choices, blank=True)
    state = AsciiField(
        max_length=10, choices=ChangeState.choices, default=ChangeState.QUEUED
    )
    #: Its posts are held until a moderator accepts the first.
    on_trial = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_membership_change"
        indexes: ClassVar = [
            models.Index(fields=["mlist", "address"], name="archive_change_who"),
        ]

    def __str__(self) -> str:
        return f"{self.change} {self.address} ({self.state})"
