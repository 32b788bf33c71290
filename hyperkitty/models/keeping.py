"""Keepers' decisions: facts that a rebuild replays and never rewrites."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import AsciiField, HashField
from .lists import MailingList


class DecisionKind(models.TextChoices):
    """What a keeper can decide about a message."""

    CUT = "cut", _("starts a thread of its own")
    PARENT = "parent", _("answers another message")
    MERGE = "merge", _("belongs to the thread of another message")
    HIDE = "hide", _("hidden")
    DELETE = "delete", _("deleted")
    ERASE = "erase", _("erased")


#: Decisions about the shape of threads.
PLACING = (DecisionKind.CUT, DecisionKind.PARENT, DecisionKind.MERGE)


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Filters on decisions."""

    def active(self) -> Self:
        """Keep what was not undone."""
        return self.filter(undone_at=None)


class Decision(models.Model):
    """Who decided what about which message, and why.

    Messages are named by list and permalink, so that a decision outlives a rebuild
    and holds for a mail that is imported again.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    kind = AsciiField(max_length=10, choices=DecisionKind.choices)
    permalink = HashField()
    #: The other message of a reattachment or a merge, by permalink.
    target = HashField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        db_table = "archive_decision"
        indexes: ClassVar = [
            models.Index(fields=["mlist", "permalink"], name="archive_decision_mail"),
            models.Index(fields=["mlist", "target"], name="archive_decision_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.permalink}"


class Denied(models.Model):
    """A mail that must not come back: an HMAC of its identity, under its own key."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    digest = HashField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_denied"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "digest"], name="archive_denied_once"
            )
        ]

    def __str__(self) -> str:
        return self.digest
