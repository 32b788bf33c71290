"""What becomes of mails that a mail server does not take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import Delivery, MailingList, Notification, Source
from hyperkitty.notifying.announcing import announce_due
from hyperkitty.notifying.following import follow, profile_of
from hyperkitty.notifying.mailing import MAX_ATTEMPTS, mail_due
from tests.factories import account
from tests.mails import mail, make_list
from tests.posting.conftest import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def anne() -> User:
    return account("anne")


@pytest.fixture
def waiting(anne: User) -> Notification:
    """Return a notification that waits to be mailed."""
    mlist: MailingList = make_list()
    follow(anne.pk, mlist, Delivery.NOW)
    raw = mail("a@x", sender="Cate <cate@x>")
    now = timezone.now()
    archive(mlist, [Incoming(raw=raw, arrived_at=now, source=Source.ARCHIVER)])
    announce_due()
    return Notification.objects.get()


def later() -> None:
    """Let the time come at which what was put off is tried again."""
    Notification.objects.exclude(due_at=None).update(due_at=timezone.now())


def test_address_that_is_refused_for_good_gets_no_more_mail(
    anne: User, waiting: Notification, mail_server: MailServer
) -> None:
    mail_server.answers["RCPT"] = "550 5.1.1 no such user"
    assert mail_due() == 0
    assert "no such user" in profile_of(anne.pk).mail_stopped_reason
    waiting.refresh_from_db()
    assert waiting.due_at is None


def test_mail_that_is_refused_for_now_is_tried_again(
    anne: User, waiting: Notification, mail_server: MailServer
) -> None:
    mail_server.answers["RCPT"] = "450 4.2.0 greylisted"
    assert mail_due() == 0
    assert mail_due() == 0
    assert profile_of(anne.pk).mail_stopped_at is None
    mail_server.answers.clear()
    later()
    assert mail_due() == 1
    (got,) = mail_server.mails
    assert got.rcpt_tos == ["anne@example.com"]


def test_mail_server_that_is_down_loses_nothing_and_is_not_asked_for_ever(
    waiting: Notification, mail_server: MailServer
) -> None:
    mail_server.stop()
    waits: list[timedelta] = []
    for _attempt in range(MAX_ATTEMPTS):
        begun = timezone.now()
        later()
        assert mail_due() == 0
        waiting.refresh_from_db()
        if waiting.due_at is not None:
            waits.append(waiting.due_at - begun)
    assert waits == sorted(waits)
    assert len(waits) == MAX_ATTEMPTS - 1
    assert waiting.due_at is None
    assert waiting.seen_at is None
