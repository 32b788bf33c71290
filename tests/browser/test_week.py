"""Two readers and an owner live with a list for a week; every mail is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core import mail as post
from django.utils import timezone
from playwright.sync_api import Page, expect

from hyperkitty.ingest import Incoming
from hyperkitty.ingest import archive as archive_mails
from hyperkitty.mail.references import is_notification
from hyperkitty.models import (
    Email,
    ListRole,
    MailingList,
    Notification,
    Role,
    Source,
)
from hyperkitty.notifying.announcing import announce_due
from hyperkitty.notifying.mailing import mail_due
from hyperkitty.services.finishing import finish_due
from tests.browser.conftest import Archive, Visit
from tests.factories import account
from tests.mails import mail, make_list

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GARDEN = "garden@lists.example.org"
BASE = f"/archives/list/{GARDEN}/"
SECRET = "My telephone number is 555 0100."


class Week:
    """The list, its people's browsers, and the mails that go out."""

    def __init__(self, visit: Callable[..., Visit], archive: Archive) -> None:
        self.mlist: MailingList = make_list(
            name=GARDEN, display_name="Garden", subject_prefix="[Garden] "
        )
        account("nora")
        account("owen")
        ListRole.objects.create(
            mlist=self.mlist, address="owen@example.com", role=Role.OWNER
        )
        self.visits = {name: visit() for name in ("anne", "nora", "owen")}
        for name, one in self.visits.items():
            one.sign_in(name)
        self.stranger = visit()
        self.read_mails = 0

    def open(self, name: str, path: str = BASE) -> Page:
        return self.visits[name].open(path)

    def comes(self, message_id: str, sender: str, **columns: object) -> Email:
        """Have Mailman bring a mail, and the worker do what is due."""
        raw = mail(message_id, sender=sender, date=timezone.now(), **columns)
        incoming = Incoming(raw=raw, arrived_at=timezone.now(), source=Source.ARCHIVER)
        archive_mails(self.mlist, [incoming])
        announce_due()
        return self.email(message_id)

    def email(self, message_id: str) -> Email:
        return Email.objects.select_related("thread__mlist", "mlist").get(
            message_id=message_id
        )

    def sent(self) -> list[EmailMessage]:
        """Send what is due; return what went out, as a mail program reads it."""
        mail_due()
        new = post.outbox[self.read_mails :]
        self.read_mails += len(new)
        return [
            message_from_bytes(one.message().as_bytes(), policy=policy.default)
            for one in new
        ]

    def complaints(self) -> list[str]:
        """What went wrong on anybody's page; tombstones answer 410 on purpose."""
        found = [line for one in self.visits.values() for line in one.complaints]
        return [line for line in found if "410 (Gone)" not in line]


@pytest.fixture
def week(visit: Callable[..., Visit], archive: Archive) -> Week:
    """A list on its first morning."""
    return Week(visit, archive)


def article(page: Page, email: Email) -> object:
    return page.locator(f"[id='{email.permalink}']")


def told_how(page: Page, how: str) -> None:
    """Choose how to be told of what the page is about."""
    page.get_by_label("You are told").select_option(label=how)
    page.locator(".follow-form").get_by_role("button", name="Change").click()


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content()


def act(page: Page, button: str, cause: str | None = None) -> None:
    """Give a reason on the page of an act, and do it."""
    if cause:
        page.get_by_label("Why").select_option(label=cause)
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text("Done. It is entry")).to_be_visible()


def undo_last(week: Week) -> None:
    page = week.open("owen", f"{BASE}log")
    page.locator(".log-entry").first.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is undone.")).to_be_visible()


def test_a_week_on_a_list(week: Week) -> None:
    question = week.comes(
        "q@x", "Anne <anne@example.com>", subject="[Garden] Slugs?", text=f"{SECRET}\n"
    )
    monday_readers_follow(week, question)
    answer = tuesday_they_are_told(week, question)
    wednesday_they_read_and_react(week, answer)
    thursday_spam_goes(week, question)
    friday_threads_are_put_in_order(week, question, answer)
    saturday_the_mails_stop(week, question)
    sunday_a_message_is_erased(week, question, answer)
    assert week.complaints() == []


