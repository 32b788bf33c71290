"""Work that waits in rows: for each kind one function that does what is due.

Each is idempotent and ends on its own; running one twice or at the same time as another
process does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from hyperkitty.posting.membership import membership_due
from hyperkitty.posting.send import send_due
from hyperkitty.posting.tracking import track_due
from hyperkitty.services.reading import lapse_due
from hyperkitty.services.sync import sync_due

logger = logging.getLogger(__name__)

#: What a sweep does, in this order. Each returns how much it did.
DUE_WORK: Mapping[str, Callable[[], int]] = {
    "sent posts": send_due,
    "followed posts": track_due,
    "changed memberships": membership_due,
    "read from Mailman": sync_due,
    "lapsed unread mails": lapse_due,
}


def sweep() -> dict[str, int]:
    """Do all that is due; what fails leaves the rest alone and stays due."""
    done = {}
    for name, work in DUE_WORK.items():
        try:
            done[name] = work()
        except Exception:
            logger.exception("Could not do what is due: %s", name)
    return done
