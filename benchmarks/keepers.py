"""What it costs a keeper to delete much: time, memory and statements.

  benchmarks/keepers.py [-n 10000] [--database URL]

One author writes *n* mails to a list, half of them answers in threads of others. They
are deleted at once, brought back, deleted again and expunged by the worker.
"""

from __future__ import annotations

import argparse
import tracemalloc
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from bench_site import database

BATCH = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=10_000, metavar="MAILS")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    options = parser.parse_args()
    with database(options.database):
        measure(options.n)


def measure(count: int) -> None:
    """Fill a list, then delete, undo, delete and expunge what one author wrote."""
    # Django is set up now.
    from django.utils import timezone  # noqa: PLC0415

    from hyperkitty.models import Decision, DecisionKind  # noqa: PLC0415
    from hyperkitty.services.finishing import finish  # noqa: PLC0415
    from hyperkitty.services.keeping import Act, change_states  # noqa: PLC0415
    from hyperkitty.services.undoing import undo  # noqa: PLC0415
    from tests.mails import bring, make_list  # noqa: PLC0415

    mlist = make_list()
    for batch in batches(count):
        bring(mlist, *batch)
    mine = mlist.emails.filter(sender__address="spam@example.net")

    def delete() -> Any:
        return change_states(mlist, mine, DecisionKind.DELETE, Act())

    first = show(f"delete {count:,} mails", delete)
    mlist.refresh_from_db()
    if mlist.emails_count != count // 2:
        raise SystemExit("The pages are wrong.")
    show("undo it", lambda: undo(first))
    second = show_peak("delete them again", delete)
    Decision.objects.filter(pk=second.pk).update(due_at=timezone.now())
    second.refresh_from_db()
    show("expunge them", lambda: finish(second))


def show(what: str, work: Callable[[], Any]) -> Any:
    """Run *work* and print its time and its statements."""
    from django.db import connection  # noqa: PLC0415  # Django is set up now

    statements = 0

    def note(execute: Any, *args: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*args)

    begun = perf_counter()
    with connection.execute_wrapper(note):
        found = work()
    seconds = perf_counter() - begun
    print(f"{what:24} {seconds:7.1f} s   {statements:6} statements")
    return found


def show_peak(what: str, work: Callable[[], Any]) -> Any:
    """Run *work* and print its peak of memory; tracing it takes most of the time."""
    tracemalloc.start()
    found = work()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"{what:24} {peak:7.1f} MiB at its peak")
    return found


def batches(count: int) -> Iterator[list[bytes]]:
    """Yield mails of one author, every second one an answer to somebody."""
    from tests.mails import mail  # noqa: PLC0415

    batch: list[bytes] = []
    for number in range(count):
        named = []
        if number % 2:
            named = [f"q{number}@example.com"]
            batch.append(mail(named[0], subject=f"Question {number}", hours=number))
        batch.append(
            mail(
                f"s{number}@example.net",
                references=named,
                sender="Spam <spam@example.net>",
                subject=f"Offer {number}",
                hours=number + 1,
            )
        )
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


if __name__ == "__main__":
    main()