def monday_readers_follow(week: Week, question: Email) -> None:
    page = week.open("nora")
    page.get_by_role("button", name="Follow this list").click()
    told_how(page, "by mail, once a day")
    # Who writes follows the thread, but is told on the site unless asked otherwise.
    page = week.open("anne", question.thread.get_absolute_url())
    told_how(page, "by mail, at once")
    expect(page.get_by_label("You are told")).to_have_value("now")
    page.wait_for_load_state("networkidle")
    week.open("nora", question.thread.get_absolute_url())
    week.visits["nora"].page.wait_for_load_state("networkidle")
    assert week.sent() == []


def tuesday_they_are_told(week: Week, question: Email) -> Email:
    answer = week.comes(
        "a@x", "Bart <bart@x>", in_reply_to="q@x", subject="[Garden] Re: Slugs?"
    )
    (told,) = week.sent()
    assert told["To"] == "anne@example.com"
    assert told["Subject"] == "[Garden] Re: Slugs?"
    assert told["References"].split() == ["<q@x>", "<a@x>"]
    assert told["In-Reply-To"] == "<a@x>"
    assert is_notification(told["Message-ID"].strip("<>"))
    assert GARDEN in told["Reply-To"]
    assert GARDEN not in told["From"]
    assert told["List-Id"] == "<garden.lists.example.org>"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"/message/{answer.permalink}/" in text_of(told)

    Notification.objects.exclude(due_at=None).update(due_at=timezone.now())
    (digest,) = week.sent()
    assert digest["To"] == "nora@example.com"
    assert digest["Subject"] == "1 new message: Garden"
    assert digest["References"] is None
    for kind in ("plain", "html"):
        assert f"/message/{answer.permalink}/" in text_of(digest, kind)
    assert week.sent() == []
    return answer


def wednesday_they_read_and_react(week: Week, answer: Email) -> None:
    page = week.open("nora")
    expect(page.locator(".bell-count")).to_contain_text("1")
    page.get_by_role("link", name="1 new message").click()
    expect(page.locator("article.mail.new")).to_have_count(1)
    mine = article(page, answer)
    mine.get_by_role("button", name="Like", exact=True).click()
    like = mine.get_by_role("button", name="Like 1")
    expect(like).to_have_attribute("aria-pressed", "true")
    page.get_by_label("New tag").fill("pests")
    page.locator(".tag-form").get_by_role("button", name="Add").click()
    page.get_by_role("link", name="pests", exact=True).click()
    expect(page.locator(".thread-row")).to_have_count(1)
    page = week.open("nora", f"{BASE}latest")
    expect(page.locator(".bell-count, .is-new")).to_have_count(0)

    page = week.open("anne", answer.thread.get_absolute_url())
    expect(article(page, answer).locator(".votes")).to_contain_text("1")
    article(page, answer).get_by_role("button", name="answers").click()
    page = week.open("nora", f"{BASE}latest")
    expect(page.locator(".thread-row .answer-mark")).to_have_count(1)


def thursday_spam_goes(week: Week, question: Email) -> None:
    spam = week.comes(
        "s@x", "Sal <sal@x>", in_reply_to="q@x", subject="Pills", text="Buy pills.\n"
    )
    page = week.open("nora", question.thread.get_absolute_url())
    article(page, spam).get_by_role("link", name="Report").click()
    page.get_by_label("What is wrong").select_option(label="spam")
    page.locator("main").get_by_role("button", name="Report").click()

    page = week.open("owen", f"{BASE}reports")
    expect(page.locator(".queue-item")).to_contain_text("nora")
    page.get_by_role("link", name="Take it out").click()
    page.get_by_label("Hide: nobody sees it").check()
    act(page, "Take it out")
    assert week.sent() == []  # it was taken out before anybody was told of it by mail
    url = spam.get_absolute_url()
    answered = week.visits["nora"].page.request.get(week.stranger.home + url)
    assert answered.status == 410
    assert "Buy pills" not in answered.text()

    undo_last(week)
    expect(week.open("nora", url).get_by_text("Buy pills.")).to_be_visible()
    page = week.open("owen", f"{url}delete")
    act(page, "Take it out", "spam")
    page = week.open("nora", question.thread.get_absolute_url())
    expect(page.locator("article.mail")).to_have_count(2)


