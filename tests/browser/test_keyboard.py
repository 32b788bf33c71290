"""Reading without a mouse, and without a script."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_first_tab_stop_skips_to_the_content(archive, visit) -> None:
    page = visit().open(archive.pages["latest"])
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to content")
    assert link.evaluate("e => e === document.activeElement")
    assert link.evaluate("e => e.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_focus_is_visible(archive, visit) -> None:
    page = visit().open(archive.pages["latest"])
    for _stop in range(8):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def test_one_walks_from_the_index_to_a_reply_by_links(archive, visit) -> None:
    page = visit(java_script_enabled=False).open("/archives/")
    page.get_by_role("link", name="Small talk").click()
    page.get_by_role("link", name="All threads →").click()
    page.get_by_role("link", name="Older").first.click()
    page.get_by_role("link", name="Tea or coffee?").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Tea or coffee?"
    page.locator("#outline a").nth(4).click()
    name = page.url.rpartition("#")[2]
    assert len(name) == 32
    article = page.locator(f"[id='{name}']")
    assert article.is_visible()
    article.locator(".mail-date").click()
    assert f"/message/{name}/" in page.url


def test_folded_quote_opens_without_script(archive, visit) -> None:
    page = visit(java_script_enabled=False).open(archive.pages["thread"])
    fold = page.locator("details.m-fold").first
    assert not fold.locator("blockquote").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator("blockquote").first.is_visible()


def test_thread_without_color_and_layout_still_tells_who_answers_whom(
    archive, visit
) -> None:
    page = visit().open(archive.pages["thread"])
    assert page.locator(".outline > ol > li").count() == 1
    assert page.locator(".outline > ol > li > ol > li > ol > li").count() > 1
    assert page.locator(".outline ol ol ol ol a").count() > 5
    assert page.locator("article").count() == 30
    assert page.locator(".mail-parent a").count() > 5
