"""Reading threads: keys, the outline, folding, links into parts, times."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from hyperkitty.models import MailingList, ReadState
from tests.mails import bring, mail, make_list

from .conftest import PHONE
from .test_pages import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUSED = "document.activeElement.id"


def sign_in(page: Page, home: str) -> None:
    page.goto(f"{home}/accounts/login/")
    page.locator("[name=login]").fill("anne")
    page.locator("[name=password]").fill("pw")
    page.locator("main [type=submit]").first.click()
    page.wait_for_load_state()


def ids(page: Page) -> list[str]:
    return page.eval_on_selector_all("article.mail", "all => all.map(one => one.id)")


def test_keys_walk_through_a_thread_and_up_again(archive, visit) -> None:
    page = visit().open(archive.pages["thread"])
    order = ids(page)
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == order[0]
    for _step in range(3):
        page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == order[3]
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert -1 <= top < 40
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == order[2]
    page.keyboard.press("o")
    page.wait_for_url(f"**/message/{order[2]}/")
    page.keyboard.press("j")
    page.wait_for_url(f"**/message/{order[3]}/")
    page.keyboard.press("u")
    page.wait_for_url(f"**/thread/**#{order[3]}")
    assert page.evaluate(FOCUSED) == order[3]
    page.keyboard.press("u")
    page.wait_for_url("**/latest")
    page.keyboard.press("j")
    page.keyboard.press("j")
    link = page.locator(".thread-row a").nth(2)
    assert link.evaluate("one => one === document.activeElement") or page.evaluate(
        "document.activeElement.closest('.thread-row') !== null"
    )
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/archives/")


def test_keys_are_left_alone_where_one_types_and_with_modifiers(archive, visit) -> None:
    page = visit().open("/archives/")
    field = page.locator("input[type=search]").first
    field.focus()
    page.keyboard.type("jku?")
    expect(field).to_have_value("jku?")
    assert page.locator("#keys[open]").count() == 0
    field.evaluate("one => one.blur()")
    page.keyboard.press("Control+u")
    page.keyboard.press("Alt+j")
    assert page.evaluate("document.activeElement === document.body")


def test_help_turns_the_keys_off_and_on_again(archive, visit, axe) -> None:
    page = visit().open(archive.pages["thread"])
    page.keyboard.press("?")
    dialog = page.locator("#keys")
    expect(dialog).to_be_visible()
    assert faults(axe, page) == []
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("button", name="Keyboard").click()
    dialog.get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == ids(page)[0]


def test_outline_says_where_one_is(archive, visit) -> None:
    page = visit().open(archive.pages["thread"])
    order = ids(page)
    here = page.locator(".outline [aria-current=location]")
    expect(here).to_have_attribute("href", f"#{order[0]}")
    page.evaluate("id => document.getElementById(id).scrollIntoView()", order[8])
    expect(here).to_have_attribute("href", f"#{order[8]}")


def test_branch_folds_and_a_link_into_it_opens_it(archive, visit) -> None:
    page = visit().open(archive.pages["thread"])
    order = ids(page)
    button = page.locator("article.mail").nth(2).locator(".fold")
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.locator("article.mail").nth(3)).to_be_hidden()
    count = int(button.inner_text().lstrip("+"))
    assert page.locator("article.mail:visible").count() == len(order) - count
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == order[2 + count + 1]
    page.evaluate("id => { location.hash = id }", order[4])
    expect(page.locator("article.mail").nth(4)).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")


def test_outline_is_a_sheet_on_a_phone_even_without_script(archive, visit) -> None:
    for script in (True, False):
        page = visit(viewport=PHONE, java_script_enabled=script).open(
            archive.pages["thread"]
        )
        page.locator(".outline-button").click()
        link = page.locator(".outline a").nth(5)
        expect(link).to_be_in_viewport()
        name = link.get_attribute("href")[1:]
        link.click()
        expect(page.locator(f"[id='{name}']")).to_be_in_viewport()
        expect(page.locator(".close-outline")).to_be_hidden()


@pytest.fixture
def long_thread(live_server) -> MailingList:
    """Return a list with one thread of 230 mails: a chain, and answers to its start."""
    mlist = make_list(name="long@lists.example.org")
    chain = [mail("0@e.com", subject="Long")] + [
        mail(
            f"{n}@e.com",
            in_reply_to=f"{n - 1 if n < 60 else 0}@e.com",
            subject="Re: Long",
            sender=f"Person {n % 9} <p{n % 9}@e.com>",
            hours=n,
        )
        for n in range(1, 230)
    ]
    bring(mlist, *chain)
    return mlist


def test_permalink_anchor_finds_the_part_with_its_mail(long_thread, visit) -> None:
    page = visit().open("/archives/")
    thread = long_thread.threads.get()
    last = long_thread.emails.get(message_id="229@e.com")
    home = page.url.removesuffix("/archives/")
    page.goto(f"{home}{thread.get_absolute_url()}#{last.permalink}")
    page.wait_for_url(f"**?page=2#{last.permalink}")
    expect(page.locator(f"[id='{last.permalink}']")).to_be_in_viewport()


def test_thread_of_200_mails_is_whole_quiet_and_accessible(
    long_thread, visit, axe
) -> None:
    here = visit()
    page = here.open(long_thread.threads.get().get_absolute_url())
    assert page.locator("article.mail").count() == 200
    assert page.locator(".outline a").count() == 200
    assert faults(axe, page) == []
    assert here.complaints == []


def test_new_mails_are_walked_and_then_seen(archive, visit) -> None:
    mlist = MailingList.objects.get(name="talk@lists.example.org")
    here = visit()
    sign_in(here.page, archive.url)
    page = here.open(archive.pages["thread"])
    page.wait_for_load_state("networkidle")
    assert ReadState.objects.filter(mlist=mlist).exists()
    bring(
        mlist,
        *(
            mail(
                f"n{n}@e.com",
                in_reply_to=f"t{n}@example.com",
                sender="Bart <bart@example.com>",
                hours=90 + n,
            )
            for n in (0, 3)
        ),
    )
    page = here.open(archive.pages["thread"])
    assert page.locator("article.new").count() == 2
    assert page.locator(".outline a.new").count() == 2
    assert "2 new messages" in page.locator(".new-bar").inner_text()
    page.keyboard.press("n")
    first = page.evaluate(FOCUSED)
    page.keyboard.press("n")
    second = page.evaluate(FOCUSED)
    assert [first, second] == page.eval_on_selector_all(
        "article.new", "all => all.map(one => one.id)"
    )
    page.keyboard.press("p")
    assert page.evaluate(FOCUSED) == first
    page.wait_for_load_state("networkidle")
    assert here.open(archive.pages["thread"]).locator("article.new").count() == 0


def test_times_are_those_of_the_reader(archive, visit) -> None:
    here = visit(timezone_id="Asia/Tokyo", locale="en-GB")
    time = here.open(archive.pages["thread"]).locator("article time").first
    assert re.fullmatch(r"1 Jan 2024, 21:00", time.inner_text())
    assert "sender's clock" in time.get_attribute("title")
    plain = visit(java_script_enabled=False).open(archive.pages["thread"])
    assert plain.locator("article time").first.inner_text() == "1 Jan 2024, 06:00"
