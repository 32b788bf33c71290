"""The look of pages in a browser: light, dark, steady, small; lists that narrow."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESKTOP, PHONE
from .test_pages import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The sum of what has moved on a page without the reader's doing.
SHIFTS = """() => new Promise((tell) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => tell(sum), 200);
})"""


def is_dark(page: Page) -> bool:
    color = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g)"
    return max(map(int, page.evaluate(color))) < 60


@pytest.mark.parametrize("system", ["light", "dark"])
def test_reader_switches_colors_and_the_browser_remembers(
    archive, visit, system: str
) -> None:
    here = visit(color_scheme=system)
    page = here.open(archive.pages["latest"])
    button = page.get_by_role("button", name="Dark colors")
    pressed = "true" if system == "dark" else "false"
    assert button.get_attribute("aria-pressed") == pressed
    button.click()
    assert is_dark(page) is (system == "light")
    assert is_dark(here.open(archive.pages["thread"])) is (system == "light")
    button = page.get_by_role("button", name="Dark colors")
    button.click()
    assert is_dark(page) is (system == "dark")
    assert page.evaluate("localStorage.length") == 0


def test_choice_is_applied_before_anything_is_drawn(archive, visit) -> None:
    here = visit(color_scheme="light")
    page = here.open("/archives/")
    page.get_by_role("button", name="Dark colors").click()
    page.route("**/*.css", lambda route: route.abort())
    page.goto(archive.url + "/archives/", wait_until="commit")
    page.wait_for_selector("body")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_script_there_is_no_switch(archive, visit) -> None:
    page = visit(java_script_enabled=False).open("/archives/")
    assert not page.locator(".theme-switch").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_moves_while_a_page_loads(archive, visit, size) -> None:
    here = visit(viewport=size)
    shifts = {}
    for name, path in archive.pages.items():
        shifts[name] = here.open(path).evaluate(SHIFTS)
    # Ten times less than what a person may notice (web.dev/cls).
    assert max(shifts.values()) < 0.01, shifts


def test_first_visit_loads_little_when_compressed(archive, visit) -> None:
    here = visit()
    sizes: dict[str, int] = {}

    def note(answer) -> None:
        if answer.request.resource_type in ("stylesheet", "script", "image", "font"):
            sizes[answer.url] = len(gzip.compress(answer.body()))

    here.page.on("response", note)
    for name in ("index", "overview", "thread", "message"):
        here.open(archive.pages[name])
    here.page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) < 100_000, sizes


def test_lists_narrow_as_one_types(archive, visit) -> None:
    here = visit()
    page = here.open("/archives/")
    rows = page.locator(".list-row")
    expect(rows).to_have_count(2)
    box = page.get_by_role("searchbox", name="Name or address")
    box.press_sequentially("small")
    expect(rows).to_have_count(1)
    expect(page.locator("#lists-found")).to_have_text("1 list")
    assert page.url.endswith("?filter=small")
    box.press_sequentially("est talk")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("No list has “smallest talk”")).to_be_visible()
    box.fill("")
    expect(rows).to_have_count(2)
    assert here.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_own_pages_are_accessible(archive, visit, axe, scheme: str) -> None:
    here = visit(color_scheme=scheme)
    page = here.open("/accounts/login/")
    page.locator("[name=login]").fill("anne")
    page.locator("[name=password]").fill("pw")
    page.locator("main [type=submit]").first.click()
    page.wait_for_load_state()
    found = {}
    for name in ("", "favorites", "last_views", "votes", "subscriptions"):
        found[name] = faults(axe, here.open(f"/archives/profile/{name}"))
    assert not any(found.values()), found


def test_paper_shows_the_text_and_nothing_to_click(archive, visit) -> None:
    page = visit(color_scheme="dark").open(archive.pages["overview"])
    page.emulate_media(media="print")
    ink = "getComputedStyle(document.body).color"
    assert page.evaluate(ink) == "rgb(0, 0, 0)"
    for part in (".site-header", ".site-footer", ".choices"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("h1").is_visible()
