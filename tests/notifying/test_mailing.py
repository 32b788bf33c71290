"""The mails by which readers are told, as a mail program reads them."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.contrib.auth.models import User
from django.core import mail as post
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from hyperkitty.ingest import Incoming, archive
from hyperkitty.mail.references import is_notification
from hyperkitty.models import (
    ArchivePolicy,
    Delivery,
    Email,
    EmailState,
    Follow,
    ListRole,
    MailingList,
    Notification,
    PolicySource,
    Profile,
    Role,
    Source,
    Thread,
)
from hyperkitty.notifying.announcing import announce_due
from hyperkitty.notifying.bounces import read_bounce, take_bounce
from hyperkitty.notifying.following import follow, profile_of, set_delivery, unfollow
from hyperkitty.notifying.mailing import forget_due, mail_due, resume_mail, stop_mail
from hyperkitty.notifying.tokens import verp_address
from hyperkitty.services.reading import visit
from hyperkitty.threads.states import set_state
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
TEXT = "I looked, and it works.\n\nBart wrote:\n> Does it?\n\n-- \nCate\n"


@pytest.fixture
def anne() -> User:
    return account("anne")


@pytest.fixture
def mlist() -> MailingList:
    mlist = make_list(
        name="dev@lists.example.org", display_name="Dev", subject_prefix="[Dev] "
    )
    bring(mlist, mail("q@x", sender="Bart <bart@x>", subject="[Dev] Does it?"))
    return mlist


def thread_of(mlist: MailingList) -> Thread:
    return Email.objects.get(mlist=mlist, message_id="q@x").thread


def arrive(mlist: MailingList, *names: str) -> None:
    """Have Mailman bring answers, and the worker announce them."""
    now = timezone.now()
    raws = [
        mail(
            name,
            references=["q@x"],
            sender="Cäte <cate@x>",
            subject="[Dev] Re: Does it?",
            text=TEXT,
        )
        for name in names
    ]
    archive(
        mlist,
        [Incoming(raw=raw, arrived_at=now, source=Source.ARCHIVER) for raw in raws],
    )
    announce_due()


def sent() -> list[EmailMessage]:
    """Return what went out, read as a mail program does."""
    return [
        message_from_bytes(one.message().as_bytes(), policy=policy.default)
        for one in post.outbox
    ]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return part.get_content()


def test_mail_of_one_message_threads_below_it(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, thread_of(mlist), Delivery.NOW)
    arrive(mlist, "a@x")
    assert mail_due() == 1
    (message,) = sent()
    assert message["To"] == "anne@example.com"
    assert message["Subject"] == "[Dev] Re: Does it?"
    assert message["References"] == "<q@x> <a@x>"
    assert message["In-Reply-To"] == "<a@x>"
    assert is_notification(message["Message-ID"].strip("<>"))
    assert "Cäte via" in message["From"]
    assert "cate@x" not in message["From"]
    assert "dev@lists.example.org" in message["Reply-To"]
    assert message["List-Id"] == "<dev.lists.example.org>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    text = text_of(message)
    assert "I looked, and it works." in text
    assert "Does it?" not in text
    permalink = Email.objects.get(message_id="a@x").permalink
    assert f"/message/{permalink}/" in text
    html = message.get_body(("html",))
    assert html is not None
    assert "I looked, and it works." in html.get_content()


def test_mail_goes_out_once(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    assert (mail_due(), mail_due()) == (1, 0)
    row = Notification.objects.get()
    assert row.mailed_at is not None
    assert row.due_at is None


def test_answer_to_a_notification_stays_in_the_thread(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    mail_due()
    (message,) = sent()
    ids = [*message["References"].split(), message["Message-ID"]]
    names = [one.strip("<>") for one in ids]
    bring(mlist, mail("r@x", references=names, sender="Anne <anne@example.com>"))
    answer = Email.objects.get(message_id="r@x")
    assert answer.parent == Email.objects.get(message_id="a@x")
    assert not answer.missing_references.exists()


@pytest.mark.parametrize("delivery", ["regular", "plaintext_digests", ""])
def test_who_gets_the_lists_mail_gets_none_of_ours(
    anne: User, mlist: MailingList, delivery: str
) -> None:
    ListRole.objects.create(
        mlist=mlist, address=anne.email, role=Role.MEMBER, delivery=delivery
    )
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    assert mail_due() == 0
    assert Notification.objects.count() == 1


def test_who_is_registered_without_delivery_gets_ours(
    anne: User, mlist: MailingList
) -> None:
    ListRole.objects.create(
        mlist=mlist, address=anne.email, role=Role.MEMBER, delivery="by_user"
    )
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    assert mail_due() == 1


def test_what_one_may_no_longer_read_is_not_mailed(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    mlist.archive_policy = ArchivePolicy.PRIVATE
    mlist.policy_source = PolicySource.CORE
    mlist.save()
    assert mail_due() == 0
    assert not post.outbox


def test_what_was_hidden_or_seen_or_unfollowed_is_not_mailed(
    anne: User, mlist: MailingList
) -> None:
    for name in ("hidden@x", "seen@x", "left@x"):
        follow(anne.pk, mlist, Delivery.NOW)
        arrive(mlist, name)
        email = Email.objects.get(message_id=name)
        match name:
            case "hidden@x":
                set_state(mlist, [email.pk], EmailState.HIDDEN)
            case "seen@x":
                visit(anne.pk, email.thread, [email.pk])
            case _:
                unfollow(anne.pk, mlist)
        assert mail_due() == 0


def test_mail_of_somebody_who_left_is_not_sent(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    User.objects.update(is_active=False)
    assert mail_due() == 0


def test_digest_tells_all_of_a_day_at_once(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist, Delivery.DAILY)
    arrive(mlist, "a@x", "b@x")
    assert mail_due() == 0
    Notification.objects.update(due_at=timezone.now())
    assert mail_due() == 1
    (message,) = sent()
    assert message["Subject"] == "2 new messages: Dev"
    for name in ("a@x", "b@x"):
        permalink = Email.objects.get(message_id=name).permalink
        assert f"/message/{permalink}/" in text_of(message)
    assert mail_due() == 0


def test_digests_of_two_people_are_two_mails(anne: User, mlist: MailingList) -> None:
    for user in (anne, account("bart")):
        follow(user.pk, mlist, Delivery.WEEKLY)
    arrive(mlist, "a@x", "b@x")
    Notification.objects.update(due_at=timezone.now())
    assert mail_due() == 2
    assert {one["To"] for one in sent()} == {"anne@example.com", "bart@example.com"}


def test_digest_leaves_out_what_was_seen(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist, Delivery.DAILY)
    arrive(mlist, "a@x", "b@x")
    seen = Email.objects.get(message_id="a@x")
    visit(anne.pk, seen.thread, [seen.pk])
    Notification.objects.update(due_at=timezone.now())
    mail_due()
    assert sent()[0]["Subject"] == "1 new message: Dev"


def stop_url(message: EmailMessage) -> str:
    found = re.search(r"<https?://[^/]+(/[^>]+)>", message["List-Unsubscribe"])
    assert found is not None
    return found[1]


def test_one_click_stops_the_mail_and_not_the_site(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    mail_due()
    browser = Client(enforce_csrf_checks=True)
    url = stop_url(sent()[0])
    assert "Send no more" in browser.get(url).content.decode()
    assert Follow.objects.get().delivery == "now"
    answer = browser.post(url, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    arrive(mlist, "b@x")
    assert mail_due() == 0
    assert Notification.objects.count() == 2


def test_one_click_stops_digests(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist, Delivery.DAILY)
    follow(anne.pk, thread_of(mlist), Delivery.WEEKLY)
    arrive(mlist, "a@x")
    Notification.objects.update(due_at=timezone.now())
    mail_due()
    Client().post(stop_url(sent()[0]))
    assert set(Follow.objects.values_list("delivery", flat=True)) == {"site", "weekly"}


@pytest.mark.parametrize("token", ["x", "a:b:c", "WzEsIngiXQ:1abc:def"])
def test_link_that_nobody_signed_stops_nothing(client: Client, token: str) -> None:
    assert client.post(f"/archives/unsubscribe/{token}").status_code == 403


def test_stopped_mail_is_not_sent_until_it_is_asked_for_again(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    stop_mail(anne.pk, "550 no such user")
    assert mail_due() == 0
    arrive(mlist, "b@x")
    assert mail_due() == 0
    resume_mail(anne.pk)
    arrive(mlist, "c@x")
    assert mail_due() == 1


def test_old_notifications_are_forgotten(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist)
    arrive(mlist, "a@x", "b@x")
    long_ago = timezone.now() - timedelta(days=181)
    Notification.objects.filter(email__message_id="a@x").update(created_at=long_ago)
    assert forget_due() == 1
    assert Notification.objects.get().email.message_id == "b@x"


REPORT = """\
From: MAILER-DAEMON@mx.example.com
To: {to}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; anne@example.com
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such
 user

