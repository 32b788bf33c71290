"""Every kind of page in a real browser: whole, quiet, self-contained, accessible."""

from __future__ import annotations

import os
from itertools import combinations, product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from .conftest import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


#: At 200 % a window has half as many of its own pixels.
VIEWS = {
    "phone": {"viewport": PHONE},
    "desktop": {"viewport": DESKTOP},
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}
WAYS = (("light", "dark"), tuple(VIEWS), ("stranger", "anne"))
#: Every two of them meet: what continuous integration has time for.
PAIRS = [
    ("light", "phone", "stranger"),
    ("dark", "phone", "anne"),
    ("dark", "desktop", "stranger"),
    ("light", "desktop", "anne"),
    ("dark", "zoomed", "stranger"),
    ("light", "zoomed", "anne"),
]
CASES = list(product(*WAYS)) if os.environ.get("AXE_CASES") == "all" else PAIRS


def faults(axe: Axe, page: Page) -> list[tuple[str, str]]:
    """Return each rule of axe that *page* breaks, and where first."""
    violations = axe.run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in violations]


@pytest.mark.parametrize("script", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_loads_whole_and_asks_nobody_else(
    archive, visit, script: bool, size: dict[str, int]
) -> None:
    here = visit(java_script_enabled=script, viewport=size)
    for name, path in archive.pages.items():
        page = here.open(path)
        assert page.locator("h1").count() == 1, name
        assert page.locator("main").count() == 1, name
    assert here.complaints == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP, {"width": 320, "height": 640}])
def test_no_page_is_wider_than_the_window(archive, visit, size) -> None:
    here = visit(viewport=size)
    for name, path in archive.pages.items():
        width = here.open(path).evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], name


@pytest.mark.parametrize(("scheme", "view", "who"), CASES)
def test_axe_finds_nothing(
    archive, visit, axe, scheme: str, view: str, who: str
) -> None:
    here = visit(color_scheme=scheme, **VIEWS[view])
    if who != "stranger":
        here.sign_in(who)
    found = {name: faults(axe, here.open(path)) for name, path in archive.pages.items()}
    assert not any(found.values()), found


def test_cases_in_a_hurry_have_every_pair() -> None:
    for one, other in combinations(range(len(WAYS)), 2):
        wanted = set(product(WAYS[one], WAYS[other]))
        assert {(case[one], case[other]) for case in PAIRS} == wanted


def test_signed_in_reader_finds_the_same_pages_in_order(archive, visit, axe) -> None:
    here = visit()
    page = here.open(archive.pages["login"])
    page.get_by_label("Username").or_(page.locator("[name=login]")).first.fill("anne")
    page.locator("[name=password]").fill("pw")
    page.locator("main [type=submit]").first.click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", name="This list is private").is_visible()
    assert faults(axe, page) == []
    page = here.open(archive.pages["thread"])
    assert page.get_by_role("button", name="Sign out").is_visible()


def test_dark_scheme_is_dark(archive, visit) -> None:
    background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g)"
    light = visit().open("/archives/").evaluate(background)
    dark = visit(color_scheme="dark").open("/archives/").evaluate(background)
    assert min(map(int, light)) > 200
    assert max(map(int, dark)) < 60


def test_first_visit_loads_little(archive, visit) -> None:
    here = visit()
    sizes = []
    here.page.on("response", lambda answer: sizes.append(len(answer.body())))
    here.open(archive.pages["overview"])
    here.page.wait_for_load_state("networkidle")
    assert sum(sizes) < 100_000
