"""How the archive wants each database opened; production and tests share it."""

from __future__ import annotations

from typing import Any

import environ

# One writer at a time is SQLite's nature. IMMEDIATE takes the write lock when a
# transaction begins, so that a read followed by a write waits its turn instead of
# failing at once. WAL lets pages be read meanwhile.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,  # seconds
    "init_command": (
        "PRAGMA page_size=8192;"  # of a new file: wastes less at the end of a mail
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=NORMAL;"
        "PRAGMA cache_size=-65536;"  # KiB: 64 MiB
        "PRAGMA mmap_size=134217728;"  # bytes: 128 MiB
        "PRAGMA temp_store=MEMORY;"
    ),
}

# utf8mb4 holds every character; the binary collation keeps ids that differ in case
# apart, as SQLite and PostgreSQL do.
MARIADB_OPTIONS = {
    "charset": "utf8mb4",
    "collation": "utf8mb4_bin",
    "isolation_level": "read committed",
    "init_command": "SET sql_mode='STRICT_TRANS_TABLES'",
}


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for the database at *url*."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    options = config.setdefault("OPTIONS", {})
    # Connections are used again for a minute, checked before each request. To open one
    # takes longer than to archive a mail, on SQLite too: its last one to close copies
    # the write-ahead log into the file, and its cache goes with it.
    config.setdefault("CONN_MAX_AGE", 60)
    config.setdefault("CONN_HEALTH_CHECKS", True)
    match config["ENGINE"].rpartition(".")[2]:
        case "sqlite3":
            config["OPTIONS"] = SQLITE_OPTIONS | options
        case "mysql":
            config["OPTIONS"] = MARIADB_OPTIONS | options
            config["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin"}
    return config
