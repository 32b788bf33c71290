"""What Pipermail cut out of mails before they came here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .blobs import Blob
from .emails import Email
from .fields import AsciiField, HashField


class ScrubbedFile(Blob):
    """A file that Pipermail cut out of a mail, found again and kept beside it.

    The mail's own bytes stay as they came, with Pipermail's link to the file. An
    `Attachment` row with the same counter shows it like any other attachment.
    """

    #: Counters from here on never are numbers of MIME parts.
    FIRST_COUNTER: ClassVar = 1_000_000

    email = models.ForeignKey(
        Email, on_delete=models.CASCADE, related_name="scrubbed_files", db_index=False
    )
    counter = models.PositiveIntegerField()
    path = models.TextField(help_text=_("Below Pipermail's folder of attachments."))
    name = models.CharField(max_length=255)
    content_type = AsciiField(max_length=255)
    size = models.PositiveBigIntegerField()
    #: BLAKE2b-160 of the bytes.
    digest = HashField()

    class Meta:
        db_table = "archive_scrubbed_file"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email", "counter"], name="archive_scrubbed_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
