"""How long the whole page of search results takes, as a stranger gets it.

  python -m benchmarks.search_page [-n 100000] [--engine tantivy] [--database URL]

Imports generated mails with gen_mbox.py into ten lists, builds the index, and starts
the site with gunicorn and two workers. Then one client, and two at once, ask for pages:
hits checked against the database and grouped, excerpts with marks, facets, chart. Each
page is fetched over a connection of its own. The share that is not the index's, which
`benchmarks.search` measures, is the database's, the excerpts' and the template's.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlencode

from benchmarks.bench_site import HOST, database, serving
from benchmarks.search import build, fill, search_at

RUNS = 60
#: Runs that are not counted: workers open the index and load templates.
WARM_UP = 12
PAGES = {
    "common word": {"q": "kernel"},
    "rare word": {"q": "zyxglorbfnord"},
    "two words": {"q": "patch regression"},
    "phrase": {"q": '"purple hovercraft"'},
    "like a stopword": {"q": "the"},
    "field and date": {"q": "subject:patch date:2022"},
    "newest first": {"q": "kernel", "sort": "date-desc"},
    "one list": {"q": "kernel", "mlist": "bench0@lists.example.org"},
    "page 5": {"q": "kernel", "page": "5"},
    "suggestions": {"q": "ker"},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=100_000, help="mails; default 100000")
    parser.add_argument("--engine", choices=["tantivy", "whoosh"], default="tantivy")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.database) as url:
        fill(options.n, Path(folder))
        index = f"{options.engine}://{folder}/index"
        with search_at(index):
            build(None)
        from tests.mailman.real_core import free_ports  # noqa: PLC0415  # needs Django

        port = free_ports(1)
        with serving(url, port, SEARCH_URL=index):
            measure(port)


def measure(port: int) -> None:
    """Ask for each page and print how long it takes."""
    print(f"\n{'ms, p50 / p95':20} {'bytes':>9} {'1 client':>16} {'2 clients':>16}")
    for name, query in PAGES.items():
        where = "search/suggest" if name == "suggestions" else "search"
        path = f"/archives/{where}?{urlencode(query)}"
        for _run in range(WARM_UP):
            size, _took = ask(port, path)
        alone = [ask(port, path)[1] for _run in range(RUNS)]
        with ThreadPoolExecutor(2) as pool:
            pair = [took for _, took in pool.map(ask, [port] * RUNS, [path] * RUNS)]
        print(f"{name:20} {size:>9,} {show(alone):>16} {show(pair):>16}")


def ask(port: int, path: str) -> tuple[int, float]:
    """Return the size of a page, and the seconds that it took."""
    begun = perf_counter()
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, (path, answer.status)
    return len(content), perf_counter() - begun


def show(times: Sequence[float]) -> str:
    """Return the median and the 95th percentile of *times*, in ms."""
    return f"{1000 * median(times):.1f} / {1000 * quantiles(times, n=20)[-1]:.1f}"


if __name__ == "__main__":
    main()