--b--
"""


@override_settings(HYPERKITTY_BOUNCE_ADDRESS="bounces@lists.example.org")
def test_mail_that_came_back_for_good_ends_the_mail(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    mail_due()
    sender = post.outbox[0].from_email
    assert sender.startswith(f"bounces+{anne.pk}.")
    for status, stopped in (("4.2.2", False), ("5.1.1", True)):
        bounce = read_bounce(REPORT.format(to=sender, status=status).encode())
        assert bounce is not None
        take_bounce(bounce)
        assert (profile_of(anne.pk).mail_stopped_at is not None) is stopped
    assert "no such user" in profile_of(anne.pk).mail_stopped_reason


@pytest.mark.parametrize(
    "to", ["bounces@lists.example.org", "bounces+1.0123456789abcdef@x", "+.@", ""]
)
def test_address_that_we_did_not_sign_ends_nothing(anne: User, to: str) -> None:
    assert read_bounce(REPORT.format(to=to, status="5.1.1").encode()) is None


def test_recipient_that_the_mail_server_names_is_believed(anne: User) -> None:
    to = verp_address("bounces@x", anne.pk)
    bounce = read_bounce(b"Subject: odd\n\nno report\n", recipient=f"<{to}>")
    assert bounce is not None
    assert not bounce.is_permanent


def test_muting_while_a_mail_waits_keeps_it_back(
    anne: User, mlist: MailingList
) -> None:
    one = follow(anne.pk, mlist, Delivery.NOW)
    arrive(mlist, "a@x")
    set_delivery(one, Delivery.MUTE)
    assert mail_due() == 0


def test_mail_that_comes_back_for_a_deleted_account_changes_nothing(
    anne: User,
) -> None:
    to = verp_address("bounces@x", anne.pk)
    anne.delete()
    bounce = read_bounce(REPORT.format(to=to, status="5.1.1").encode())
    assert bounce is not None
    take_bounce(bounce)
    assert not Profile.objects.exists()
    connection.check_constraints()
