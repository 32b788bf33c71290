"""Whether long threads cost more: to reply to, and to read.

  benchmarks/threads.py [--database URL]

Archives one reply into threads of 10 and of 2,000 mails, and asks for the pages of
threads of 5 and of 200: statements, and the median time of some runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from bench_site import database

RUNS = 15


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    with database(parser.parse_args().database):
        for length in (10, 2000):
            show(f"reply into a thread of {length:,}", *reply_cost(length))
        for length in (5, 200):
            show(f"page of a thread of {length:,}", *page_cost(length))


def show(what: str, milliseconds: float, statements: int) -> None:
    """Print one line of the table."""
    print(f"{what:32} {milliseconds:8.1f} ms {statements:4} statements")


def measured(work: Callable[[], Any]) -> tuple[float, int]:
    """Return the median time of *work* in ms, and how many statements it takes."""
    from django.db import connection  # noqa: PLC0415  # Django is set up now

    statements = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        work()
    times = []
    for _run in range(RUNS):
        begun = perf_counter()
        work()
        times.append(1000 * (perf_counter() - begun))
    return median(times), len(statements)


def thread_of(length: int) -> tuple[Any, list[str]]:
    """Archive a thread of *length* mails in a new list; return list and ids."""
    from tests.mails import bring, mail, make_list  # noqa: PLC0415

    mlist = make_list(name=f"thread{length}@lists.example.org")
    ids = [f"{n}@{length}.example" for n in range(length)]
    text = "Some words that a person wrote.\n\n> A line that was quoted.\n" * 5
    raws = [
        mail(found, references=[ids[0], ids[n // 2]] if n else [], hours=n, text=text)
        for n, found in enumerate(ids)
    ]
    for start in range(0, length, 250):
        bring(mlist, *raws[start : start + 250])
    return mlist, ids


def reply_cost(length: int) -> tuple[float, int]:
    """Measure archiving one reply at a time."""
    from tests.mails import bring, mail  # noqa: PLC0415

    mlist, ids = thread_of(length)
    replies = iter(range(RUNS + 1))

    def reply() -> None:
        references = [ids[0], ids[-1]]
        bring(mlist, mail(f"r{next(replies)}@{length}.example", references=references))

    return measured(reply)


def page_cost(length: int) -> tuple[float, int]:
    """Measure the page of a thread for a reader who is not signed in."""
    from django.test import Client  # noqa: PLC0415

    from hyperkitty.models import Thread  # noqa: PLC0415

    mlist, _ids = thread_of(length)
    url = Thread.objects.get(mlist=mlist).get_absolute_url()
    client = Client(HTTP_USER_AGENT="benchmark")
    return measured(lambda: client.get(url).content)


if __name__ == "__main__":
    main()
