"""One page of a long, ordered listing, cheap at its end too."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet


def ids_on_page(
    rows: QuerySet[Any, Any], offset: int, size: int, total: int
) -> list[int]:
    """Return the ids of *size* of the *total* ordered *rows*, from *offset* on.

    One query for ids alone, which an index can answer, counted from whichever end is
    nearer: the last page costs what the first does.
    """
    stop = min(offset + size, total)
    if offset >= stop:
        return []
    ids = rows.values_list("pk", flat=True)
    if offset <= total - stop:
        return list(ids[offset:stop])
    return list(ids.reverse()[total - stop : total - offset])[::-1]
