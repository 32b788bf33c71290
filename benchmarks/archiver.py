"""How fast mail from Mailman is taken, and how soon Mailman is told URLs.

  benchmarks/archiver.py [-n 500] [--database URL]

Starts the site as script/server does, with its worker, which indexes what comes, on an
empty database and beside a small server that answers as Mailman Core does. Brings
mails as mailman-hyperkitty does, each over a connection of its own: one client and
four, to one list and to four lists. Then asks for URLs, and counts the queries of an
answer in this process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlencode

from bench_site import HOST, ROOT, SECRETS, database, serving

#: Clients and lists of each measurement.
CASES = ((1, 1), (1, 4), (4, 1), (4, 4))
LISTS = [f"bench{number}@lists.example.org" for number in range(4)]
#: Mails before the first measurement: a site that has just begun is not the usual one.
BEFORE = 300
URLS = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=500, help="mails; default 500")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    options = parser.parse_args()
    with database(options.database) as url:
        from tests.mailman.fake_core import FakeCoreServer  # noqa: PLC0415
        from tests.mailman.real_core import free_ports  # noqa: PLC0415

        core = FakeCoreServer()
        for name in LISTS:
            core.core.make_list(name)
        try:
            port = free_ports(1)
            with serving(url, port, MAILMAN_REST_API_URL=core.url):
                measure(port, options.n)
        finally:
            core.stop()
        print(f"queries of an answer with a URL {queries_of_urls():>8}")


def measure(port: int, count: int) -> None:
    """Bring mails in every way, then ask for URLs."""
    batches = mails(count)
    bring(port, list(islice(batches, BEFORE)), clients=4)
    print("clients  lists    mails/s   p50 ms   p95 ms")
    for clients, lists in CASES:
        some = list(islice(batches, count))
        begun = perf_counter()
        times = bring(port, some, clients, lists)
        rate = count / (perf_counter() - begun)
        print(f"{clients:7} {lists:6} {rate:10.0f} {show(times)}")
    print(f"URLs, 1 client            {show(ask(port, 1))}")
    print(f"URLs, 4 clients           {show(ask(port, 4))}")


def show(times: Sequence[float]) -> str:
    """Return the median and the 95th percentile of *times*, in ms."""
    return f"{1000 * median(times):8.1f} {1000 * quantiles(times, n=20)[-1]:8.1f}"


def bring(
    port: int, raws: Sequence[bytes], clients: int = 1, lists: int = 1
) -> list[float]:
    """Bring *raws*, by turns to so many *lists*; return the seconds of each."""
    names = cycle(LISTS[:lists])
    work = [(port, name, raw) for name, raw in zip(names, raws, strict=False)]
    return at_once(lambda one: post(*one), work, clients)


def ask(port: int, clients: int) -> list[float]:
    """Ask for the URLs of mails; return the seconds of each."""
    return at_once(lambda n: get_url(port, f"{n}@mail.example"), range(URLS), clients)


def at_once(
    work: Callable[[object], None], items: Sequence[object], clients: int
) -> list[float]:
    """Do *work* with each of *items* in so many threads; return the seconds of each."""

    def timed(item: object) -> float:
        begun = perf_counter()
        work(item)
        return perf_counter() - begun

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(timed, items))


def post(port: int, name: str, raw: bytes) -> None:
    """Bring one mail as mailman-hyperkitty does."""
    edge = b"f685702a55975ca2241ebfe62e1b8c7f"
    body = b"\r\n".join(
        [
            b"--" + edge,
            b'Content-Disposition: form-data; name="mlist"',
            b"",
            name.encode(),
            b"--" + edge,
            b'Content-Disposition: form-data; name="message"; filename="message.txt"',
            b"",
            raw,
            b"--" + edge + b"--",
            b"",
        ]
    )
    kind = f"multipart/form-data; boundary={edge.decode()}"
    call(port, "POST", "archive", body, {"Content-Type": kind})


def get_url(port: int, message_id: str) -> None:
    """Ask for the URL of a mail."""
    asked = urlencode({"mlist": LISTS[0], "msgid": message_id})
    call(port, "GET", f"urls?{asked}", None, {})


def call(
    port: int, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> None:
    """Call the archiver's door once; only 200 with a URL will do."""
    key = {"Authorization": f"Token {SECRETS['MAILMAN_ARCHIVER_KEY']}"}
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request(method, f"/archives/api/mailman/{path}", body, key | headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, content
    assert json.loads(content)["url"]


def mails(count: int) -> Iterator[bytes]:
    """Yield generated mails, enough for all measurements."""
    from hyperkitty.mail.mbox import open_mbox  # noqa: PLC0415  # Django is set up now

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mails.mbox"
        subprocess.run(
            [
                *(sys.executable, ROOT / "benchmarks" / "gen_mbox.py"),
                *("-n", str(BEFORE + len(CASES) * count), "-o", path),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        yield from (message.raw for message in open_mbox(path))


def queries_of_urls() -> int:
    """Return how many queries answers with a URL take, after the first one."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    statements = []

    def note(execute: Callable[..., object], sql: str, *rest: object) -> object:
        statements.append(sql)
        return execute(sql, *rest)

    client = Client()
    with connection.execute_wrapper(note):
        for number in range(100):
            if number == 1:
                statements.clear()
            answer = client.get(
                "/archives/api/mailman/urls",
                {"mlist": LISTS[0], "msgid": f"{number}@mail.example"},
                headers={"authorization": "Token archiver-key-for-tests"},
            )
            assert answer.status_code == 200, answer.content
    return len(statements)


if __name__ == "__main__":
    main()
