"""A database of its own for each benchmark, gone when it ends."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@contextmanager
def database(url: str) -> Iterator[None]:
    """Set Django up on an empty database with the options of a real site.

    An empty *url* means SQLite in a file; a PostgreSQL one names a database beside
    which a new one may be made. Once for each process: Django is set up once.
    """
    os.environ["DATABASE_URL"] = url or "sqlite:///:memory:"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django  # noqa: PLC0415  # only now is it known which database is meant

    django.setup()
    from django.db import connection  # noqa: PLC0415

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(
            str(connection.settings_dict["NAME"]), verbosity=0
        )


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
