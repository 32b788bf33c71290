"""How fast mail is indexed and found, and how large the index is.

  python -m benchmarks.search [-n 100000] [--engine tantivy] [--database URL]

Imports generated mails with gen_mbox.py, builds the index from the database on all
cores, and asks queries of each kind: the engine's part of a results page, with the
exact count, without and with facets. Then imports mails while a worker runs beside it,
and measures how long a mail that Mailman brings meanwhile is not found.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Any

from benchmarks.bench_site import ROOT, database, peak_memory

RUNS = 40
LISTS = 10
#: Seconds between two looks of the worker, and between two mails of Mailman.
PAUSE = 0.3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=100_000, help="mails; default 100000")
    parser.add_argument("--engine", choices=["tantivy", "whoosh"], default="tantivy")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    parser.add_argument("--processes", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.database):
        fill(options.n, Path(folder))
        url = f"{options.engine}://{folder}/index"
        with search_at(url):
            build(options.processes)
            ask_all()
            follow(Path(folder), url, options.n)


def fill(count: int, folder: Path, seed: int = 1) -> None:
    """Import *count* mails into some lists."""
    from hyperkitty.ingest.bulk_import import (  # noqa: PLC0415  # Django is set up now
        ImportOptions,
        ImportReport,
        import_mails,
    )
    from hyperkitty.ingest.sources import Sources  # noqa: PLC0415
    from tests.mails import make_list  # noqa: PLC0415

    for number in range(LISTS):
        path = folder / f"{seed}-{number}.mbox"
        generate(path, count // LISTS, seed * 100 + number)
        mlist = make_list(name=f"bench{number}@lists.example.org")
        sources = Sources([str(path)], sys.stdin.buffer)
        options = ImportOptions(takes_no_archive=True)
        import_mails(mlist, sources, options, ImportReport())
        path.unlink()


def generate(path: Path, count: int, seed: int) -> None:
    """Write *count* mails into *path*."""
    generator = ROOT / "benchmarks" / "gen_mbox.py"
    subprocess.run(
        [sys.executable, generator, "-n", str(count), "-o", path, "--seed", str(seed)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def search_at(url: str) -> Iterator[None]:
    """Search with the engine at *url*."""
    from tests.indexes import search_at as at  # noqa: PLC0415

    with at(url):
        yield


def build(processes: int | None) -> None:
    """Build the index and print rate and size."""
    from hyperkitty.search.building import rebuild  # noqa: PLC0415
    from hyperkitty.search.connection import archive_backend  # noqa: PLC0415

    engine = archive_backend()
    assert engine is not None
    begun = perf_counter()
    done = rebuild(engine, processes)
    took = perf_counter() - begun
    text = text_size()
    size = engine.generations.size()
    print(f"mails                      {done:>12,}")
    print(f"built                      {done / took:>12,.0f} /s")
    print(f"index / text               {size / text:>12.3f}")
    print(f"  ({size / 1e6:,.0f} MB / {text / 1e6:,.0f} MB)")
    print(f"peak of largest process    {peak_memory() / 1e6:>12,.0f} MB")


def text_size() -> int:
    """Return the bytes that are searched: texts, subjects, attached text files."""
    from hyperkitty.conf import app_settings  # noqa: PLC0415
    from hyperkitty.models import Attachment, Email, EmailText  # noqa: PLC0415

    size = sum(len(row.unpack()) for row in EmailText.objects.iterator())
    files = Attachment.objects.filter(content_type__startswith="text/")
    limit = app_settings.search_attachment_size
    size += sum(min(found, limit) for found in files.values_list("size", flat=True))
    subjects = Email.objects.values_list("subject", flat=True).iterator()
    return size + sum(len(subject.encode()) for subject in subjects)


def queries() -> dict[str, Any]:
    """Return a query of each kind."""
    from hyperkitty.search.query import (  # noqa: PLC0415
        And,
        Dates,
        Exact,
        Field,
        Text,
    )

    def word(text: str, **kinds: bool) -> Text:
        return Text(Field.ANY, text, **kinds)

    year = Dates(datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC))
    return {
        "common word": word("kernel"),
        "rare word": word("zyxglorbfnord"),
        "two words": And((word("patch"), word("regression"))),
        "phrase": word("purple hovercraft", is_phrase=True),
        "like a stopword": word("the"),
        "field and date": And((Text(Field.SUBJECT, "patch"), year)),
        "list, year, word": And((Exact("list", "1"), year, word("kernel"))),
        "beginning": word("regre", is_prefix=True),
    }


def ask_all() -> None:
    """Print how long each kind of query takes."""
    from hyperkitty.search.query import Query  # noqa: PLC0415
    from hyperkitty.search.values import Sort  # noqa: PLC0415

    print(
        f"\n{'ms, p50 / p95':26} {'hits':>9} {'relevance':>15} {'newest':>15}", end=""
    )
    print(f" {'with facets':>15}")
    for name, node in queries().items():
        query = Query(node)
        count, plain = timed(query, Sort.RELEVANCE, False)
        _count, newest = timed(query, Sort.NEWEST, False)
        _count, facets = timed(query, Sort.RELEVANCE, True)
        print(f"{name:26} {count:>9,} {plain:>15} {newest:>15} {facets:>15}")


def timed(query: Any, sort: Any, facets: bool) -> tuple[int, str]:
    """Return the number of hits, and p50 and p95 in ms."""
    from hyperkitty.search.searching import search  # noqa: PLC0415

    times = []
    for _run in range(RUNS):
        begun = perf_counter()
        found = search(query, list_ids=range(1, LISTS + 1), sort=sort, facets=facets)
        times.append(1000 * (perf_counter() - begun))
    slow = quantiles(times, n=20)[-1]
    return found.count, f"{median(times):.1f} / {slow:.1f}"


def follow(folder: Path, url: str, count: int) -> None:
    """Print how long mail of Mailman is not found while *count* mails are imported."""
    from tests.processes import begin  # noqa: PLC0415

    working = begin(sweep_at, url)
    delay("atfirst")  # until then the worker starts
    importing = begin(fill, count, folder, 2)
    delays = []
    try:
        while importing.is_alive():
            delays.append(delay(str(len(delays))))
            sleep(PAUSE)
    finally:
        working.kill()
        importing.join()
    if len(delays) > 1:
        slow = f"p50 {median(delays):.2f} s, longest {max(delays):.2f} s"
        print(f"\na mail is found after     {slow} ({len(delays)} mails)")


def sweep_at(url: str) -> None:
    """Do what the worker does, in a process of its own."""
    from hyperkitty.search.upkeep import index_due  # noqa: PLC0415

    with search_at(url):
        while True:
            index_due()
            sleep(PAUSE)


def delay(name: str) -> float:
    """Archive a mail as Mailman brings it; return the seconds until it is found."""
    from django.utils import timezone  # noqa: PLC0415

    from hyperkitty.ingest import Incoming, archive  # noqa: PLC0415
    from hyperkitty.models import Source  # noqa: PLC0415
    from hyperkitty.search.query import Field, Query, Text  # noqa: PLC0415
    from hyperkitty.search.searching import search  # noqa: PLC0415
    from tests.mails import mail, make_list  # noqa: PLC0415

    mlist = make_list(name="mailman@lists.example.org")
    word = f"waitedfor{name}"
    raw = mail(f"{word}@example.com", text=f"{word}\n")
    archive(mlist, [Incoming(raw, timezone.now(), source=Source.ARCHIVER)])
    begun = perf_counter()
    while not search(Query(Text(Field.ANY, word)), list_ids=None).count:
        sleep(0.02)
    return perf_counter() - begun


if __name__ == "__main__":
    main()
