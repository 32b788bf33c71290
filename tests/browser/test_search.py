"""Searching in a real browser: by keyboard, on a phone, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hyperkitty.models import Email
from hyperkitty.search.pending import note_mails
from hyperkitty.search.upkeep import index_due
from tests.indexes import search_at

from .conftest import DESKTOP, PHONE
from .test_pages import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEARCH = "/archives/search"
PAGES = (
    f"{SEARCH}?q=tea",
    f"{SEARCH}?q=tea+-coffee+from:anne+has:patch&mlist=talk@lists.example.org",
    f"{SEARCH}?q=xylophone+colour:red",
    SEARCH,
    f"{SEARCH}/help",
)


@pytest.fixture
def indexed(archive, tmp_path: Path) -> Iterator[object]:
    """Return the archive, with its mails in an index of this test's own."""
    with search_at(f"tantivy://{tmp_path}/index"):
        note_mails(Email.objects.values_list("pk", flat=True))
        index_due()
        yield archive


def box(page: Page):
    return page.locator("#site-search")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_of_search_are_whole_quiet_and_accessible(
    indexed, visit, axe, scheme: str, size: dict[str, int]
) -> None:
    here = visit(color_scheme=scheme, viewport=size)
    for path in PAGES:
        page = here.open(path)
        assert faults(axe, page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert here.complaints == []


def test_one_finds_and_narrows_without_script_by_keyboard(indexed, visit) -> None:
    page = visit(java_script_enabled=False).open(indexed.pages["overview"])
    box(page).focus()
    page.keyboard.type("tea")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert page.locator(".found-thread").count() >= 1
    assert page.locator(".found mark").count() >= 1
    page.get_by_role("link", name="Newest").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=date-desc**")
    page.locator(".facet a").first.click()
    assert page.locator(".chip").count() >= 1
    page.locator(".found-subject a").first.click()
    assert "/thread/" in page.url


def test_suggestions_are_walked_with_the_arrows(indexed, visit) -> None:
    here = visit()
    page = here.open("/archives/")
    box(page).press_sequentially("tea")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "false")
    page.keyboard.press("Escape")
    expect(options.first).not_to_be_visible()
    box(page).press_sequentially("?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=tea%3F**")
    assert here.complaints == []


def test_suggestion_that_is_chosen_is_opened(indexed, visit, axe) -> None:
    page = visit().open("/archives/")
    box(page).press_sequentially("Tea or")
    expect(page.get_by_role("option").first).to_be_visible()
    assert faults(axe, page) == []
    page.get_by_role("option", name="Tea or coffee?").click()
    page.wait_for_url("**/thread/**")


def test_similar_threads_come_into_the_thread_page(indexed, visit) -> None:
    here = visit()
    page = here.open(indexed.pages["thread"])
    page.locator("#similar").scroll_into_view_if_needed()
    expect(page.locator(".similar .similar-threads")).to_be_visible()
    page.get_by_placeholder("Search in this thread").fill("tea")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=tea+thread**")
    assert here.complaints == []
