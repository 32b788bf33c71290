"""Which senders are people that Mailman knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from hyperkitty.mailman import Core
from hyperkitty.models import Sender
from hyperkitty.threads.bulk import matching, update_rows

#: Addresses of Core that are looked up here at a time.
BATCH = 1_000


def sync_senders(core: Core, *, overwrite: bool = False) -> int:
    """Write the Mailman user ids of senders down; return how many were new.

    Ids that are known stay, unless *overwrite*. Raises `MailmanUnavailable`.
    """
    changed = 0
    for pairs in _batches(core.user_ids()):
        ids = dict(pairs)
        senders = (
            Sender.objects.all() if overwrite else Sender.objects.filter(mailman_id="")
        )
        found = [
            sender
            for sender in matching(senders, "address", ids)
            if sender.mailman_id != ids[sender.address]
        ]
        for sender in found:
            sender.mailman_id = ids[sender.address]
        update_rows(Sender, found, ("mailman_id",))
        changed += len(found)
    return changed


def _batches(
    pairs: Iterable[tuple[str, str]],
) -> Iterator[list[tuple[str, str]]]:
    iterator = iter(pairs)
    while batch := list(islice(iterator, BATCH)):
        yield batch
