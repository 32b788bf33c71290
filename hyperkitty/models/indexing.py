"""Mails whose entry in the search index is out of date."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PendingIndex(models.Model):
    """Mails that the index must read again: those with ids from *first* to *last*.

    Rows are only added and removed, never changed: what changes a mail adds a row, and
    whoever indexes removes the rows that were read *before* the mails were. So a change
    in between stays due, without revisions to compare. A batch of an import is one row.
    """

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    #: Mail that somebody waits for; the bulk of an import comes after it.
    is_urgent = models.BooleanField(default=True)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        db_table = "archive_pending_index"
        verbose_name_plural = _("mails to index for search")
        indexes: ClassVar = [
            models.Index(fields=["is_urgent", "id"], name="archive_pending_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}-{self.last_id}"
