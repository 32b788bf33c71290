"""Looking rows up by the values of one column, with SQL that Django compiles once.

A mail that arrives asks a dozen small questions. To compile each anew takes Django
several times as long as the database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from hyperkitty.models import MailingList

from .bulk import PLAIN

Row = TypeVar("Row")

#: Most values in one statement: a power of two, under the limits of all databases.
CHUNK = 16_384


class Lookup(Generic[Row]):
    """Rows of *queryset*, model instances or tuples, by the values of fields *by*.

    Of several fields, which are of one kind, any has to have one of the values. Of a
    table that belongs to a list, the rows of one list are found.
    """

    def __init__(self, queryset: models.QuerySet[Any, Row], *by: str) -> None:
        self._queryset = queryset
        self._by = by
        fields = queryset.model._meta.concrete_fields
        self._is_per_list = any(field.name == "mlist" for field in fields)
        self._statements: dict[tuple[str, int], _Statement] = {}

    def find(
        self, values: Iterable[Any], mlist: MailingList | None = None
    ) -> Iterator[Row]:
        """Yield the rows that have one of *values*, in no order."""
        if self._is_per_list != (mlist is not None):
            raise TypeError("A list's rows are looked up in a list, others are not.")
        alias = router.db_for_write(self._queryset.model)
        ordered = sorted(set(values))
        for start in range(0, len(ordered), CHUNK):
            chunk = ordered[start : start + CHUNK]
            size = 0  # of a statement for any number
            if connections[alias].vendor != "postgresql":
                # The last is repeated up to a power of two: few statements do for all.
                size = 1 << (len(chunk) - 1).bit_length()
                chunk += chunk[-1:] * (size - len(chunk))
            statement = self._statements.get((alias, size))
            if statement is None:
                statement = self._statements[alias, size] = self._compiled(alias, size)
            yield from statement.rows(chunk, mlist)

    def _compiled(self, alias: str, size: int) -> _Statement:
        places = [Value(_Place(number)) for number in range(size)]
        wanted = [
            (f"{name}__in", places) if size else _is_among_all(name)
            for name in self._by
        ]
        found = self._queryset.filter(Q(*wanted, _connector=Q.OR))
        if self._is_per_list:
            found = found.filter(mlist=Value(_Place(_LIST)))
        return _Statement(found.query.get_compiler(using=alias), alias, self._by[0])


def _is_among_all(name: str) -> Func:
    """Return the condition that takes all values as one array, for PostgreSQL.

    Its driver reads a statement with a mark for each value again for each run.
    """
    return Func(
        F(name),
        Value(_Place(_ALL)),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


#: Places among the parameters: of the list, and of all values together. The place of
#: one value is its number.
_LIST, _ALL = -1, -2


@dataclass(frozen=True, slots=True)
class _Place:
    """A parameter that each run fills with another value."""

    number: int


class _Statement:
    """Compiled SQL, with what makes its parameters and its rows."""

    def __init__(self, compiler: SQLCompiler, alias: str, by: str) -> None:
        self._sql, params = compiler.as_sql()
        self._params: Sequence[object] = params
        model: Any = compiler.query.model
        field = model._meta.pk if by == "pk" else model._meta.get_field(by)
        self._alias = alias
        self._prepare = field.get_db_prep_value
        columns = [column for column, _sql, _alias in compiler.select or ()]
        self._converters = compiler.get_converters(columns)
        # Else it is a queryset of values.
        is_instance = compiler.query.default_cols
        self._names = [c.target.attname for c in columns] if is_instance else []
        self._model = model

    def rows(self, values: Sequence[Any], mlist: MailingList | None) -> Iterator[Any]:
        """Run it and yield instances or tuples."""
        connection = connections[self._alias]
        plain = [
            value if type(value) in PLAIN else self._prepare(value, connection)
            for value in values
        ]
        filled = {_LIST: mlist and mlist.pk, _ALL: plain, **dict(enumerate(plain))}
        params = [
            filled[param.number] if isinstance(param, _Place) else param
            for param in self._params
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)  # type: ignore[arg-type]  # as compiled
            found = cursor.fetchall()
        for row in self._converted(found, connection):
            if self._names:
                yield self._model.from_db(self._alias, self._names, row)
            else:
                yield row

    def _converted(
        self, rows: Iterable[Sequence[Any]], connection: BaseDatabaseWrapper
    ) -> Iterable[Sequence[Any]]:
        if not self._converters:
            return rows
        return (self._converted_row(row, connection) for row in rows)

    def _converted_row(
        self, row: Sequence[Any], connection: BaseDatabaseWrapper
    ) -> Sequence[Any]:
        values = list(row)
        for place, (converters, column) in self._converters.items():
            for convert in converters:
                values[place] = convert(values[place], column, connection)
        return tuple(values)
