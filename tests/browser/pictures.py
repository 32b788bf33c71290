"""Pictures of every kind of page, for the README and the docs; see script/screenshots.

    python -m tests.browser.pictures FOLDER [WORD]

The site that is pictured lives in a folder of its own and on a day of its own, so that
a picture changes only when its page does.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from unittest.mock import patch

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db.models import F
from playwright.sync_api import Browser, sync_playwright

#: The last day of the demo's mail, and the day on which the pictures are taken.
END = date(2026, 6, 30)
SIZES: Mapping[str, tuple[int, int]] = {"wide": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Kind:
    """A kind of page, where there is one, and who looks at it."""

    name: str
    path: str
    who: str = ""


def main(folder: Path, word: str = "") -> None:
    """Write a picture of each kind whose name holds *word*, in each size and scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    with _site() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for kind in _kinds():
            if word in kind.name:
                _take(browser, home, kind, folder)
                print(kind.name)
        browser.close()


def _take(browser: Browser, home: str, kind: Kind, folder: Path) -> None:
    cookies = [{"name": "sessionid", "value": _session(kind.who), "url": home}]
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
                locale="en-US",
                timezone_id="UTC",
            )
            if kind.who:
                context.add_cookies(cookies)
            page = context.new_page()
            page.goto(home + kind.path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"{kind.name}-{size}-{scheme}.png")
            context.close()


@contextmanager
def _site() -> Iterator[str]:
    """Fill a demo in a folder that goes afterwards, serve it, and yield its URL."""
    with tempfile.TemporaryDirectory(prefix="hyperkitty-pictures-") as place:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
            "ENV_FILE": os.devnull,
            "DEMO": "on",
            "DEMO_PASSWORD": secrets.token_urlsafe(8),
            "SECRET_KEY": secrets.token_urlsafe(40),
            "MAILMAN_REST_API_PASS": "none",
            "MAILMAN_ARCHIVER_KEY": "none",
            "DATABASE_URL": f"sqlite:///{place}/archive.sqlite3",
            "STATIC_ROOT": f"{place}/static",
            "SEARCH_URL": f"tantivy://{place}/index",
            "EMAIL_URL": "dummymail://",
        }
        django.setup()
        logging.disable(logging.WARNING)  # there is no Mailman to be asked
        for command in ("migrate", "collectstatic"):
            call_command(command, interactive=False, verbosity=0)
        evening = datetime.combine(END, time(20), UTC)
        with patch("django.utils.timezone.now", lambda: evening):
            _fill(evening)
            with _served() as home:
                yield home


def _fill(now: datetime) -> None:
    from hyperkitty.models import MailingList, PolicySource  # noqa: PLC0415

    call_command("load_demo", end=END)
    # As if Mailman had them, so that people can write to them.
    MailingList.objects.update(policy_source=PolicySource.CORE, synced_at=now)
    call_command("update_index", verbosity=0)


@contextmanager
def _served() -> Iterator[str]:
    from example_project.wsgi import application  # noqa: PLC0415  # needs settings

    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def _kinds() -> list[Kind]:
    from hyperkitty.models import Email, EmailFlag, MailingList, Thread  # noqa: PLC0415

    mlist = MailingList.objects.order_by("-emails_count")[0]
    mlist_url = mlist.get_absolute_url()
    threads = Thread.objects.filter(mlist=mlist).select_related("mlist")
    large = threads.order_by("-emails_count", "pk")[0].get_absolute_url()
    emails = Email.objects.visible().filter(mlist=mlist).order_by("-sort_date", "pk")
    is_patch = F("flags").bitand(int(EmailFlag.PATCH))
    with_patch = emails.annotate(is_patch=is_patch).filter(is_patch__gt=0).first()
    message = (with_patch or emails[0]).get_absolute_url()
    month = f"{mlist_url}{END:%Y/%-m}/"
    handle = emails[0].sender.handle
    return [
        Kind("index", "/archives/"),
        Kind("overview", mlist_url),
        Kind("threads", f"{mlist_url}latest"),
        Kind("tree", f"{mlist_url}latest?view=tree"),
        Kind("month", month),
        Kind("month-by-author", f"{month}?view=author"),
        Kind("thread", large),
        Kind("thread-by-date", f"{large}?sort=date"),
        Kind("message", message),
        Kind("search", "/archives/search?q=patch"),
        Kind("person", f"/archives/users/{handle}/"),
        Kind("new", "/archives/new", "nora"),
        Kind("new-thread", f"{mlist_url}message/new", "nora"),
        Kind("reply", f"{message}reply", "nora"),
        Kind("following", "/archives/following", "nora"),
        Kind("not-found", f"{mlist_url}message/{'A' * 32}/"),
        Kind("sign-in", "/accounts/login/"),
    ]


def _session(who: str) -> str:
    """Return the session of somebody of the demo; "" for a stranger."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    if not who:
        return "none"
    client = Client()
    client.force_login(
        get_user_model().objects.get(username=who),
        "django.contrib.auth.backends.ModelBackend",
    )
    return client.cookies["sessionid"].value


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