def friday_threads_are_put_in_order(week: Week, question: Email, answer: Email) -> None:
    aside = week.comes(
        "b@x", "Cate <cate@x>", in_reply_to="a@x", subject="[Garden] A fair on Sunday"
    )
    assert [one["To"] for one in week.sent()] == ["anne@example.com"]
    old_thread = question.thread.get_absolute_url()
    page = week.open("owen", f"{aside.get_absolute_url()}split")
    act(page, "Split off")
    expect(week.open("nora", old_thread).locator("article.mail")).to_have_count(2)
    new_thread = week.email("b@x").thread.get_absolute_url()
    assert new_thread != old_thread

    page = week.open("owen", f"{new_thread}merge")
    page.get_by_label("Address", exact=True).fill(week.stranger.home + old_thread)
    act(page, "Merge")
    page = week.open("nora", new_thread)
    assert page.url == week.stranger.home + old_thread
    expect(page.locator("article.mail")).to_have_count(3)
    undo_last(week)
    expect(week.open("nora", new_thread).locator("article.mail")).to_have_count(1)

    page = week.open("owen", f"{aside.get_absolute_url()}reattach")
    page.get_by_label("Address", exact=True).fill(question.get_absolute_url())
    act(page, "Move it")
    assert week.email("b@x").parent_id == question.pk
    page = week.open("nora", old_thread)
    expect(article(page, aside)).to_contain_text("in reply to Anne")


def saturday_the_mails_stop(week: Week, question: Email) -> None:
    week.comes("c@x", "Bart <bart@x>", in_reply_to="q@x", subject="Re: Slugs?")
    (told,) = week.sent()
    found = re.search(r"<(https?://[^/]+)(/[^>]+)>", told["List-Unsubscribe"])
    assert found is not None
    # A mail program has no cookie and no token.
    program = week.stranger.page.request
    one_click = {"List-Unsubscribe": "One-Click"}
    answered = program.post(week.stranger.home + found[2], form=one_click)
    assert answered.status == 200
    week.comes("d@x", "Bart <bart@x>", in_reply_to="q@x", subject="Re: Slugs?")
    assert week.sent() == []
    page = week.open("anne", "/archives/notifications")
    expect(page.locator(".thread-row.is-new")).not_to_have_count(0)
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.locator(".bell-count")).to_have_count(0)


def sunday_a_message_is_erased(week: Week, question: Email, answer: Email) -> None:
    url = question.get_absolute_url()
    page = week.open("anne", url)
    expect(page.get_by_text(SECRET)).to_be_visible()
    page.get_by_role("link", name="Remove my message").click()
    page.get_by_label("Erase everything").check()
    page.get_by_role("button", name="Ask the owners").click()
    page = week.open("owen", f"{BASE}erasures")
    page.get_by_role("button", name="Grant it").click()
    expect(page.get_by_text("Done.", exact=True)).to_be_visible()
    finish_due()
    program = week.stranger.page.request
    for path, status in ((url, 410), (f"{url}raw", 404), (BASE, 200)):
        answered = program.get(week.stranger.home + path)
        assert answered.status == status
        assert SECRET not in answered.text()
    thread = week.email("a@x").thread.get_absolute_url()
    page = week.open("nora", thread)
    expect(article(page, answer)).to_be_visible()
    assert SECRET not in page.content()
