"""Mails, their bytes and text, their senders and attachments."""

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import timezone as fixed_zone
from enum import IntFlag
from typing import ClassVar, Self

from django.core.files.storage import storages
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hyperkitty.exceptions import ArchiveCorrupt

from .blobs import Blob, unpack
from .fields import AsciiField, ExactField, HashField
from .lists import MailingList
from .threads import Thread


class EmailState(models.IntegerChoices):
    """Whether readers see a mail. Only `VISIBLE` ones count anywhere."""

    VISIBLE = 1, _("visible")
    HIDDEN = 2, _("hidden")
    DELETED = 3, _("deleted")
    ERASED = 4, _("erased")


class ParentReason(models.IntegerChoices):
    """Why a mail hangs where it does."""

    NONE = 0, _("starts a thread")
    HEADER = 1, _("named in its headers")
    BARE = 2, _("named in its headers without brackets")
    KEEPER = 3, _("moved by a moderator")


class EmailFlag(IntFlag):
    """Properties that listings and search ask for without opening the mail."""

    ATTACHMENTS = 1
    HTML = 2
    PATCH = 4
    FLOWED = 8
    DELSP = 16
    TEXT_FROM_HTML = 32
    DAMAGED = 64


class Source(models.TextChoices):
    """Where bytes came from."""

    ARCHIVER = "archiver", _("Mailman")
    IMPORT = "import", _("import")


class Sender(models.Model):
    """An address that mails came from; the name stands on each mail."""

    address = ExactField(max_length=255, unique=True)
    mailman_id = AsciiField(max_length=255, blank=True, db_index=True)
    #: Whose address it is wants no picture from elsewhere; follows from the profile.
    is_drawn = models.BooleanField(default=False)

    class Meta:
        db_table = "archive_sender"

    def __str__(self) -> str:
        return self.address

    @property
    def handle(self) -> str:
        """What stands for the person in URLs: Mailman's id, else one of our own."""
        return self.mailman_id or f"s{self.pk}"


class EmailQuerySet(models.QuerySet["Email"]):
    """Filters on mails that say what they mean."""

    def visible(self) -> Self:
        """Keep the mails that readers may see; every page goes through here."""
        return self.filter(state=EmailState.VISIBLE)

    def newest_first(self) -> Self:
        """Order by the sort date, latest first."""
        return self.order_by("-sort_date", "-id")


class Email(models.Model):
    """One mail of one list: what listings need. Bytes and text stand apart."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="emails", db_index=False
    )
    message_id = models.TextField(help_text=_("Without brackets; may be derived."))
    message_id_hash = HashField()
    permalink = HashField(help_text=_("In URLs; never changes once given."))
    state = models.SmallIntegerField(
        choices=EmailState.choices, default=EmailState.VISIBLE
    )
    thread = models.ForeignKey(
        # Not before its mails, unless the whole list goes.
        Thread,
        on_delete=models.RESTRICT,
        related_name="emails",
        db_index=False,
    )
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="children"
    )
    parent_reason = models.SmallIntegerField(
        choices=ParentReason.choices, default=ParentReason.NONE
    )
    #: The first mail with the same Message-ID and another content.
    twin_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="twins"
    )

    sender = models.ForeignKey(
        Sender, on_delete=models.PROTECT, related_name="emails", db_index=False
    )
    sender_name = models.CharField(max_length=255, blank=True)
    subject = models.TextField(blank=True)
    snippet = models.CharField(max_length=255, blank=True)

    date = models.DateTimeField(null=True, help_text=_("As the mail claims."))
    utc_offset = models.SmallIntegerField(null=True, help_text=_("Minutes east."))
    sort_date = models.DateTimeField(help_text=_("The first plausible witness."))
    arrived_at = models.DateTimeField()

    size = models.PositiveBigIntegerField(help_text=_("Bytes of the raw mail."))
    flags = models.PositiveIntegerField(default=0)
    problems = AsciiField(max_length=255, blank=True)
    revision = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = EmailQuerySet.as_manager()

    class Meta:
        db_table = "archive_email"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mlist", "permalink"], name="archive_permalink_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["message_id_hash", "mlist"], name="archive_email_message_id"
            ),
            models.Index(fields=["mlist", "sort_date"], name="archive_email_date"),
            models.Index(
                fields=["mlist", "sender", "sort_date"], name="archive_email_sender"
            ),
            models.Index(fields=["thread", "sort_date"], name="archive_email_thread"),
            models.Index(fields=["sender", "sort_date"], name="archive_email_person"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.permalink})"

    def get_absolute_url(self) -> str:
        """Return the permalink's path; reads the list's name."""
        return reverse("hk_message_index", args=[self.mlist.name, self.permalink])

    @property
    def is_visible(self) -> bool:
        """Whether readers may see it."""
        return self.state == EmailState.VISIBLE

    @property
    def has_attachments(self) -> bool:
        """Whether it carries attachments."""
        return bool(self.flags & EmailFlag.ATTACHMENTS)

    @property
    def is_flowed(self) -> bool:
        """Whether its text is format=flowed (RFC 3676)."""
        return bool(self.flags & EmailFlag.FLOWED)

    @property
    def is_delsp(self) -> bool:
        """Whether soft line ends lose their space (RFC 3676, DelSp)."""
        return bool(self.flags & EmailFlag.DELSP)

    @property
    def sender_date(self) -> datetime | None:
        """The claimed date on the sender's own clock; None if the mail has none."""
        if self.date is None or self.utc_offset is None:
            return self.date
        zone = fixed_zone(timedelta(minutes=self.utc_offset))
        return self.date.astimezone(zone)


