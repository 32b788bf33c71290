"""Threads, the ids they had, and the messages they wait for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import HashField
from .lists import MailingList


class Category(models.Model):
    """A kind of thread that owners tell apart by name and color."""

    name = models.CharField(max_length=255, unique=True)
    color = models.CharField(max_length=7, default="#6c757d")

    class Meta:
        db_table = "archive_category"
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name


class Thread(models.Model):
    """The mails of a list that their references connect.

    Counts and dates speak of visible mails; a thread without any is not listed.
    Written by `hyperkitty.threads` alone.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="threads", db_index=False
    )
    #: Permalink of the starting email: the archived root with the earliest date.
    thread_id = HashField()
    subject = models.TextField(blank=True)
    starting_email = models.OneToOneField(
        "hyperkitty.Email", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField()
    last_date = models.DateTimeField()
    emails_count = models.PositiveIntegerField(default=0)
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, db_index=False
    )
    #: The mail that answers the question, as its author or a keeper said.
    answer = models.ForeignKey(
        "hyperkitty.Email", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: A keeper's cut, reattachment or merge touches one of its mails.
    is_decided = models.BooleanField(default=False)
    #: Readers do not see the mail that starts it; another one gives the subject.
    is_headless = models.BooleanField(default=False)
    #: A keeper closed it to web posts; follows from decisions, as the category does.
    is_locked = models.BooleanField(default=False)
    revision = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_thread"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "thread_id"], name="archive_thread_id_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["mlist", "last_date", "id"], name="archive_thread_last"
            ),
            models.Index(fields=["mlist", "started_at"], name="archive_thread_started"),
        ]

    def __str__(self) -> str:
        return self.subject or self.thread_id

    def get_absolute_url(self) -> str:
        """Return the path of the thread's page; reads the list's name."""
        return reverse("hk_thread", args=[self.mlist.name, self.thread_id])


class ThreadAlias(models.Model):
    """An id that named this thread once; its URLs redirect."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    former_id = HashField()
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        db_table = "archive_thread_alias"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "former_id"], name="archive_thread_alias_once"
            )
        ]

    def __str__(self) -> str:
        return self.former_id


class MissingReference(models.Model):
    """A Message-ID that *email* names and that is not in its thread.

    Usually it has not arrived; all rows of such an id are one ghost, and go when a
    mail with that id comes. Or it is archived, but a keeper's decision keeps it from
    connecting (`is_archived`): the row tells what to look at when that is undone.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message_id_hash = HashField()
    email = models.ForeignKey(
        "hyperkitty.Email", on_delete=models.CASCADE, related_name="missing_references"
    )
    is_archived = models.BooleanField(default=False)

    class Meta:
        db_table = "archive_missing_reference"
        indexes: ClassVar = [
            models.Index(
                fields=["mlist", "message_id_hash"], name="archive_missing_id"
            ),
        ]

    def __str__(self) -> str:
        return self.message_id_hash
