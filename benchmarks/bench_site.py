"""A database of its own for each benchmark, and a site on it; gone when it ends."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HOST = "127.0.0.1"
#: Environment of the site: what the tests and their Core know too.
SECRETS = {
    "SECRET_KEY": "only-for-tests",
    "MAILMAN_REST_API_PASS": "restpass",
    "MAILMAN_ARCHIVER_KEY": "archiver-key-for-tests",
}


@contextmanager
def database(url: str) -> Iterator[str]:
    """Set Django up on an empty database with the options of a real site.

    An empty *url* means SQLite in a file; a PostgreSQL one names a database beside
    which a new one may be made. Once for each process: Django is set up once. Gives
    the URL of the new database, for other processes.
    """
    os.environ["DATABASE_URL"] = url or "sqlite:///:memory:"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django  # noqa: PLC0415  # only now is it known which database is meant

    django.setup()
    from django.db import connection  # noqa: PLC0415

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    name = str(connection.settings_dict["NAME"])
    try:
        yield urlsplit(url)._replace(path=name).geturl() if url else f"sqlite:///{name}"
    finally:
        connection.creation.destroy_test_db(
            str(connection.settings_dict["NAME"]), verbosity=0
        )


@contextmanager
def serving(url: str, port: int, **settings: str) -> Iterator[None]:
    """Serve the example site on the database at *url* as script/server does.

    Its worker runs beside it. *settings* are further ones, by their environment. What
    both have to say is shown if the site does not start.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        open(f"{folder}/log", "w+b") as log,
    ):
        site = {
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "DEMO": "on",
            "ENV_FILE": f"{folder}/none",
            "DATABASE_URL": url,
            "STATIC_ROOT": f"{folder}/static",
            "SEARCH_URL": f"tantivy://{folder}/index",
        }
        environment = os.environ | SECRETS | site | settings
        manage = (sys.executable, str(ROOT / "manage.py"))
        subprocess.run(
            [*manage, "collectstatic", "--no-input", "--verbosity", "0"],
            env=environment,
            check=True,
        )
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "example_project.wsgi"),
                *("--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "4"),
                *("--no-control-socket", "--limit-request-line", "8190"),
                *("--log-level", "warning"),
            ],
            cwd=ROOT,
            env=environment,
            stderr=log,
        )
        worker = subprocess.Popen(
            [*manage, "hyperkitty_sweep", "--every", "0.3"], env=environment, stderr=log
        )
        try:
            while not _answers(port):
                assert server.poll() is None, Path(log.name).read_text()
                time.sleep(0.1)
            yield
        finally:
            for process in (server, worker):
                process.terminate()
                process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()
    return True


def database_size() -> int:
    """Return the bytes that the database takes, indexes included."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return Path(str(connection.settings_dict["NAME"])).stat().st_size
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def peak_memory() -> int:
    """Return the bytes that the largest process of this run had at its peak."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return 1024 * max(own, largest_child)
