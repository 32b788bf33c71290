"""A dictionary to pack mails with, for sites whose mail comes from Mailman alone.

An import trains one from its first mails. Mails that came before it stay as they are.
"""

from __future__ import annotations

import time

from hyperkitty.ingest.dictionary import SAMPLES, current_dictionary, train_dictionary
from hyperkitty.models import RawMessage

#: Mails that it is trained on, the newest.
SAMPLE_MAILS = 2_000
#: Bytes from which a mail would teach more of its attachments than of mails.
LARGEST = 256 * 1024
#: Seconds between two looks whether there are enough mails.
PAUSE = 600.0


def dictionary_due() -> int:
    """Train a dictionary once there are mails enough and none yet; return how many."""
    if _last.is_fresh() or current_dictionary() is not None or not _has_enough():
        return 0
    rows = RawMessage.objects.filter(size__lte=LARGEST).order_by("-pk")
    raws = [row.read() for row in rows[:SAMPLE_MAILS]]
    return int(train_dictionary(raws) is not None)


def _has_enough() -> bool:
    """Whether there are `SAMPLES` mails; looks at no more rows than that."""
    return RawMessage.objects.order_by("pk")[SAMPLES - 1 : SAMPLES].exists()


class _Look:
    """When this process last looked."""

    at = float("-inf")

    def is_fresh(self) -> bool:
        """Whether that was just now; if not, it is from now on."""
        now = time.monotonic()
        if now - self.at < PAUSE:
            return True
        self.at = now
        return False


_last = _Look()
