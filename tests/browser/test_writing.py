"""Writing to a list in the browser: in place, with drafts, and without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from hyperkitty.models import (
    Change,
    Email,
    ListRole,
    MailingList,
    MembershipChange,
    OutgoingPost,
    PostState,
    Role,
)
from tests.browser.conftest import DESKTOP, PHONE, Archive, Visit
from tests.mails import bring, mail

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "Words of mine: žluťoučký kůň."


@pytest.fixture
def talk(archive: Archive) -> MailingList:
    """The list with the long thread, now one of Mailman's."""
    mlist = MailingList.objects.get(name="talk@lists.example.org")
    bring(
        mlist,
        mail(
            "q@example.com",
            subject="A question",
            sender="Bart <bart@example.com>",
            text="Anne wrote:\n> older\n\nWho knows the way?\n\n-- \nBart\n",
        ),
    )
    mlist.synced_at = timezone.now()
    mlist.subscription_policy = "confirm"
    mlist.save()
    return MailingList.objects.get(pk=mlist.pk)


@pytest.fixture
def question(talk: MailingList) -> Email:
    """A mail to answer."""
    return Email.objects.get(message_id="q@example.com")


@pytest.fixture
def anne(visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """What opens a browser in which Anne is signed in."""

    def start(**options: object) -> Visit:
        found = visit(**options)
        found.open("/accounts/login/?next=/archives/")
        sign_in(found.page)
        return found

    return start


def sign_in(page: Page) -> None:
    page.get_by_label("Login").fill("anne")
    page.get_by_label("Password", exact=True).fill("pw")
    page.locator("main").get_by_role("button", name="Sign In").click()
    page.wait_for_url(lambda url: "/login" not in url)


def open_reply(visit: Visit, email: Email) -> Page:
    """Open the thread and the form below *email*."""
    page = visit.open(email.thread.get_absolute_url())
    page.evaluate("window.isTheSamePage = true")
    page.locator(f"[id='{email.permalink}']").get_by_role("link", name="Reply").click()
    expect(page.locator(f"[id='{email.permalink}'] form.writing")).to_be_visible()
    return page


def is_same(page: Page) -> bool:
    """Whether the page was not loaded anew."""
    return bool(page.evaluate("window.isTheSamePage === true"))


def message(page: Page) -> object:
    return page.get_by_label("Message", exact=True)


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


def test_answer_is_written_below_its_mail_and_becomes_one(
    talk: MailingList, question: Email, anne: Callable[..., Visit]
) -> None:
    visit = anne()
    page = open_reply(visit, question)
    message(page).fill(WORDS)
    send(page)

    pending = page.locator(".pending")
    expect(pending).to_contain_text(WORDS)
    expect(pending).to_contain_text("Waits to be sent")
    post = OutgoingPost.objects.get()
    bring(talk, bytes(post.raw))

    answer = Email.objects.get(parent=question)
    expect(page.locator(f"[id='{answer.permalink}']")).to_contain_text(WORDS)
    expect(pending).to_have_count(0)
    assert is_same(page)
    assert visit.complaints == []


def test_new_thread_leads_to_itself_once_it_is_there(
    talk: MailingList, anne: Callable[..., Visit]
) -> None:
    page = anne().open(f"{talk.get_absolute_url()}message/new")
    page.get_by_label("Subject").fill("Something new")
    message(page).fill(WORDS)
    send(page)
    expect(page.locator(".pending")).to_contain_text(WORDS)
    bring(talk, bytes(OutgoingPost.objects.get().raw))
    email = Email.objects.get(subject="Something new")
    page.wait_for_url(f"**{email.thread.get_absolute_url()}#{email.permalink}")


def test_quote_has_the_new_text_or_what_is_selected(
    question: Email, anne: Callable[..., Visit]
) -> None:
    page = open_reply(anne(), question)
    quote = page.get_by_role("link", name="Quote")
    quote.click()
    typed = message(page).input_value()
    assert "Bart wrote:\n> Who knows the way?" in typed
    assert "older" not in typed
    assert "> Bart" not in typed

    message(page).fill("")
    page.get_by_text("Who knows the way?").first.evaluate(
        """element => {
            const found = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            let node = found.nextNode();
            while (!node.textContent.includes("knows")) node = found.nextNode();
            const at = node.textContent.indexOf("knows");
            getSelection().setBaseAndExtent(node, at, node, at + 9);
        }"""
    )
    quote.click()
    assert message(page).input_value().endswith("Bart wrote:\n> knows the\n\n")


def test_draft_survives_a_reload_and_can_be_discarded(
    question: Email, anne: Callable[..., Visit]
) -> None:
    visit = anne()
    message(open_reply(visit, question)).fill(WORDS)
    page = open_reply(visit, question)
    expect(message(page)).to_have_value(WORDS)
    page.get_by_role("button", name="Discard it").click()
    expect(message(page)).to_have_value("")
    expect(message(open_reply(visit, question))).to_have_value("")


def test_draft_survives_a_lost_session(
    question: Email, anne: Callable[..., Visit]
) -> None:
    page = open_reply(anne(), question)
    message(page).fill(WORDS)
    Session.objects.all().delete()
    send(page)
    page.wait_for_url("**/login/**")
    sign_in(page)
    expect(message(page)).to_have_value(WORDS)
    send(page)
    expect(page.locator(".pending")).to_contain_text(WORDS)
    assert OutgoingPost.objects.count() == 1


def test_draft_survives_a_failed_send_which_is_said(
    question: Email, anne: Callable[..., Visit]
) -> None:
    visit = anne()
    page = open_reply(visit, question)
    message(page).fill(WORDS)
    page.route("**/reply", lambda route: route.abort())
    send(page)
    expect(page.get_by_text("That did not work")).to_be_visible()
    expect(message(page)).to_have_value(WORDS)
    page.unroute("**/reply")
    page.route("**/reply", lambda route: route.fulfill(status=502))
    send(page)
    expect(page.get_by_text("That did not work")).to_be_visible()
    page.unroute("**/reply")

    page = open_reply(visit, question)
    expect(message(page)).to_have_value(WORDS)
    send(page)
    expect(page.locator(".pending")).to_contain_text(WORDS)
    assert OutgoingPost.objects.count() == 1
    OutgoingPost.objects.update(state=PostState.CANCELED)
    expect(message(open_reply(visit, question))).to_have_value("")


def test_double_click_sends_once(question: Email, anne: Callable[..., Visit]) -> None:
    page = open_reply(anne(), question)
    message(page).fill(WORDS)
    page.get_by_role("button", name="Send", exact=True).dblclick()
    expect(page.locator(".pending")).to_have_count(1)
    assert OutgoingPost.objects.count() == 1


def test_preview_shows_the_text_as_the_list_will(
    question: Email, anne: Callable[..., Visit]
) -> None:
    page = open_reply(anne(), question)
    message(page).fill("> quoted\n\nhttps://example.com/new")
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_role("link", name="https://example.com/new")).to_be_visible()
    assert not OutgoingPost.objects.exists()


