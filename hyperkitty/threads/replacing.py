"""Placing the mails of stored threads again, when what decides their place changed."""

from __future__ import annotations

from collections.abc import Iterable

from hyperkitty.models import MailingList, Thread
from hyperkitty.search.pending import note_mails

from .arrival import starts_of
from .bulk import update_rows
from .counting import save_counters
from .placing import neighborhood, place_threads, write_links


def replace_threads(mlist: MailingList, thread_pks: Iterable[int]) -> None:
    """Place these threads again, and all that their ids connect them with.

    The caller holds the list's lock.
    """
    pks = neighborhood(mlist, set(thread_pks))
    if not pks:
        return
    placing = place_threads(mlist, pks, is_whole=True)
    write_links(placing.links, {})
    started = starts_of(placing)
    update_rows(Thread, [Thread(pk=t.pk) for t in started.values()], ["starting_email"])
    starts = {*started, *(thread.starting_email_id for thread in started.values())}
    note_mails(key for key in starts if key is not None)
    for key, thread in started.items():
        thread.starting_email_id = key
    update_rows(Thread, started.values(), ["starting_email"])
    mlist.threads_count += placing.threads_delta
    save_counters(mlist)


def drop_empty_threads(mlist: MailingList) -> int:
    """Delete threads without any mail, which only a defect leaves; return how many.

    The caller holds the list's lock.
    """
    empty = Thread.objects.filter(mlist=mlist, emails=None)
    pks = list(empty.values_list("pk", flat=True))
    Thread.objects.filter(pk__in=pks).delete()
    return len(pks)
