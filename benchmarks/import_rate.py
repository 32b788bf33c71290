"""How fast mail is imported, beside Python's own parser on the same file.

  benchmarks/import_rate.py [-n 100000] [--database URL]

Makes a file of mails with gen_mbox.py, imports it on all cores, and prints the rate,
its share of the rate at which as many processes merely run
`email.message_from_bytes`, the peak memory of the largest process, and the size of
the database beside that of the file.
"""

from __future__ import annotations

import argparse
import email
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter

from bench_site import ROOT, database, database_size, peak_memory

BATCH = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=100_000, help="mails; default 100000")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mails.mbox"
        generator = ROOT / "benchmarks" / "gen_mbox.py"
        subprocess.run(
            [sys.executable, generator, "-n", str(options.n), "-o", path],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        with database(options.database):
            rate, read = import_file(path)
            peak = peak_memory()
            bare = parse_only(path)
            print(f"mails                        {read:>12,}")
            print(f"imported                     {rate:>12,.0f} /s")
            print(f"message_from_bytes alone     {bare:>12,.0f} /s")
            print(f"share                        {rate / bare:>12.3f}")
            print(f"peak of largest process      {peak / 1e6:>12,.0f} MB")
            size, raw = database_size(), path.stat().st_size
            print(f"database / mbox              {size / raw:>12.3f}")
            print(f"  ({size / 1e6:,.0f} MB / {raw / 1e6:,.0f} MB)")


def parse_only(path: Path) -> float:
    """Return mails/s of `message_from_bytes` on all cores, reading excluded."""
    from hyperkitty.mail.mbox import open_mbox  # noqa: PLC0415  # Django is set up now

    raws = [message.raw for message in open_mbox(path)]
    batches = [raws[start : start + BATCH] for start in range(0, len(raws), BATCH)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(parse_batch, batches[:2]))
        begun = perf_counter()
        list(pool.map(parse_batch, batches))
        return len(raws) / (perf_counter() - begun)


def parse_batch(raws: list[bytes]) -> None:
    """Parse some mails and throw them away."""
    for raw in raws:
        email.message_from_bytes(raw)


def import_file(path: Path) -> tuple[float, int]:
    """Import *path* as `hyperkitty_import` does; return mails/s and mails."""
    from hyperkitty.ingest.bulk_import import (  # noqa: PLC0415
        ImportOptions,
        ImportReport,
        import_mails,
    )
    from hyperkitty.ingest.sources import Sources  # noqa: PLC0415
    from hyperkitty.models import MailingList  # noqa: PLC0415

    mlist = MailingList.objects.ensure("bench@lists.example.org")
    report = ImportReport()
    sources = Sources([str(path)], sys.stdin.buffer)
    begun = perf_counter()
    import_mails(mlist, sources, ImportOptions(takes_no_archive=True), report)
    return report.read / (perf_counter() - begun), report.read


if __name__ == "__main__":
    main()
