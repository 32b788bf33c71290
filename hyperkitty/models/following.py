"""What readers follow, and what they are told because of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .emails import Email, Sender
from .fields import AsciiField
from .lists import MailingList
from .threads import Thread


class FollowKind(models.TextChoices):
    """What can be followed."""

    THREAD = "thread", _("thread")
    LIST = "list", _("list")
    PERSON = "person", _("person")
    SEARCH = "search", _("search")


class Delivery(models.TextChoices):
    """How a reader is told, the quietest first."""

    MUTE = "mute", _("not at all")
    SITE = "site", _("on this site")
    WEEKLY = "weekly", _("by mail, once a week")
    DAILY = "daily", _("by mail, once a day")
    NOW = "now", _("by mail, at once")


#: Ways of being told that send mail.
MAILED = (Delivery.NOW, Delivery.DAILY, Delivery.WEEKLY)


class Follow(models.Model):
    """That a reader follows something, or does not want to hear of it.

    A followed thread is HyperKitty's favorite.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="follows",
        db_index=False,
    )
    kind = AsciiField(max_length=10, choices=FollowKind.choices)
    #: Names what is followed: ``thread-12``, ``list-3``, ``person-7``, ``search-…``.
    target = AsciiField(max_length=64)
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, null=True, related_name="follows"
    )
    #: The list; of a search the one that it is limited to, if any.
    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, null=True, related_name="follows"
    )
    sender = models.ForeignKey(
        Sender, on_delete=models.CASCADE, null=True, related_name="follows"
    )
    query = models.TextField(blank=True)
    delivery = AsciiField(
        max_length=10, choices=Delivery.choices, default=Delivery.SITE
    )
    created_at = models.DateTimeField(default=timezone.now)
    #: When a search is asked again.
    due_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "archive_follow"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "target"], name="archive_follow_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.target} by {self.user_id}"

    @property
    def is_muted(self) -> bool:
        """Whether the reader does not want to hear of it."""
        return self.delivery == Delivery.MUTE


class Announcement(models.Model):
    """A mail whose followers have not been told yet; written with the mail."""

    email = models.OneToOneField(
        Email, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    due_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_announcement"

    def __str__(self) -> str:
        return f"announcement of {self.email_id}"


class Notification(models.Model):
    """That one reader is told of one mail, and what became of it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notifications",
        db_index=False,
    )
    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="notifications"
    )
    #: Why; None when it is followed no more.
    follow = models.ForeignKey(
        Follow, on_delete=models.SET_NULL, null=True, related_name="notifications"
    )
    kind = AsciiField(max_length=10, choices=FollowKind.choices)
    delivery = AsciiField(max_length=10, choices=Delivery.choices)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    seen_at = models.DateTimeField(null=True)
    #: When its mail goes out; None if none goes, or it went.
    due_at = models.DateTimeField(null=True, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "archive_notification"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "email"], name="archive_notification_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "seen_at"], name="archive_notification_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.email_id} to {self.user_id}"
