"""Writing and reading many rows in a number of statements that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connections, models, router

M = TypeVar("M", bound=models.Model)
Row = TypeVar("Row")

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
    rows = list(objects)
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = [_concrete(model, name) for name in field_names]
    assignments = ", ".join(f"{quote(_column(field))} = %s" for field in fields)
    key = _concrete(model, "pk")
    statement = (
        f"UPDATE {quote(model._meta.db_table)} SET {assignments} "  # noqa: S608  # names are ours
        f"WHERE {quote(_column(key))} = %s"
    )
    parameters = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in (*fields, key)
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, parameters)


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
    fields = {field.attname: field for field in model._meta.concrete_fields}
    names = [name for name in fields if name in rows[0]]
    columns = ", ".join(quote(_column(fields[name])) for name in names)
    places = ", ".join(["%s"] * len(names))
    table = quote(model._meta.db_table)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608  # names are ours
    prepare = [(name, fields[name].get_db_prep_save) for name in names]
    parameters = [[p(row[name], connection) for name, p in prepare] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, parameters)


def matching(
    queryset: models.query.QuerySet[Any, Row], field_name: str, values: Iterable[Any]
) -> Iterator[Row]:
    """Yield the rows of *queryset* whose *field_name* is among *values*."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        yield from queryset.filter(**{f"{field_name}__in": chunk})


def _concrete(model: type[M], name: str) -> models.Field[Any, Any]:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no field with a column.")
    return field


def _column(field: models.Field[Any, Any]) -> str:
    if field.column is None:
        raise TypeError(f"{field} has no column.")
    return field.column
