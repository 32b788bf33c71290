"""What the pages of a big archive cost a site that serves strangers.

  python -m benchmarks.pages [-n 100000] [--lists 2000] [--runs 30] [--database URL]

Fills an empty database with one list of *n* generated mails, threads of 5, 50 and 250
mails, and empty-handed lists for the index; starts the example site as script/server
does (gunicorn, 2 workers) and asks it as one client that is not signed in. Printed for
each page: statements, the median time, the processor time of the workers for each
request, the bytes of the answer, and the same for the answer 304 where there is one.
Nothing of the site is switched off but what fills caches of whole pages: it has none.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_site import ROOT, database

LIST = "bench@lists.example.org"
THREADS = (5, 50, 250)
PORT = 8699
TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP = 6


class Cost(NamedTuple):
    """What one request takes."""

    milliseconds: float
    processor: float
    size: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=100_000, help="mails; default 100000")
    parser.add_argument("--lists", type=int, default=2_000, help="default 2000")
    parser.add_argument("--runs", type=int, default=30, help="requests of each page")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    parser.add_argument("--port", type=int, default=PORT)
    options = parser.parse_args()
    with database(options.database):
        fill(options.n, options.lists)
        pages = addresses()
        statements = {name: statements_of(path) for name, path in pages.items()}
        with served(options.port) as workers:
            print("page | statements | ms | CPU ms | kB | 304 ms | 304 CPU ms")
            print("---|---|---|---|---|---|---")
            for name, path in pages.items():
                runs = 3 if name.endswith("mbox") else options.runs
                site = Site(options.port, workers)
                whole, fresh = site.cost(path, runs)
                cells = [
                    *(name, statements[name], f"{whole.milliseconds:.1f}"),
                    *(f"{whole.processor:.1f}", f"{whole.size / 1000:.0f}"),
                    f"{fresh.milliseconds:.1f}" if fresh else "",
                    f"{fresh.processor:.1f}" if fresh else "",
                ]
                print(" | ".join(map(str, cells)), flush=True)


def fill(mails: int, lists: int) -> None:
    """Import generated mail, and make lists and threads."""
    from hyperkitty.ingest.bulk_import import (  # noqa: PLC0415  # Django is set up now
        ImportOptions,
        ImportReport,
        import_mails,
    )
    from hyperkitty.ingest.sources import Sources  # noqa: PLC0415
    from tests.mails import bring, mail, make_list  # noqa: PLC0415

    mlist = make_list(name=LIST, display_name="Benchmark")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mails.mbox"
        generator = ROOT / "benchmarks" / "gen_mbox.py"
        command = [sys.executable, generator, "-n", str(mails), "-o", path]
        today = datetime.now(UTC).date().isoformat()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*command, "--end", today], check=True, **quiet)  # type: ignore[call-overload]  # two streams
        sources = Sources([str(path)], sys.stdin.buffer)
        import_mails(mlist, sources, ImportOptions(), ImportReport())
    text = "Some words that a person wrote.\n\n> A line that was quoted.\n" * 5
    for length in THREADS:
        ids = [f"{n}@{length}.example" for n in range(length)]
        bring(
            mlist,
            *(
                mail(
                    found,
                    references=[ids[0], ids[n // 2]] if n else [],
                    subject=f"Thread of {length}",
                    sender=f"Person {n % 40} <p{n % 40}@example.com>",
                    hours=n,
                    text=text,
                )
                for n, found in enumerate(ids)
            ),
        )
    _make_lists(lists)
    _analyze()


def _make_lists(count: int) -> None:
    from hyperkitty.models import (  # noqa: PLC0415
        ArchivePolicy,
        ListActivity,
        MailingList,
        PolicySource,
    )

    now = datetime.now(UTC)
    MailingList.objects.bulk_create(
        MailingList(
            name=f"list-{n}@lists{n % 5}.example.org",
            list_id=f"list-{n}.lists{n % 5}.example.org",
            display_name=f"List {n}",
            description="What people say about it.",
            archive_policy=ArchivePolicy.PUBLIC,
            policy_source=PolicySource.ADMIN,
            emails_count=n,
            last_date=now - timedelta(days=n % 90),
        )
        for n in range(count)
    )
    lists = MailingList.objects.exclude(name=LIST)
    ListActivity.objects.bulk_create(
        (
            ListActivity(
                mlist=mlist,
                day=now.date() - timedelta(days=step * 3 + mlist.pk % 7),
                emails_count=1 + (mlist.pk + step) % 9,
            )
            for mlist in lists.iterator()
            for step in range(60)
        ),
        batch_size=5_000,
    )


def _analyze() -> None:
    """Let the database look at its tables, as a site's own does in time."""
    from django.db import connection  # noqa: PLC0415

    if connection.vendor in ("sqlite", "postgresql"):
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def addresses() -> dict[str, str]:
    """Return the pages to ask for, by what they are."""
    from hyperkitty.models import MailingList, Thread  # noqa: PLC0415

    mlist = MailingList.objects.get(name=LIST)
    base = mlist.get_absolute_url()
    latest = mlist.last_date or datetime.now(UTC)
    before = latest - timedelta(days=31)
    last = -(-mlist.threads_count // 10)
    pages = {
        "index of lists": "/archives/",
        "index by name": "/archives/?sort=name",
        "overview": base,
        "month": f"{base}{before.year}/{before.month}/",
        "latest": f"{base}latest",
        "latest, page 500": f"{base}latest?page={min(500, last)}",
        "by date": f"{base}latest?view=date",
        "by date, page 500": f"{base}latest?view=date&page={_middle(mlist)}",
        "by author": f"{base}latest?view=author",
        "by author, page 500": f"{base}latest?view=author&page={_middle(mlist)}",
        "by subject": f"{base}latest?view=subject",
        "by subject, page 500": f"{base}latest?view=subject&page={_middle(mlist)}",
        "tree": f"{base}latest?view=tree",
        "month as tree": f"{base}{before.year}/{before.month}/?view=tree",
    }
    for length in THREADS:
        thread = Thread.objects.get(mlist=mlist, subject=f"Thread of {length}")
        pages[f"thread of {length}"] = thread.get_absolute_url()
    email = thread.starting_email
    if email is not None:
        pages["message"] = email.get_absolute_url()
        who = f"/archives/users/{email.sender.handle}/"
        pages |= {"person in a list": f"{who}posts?list={LIST}", "profile": who}
    pages["feed"] = f"{base}feed/"
    end = (before.replace(day=1) + timedelta(days=31)).replace(day=1)
    bounds = f"start={before:%Y-%m}-01&end={end:%Y-%m-%d}"
    pages["month mbox"] = f"{base}export/month.mbox.gz?{bounds}"
    pages["whole mbox"] = f"{base}export/all.mbox.gz"
    return pages


def _middle(mlist: Any) -> int:
    """Return page 500 of a listing of 100 mails a page, else its middle."""
    return max(min(500, mlist.emails_count // 200), 1)


def statements_of(path: str) -> int:
    """Return how often a page asks the database."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    client = Client()
    client.get("/archives/")  # fills what is kept for the whole process
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
        if answer.streaming:
            for _piece in answer.streaming_content:  # type: ignore[attr-defined]  # a streaming one has it
                pass
    if answer.status_code != 200:
        raise SystemExit(f"{path} answers {answer.status_code}.")
    return len(captured)


@contextmanager
def served(port: int) -> Iterator[list[int]]:
    """Serve the archive that this process has filled; yield the workers' ids."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "example_project.settings",
        "ENV_FILE": os.devnull,
        "DEMO": "on",
        "SECRET_KEY": "only-for-benchmarks",
        "MAILMAN_REST_API_PASS": "none",
        "MAILMAN_ARCHIVER_KEY": "none",
        "DATABASE_URL": _url(),
    }
    with tempfile.TemporaryDirectory() as folder:
        environment["STATIC_ROOT"] = folder
        manage = [
            sys.executable,
            str(ROOT / "manage.py"),
            "collectstatic",
            "--no-input",
        ]
        subprocess.run(
            manage, env=environment, check=True, stdout=subprocess.DEVNULL, cwd=ROOT
        )
        command = ["-m", "gunicorn", "example_project.wsgi", "--workers", "2"]
        where = ["--threads", "4", "--bind", f"127.0.0.1:{port}"]
        rest = ["--no-control-socket", "--log-level", "warning"]
        server = subprocess.Popen(
            [sys.executable, *command, *where, *rest], env=environment, cwd=ROOT
        )
        try:
            yield _workers(server.pid, port)
        finally:
            server.terminate()
            server.wait(30)


def _url() -> str:
    """Return the DATABASE_URL of the database that this process fills."""
    from django.db import connection  # noqa: PLC0415

    known = connection.settings_dict
    name = str(known["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    scheme = {"postgresql": "postgres", "mysql": "mysql"}[connection.vendor]
    password = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    place = f"{known['HOST'] or '127.0.0.1'}:{known['PORT'] or ''}".rstrip(":")
    return f"{scheme}://{known['USER']}{password}@{place}/{name}"


def _workers(master: int, port: int) -> list[int]:
    """Wait until the site answers; return the ids of its workers."""
    until = monotonic() + 60
    while monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/archives/find-list")
            connection.getresponse().read()
            break
        except OSError:
            sleep(0.2)
    else:
        raise SystemExit("The site does not answer.")
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return [int(pid) for pid in children.split()]


class Site:
    """Asks the site over one connection, and reads what its workers used."""

    def __init__(self, port: int, workers: list[int]) -> None:
        """Remember where it is."""
        self.port, self.workers = port, workers

    def cost(self, path: str, runs: int) -> tuple[Cost, Cost | None]:
        """Return what *path* costs, and what its 304 does."""
        for _run in range(min(WARM_UP, runs)):
            _status, tag, _size = self.ask(path)
        whole = self.measured(path, runs, {}, 200)
        if not tag:
            return whole, None
        return whole, self.measured(path, runs, {"If-None-Match": tag}, 304)

    def measured(
        self, path: str, runs: int, headers: dict[str, str], wanted: int
    ) -> Cost:
        """Return the median time, and the processor time, of some requests."""
        used, times, size = self.processor_time(), [], 0
        for _run in range(runs):
            begun = perf_counter()
            status, _tag, size = self.ask(path, headers)
            times.append(1000 * (perf_counter() - begun))
            if status != wanted:
                raise SystemExit(f"{path} answers {status} instead of {wanted}.")
        spent = 1000 * (self.processor_time() - used) / runs
        return Cost(median(times), spent, size)

    def ask(
        self, path: str, headers: dict[str, str] | None = None
    ) -> tuple[int, str | None, int]:
        """Return status, entity tag and size of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            size = 0
            while piece := answer.read(1 << 20):
                size += len(piece)
            return answer.status, answer.headers.get("ETag"), size
        finally:
            connection.close()

    def processor_time(self) -> float:
        """Return the seconds of processor time that the workers used so far."""
        return sum(_used(pid) for pid in self.workers)


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
