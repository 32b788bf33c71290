"""What waits for keepers: reports of readers, held mail, and wishes of authors."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .emails import Email
from .fields import AsciiField, ExactField, HashField
from .keeping import Cause, Decision
from .lists import MailingList


class Report(models.Model):
    """A reader tells the owners of a list that something is wrong with a mail."""

    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="reports", db_index=False
    )
    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    cause = AsciiField(max_length=10, choices=Cause.choices)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "archive_report"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email", "user"], name="archive_report_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["mlist", "settled_at"], name="archive_report_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.email_id}"


class HeldAction(models.TextChoices):
    """What a moderator can do with a mail that Mailman holds, in Mailman's words."""

    ACCEPT = "accept", _("accept")
    REJECT = "reject", _("reject")
    DISCARD = "discard", _("discard")


class HeldMail(models.Model):
    """A mail that Mailman Core holds for a moderator: a mirror, and what was decided.

    Pages read the mirror and write the decision; the worker tells Core.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="held", db_index=False
    )
    #: Core's number of the request.
    request_id = models.PositiveBigIntegerField()
    message_id_hash = HashField()
    sender = ExactField(max_length=255, blank=True)
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text=_("The beginning of it."))
    why = models.TextField(blank=True, help_text=_("As Mailman says."))
    held_at = models.DateTimeField(default=timezone.now)
    #: The archived mail that it answers.
    parent = models.ForeignKey(
        Email, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    action = AsciiField(max_length=10, choices=HeldAction.choices, blank=True)
    comment = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    attempts = models.PositiveIntegerField(default=0)
    #: When the worker tells Core; None while nobody has decided.
    due_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "archive_held"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "request_id"], name="archive_held_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.request_id})"


class QuotedText(models.Model):
    """Lines of a reply that quote or name somebody whose mail was erased.

    Only the numbers of lines are kept; a keeper looks at them and confirms.
    """

    decision = models.ForeignKey(
        Decision, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="quoted_texts"
    )
    lines: models.JSONField[Any, Any] = models.JSONField(default=list)
    #: Digest of the text whose lines are meant.
    text_digest = HashField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_quoted_text"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["decision", "email"], name="archive_quoted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email_id}: {len(self.lines)} lines"


class WishState(models.TextChoices):
    """What became of an author's wish."""

    WAITING = "waiting", _("waits for the owners of the list")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


class ErasureWish(models.Model):
    """An author asks that mails on one list be erased or made anonymous."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="wishes", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: The one mail that is meant; None for all by `addresses`.
    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, null=True, related_name="+"
    )
    #: Addresses that were proved to be the author's; emptied once it is settled.
    addresses: models.JSONField[Any, Any] = models.JSONField(default=list)
    kind = AsciiField(max_length=10)
    note = models.TextField(blank=True)
    state = AsciiField(
        max_length=10, choices=WishState.choices, default=WishState.WAITING
    )
    answer = models.TextField(blank=True)
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "archive_erasure_wish"
        indexes: ClassVar = [
            models.Index(fields=["mlist", "state"], name="archive_wish_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.email_id or self.mlist_id} ({self.state})"
