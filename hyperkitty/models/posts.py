"""Web posts from the moment they are sent until the archive has them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .emails import Email
from .fields import AsciiField, ExactField, HashField
from .lists import MailingList


class PostState(models.TextChoices):
    """Where a web post stands."""

    QUEUED = "queued", _("waits to be sent")
    SENT = "sent", _("handed to the mail server")
    HELD = "held", _("held for a moderator")
    ARCHIVED = "archived", _("in the archive")
    REFUSED = "refused", _("not accepted")
    FAILED = "failed", _("could not be sent")
    LOST = "lost", _("sent, but never seen again")
    CANCELED = "canceled", _("canceled by its author")


class OutgoingPost(models.Model):
    """One web post and its state; closed by the ingest of its mail."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="posts", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts"
    )
    sender = ExactField(max_length=255)
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
    due_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    email = models.ForeignKey(
        Email, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: Given to the form once, so that a double click posts once.
    token = AsciiField(max_length=32, unique=True)

    class Meta:
        db_table = "archive_outgoing_post"
        indexes: ClassVar = [
            models.Index(fields=["mlist", "message_id_hash"], name="archive_post_id"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"
