"""Mailing lists, the names they had, and who has which role."""

from __future__ import annotations

from typing import ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import AsciiField, ExactField


class ArchivePolicy(models.IntegerChoices):
    """Mailman's archive policies, with its values."""

    NEVER = 0, _("not archived")
    PRIVATE = 1, _("private")
    PUBLIC = 2, _("public")


class PolicySource(models.TextChoices):
    """Who said what the archive policy is; without a source it reads as private."""

    UNKNOWN = "unknown", _("not known yet")
    ADMIN = "admin", _("set on this site")
    CORE = "core", _("read from Mailman")


class RenderingMode(models.TextChoices):
    """How bodies are written on this list, as Mailman's archive_rendering_mode."""

    TEXT = "text", _("plain text")
    MARKDOWN = "markdown", _("Markdown")


class MailingListManager(models.Manager["MailingList"]):
    """Finds and makes lists by posting address."""

    def by_name(self, name: str) -> MailingList:
        """Return the list with posting address *name*, in any case of letters.

        Raises `MailingList.DoesNotExist`.
        """
        return self.get(name=name.strip().lower())

    def ensure(self, name: str) -> MailingList:
        """Return the list *name*; make it, private and of unknown policy, if new."""
        name = name.strip().lower()
        list_id = name.replace("@", ".")
        if self.filter(list_id=list_id).exclude(name=name).exists():
            list_id = name  # a renamed list has it; Core tells the right one
        mlist, is_new = self.get_or_create(name=name, defaults={"list_id": list_id})
        if is_new:
            # A list that comes back after it was deleted: what was erased stays so.
            denied = apps.get_model("hyperkitty", "Denied")._default_manager
            if denied.filter(list_id=list_id).exists():
                mlist.has_decisions = True
                mlist.save(update_fields=["has_decisions"])
        return mlist


class MailingList(models.Model):
    """One list and what its pages show, kept at write time."""

    name = ExactField(
        max_length=255, unique=True, help_text=_("Posting address, lower case.")
    )
    list_id = ExactField(
        max_length=255, unique=True, help_text=_("RFC 2919; survives renaming.")
    )
    display_name = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    subject_prefix = models.CharField(max_length=255, blank=True)
    archive_policy = models.SmallIntegerField(
        choices=ArchivePolicy.choices, default=ArchivePolicy.PRIVATE
    )
    policy_source = AsciiField(
        max_length=10, choices=PolicySource.choices, default=PolicySource.UNKNOWN
    )
    #: What old mail is read under while the policy is `NEVER`.
    policy_before_never = models.SmallIntegerField(
        choices=ArchivePolicy.choices, default=ArchivePolicy.PRIVATE
    )
    rendering_mode = AsciiField(
        max_length=10, choices=RenderingMode.choices, default=RenderingMode.TEXT
    )
    #: How Mailman takes subscriptions and posts, in its own words; "" while unknown.
    subscription_policy = AsciiField(max_length=40, blank=True)
    default_member_action = AsciiField(max_length=20, blank=True)
    default_nonmember_action = AsciiField(max_length=20, blank=True)
    allow_list_posts = models.BooleanField(default=True)
    max_message_size = models.PositiveIntegerField(
        default=0, help_text=_("Kilobytes that Mailman lets pass; 0 for any.")
    )
    created_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(null=True, blank=True)
    gone_from_core_at = models.DateTimeField(null=True, blank=True)
    #: Until then a mail that arrives may be a web post of ours; else nobody looks.
    posts_awaited_until = models.DateTimeField(null=True, blank=True)

    #: A keeper acted here: what arrives is held against decisions and the deny list.
    has_decisions = models.BooleanField(default=False)
    #: When it was deleted; hidden since, and gone when its time is up.
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    emails_count = models.PositiveIntegerField(default=0)
    threads_count = models.PositiveIntegerField(default=0)
    first_date = models.DateTimeField(null=True, blank=True)
    last_date = models.DateTimeField(null=True, blank=True)

    #: Moves in the transaction of any visible change; part of every ETag.
    revision = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = MailingListManager()

    class Meta:
        db_table = "archive_list"
        ordering: ClassVar = ["name"]
        verbose_name = _("mailing list")
        verbose_name_plural = _("mailing lists")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the list's overview."""
        return reverse("hk_list_overview", args=[self.name])

    @property
    def title(self) -> str:
        """The name to show: the display name, else the address."""
        return self.display_name or self.name

    @property
    def reading_policy(self) -> ArchivePolicy:
        """`PUBLIC` or `PRIVATE`: under which the archived mail may be read.

        A policy that nobody told us reads as private; `NEVER` stops archiving only.
        """
        if self.policy_source == PolicySource.UNKNOWN:
            return ArchivePolicy.PRIVATE
        if self.archive_policy == ArchivePolicy.NEVER:
            return ArchivePolicy(self.policy_before_never)
        return ArchivePolicy(self.archive_policy)

    @property
    def is_private(self) -> bool:
        """Whether only its readers may read the archive."""
        return self.reading_policy == ArchivePolicy.PRIVATE


class ListAlias(models.Model):
    """A posting address that the list had before; its URLs redirect."""

    name = ExactField(max_length=255, unique=True)
    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="aliases"
    )

    class Meta:
        db_table = "archive_list_alias"

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """Roles that let a person read; Mailman's nonmember never does."""

    MEMBER = "member", _("subscriber")
    OWNER = "owner", _("owner")
    MODERATOR = "moderator", _("moderator")


class MailDelivery(models.TextChoices):
    """How Mailman sends a subscriber the mail of a list, in its own words."""

    REGULAR = "regular", _("each message")
    MIME_DIGESTS = "mime_digests", _("digests")
    PLAIN_DIGESTS = "plaintext_digests", _("digests in plain text")
    SUMMARY_DIGESTS = "summary_digests", _("digests of subjects")
    OFF = "by_user", _("no mail")


class ListRole(models.Model):
    """The role of one address on one list.

    Roles with source `CORE` count while `synced_at` is fresh (`permissions`); those
    with source `ADMIN` were given on this site and count until they are removed.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="roles", db_index=False
    )
    address = ExactField(max_length=255, db_index=True)
    role = AsciiField(max_length=10, choices=Role.choices)
    delivery = AsciiField(max_length=32, blank=True)
    source = AsciiField(
        max_length=10, choices=PolicySource.choices, default=PolicySource.CORE
    )
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_list_role"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "address", "role"], name="archive_role_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.address} is {self.role} of {self.mlist_id}"

    @property
    def mail_delivery(self) -> MailDelivery | None:
        """How mail comes to the address; None if Mailman has not said."""
        known = self.delivery in MailDelivery.values
        return MailDelivery(self.delivery) if known else None


class ListActivity(models.Model):
    """How many mails one list got on one UTC day; kept at write time."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="activity", db_index=False
    )
    day = models.DateField()
    emails_count = models.PositiveIntegerField(default=0)
    #: The list's revision and the time when a mail of the day came, went or changed.
    revision = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_list_activity"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "day"], name="archive_activity_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.emails_count}"
