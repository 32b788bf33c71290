"""The example site's settings: safe when nothing is set, and never a made-up secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from example_project.databases import database
from example_project.search import search_engine

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {
    "SECRET_KEY": "0123456789" * 6,
    "MAILMAN_REST_API_PASS": "restpass",
    "MAILMAN_ARCHIVER_KEY": "archiver-key",
}
PRINT = """
import json, sys
from example_project import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}))
"""


def read(*names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Read settings in a new process that sees *environment* and no .env file."""
    bare = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-c", PRINT, *names],
        cwd=ROOT,
        env=bare | environment,
        capture_output=True,
        text=True,
    )


def values(*names: str, **environment: str) -> Any:
    done = read(*names, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", SECRETS)
def test_missing_secret_is_a_clear_error(name: str) -> None:
    others = {key: value for key, value in SECRETS.items() if key != name}
    for environment in (others, others | {name: ""}):
        done = read("DEBUG", **environment)
        assert done.returncode != 0
        assert f"ImproperlyConfigured: {name} is not set" in done.stderr


def test_site_is_for_production_when_only_the_secrets_are_set() -> None:
    assert values(
        "DEBUG",
        "DEMO",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "ALLOWED_HOSTS",
        **SECRETS,
    ) == {
        "DEBUG": False,
        "DEMO": False,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
    }
    assert values("SECURE_HSTS_SECONDS", **SECRETS)["SECURE_HSTS_SECONDS"] > 0


def test_demo_works_over_plain_http() -> None:
    names = ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE"]
    assert not any(values(*names, DEMO="on", **SECRETS).values())


def test_environment_stands_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("MAILMAN_REST_API_URL=http://file\nMAILMAN_REST_API_USER=file\n")
    assert values(
        "MAILMAN_REST_API_URL",
        "MAILMAN_REST_API_USER",
        ENV_FILE=str(file),
        MAILMAN_REST_API_USER="environment",
        **SECRETS,
    ) == {
        "MAILMAN_REST_API_URL": "http://file",
        "MAILMAN_REST_API_USER": "environment",
    }


def test_services_come_from_the_environment() -> None:
    read_back = values(
        "DATABASES",
        "CACHES",
        "HAYSTACK_CONNECTIONS",
        "EMAIL_HOST",
        "EMAIL_PORT",
        "MAILMAN_ARCHIVER_FROM",
        DATABASE_URL="postgres://archive:pw@db.example.org/archive",
        CACHE_URL="rediscache://cache.example.org:6379/1",
        SEARCH_URL="whoosh:///srv/index",
        EMAIL_URL="smtp://mail.example.org:26",
        MAILMAN_ARCHIVER_FROM="192.0.2.1,192.0.2.2",
        **SECRETS,
    )
    assert read_back["DATABASES"]["default"]["HOST"] == "db.example.org"
    assert read_back["CACHES"]["default"]["BACKEND"].endswith("RedisCache")
    assert read_back["HAYSTACK_CONNECTIONS"]["default"]["PATH"] == "/srv/index"
    assert read_back["EMAIL_HOST"] == "mail.example.org"
    assert read_back["EMAIL_PORT"] == 26
    assert read_back["MAILMAN_ARCHIVER_FROM"] == ["192.0.2.1", "192.0.2.2"]


def test_sqlite_waits_for_its_turn_to_write() -> None:
    options = database("sqlite:///archive.sqlite3")["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]


def test_options_of_the_database_url_stand_above_ours() -> None:
    url = "mysql://root@/archive?unix_socket=/run/socket&isolation_level=serializable"
    options = database(url)["OPTIONS"]
    assert options["unix_socket"] == "/run/socket"
    assert options["isolation_level"] == "serializable"
    assert options["charset"] == "utf8mb4"


def test_search_url_names_an_engine_and_its_folder() -> None:
    assert search_engine("tantivy:///srv/index") == {
        "ENGINE": "hyperkitty.search.engines.tantivy_backend.TantivyEngine",
        "PATH": "/srv/index",
    }
    assert search_engine("whoosh:///srv/index")["ENGINE"].startswith("hyperkitty.")
    assert "solr" in search_engine("solr://localhost:8983/solr")["ENGINE"]


def test_whoosh_takes_over_where_tantivy_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("example_project.search.find_spec", lambda name: None)
    found = search_engine("tantivy:///srv/index")
    assert found["ENGINE"].endswith("WhooshEngine")
    assert found["PATH"] == "/srv/index-whoosh"
