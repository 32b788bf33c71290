"""From the row to the mail server, with the registration that a post may need."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.ingest import Status
from hyperkitty.models import (
    ArchivePolicy,
    Email,
    ListRole,
    MailingList,
    MembershipChange,
    OutgoingPost,
    PostState,
    Role,
)
from hyperkitty.posting import queueing
from hyperkitty.posting.membership import membership_due
from hyperkitty.posting.queueing import Draft, TooLargeError, queue
from hyperkitty.posting.send import send_due
from tests.mailman.fake_core import FakeCore
from tests.mails import bring, mail, make_list

from .conftest import DEV, MailServer

ANNE = "anne@example.org"


def post(user: User, mlist: MailingList, **values: object) -> OutgoingPost:
    """Queue a post and return it."""
    known: dict[str, object] = {
        "user": user,
        "sender": ANNE,
        "lists": [mlist],
        "subject": "Hello",
        "text": "Some words.\n",
        "token": "t1",
    }
    return queue(Draft(**(known | values)))[0]  # type: ignore[arg-type]  # tests name fields


def again(row: OutgoingPost) -> OutgoingPost:
    """Return the row as it is now."""
    return OutgoingPost.objects.select_related("mlist").get(pk=row.pk)


def make_due() -> None:
    """Let the time pass that posts and changes wait for."""
    now = timezone.now()
    OutgoingPost.objects.exclude(due_at=None).update(due_at=now)
    MembershipChange.objects.exclude(due_at=None).update(due_at=now)


def test_reply_of_a_stranger_goes_out_and_registers_without_delivery(
    anne: User,
    dev: MailingList,
    question: Email,
    mail_server: MailServer,
    fake_core: FakeCore,
) -> None:
    row = post(anne, dev, parent=question)

    assert send_due() == 1

    assert again(row).state == PostState.SENT
    sent = mail_server.mails[0]
    assert (sent.mail_from, sent.rcpt_tos) == (ANNE, [DEV])
    message = message_from_bytes(sent.content or b"", policy=policy.default)
    assert message["In-Reply-To"] == "<q@example.com>"
    assert message["References"] == "<q@example.com>"
    assert message["From"] == "Anne Péron <anne@example.org>"
    member = fake_core.members[0]
    assert (member.email, member.delivery_status) == (ANNE, "by_user")
    assert "pre_approved" not in " ".join(fake_core.requests)
    assert MembershipChange.objects.get().address == ANNE


def test_sending_twice_sends_once(
    anne: User, dev: MailingList, mail_server: MailServer
) -> None:
    first = post(anne, dev)
    assert post(anne, dev).pk == first.pk
    assert send_due() == 1
    make_due()
    assert send_due() == 0
    assert len(mail_server.mails) == 1


def test_member_is_sent_without_asking_core(
    anne: User, dev: MailingList, mail_server: MailServer, fake_core: FakeCore
) -> None:
    ListRole.objects.create(mlist=dev, address=ANNE, role=Role.MEMBER)
    fake_core.status = 503
    post(anne, dev)
    assert send_due() == 1
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_nobody_is_registered_for_a_mail_that_cannot_go(
    step: str,
    anne: User,
    dev: MailingList,
    mail_server: MailServer,
    fake_core: FakeCore,
) -> None:
    mail_server.answers[step] = "550 No such list here"
    row = post(anne, dev)

    assert send_due() == 0

    row = again(row)
    assert row.state == PostState.FAILED
    assert "550 No such list here" in row.reason
    assert fake_core.members == []
    assert "DATA" not in mail_server.steps


@pytest.mark.parametrize(
    ("answer", "state"),
    [("554 Spam", PostState.FAILED), ("451 Later", PostState.QUEUED)],
)
def test_registration_is_taken_back_when_the_content_is_refused(
    answer: str,
    state: PostState,
    anne: User,
    dev: MailingList,
    mail_server: MailServer,
    fake_core: FakeCore,
) -> None:
    mail_server.answers["DATA"] = answer
    row = post(anne, dev)

    send_due()

    assert again(row).state == state
    assert mail_server.steps == ["MAIL", "RCPT", "DATA"]
    assert any(one.startswith("DELETE") for one in fake_core.requests)
    assert fake_core.members == []
    assert not MembershipChange.objects.exists()


def test_subscriber_stays_one_when_the_content_is_refused(
    anne: User, dev: MailingList, mail_server: MailServer, fake_core: FakeCore
) -> None:
    fake_core.join(dev.list_id, ANNE)
    mail_server.answers["DATA"] = "554 Spam"
    post(anne, dev)
    send_due()
    assert [one.email for one in fake_core.members] == [ANNE]


def test_dead_mail_server_delays_and_loses_nothing(
    anne: User, dev: MailingList, mail_server: MailServer
) -> None:
    row = post(anne, dev)
    mail_server.stop()
    for attempt in (1, 2, 3):
        send_due()
        row = again(row)
        assert (row.state, row.attempts) == (PostState.QUEUED, attempt)
        assert row.due_at is not None
        assert row.due_at > timezone.now()
        make_due()
    OutgoingPost.objects.update(created_at=timezone.now() - timedelta(days=3))
    send_due()
    assert again(row).state == PostState.FAILED


def test_mail_server_that_comes_back_gets_the_post(
    anne: User, dev: MailingList, mail_server: MailServer
) -> None:
    mail_server.answers["MAIL"] = "421 Shutting down"
    row = post(anne, dev)
    send_due()
    assert again(row).state == PostState.QUEUED
    mail_server.answers.clear()
    make_due()
    assert send_due() == 1
    assert again(row).reason == ""


def test_core_that_is_away_delays_the_post_of_a_stranger(
    anne: User, dev: MailingList, mail_server: MailServer, fake_core: FakeCore
) -> None:
    fake_core.status = 503
    row = post(anne, dev)
    send_due()
    assert again(row).state == PostState.QUEUED
    assert "DATA" not in mail_server.steps
    fake_core.status = 200
    make_due()
    assert send_due() == 1


def test_banned_address_is_refused_with_the_reason(
    anne: User, dev: MailingList, mail_server: MailServer, fake_core: FakeCore
) -> None:
    fake_core.banned.add(ANNE)
    row = post(anne, dev)
    send_due()
    row = again(row)
    assert row.state == PostState.REFUSED
    assert "banned" in row.reason
    assert mail_server.mails == []


def test_where_moderators_agree_nobody_is_registered(
    anne: User, dev: MailingList, mail_server: MailServer, fake_core: FakeCore
) -> None:
    fake_core.change_list(dev.list_id, subscription_policy="moderate")
    dev.subscription_policy = "moderate"
    dev.save()
    post(anne, dev)
    assert send_due() == 1
    assert fake_core.members == []


def test_policy_that_became_stricter_leaves_a_request_and_sends(
    anne: User, dev: MailingList, mail_server: MailServer, fake_core: FakeCore
) -> None:
    fake_core.change_list(dev.list_id, subscription_policy="moderate")
    post(anne, dev)
    assert send_due() == 1
    assert fake_core.members == []
    assert MembershipChange.objects.get().state == "pending"


def test_stranger_becomes_an_accepted_nonmember_by_setting(
    anne: User,
    dev: MailingList,
    mail_server: MailServer,
    fake_core: FakeCore,
    settings: Settings,
) -> None:
    settings.HYPERKITTY_POSTING_REGISTER = "nonmember"
    post(anne, dev)
    assert send_due() == 1
    member = fake_core.members[0]
    assert (member.role, member.moderation_action) == ("nonmember", "accept")


def test_first_post_is_held_until_one_was_accepted(
    anne: User,
    dev: MailingList,
    mail_server: MailServer,
    fake_core: FakeCore,
    settings: Settings,
) -> None:
    settings.HYPERKITTY_FIRST_POSTS = "hold"
    post(anne, dev)
    send_due()
    assert fake_core.members[0].moderation_action == "hold"
    make_due()
    membership_due()
    assert fake_core.members[0].moderation_action == "hold"

    bring(dev, mail_server.mails[0].content or b"")
    make_due()
    membership_due()

    assert fake_core.members[0].moderation_action == ""
    assert not MembershipChange.objects.get().on_trial


def test_post_goes_through_cores_queue_by_setting(
    anne: User, dev: MailingList, fake_core: FakeCore, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTING_TRANSPORT = "rest"
    row = post(anne, dev, text="Grüße\n")
    assert send_due() == 1
    assert fake_core.queued[0]["list_id"] == dev.list_id
    raw = fake_core.queued[0]["text"].encode("ascii")
    assert raw.replace(b"\n", b"\r\n") == bytes(row.raw)
    assert [one.email for one in fake_core.members] == [ANNE]


def test_registration_is_taken_back_when_cores_queue_refuses(
    anne: User, dev: MailingList, fake_core: FakeCore, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTING_TRANSPORT = "rest"
    fake_core.takes_mail = False
    row = post(anne, dev)
    assert send_due() == 0
    assert again(row).state == PostState.REFUSED
    assert fake_core.members == []
    assert not MembershipChange.objects.exists()


def test_any_email_backend_gets_the_mail_as_it_is(
    anne: User, dev: MailingList, fake_core: FakeCore, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    row = post(anne, dev)
    assert send_due() == 1
    sent = outbox.outbox[0]
    assert sent.recipients() == [DEV]
    assert sent.message().as_bytes() == bytes(row.raw).replace(b"\r\n", b"\n")


def test_site_sends_as_itself_by_setting(
    anne: User,
    dev: MailingList,
    mail_server: MailServer,
    settings: Settings,
) -> None:
    settings.HYPERKITTY_POSTING_FROM = "site"
    settings.DEFAULT_FROM_EMAIL = "Lists <web@example.org>"
    post(anne, dev)
    send_due()
    sent = mail_server.mails[0]
    message = message_from_bytes(sent.content or b"", policy=policy.default)
    assert sent.mail_from == "web@example.org"
    assert message["From"] == "Anne Péron via Lists <web@example.org>"
    assert message["Reply-To"] == "Anne Péron <anne@example.org>"


def test_letter_goes_to_one_person_and_registers_nobody(
    anne: User,
    dev: MailingList,
    question: Email,
    mail_server: MailServer,
    fake_core: FakeCore,
) -> None:
    row = post(anne, dev, parent=question, recipient=question.sender.address)
    assert send_due() == 1
    assert mail_server.mails[0].rcpt_tos == ["anne@example.com"]
    assert fake_core.requests == []
    row = again(row)
    assert (row.state, row.due_at) == (PostState.SENT, None)


def test_worker_that_died_before_the_content_leaves_the_post_to_the_next(
    anne: User, dev: MailingList, mail_server: MailServer
) -> None:
    row = post(anne, dev)
    OutgoingPost.objects.update(
        state=PostState.SENDING, due_at=timezone.now() - timedelta(seconds=1)
    )
    assert send_due() == 1
    assert again(row).state == PostState.SENT


def test_cancel_works_while_it_waits_and_not_after(
    anne: User, dev: MailingList, mail_server: MailServer
) -> None:
    row = post(anne, dev)
    assert queueing.cancel(row)
    assert send_due() == 0
    other = post(anne, dev, token="t2")
    send_due()
    assert not queueing.cancel(other)


def test_mail_that_is_too_large_is_refused_at_once(
    anne: User, dev: MailingList
) -> None:
    dev.max_message_size = 40
    with pytest.raises(TooLargeError):
        post(anne, dev, text="word " * 20_000)
    assert not OutgoingPost.objects.exists()


# Arriving


def test_ingest_closes_the_post_with_its_mail(
    anne: User, dev: MailingList, question: Email
) -> None:
    row = post(anne, dev, parent=question)
    outcome = bring(dev, bytes(row.raw))[0]
    assert outcome.status == Status.ARCHIVED
    row = again(row)
    assert (row.state, row.email_id) == (PostState.ARCHIVED, outcome.email_id)
    assert row.email is not None
    assert row.email.parent_id == question.pk


@pytest.mark.parametrize("state", [PostState.LOST, PostState.REFUSED, PostState.HELD])
def test_late_mail_closes_a_post_that_was_given_up(
    state: PostState, anne: User, dev: MailingList
) -> None:
    row = post(anne, dev)
    OutgoingPost.objects.update(state=state, due_at=None)
    bring(dev, bytes(row.raw))
    assert again(row).state == PostState.ARCHIVED


def test_mail_to_several_lists_closes_each_when_it_arrives_there(
    anne: User, dev: MailingList
) -> None:
    other = make_list(archive_policy=ArchivePolicy.PUBLIC, synced_at=timezone.now())
    first = post(anne, dev, lists=[dev, other])
    bring(other, bytes(first.raw))
    states = OutgoingPost.objects.values_list("mlist", "state")
    assert dict(states) == {dev.pk: PostState.QUEUED, other.pk: PostState.ARCHIVED}


def test_lists_without_posts_cost_ingest_no_statement(
    dev: MailingList, anne: User
) -> None:
    assert not _asks_for_posts(dev, "a@x")
    post(anne, dev)
    assert _asks_for_posts(dev, "b@x")


def _asks_for_posts(mlist: MailingList, message_id: str) -> bool:
    with CaptureQueriesContext(connection) as asked:
        bring(mlist, mail(message_id))
    return any("archive_outgoing_post" in one["sql"] for one in asked)
