"""Preparing mails in several processes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

from hyperkitty.ingest import Incoming
from hyperkitty.ingest.parallel import AHEAD, prepare_batches
from tests.mails import ARRIVED, mail

PROCESSES = 2


class Endless:
    """Batches without end; it counts those that were taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[tuple[int, list[Incoming]]]:
        for number in count():
            self.taken += 1
            raws = [mail(f"{number}-{place}@example.com") for place in range(3)]
            yield number, [Incoming(raw, ARRIVED) for raw in raws]


def test_import_without_end_is_prepared_a_few_batches_ahead_and_in_order() -> None:
    batches = Endless()
    prepared = prepare_batches(batches, processes=PROCESSES)

    for wanted, (number, mails) in enumerate(islice(prepared, 50)):
        assert number == wanted
        assert [found.parsed.message_id for found in mails] == [
            f"{number}-{place}@example.com" for place in range(3)
        ]
        assert batches.taken - number <= PROCESSES + AHEAD + 1
