"""Which mails of a list a reader has seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from .lists import MailingList


class ReadState(models.Model):
    """What one reader has seen of one list: a mark, and single mails above it.

    As in a newsreader's file of old. The keys of a list's mails grow in the order of
    arrival, for they are given under the list's lock: what comes late is new however
    old its date is, and a thread that is merged or split takes nothing along that
    would have to be kept right.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="read_states",
        db_index=False,
    )
    mlist = models.ForeignKey(
        MailingList,
        on_delete=models.CASCADE,
        related_name="read_states",
        db_index=False,
    )
    #: Mails with keys up to this one count as read.
    read_up_to = models.PositiveBigIntegerField(default=0)
    #: Keys above it that were seen, as ranges: ``1201-1230,1250``.
    seen = models.TextField(blank=True)
    #: When the worker looks next whether the mark lags too far behind.
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        db_table = "archive_read_state"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "mlist"], name="archive_read_state_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mlist_id} read by {self.user_id}"

    @property
    def seen_ids(self) -> frozenset[int]:
        """The keys above the mark that were seen."""
        return parse_ranges(self.seen)

    def unread(self, email_ids: Iterable[int]) -> set[int]:
        """Keep those of the list's mails that the reader has not seen."""
        seen = self.seen_ids
        return {pk for pk in email_ids if pk > self.read_up_to and pk not in seen}


def parse_ranges(text: str, limit: int = 100_000) -> frozenset[int]:
    """Return the numbers in *text*; what is no range is passed over.

    Of more than *limit* numbers the rest is left out: browsers send such texts, too.
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        if not _is_key(first) or (last and not _is_key(last)):
            continue
        start, end = int(first), int(last or first)
        room = limit - len(found)
        found.update(range(start, min(end, start + room - 1) + 1))
    return frozenset(found)


def format_ranges(numbers: Collection[int]) -> str:
    """Return *numbers* as ranges, ascending."""
    parts: list[str] = []
    start = end = None
    for number in sorted(numbers):
        if end is not None and number == end + 1:
            end = number
            continue
        if start is not None:
            parts.append(_range(start, end))
        start = end = number
    if start is not None:
        parts.append(_range(start, end))
    return ",".join(parts)


def _range(start: int, end: int | None) -> str:
    return str(start) if start == end else f"{start}-{end}"


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
