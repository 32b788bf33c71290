"""From a stranger who reads a list to an answer in its thread, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from hyperkitty.mailman import Core
from hyperkitty.models import Email
from hyperkitty.services.sync import sync_all
from tests.mailman.real_core import PATIENCE, RealCore, is_member, wait_for
from tests.mails import mail

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("worker")]

LIST = "tides@lists.example.org"
BART, NEW = "bart@example.org", "newcomer@example.org"
PASSWORD = "a-long-secret-7"
WORDS = "I do: žluťoučký kůň."


@pytest.fixture
def question(real_core: RealCore) -> Email:
    """A mail of Bart's, on a public list of Core that he is on."""
    list_id = real_core.make_list(LIST, subject_prefix="[Tides] ")
    real_core.join(list_id, BART)
    sync_all(Core())
    raw = mail(
        "question@example.org",
        subject="Who reads tide tables?",
        sender=f"Bart <{BART}>",
        references=["older@example.org"],
    )
    real_core.send(f"To: {LIST}\n".encode() + raw, BART, LIST)
    found = Email.objects.filter(message_id="question@example.org")
    return wait_for(found.select_related("mlist", "thread").first, "Bart's mail")


def test_stranger_signs_up_confirms_answers_and_sees_it(
    real_core: RealCore, question: Email, page: Page, settings: Settings
) -> None:
    settings.LOGIN_REDIRECT_URL = "/archives/"
    page.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    thread = real_core.base_url + question.thread.get_absolute_url()

    page.goto(thread)
    page.get_by_role("link", name="Reply").click()
    page.get_by_role("link", name="sign up").click()
    sign_up(page)
    page.goto(confirmation(real_core))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/login/**")
    sign_in(page)

    page.goto(thread)
    page.evaluate("window.isTheSamePage = true")
    page.get_by_role("link", name="Reply").click()
    expect(page.get_by_text("Sending registers this address")).to_be_visible()
    page.get_by_label("Message", exact=True).fill(WORDS)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".pending")).to_contain_text(WORDS)
    expect(page.locator(".pending")).to_have_count(0)

    answer = Email.objects.get(parent=question)
    expect(page.locator(f"[id='{answer.permalink}']")).to_contain_text(WORDS)
    assert page.evaluate("window.isTheSamePage")
    copy = wait_for(
        lambda: real_core.delivered(BART, answer.message_id), "the answer at Bart's"
    )
    assert copy["Subject"] == "[Tides] Re: Who reads tide tables?"
    assert copy["In-Reply-To"] == "<question@example.org>"
    assert copy["References"] == "<older@example.org> <question@example.org>"
    assert is_member(real_core, question.mlist.list_id, NEW)
    assert real_core.delivered(NEW, answer.message_id) is None
    page.goto(copy["Archived-At"].strip().strip("<>"))
    expect(page.get_by_role("article")).to_contain_text(WORDS)


def sign_up(page: Page) -> None:
    page.get_by_label("Email").fill(NEW)
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign Up").click()
    expect(page.get_by_role("heading", name="Verify Your Email")).to_be_visible()


def confirmation(core: RealCore) -> str:
    """Return the link in the mail that the newcomer got."""
    copy = wait_for(lambda: core.delivered(NEW, "confirm"), "the mail with the link")
    text = copy.get_payload(decode=True)
    assert isinstance(text, bytes)
    link = re.search(r"https?://\S+(/accounts/confirm-email/\S+)", text.decode())
    assert link is not None
    return core.base_url + link[1]


def sign_in(page: Page) -> None:
    page.get_by_label("Login").fill("newcomer")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign In").click()
    page.wait_for_url(lambda url: "/login" not in url)
