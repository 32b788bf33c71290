"""Columns that compare byte by byte on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    # Generic for the type checker only; at run time CharField takes no parameters.
    TextColumn = models.CharField[str | Combinable, str]
else:
    TextColumn = models.CharField


class ExactField(TextColumn):
    """A string column whose comparison and uniqueness are exact.

    MariaDB's usual collations take ``a`` and ``Ä`` for the same letter; identifiers
    of mail must not meet that way. PostgreSQL and SQLite compare exactly anyway.
    """

    charset, collation = "utf8mb4", "utf8mb4_bin"

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Return the column type, with charset and binary collation on MariaDB."""
        kind: str | None = super().db_type(connection)
        if kind and connection.vendor == "mysql":
            return f"{kind} CHARACTER SET {self.charset} COLLATE {self.collation}"
        return kind


class AsciiField(ExactField):
    """An exact column of ASCII characters: one byte each in an index of MariaDB."""

    charset, collation = "ascii", "ascii_bin"


class HashField(AsciiField):
    """A Message-ID-Hash or another digest of 20 bytes in base 32: 32 characters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)
