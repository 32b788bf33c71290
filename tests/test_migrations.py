"""Migrations: a site that moves over keeps HyperKitty's tables, untouched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# Names as they stand in the database of a HyperKitty site.
THEIR_MIGRATIONS = ["0001_initial", "0023_alter_mailinglist_name"]
THEIR_TABLE = "hyperkitty_mailinglist"


@pytest.fixture
def hyperkitty_database(transactional_db: None) -> Iterator[None]:
    """Turn the test database into one that HyperKitty left; give ours back after."""
    call_command("migrate", "hyperkitty", "zero", verbosity=0)
    recorder = MigrationRecorder(connection)
    for name in THEIR_MIGRATIONS:
        recorder.record_applied("hyperkitty", name)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {THEIR_TABLE} (id integer, name varchar(254))")
        cursor.execute(f"INSERT INTO {THEIR_TABLE} VALUES (1, 'a@example.org')")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {THEIR_TABLE}")
    for name in THEIR_MIGRATIONS:
        recorder.record_unapplied("hyperkitty", name)
    call_command("migrate", "hyperkitty", verbosity=0)


def test_tables_appear_beside_those_of_hyperkitty(hyperkitty_database: None) -> None:
    call_command("migrate", "hyperkitty", verbosity=0)

    assert "archive_list" in connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, name FROM {THEIR_TABLE}")
        assert list(cursor.fetchall()) == [(1, "a@example.org")]
    applied = {
        name
        for app, name in MigrationRecorder(connection).applied_migrations()
        if app == "hyperkitty"
    }
    assert applied > set(THEIR_MIGRATIONS)
    assert min(applied - set(THEIR_MIGRATIONS)) >= "0100"


def test_every_table_of_ours_has_a_name_of_its_own() -> None:
    models = apps.get_app_config("hyperkitty").get_models(include_auto_created=True)
    tables = [model._meta.db_table for model in models]
    assert tables
    assert [name for name in tables if not name.startswith("archive_")] == []