class RawMessage(Blob):
    """The bytes of a mail as they arrived, packed.

    Never rewritten, until a keeper erases what is in them.

    Number 0 is the mail that is shown. Further copies of the same mail whose text
    differs (a list's footer) are kept with higher numbers.
    """

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="raws", db_index=False
    )
    number = models.PositiveIntegerField(default=0)
    #: BLAKE2b-160 of the bytes: tells a mail that is already here without parsing.
    digest = HashField()
    from_line = models.BinaryField(null=True, help_text=_("mbox separator line."))
    source = AsciiField(max_length=10, choices=Source.choices)
    arrived_at = models.DateTimeField()
    size = models.PositiveBigIntegerField()
    #: Name in ``STORAGES["hyperkitty"]`` when the bytes stand outside the database.
    file = AsciiField(max_length=255, blank=True)

    class Meta:
        db_table = "archive_raw"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email", "number"], name="archive_raw_number_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["mlist", "digest"], name="archive_raw_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.digest} ({self.size} bytes)"

    def read(self) -> bytes:
        """Return the mail, byte for byte as it arrived.

        Raises `ArchiveCorrupt` when the bytes cannot be had.
        """
        if not self.file:
            return self.unpack()
        try:
            with storages["hyperkitty"].open(self.file) as stored:
                data: bytes = stored.read()
        except OSError as error:
            raise ArchiveCorrupt(f"{self.file} cannot be read: {error}") from error
        return unpack(self.codec, self.dictionary_id, data)


class EmailText(Blob):
    """The decoded text of a mail, and the ids it names."""

    email = models.OneToOneField(
        Email, on_delete=models.CASCADE, primary_key=True, related_name="text_row"
    )
    #: See `threads.references`: one id a line, oldest first, with how it was named.
    references = models.TextField(blank=True)
    html_part = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "archive_text"

    def __str__(self) -> str:
        return f"text of {self.email_id}"

    @property
    def text(self) -> str:
        """The readable text, quotes and signature as sent."""
        return self.unpack().decode()


class Attachment(models.Model):
    """One attachment; its content is read from the raw message."""

    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="attachments", db_index=False
    )
    counter = models.PositiveIntegerField(help_text=_("MIME part in walk order."))
    name = models.CharField(max_length=255)
    content_type = AsciiField(max_length=255)
    charset = AsciiField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()
    content_id = models.CharField(max_length=255, blank=True)
    is_inline = models.BooleanField(default=False)

    class Meta:
        db_table = "archive_attachment"
        ordering: ClassVar = ["counter"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email", "counter"], name="archive_attachment_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AliasKind(models.TextChoices):
    """Which archive a further address of a mail comes from."""

    HASH = "hash", _("Message-ID-Hash variant")
    PIPERMAIL = "pipermail", _("Pipermail number")
    MHONARC = "mhonarc", _("MHonArc number")

    def written(self, number: int) -> str:
        """Return *number* as that archive's file names have it: 000123 or 00123."""
        return f"{number:06d}" if self == AliasKind.PIPERMAIL else f"{number:05d}"


class MessageAlias(models.Model):
    """Another name under which URLs may ask for a mail of the list."""

    mlist = models.ForeignKey(
        MailingList, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = AsciiField(max_length=10, choices=AliasKind.choices)
    value = AsciiField(max_length=64)
    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        db_table = "archive_message_alias"
        indexes: ClassVar = [
            models.Index(fields=["mlist", "kind", "value"], name="archive_alias_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
