"""What is known of the mbox files that are offered in bulk."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .fields import AsciiField
from .lists import MailingList


class BulkFile(models.Model):
    """Size and digest of the mbox file of one month of a list, in one state of it.

    Not the bytes: they are made from the mails whenever somebody asks for them, and
    are the same each time.
    """

    mlist = models.ForeignKey(
        MailingList,
        on_delete=models.CASCADE,
        related_name="bulk_files",
        db_index=False,
    )
    month = models.DateField()
    #: See `selectors.bulk.BulkMonth.state`; in another state nothing here holds.
    state = AsciiField(max_length=64)
    size = models.PositiveBigIntegerField(help_text=_("Compressed bytes."))
    sha256 = AsciiField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_bulk_file"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mlist", "month"], name="archive_bulk_once")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.sha256}"


class BulkCheck(models.Model):
    """When the files of a list were last looked at, and at which revision of it."""

    mlist = models.OneToOneField(
        MailingList, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    revision = models.PositiveBigIntegerField()
    checked_at = models.DateTimeField()

    class Meta:
        db_table = "archive_bulk_check"

    def __str__(self) -> str:
        return f"{self.mlist_id} at {self.revision}"
