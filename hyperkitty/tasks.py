"""Work that waits in rows: for each kind one function that does what is due.

Each is idempotent and ends on its own; running one twice or at the same time as another
process does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread
from time import monotonic

from django.db import close_old_connections, connections

from hyperkitty.notifying.announcing import announce_due
from hyperkitty.notifying.mailing import forget_due, mail_due
from hyperkitty.notifying.searches import ask_due
from hyperkitty.posting.membership import membership_due
from hyperkitty.posting.send import send_due
from hyperkitty.posting.tracking import track_due
from hyperkitty.search.upkeep import index_due
from hyperkitty.services.bulk import reckon_due
from hyperkitty.services.finishing import finish_due
from hyperkitty.services.forgetting import forget_old
from hyperkitty.services.held import held_due
from hyperkitty.services.list_deletion import expunge_lists_due
from hyperkitty.services.packing import dictionary_due
from hyperkitty.services.reading import lapse_due
from hyperkitty.services.sync import sync_due

logger = logging.getLogger(__name__)

#: What a sweep does, in this order. Each returns how much it did.
DUE_WORK: Mapping[str, Callable[[], int]] = {
    "sent posts": send_due,
    "followed posts": track_due,
    "changed memberships": membership_due,
    "read from Mailman": sync_due,
    "announced mails": announce_due,
    "asked searches": ask_due,
    "mailed notifications": mail_due,
    "forgotten notifications": forget_due,
    "lapsed unread mails": lapse_due,
    "search index": index_due,
    "moderated mails": held_due,
    "forgotten views and reports": forget_old,
    "expunged mails": finish_due,
    "expunged lists": expunge_lists_due,
    "trained dictionaries": dictionary_due,
    "bulk files": reckon_due,
}

#: Seconds to wait after work that failed, such as while the database is away.
FAILED_PAUSE = 10.0
#: Seconds that work in hand has left when the process is told to end.
GRACE = 5.0


def sweep() -> dict[str, int]:
    """Do all that is due; what fails leaves the rest alone and stays due."""
    done = {name: _do(name) for name in DUE_WORK}
    return {name: count for name, count in done.items() if count is not None}


def keep_sweeping(pause: float, ended: Event) -> None:
    """Do what is due again and again, *pause* seconds apart, until *ended* is set.

    Each kind of work has a thread: posts do not wait while lists are read from a slow
    Mailman.
    """
    threads = [
        Thread(target=_repeat, args=(name, pause, ended), daemon=True)
        for name in DUE_WORK
    ]
    for thread in threads:
        thread.start()
    ended.wait()
    until = monotonic() + GRACE
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))


def _repeat(name: str, pause: float, ended: Event) -> None:
    try:
        while not ended.is_set():
            close_old_connections()
            ended.wait(FAILED_PAUSE if _do(name) is None else pause)
    finally:
        connections.close_all()


def _do(name: str) -> int | None:
    """Do what is due of one kind; None if that failed."""
    try:
        return DUE_WORK[name]()
    except Exception:
        logger.exception("Could not do what is due: %s", name)
        return None
