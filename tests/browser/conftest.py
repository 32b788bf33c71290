"""An archive behind a real server, and a browser to read it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page

from hyperkitty.models import ArchivePolicy
from tests.factories import account
from tests.mails import bring, mail, make_list

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@dataclass
class Archive:
    """The address of a site and of a page of each kind on it."""

    url: str
    pages: dict[str, str]


@dataclass
class Visit:
    """A browser page that remembers what went wrong on it."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def open(self, path: str) -> Page:
        """Load a page; return it."""
        self.page.goto(self.home + path)
        return self.page

    def sign_in(self, name: str) -> None:
        """Go on as somebody who has signed in."""
        client = Client()
        client.force_login(User.objects.get(username=name))
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value}
        self.page.context.add_cookies([{**cookie, "url": self.home}])

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _request(self, request: object) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.complaints.append(f"{self.page.url} asks {request.url}")


@pytest.fixture
def archive(live_server, browser: Browser) -> Archive:
    """Return a site with lists full, empty and private."""
    mlist = make_list(
        name="talk@lists.example.org",
        display_name="Small talk",
        description="Whatever comes to mind.",
    )
    bring(mlist, *_talk())
    make_list(name="new@lists.example.org")
    make_list(name="closed@lists.example.org", archive_policy=ArchivePolicy.PRIVATE)
    account("anne")
    thread = mlist.emails.get(message_id="t0@example.com").thread
    message = mlist.emails.get(message_id="t5@example.com")
    base = mlist.get_absolute_url()
    who = message.sender.handle
    pages = {
        "index": "/archives/",
        "grouped index": "/archives/?group=domain&sort=name",
        "people": "/archives/users/",
        "profile": f"/archives/users/{who}/",
        "person in a list": f"/archives/users/{who}/posts?list={mlist.name}",
        "tags": "/archives/tags/",
        "unanswered": f"{base}?show=unanswered",
        "tree": f"{base}latest?view=tree",
        "by date": f"{base}latest?view=date",
        "by author": f"{base}2024/1/?view=author",
        "by subject": f"{base}2024/1/?view=subject",
        "overview": base,
        "empty overview": "/archives/list/new@lists.example.org/",
        "latest": f"{base}latest",
        "month": f"{base}2024/1/",
        "day": f"{base}2024/1/1/",
        "thread": thread.get_absolute_url(),
        "thread by date": f"{thread.get_absolute_url()}?sort=date",
        "message": message.get_absolute_url(),
        "headers": f"{message.get_absolute_url()}?headers#headers",
        "login": "/archives/list/closed@lists.example.org/",
    }
    return Archive(live_server.url, pages)


def _talk() -> Iterator[bytes]:
    """Yield a thread with quotes, a patch, a ghost and long words; and 40 others."""
    yield mail("t0@example.com", subject="Tea or coffee?", text="What do you say?\n")
    for number in range(1, 30):
        above = [f"t{number // 2}@example.com"]
        yield mail(
            f"t{number}@example.com",
            references=above + ["lost@example.com"] * (number == 7),
            subject="Re: Tea or coffee?" if number != 9 else "Mugs",
            sender=f"{_NAMES[number % len(_NAMES)]} <p{number}@example.com>",
            hours=number,
            text=_TEXTS[number % len(_TEXTS)],
        )
    for number in range(40):
        yield mail(f"o{number}@example.com", subject=f"Other {number}", hours=number)


_NAMES = ("Anne Archer", "Дмитрий Орлов", "山田 太郎", "فاطمة", "a" * 60)
_TEXTS = (
    "Anne wrote:\n> What do you say?\n>> Earlier\n\nTea. See https://example.com/tea\n",
    "".join(f"> quoted {number}\n" for number in range(40)) + "\nYes.\n-- \nMe\n",
    "--- a/pot\n+++ b/pot\n@@ -1 +1 @@\n-coffee\n+tea\n",
    "    code = " + "very_" * 30 + "long\n\nhttps://example.com/" + "x" * 200 + "\n",
)


@pytest.fixture
def visit(browser: Browser, archive: Archive) -> Iterator[object]:
    """Return a function that opens a fresh browser context on the archive."""
    contexts = []

    def start(**options: object) -> Visit:
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        return Visit(contexts[-1].new_page(), archive.url)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Axe:
    """Return the accessibility checker."""
    return Axe()
