"""How soon a mail is on a page, and a reply from the web in its thread, through Core.

  benchmarks/bridge.py [-n 10] [--database URL]

Starts a real Mailman Core (script/mailman), and the site as script/server does, with
its worker, on an empty database. Brings mails over LMTP and asks for each one's page
until it is there; then answers the first of them in the web form and asks for the
thread, as somebody who is not signed in, until the answer is in it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from http.client import HTTPConnection
from statistics import median
from time import perf_counter, sleep
from urllib.parse import urlencode

from bench_site import HOST, database, serving

LIST = "bench@lists.example.org"
ANNE, BART = "anne@example.org", "bart@example.org"
#: Seconds between two looks, and until a benchmark gives up.
PAUSE, PATIENCE = 0.01, 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=10, help="mails; default 10")
    parser.add_argument("--database", default="", metavar="URL", help="default: SQLite")
    options = parser.parse_args()
    with database(options.database) as url:
        from django.conf import settings  # noqa: PLC0415  # Django is set up now

        from tests.mailman.real_core import RealCore  # noqa: PLC0415

        core = RealCore()
        settings.MAILMAN_REST_API_URL = core.url
        try:
            core.join(core.make_list(LIST, administrivia=False), BART)
            with serving(
                url,
                core.archive_port,
                MAILMAN_REST_API_URL=core.url,
                HYPERKITTY_BASE_URL=core.base_url,
                EMAIL_URL=f"smtp://{HOST}:{core.port + 2}",
            ):
                measure(core, options.n)
        finally:
            core.stop()


def measure(core: object, count: int) -> None:
    """Print how long both ways take; the first mail of each is not counted."""
    browser = Browser(core.archive_port)
    mails = [lmtp_to_page(core, browser, number) for number in range(count + 1)]
    show("LMTP to visible page", mails[1:])
    browser.sign_in()
    replies = [button_to_thread(browser, number) for number in range(count + 1)]
    show("reply button to thread", replies[1:])


def show(what: str, seconds: list[float]) -> None:
    """Print one line of the table."""
    print(f"{what:24} median {median(seconds):6.2f} s   slowest {max(seconds):6.2f} s")


def lmtp_to_page(core: object, browser: Browser, number: int) -> float:
    """Bring a mail; return the seconds until its page is there."""
    from hyperkitty.mail.message_id import message_id_hash  # noqa: PLC0415
    from tests.mails import mail  # noqa: PLC0415

    name = f"lmtp{number}@example.org"
    raw = mail(name, sender=f"Bart <{BART}>", headers=f"To: {LIST}\n")
    page = f"/archives/list/{LIST}/message/{message_id_hash(name)}/"
    begun = perf_counter()
    core.send(raw, BART, LIST)
    wait_until(lambda: browser.get(page, is_known=False)[0] == 200)
    return perf_counter() - begun


def button_to_thread(browser: Browser, number: int) -> float:
    """Answer the first mail; return the seconds until others see it in the thread."""
    from hyperkitty.mail.message_id import message_id_hash  # noqa: PLC0415

    permalink = message_id_hash("lmtp0@example.org")
    words = f"answer{number}fromtheweb"
    form = f"/archives/list/{LIST}/message/{permalink}/reply"
    thread = f"/archives/list/{LIST}/thread/{permalink}/"
    browser.get(form)
    begun = perf_counter()
    browser.post(form, message=f"An {words}.")
    wait_until(lambda: words in browser.get(thread, is_known=False)[1])
    return perf_counter() - begun


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return as soon as *is_so*."""
    until = perf_counter() + PATIENCE
    while not is_so():
        assert perf_counter() < until, "It did not come."
        sleep(PAUSE)


class Browser:
    """Asks the site for pages; signed in, as Anne."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def sign_in(self) -> None:
        """Take a session of Anne's, who is on no list."""
        from django.test import Client  # noqa: PLC0415

        from tests.people import make_user  # noqa: PLC0415

        client = Client()
        client.force_login(make_user("anne", ANNE))
        self.cookies["sessionid"] = client.cookies["sessionid"].value

    def get(self, path: str, *, is_known: bool = True) -> tuple[int, str]:
        """Return status and text of a page."""
        return self._ask("GET", path, None, {}, is_known=is_known)

    def post(self, path: str, **fields: str) -> None:
        """Send a form."""
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, text = self._ask("POST", path, urlencode(fields), kind)
        assert status == 302, text

    def _ask(
        self,
        method: str,
        path: str,
        body: str | None,
        headers: dict[str, str],
        *,
        is_known: bool = True,
    ) -> tuple[int, str]:
        if is_known and self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            headers = headers | {"Cookie": "; ".join(pairs)}
        connection = HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for value in answer.headers.get_all("Set-Cookie", []) if is_known else []:
                name, _equals, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()


if __name__ == "__main__":
    main()
