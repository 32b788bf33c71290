"""Writing and reading many rows in a number of statements that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from hyperkitty.models import (
    Email,
    EmailText,
    ListActivity,
    MissingReference,
    RawMessage,
    Sender,
    Thread,
)

M = TypeVar("M", bound=models.Model)
Row = TypeVar("Row")

#: Tables with rows for every mail.
GROWING = (Email, RawMessage, EmailText, Thread, MissingReference, Sender, ListActivity)
#: Types whose values every driver takes as they are: most of a mail's columns.
PLAIN = frozenset({int, str, bool, type(None)})
#: Values in one ``IN (…)``: well under the limits of all databases. A batch of
#: ordinary mail stays far below, so that it takes one statement.
CHUNK = 20_000


def update_rows(
    model: type[M], objects: Iterable[M], field_names: Sequence[str]
) -> None:
    """Write *field_names* of *objects* in one ``executemany``.

    `bulk_update` builds one CASE expression for each row and column, which costs
    more than the rest of an import.
    """
    names = [_concrete(model, name).attname for name in field_names]
    key = _concrete(model, "pk").attname
    update_columns(
        model,
        ({name: getattr(row, name) for name in (*names, key)} for row in objects),
    )


def update_columns(
    model: type[models.Model], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Update *rows*, which give the key and the same columns by attribute name."""
    rows = list(rows)
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    key = _concrete(model, "pk")
    names = [name for name in rows[0] if name != key.attname]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    assignments = ", ".join(f"{quote(_column(fields[name]))} = %s" for name in names)
    statement = (
        f"UPDATE {quote(model._meta.db_table)} SET {assignments} "  # noqa: S608  # names are ours
        f"WHERE {quote(_column(key))} = %s"
    )
    values = _prepared(
        rows, [fields[name] for name in (*names, key.attname)], connection
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def insert_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert *rows*, which give a value for every column but the key by attribute name.

    `bulk_create` needs a model instance a row and compiles each value on its own,
    which costs more than parsing a mail. All rows must have the same columns.
    """
    rows = list(rows)
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = [f for f in model._meta.concrete_fields if f.attname in rows[0]]
    columns = ", ".join(quote(_column(field)) for field in fields)
    table = quote(model._meta.db_table)
    values = _prepared(rows, fields, connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > 1:
            # One statement a row, as executemany sends it, takes three times as long.
            # For one row it is the other way round: COPY asks before it sends.
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for some in values:
                    copy.write_row(some)
        else:
            places = ", ".join(["%s"] * len(fields))
            statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608  # names are ours
            cursor.executemany(statement, values)


def reserve_keys(model: type[models.Model], count: int) -> list[int]:
    """Return keys for *count* rows that the caller inserts in its transaction.

    So rows can name each other as they are written: to write them again later costs as
    much, and on PostgreSQL leaves their first versions and index entries behind. None
    on MariaDB, which gives a key only to a row that is written.
    """
    connection = connections[router.db_for_write(model)]
    table, column = model._meta.db_table, _column(_concrete(model, "pk"))
    with connection.cursor() as cursor:
        match connection.vendor:
            case "postgresql":
                cursor.execute(
                    "SELECT nextval(pg_get_serial_sequence(%s, %s))"
                    " FROM generate_series(1, %s)",
                    [table, column, count],
                )
                return [key for (key,) in cursor.fetchall()]
            case "sqlite":
                # Nobody else can write before this transaction ends.
                cursor.execute(
                    "SELECT seq FROM sqlite_sequence WHERE name = %s", [table]
                )
                (last,) = cursor.fetchone() or (0,)
                return list(range(last + 1, last + 1 + count))
            case _:
                return []


def refresh_statistics() -> None:
    """Tell PostgreSQL how full our tables have become, while many rows come in.

    Until its own look at them, it takes them for empty and reads whole indexes for
    what a look-up would find. The other databases choose well without.
    """
    connection = connections[router.db_for_write(Email)]
    if connection.vendor == "postgresql":
        names = (model._meta.db_table for model in GROWING)
        tables = ", ".join(map(connection.ops.quote_name, names))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def matching(
    queryset: models.query.QuerySet[Any, Row], field_name: str, values: Iterable[Any]
) -> Iterator[Row]:
    """Yield the rows of *queryset* whose *field_name* is among *values*."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        yield from queryset.filter(**{f"{field_name}__in": chunk})


def _prepared(
    rows: Sequence[Mapping[str, Any]],
    fields: Sequence[models.Field[Any, Any]],
    connection: BaseDatabaseWrapper,
) -> list[tuple[Any, ...]]:
    """Return the values of *rows* as the database driver wants them."""
    columns = (
        _prepared_column([row[field.attname] for row in rows], field, connection)
        for field in fields
    )
    return list(zip(*columns, strict=True))


def _prepared_column(
    values: list[Any], field: models.Field[Any, Any], connection: BaseDatabaseWrapper
) -> list[Any]:
    """Return *values* of one column; those of a batch are mostly plain or alike."""
    if PLAIN.issuperset(map(type, values)):
        return values
    if isinstance(field, models.BinaryField):
        return [field.get_db_prep_save(value, connection) for value in values]
    known = {value: field.get_db_prep_save(value, connection) for value in set(values)}
    return [known[value] for value in values]


def _concrete(model: type[M], name: str) -> models.Field[Any, Any]:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no field with a column.")
    return field


def _column(field: models.Field[Any, Any]) -> str:
    if field.column is None:
        raise TypeError(f"{field} has no column.")
    return field.column
