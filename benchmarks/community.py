"""What telling followers and knowing what is new cost.

  benchmarks/community.py [-n 10000] [--followers 1000] [--database URL]

A list with *n* mails, all new to one reader and followed by many; then one mail more.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter

from bench_site import database
from keepers import show

BATCH = 500
ROUNDS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=10_000, metavar="MAILS")
    parser.add_argument("--followers", type=int, default=1_000)
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    options = parser.parse_args()
    with database(options.database):
        measure(options.n, options.followers)


def measure(count: int, followers: int) -> None:
    """Fill a list, tell its followers of a mail, and ask for the reader's pages."""
    # Django is set up now.
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from hyperkitty.ingest import Incoming, archive  # noqa: PLC0415
    from hyperkitty.models import Notification, ReadState, Source  # noqa: PLC0415
    from hyperkitty.notifying.announcing import announce_due  # noqa: PLC0415
    from hyperkitty.notifying.following import follow  # noqa: PLC0415
    from tests.factories import account  # noqa: PLC0415
    from tests.mails import bring, mail, make_list  # noqa: PLC0415

    mlist = make_list()
    for first in range(0, count, BATCH):
        bring(
            mlist,
            *(
                mail(
                    f"m{number}@example.com",
                    in_reply_to=f"m{number - number % 10}@example.com",
                    subject=f"Thread {number // 10}",
                    hours=number / 100,
                )
                for number in range(first, min(first + BATCH, count))
            ),
        )
    reader = account("reader")
    ReadState.objects.create(user=reader, mlist=mlist)
    User.objects.bulk_create(
        User(username=f"u{number}", email=f"u{number}@example.com")
        for number in range(followers)
    )
    for pk in User.objects.filter(username__startswith="u").values_list(
        "pk", flat=True
    ):
        follow(pk, mlist)

    spent = []
    for round_ in range(ROUNDS):
        raw = mail(f"new{round_}@example.com", sender="Bart <bart@example.com>")
        incoming = Incoming(raw=raw, arrived_at=timezone.now(), source=Source.ARCHIVER)
        archive(mlist, [incoming])
        begun = perf_counter()
        announce_due()
        spent.append(perf_counter() - begun)
    if Notification.objects.count() != ROUNDS * followers:
        raise SystemExit("Somebody was not told.")
    print(f"tell {followers:,} followers of a mail  {median(spent) * 1000:7.0f} ms")

    client = Client()
    client.force_login(reader)
    client.get("/archives/new")
    show(f"page of {count:,} new mails", lambda: client.get("/archives/new"))
    base = mlist.get_absolute_url()
    show("a list with them", lambda: client.get(base))
    show("its latest threads", lambda: client.get(f"{base}latest"))
    show("the next new mail", lambda: client.get(f"{base}next-new"))
    show("mark all as read", lambda: client.post(f"{base}read"))


if __name__ == "__main__":
    main()
