"""Pages of long listings."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import ListActivity
from hyperkitty.selectors.slices import ids_on_page
from tests.mails import make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db: None):
    """Return ten ordered rows."""
    mlist = make_list()
    ListActivity.objects.bulk_create(
        ListActivity(mlist=mlist, day=f"2024-01-{day:02}") for day in range(1, 11)
    )
    return ListActivity.objects.filter(mlist=mlist).order_by("-day")


@pytest.mark.parametrize("size", [1, 3, 4, 10, 20])
def test_pages_together_are_the_whole(rows, size: int) -> None:
    whole = [row.pk for row in rows]
    pages = [ids_on_page(rows, offset, size, 10) for offset in range(0, 10, size)]
    assert [pk for page in pages for pk in page] == whole


def test_page_beyond_the_end_is_empty(rows) -> None:
    assert ids_on_page(rows, 10, 5, 10) == []


def test_late_page_is_counted_from_the_end(rows) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert len(ids_on_page(rows, 9, 3, 10)) == 1
    assert "OFFSET" not in captured[0]["sql"]
