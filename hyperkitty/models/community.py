"""What readers add: votes, tags, and when they looked at a thread."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from .emails import Email
from .fields import AsciiField, ExactField
from .following import Delivery
from .threads import Thread


class Profile(models.Model):
    """What the archive knows of an account beyond Django's user."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="hyperkitty_profile",
        primary_key=True,
    )
    display_name = models.CharField(max_length=255, blank=True)
    #: Shown by drawn initials, where the site shows pictures from elsewhere.
    is_drawn = models.BooleanField(default=False)
    #: Whoever writes to a thread follows it.
    follows_own = models.BooleanField(default=True)
    #: How one is told of threads that one writes to.
    own_delivery = AsciiField(
        max_length=10, choices=Delivery.choices, default=Delivery.SITE
    )
    #: No mail of ours gets through: since when, and what was said.
    mail_stopped_at = models.DateTimeField(null=True, blank=True)
    mail_stopped_reason = models.CharField(max_length=255, blank=True)

    class Meta:
        db_table = "archive_profile"

    def __str__(self) -> str:
        return f"profile of {self.user_id}"


class Vote(models.Model):
    """A like (1) or dislike (-1) of a mail, or one that was taken back (0)."""

    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="votes", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes"
    )
    #: 0 when it was taken back: the row stays, so that limits count it.
    value = models.SmallIntegerField(choices=[(1, "+1"), (0, "0"), (-1, "-1")])
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_vote"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email", "user"], name="archive_vote_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "changed_at"], name="archive_vote_rate")
        ]

    def __str__(self) -> str:
        return f"{self.value:+d} by {self.user_id}"


class Tag(models.Model):
    """A word that readers sort threads by."""

    name = ExactField(max_length=100, unique=True)

    class Meta:
        db_table = "archive_tag"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a thread, and who put it there."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="taggings", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="taggings"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_tagging"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["thread", "tag", "user"], name="archive_tagging_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.thread_id}"


class LastView(models.Model):
    """When a reader last looked at a thread."""

    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="last_views", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="last_views"
    )
    view_date = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_last_view"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["thread", "user"], name="archive_last_view_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} seen by {self.user_id}"