def test_what_waits_is_canceled_in_place(
    question: Email, anne: Callable[..., Visit]
) -> None:
    page = open_reply(anne(), question)
    message(page).fill(WORDS)
    send(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Your message was not sent.")).to_be_visible()
    assert is_same(page)
    assert OutgoingPost.objects.get().state == PostState.CANCELED


def test_all_of_it_works_without_a_script(
    question: Email, anne: Callable[..., Visit]
) -> None:
    visit = anne(java_script_enabled=False)
    page = visit.open(question.thread.get_absolute_url())
    page.locator(f"[id='{question.permalink}']").get_by_role(
        "link", name="Reply"
    ).click()
    page.get_by_role("link", name="Quote").click()
    assert "> Who knows the way?" in message(page).input_value()
    message(page).fill(WORDS)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text(WORDS)
    send(page)
    expect(page.locator(".pending")).to_contain_text(WORDS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Your message was not sent.")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_pages_for_writing_pass_axe_and_fit(
    size: dict[str, int],
    scheme: str,
    talk: MailingList,
    question: Email,
    anne: Callable[..., Visit],
    axe: object,
) -> None:
    ListRole.objects.create(mlist=talk, address="anne@example.com", role=Role.OWNER)
    MembershipChange.objects.create(
        mlist=talk, address="new@example.org", change=Change.REGISTER, state="done"
    )
    visit = anne(viewport=size, color_scheme=scheme)
    page = open_reply(visit, question)
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    message(page).fill(f"{WORDS}\n\n{'long' * 60}\n")
    send(page)
    expect(page.locator(".pending")).to_be_visible()
    OutgoingPost.objects.update(state=PostState.HELD, reason="Not a subscriber")
    post = OutgoingPost.objects.get()
    base = talk.get_absolute_url()
    for path in (
        question.thread.get_absolute_url(),
        f"{question.get_absolute_url()}reply",
        f"{question.get_absolute_url()}write",
        f"{base}message/new",
        f"{base}subscription",
        f"{base}registered",
        base,
        post.get_absolute_url(),
    ):
        page = visit.open(path)
        found = axe.run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], path
    assert visit.complaints == []
