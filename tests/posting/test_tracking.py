"""What is known of a post between the mail server and the archive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.models import MailingList, OutgoingPost, PostState
from hyperkitty.posting.tracking import track_due
from tests.mailman.fake_core import FakeCore

from .test_sending import again, make_due, post


@pytest.fixture
def sent(
    anne: User,
    dev: MailingList,
    fake_core: FakeCore,
) -> OutgoingPost:
    """A post that the mail server has, of which nothing was seen since."""
    row = post(anne, dev)
    now = timezone.now()
    OutgoingPost.objects.update(state=PostState.SENT, sent_at=now, due_at=now)
    return again(row)


def mail_id(row: OutgoingPost) -> str:
    """Return the Message-ID of a post's mail."""
    head = bytes(row.raw).partition(b"Message-ID: ")[2]
    return head.partition(b"\r\n")[0].decode()


def hold(core: FakeCore, row: OutgoingPost, reason: str = "Not a member") -> None:
    """Let Core hold the post's mail."""
    core.held[row.mlist.list_id] = [(mail_id(row), reason)]


def test_held_post_says_why(sent: OutgoingPost, fake_core: FakeCore) -> None:
    hold(fake_core, sent)
    assert track_due() == 1
    row = again(sent)
    assert (row.state, row.reason) == (PostState.HELD, "Not a member")
    make_due()
    assert track_due() == 0


def test_post_that_left_the_queue_and_did_not_arrive_was_refused(
    sent: OutgoingPost, fake_core: FakeCore
) -> None:
    hold(fake_core, sent)
    track_due()
    fake_core.held.clear()
    make_due()
    assert track_due() == 0
    row = again(sent)
    assert row.state == PostState.HELD
    assert row.due_at is not None
    assert row.due_at > timezone.now() + timedelta(seconds=50)
    make_due()
    assert track_due() == 1
    assert again(sent).state == PostState.REFUSED


def test_post_that_is_not_seen_is_lost_after_a_while(
    sent: OutgoingPost, fake_core: FakeCore, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTING_LOST_AFTER = 600
    track_due()
    assert again(sent).state == PostState.SENT
    OutgoingPost.objects.update(sent_at=timezone.now() - timedelta(seconds=601))
    make_due()
    assert track_due() == 1
    assert again(sent).state == PostState.LOST


def test_nothing_is_lost_or_refused_while_core_is_away(
    sent: OutgoingPost, fake_core: FakeCore
) -> None:
    hold(fake_core, sent)
    track_due()
    OutgoingPost.objects.update(sent_at=timezone.now() - timedelta(days=1))
    fake_core.status = 503
    for _attempt in range(3):
        make_due()
        assert track_due() == 0
    assert again(sent).state == PostState.HELD


def test_core_is_asked_once_for_all_posts_of_a_list(
    sent: OutgoingPost, anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    for number in range(5):
        post(anne, dev, token=f"more{number}")
    now = timezone.now()
    OutgoingPost.objects.update(state=PostState.SENT, sent_at=now, due_at=now)
    track_due()
    assert fake_core.requests.count(f"lists/{dev.list_id}/held") == 1


def test_looks_become_rarer(sent: OutgoingPost, fake_core: FakeCore) -> None:
    OutgoingPost.objects.update(sent_at=timezone.now() - timedelta(minutes=30))
    track_due()
    due_at = again(sent).due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(seconds=100)


def test_list_that_core_lost_is_not_asked_for(
    sent: OutgoingPost, dev: MailingList, fake_core: FakeCore
) -> None:
    MailingList.objects.update(gone_from_core_at=timezone.now())
    track_due()
    assert fake_core.requests == []
