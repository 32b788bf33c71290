"""Keepers' decisions: facts that a rebuild replays and never rewrites."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import AsciiField, ExactField, HashField
from .lists import MailingList


class DecisionKind(models.TextChoices):
    """What a keeper can decide about messages."""

    CUT = "cut", _("split off as a thread of its own")
    PARENT = "parent", _("moved below another message")
    MERGE = "merge", _("threads merged")
    HIDE = "hide", _("hidden")
    DELETE = "delete", _("deleted")
    SHOW = "show", _("shown again")
    ERASE = "erase", _("erased")
    ANONYMIZE = "anonymize", _("made anonymous")
    SUBJECT = "subject", _("subject changed")
    CATEGORY = "category", _("category set")
    LOCK = "lock", _("locked")
    UNLOCK = "unlock", _("unlocked")


#: Decisions about the shape of threads.
PLACING = (DecisionKind.CUT, DecisionKind.PARENT, DecisionKind.MERGE)
#: Decisions about the thread that a message is in.
OF_THREADS = (DecisionKind.CATEGORY, DecisionKind.LOCK, DecisionKind.UNLOCK)
#: Decisions about who sees a message.
OF_STATES = (
    DecisionKind.HIDE,
    DecisionKind.DELETE,
    DecisionKind.SHOW,
    DecisionKind.ERASE,
    DecisionKind.ANONYMIZE,
)
#: What is carried out for good once it is due.
FINAL = (DecisionKind.DELETE, DecisionKind.ERASE, DecisionKind.ANONYMIZE)
#: What cannot be undone at any time.
IRREVERSIBLE = (DecisionKind.ERASE, DecisionKind.ANONYMIZE)


class Cause(models.TextChoices):
    """Why a keeper acted, in words that a tombstone may show to everybody."""

    SPAM = "spam", _("spam")
    ABUSE = "abuse", _("abuse")
    PRIVACY = "privacy", _("personal data")
    REQUEST = "request", _("asked for by its author")
    LEGAL = "legal", _("legal reasons")
    OFF_TOPIC = "off-topic", _("off topic")
    DUPLICATE = "duplicate", _("duplicate")
    ORDER = "order", _("kept in order")
    OTHER = "other", _("other reasons")


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Filters on decisions."""

    def active(self) -> Self:
        """Keep what was not undone."""
        return self.filter(undone_at=None)


class Decision(models.Model):
    """One act of a keeper: who decided what, and why. One entry in the list's log.

    Messages are named by list and permalink, so that a decision outlives a rebuild
    and holds for a mail that is imported again. The messages themselves stand in
    `DecidedMail`, one row each; no text of theirs stands anywhere here.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    kind = AsciiField(max_length=10, choices=DecisionKind.choices)
    #: The message of a decision about one; "" if it is about many.
    permalink = HashField(blank=True)
    #: The other message of a reattachment or a merge, by permalink.
    target = HashField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    cause = AsciiField(max_length=10, choices=Cause.choices, default=Cause.OTHER)
    reason = models.TextField(blank=True, help_text=_("For other keepers only."))
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)
    mails_count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: When it is to be carried out for good; None if it is, or never will be.
    due_at = models.DateTimeField(null=True, db_index=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        db_table = "archive_decision"
        indexes: ClassVar = [
            models.Index(fields=["mlist", "permalink"], name="archive_decision_mail"),
            models.Index(fields=["mlist", "target"], name="archive_decision_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.permalink or self.mails_count}"


class DecidedMail(models.Model):
    """A message that a decision is about: what undoing it has to touch."""

    decision = models.ForeignKey(
        Decision, on_delete=models.CASCADE, related_name="mails", db_index=False
    )
    permalink = HashField(db_index=True)
    #: Carried out for good: its bytes are gone, or another person's name is in them.
    is_done = models.BooleanField(default=False)

    class Meta:
        db_table = "archive_decided_mail"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["decision", "permalink"], name="archive_decided_once"
            )
        ]

    def __str__(self) -> str:
        return self.permalink


class Denied(models.Model):
    """A mail that must not come back: an HMAC of its identity, under its own key.

    It names the list by its id, and so outlives the list.
    """

    list_id = ExactField(max_length=255)
    digest = HashField()
    #: Which key the digest was made with; see `threads.denial`.
    key = HashField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_denied"
        indexes: ClassVar = [
            models.Index(fields=["digest"], name="archive_denied_digest"),
            models.Index(fields=["key"], name="archive_denied_key"),
        ]

    def __str__(self) -> str:
        return self.digest
