"""A Core, a mail server, a list and people who write to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.models import Email, MailingList
from tests.mailman.fake_core import FakeCore
from tests.mailman.real_core import free_ports
from tests.mails import bring, mail, make_list
from tests.people import make_user

DEV = "dev@lists.example.org"


class MailServer:
    """Takes mail over SMTP and keeps it; tests tell it what to answer instead."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.steps: list[str] = []
        #: Answers by step (MAIL, RCPT, DATA), instead of taking it.
        self.answers: dict[str, str] = {}
        self.port = free_ports(1)
        self._controller = Controller(self, "127.0.0.1", self.port)

    def start(self) -> None:
        """Listen."""
        self._controller.start()
        self.is_up = True

    def stop(self) -> None:
        """Listen no more."""
        if self.is_up:
            self.is_up = False
            self._controller.stop()

    async def handle_MAIL(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: Any,
    ) -> str:
        self.steps.append("MAIL")
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: Any,
    ) -> str:
        self.steps.append("RCPT")
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.steps.append("DATA")
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server that the settings point to."""
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dev(db: None, fake_core: FakeCore) -> MailingList:
    """A list of Core, with one mail, that lets confirmed addresses in."""
    fake_core.make_list(DEV)
    mlist = make_list(name=DEV, synced_at=timezone.now(), subscription_policy="confirm")
    bring(mlist, mail("q@example.com", subject="[Dev] A question", text="Who?\n"))
    mlist.refresh_from_db()
    return mlist


@pytest.fixture
def question(dev: MailingList) -> Email:
    """The mail of the list."""
    return Email.objects.get(mlist=dev)


@pytest.fixture
def anne(db: None) -> User:
    """Somebody who is signed up and on no list."""
    return make_user("anne", "anne@example.org", first_name="Anne", last_name="Péron")
