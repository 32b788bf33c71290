"""Who is told of a mail, how urgently, and who is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import (
    Announcement,
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
    Sender,
    Source,
    Thread,
)
from hyperkitty.notifying.announcing import announce_due, next_digest
from hyperkitty.notifying.following import (
    Search,
    TooManyFollowsError,
    follow,
    set_own,
    unfollow,
)
from hyperkitty.threads.states import set_state
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def anne() -> User:
    return account("anne")


@pytest.fixture
def mlist() -> MailingList:
    mlist = make_list()
    bring(mlist, mail("q@x", sender="Bart <bart@x>"))
    return mlist


def arrive(mlist: MailingList, *raws: bytes) -> None:
    """Have Mailman bring mails, and the worker announce them."""
    now = timezone.now()
    archive(
        mlist,
        [Incoming(raw=raw, arrived_at=now, source=Source.ARCHIVER) for raw in raws],
    )
    announce_due()


def answer(message_id: str = "a@x", sender: str = "Cate <cate@x>") -> bytes:
    return mail(message_id, in_reply_to="q@x", sender=sender)


def thread_of(mlist: MailingList, message_id: str = "q@x") -> Thread:
    return Email.objects.get(mlist=mlist, message_id=message_id).thread


def told() -> set[tuple[str, str, str]]:
    """Return who was told of which mail, and how."""
    rows = Notification.objects.values_list(
        "user__username", "email__message_id", "delivery"
    )
    return set(rows)


def test_follower_of_a_thread_is_told_of_answers(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, thread_of(mlist))
    arrive(mlist, answer(), mail("other@x", sender="Cate <cate@x>"))
    assert told() == {("anne", "a@x", "site")}
    assert not Announcement.objects.exists()


def test_a_late_parent_that_merges_threads_keeps_their_followers(
    anne: User, mlist: MailingList
) -> None:
    bart = account("bart")
    bring(mlist, mail("p@x", sender="Bart <bart@x>", hours=1))
    follow(anne.pk, thread_of(mlist))
    follow(bart.pk, thread_of(mlist, "p@x"))
    arrive(mlist, mail("m@x", references=["q@x", "p@x"], sender="Cate <cate@x>"))
    assert {name for name, *_rest in told()} == {"anne", "bart"}


def test_follower_of_a_list_or_a_person_is_told(anne: User, mlist: MailingList) -> None:
    bart = account("bart")
    follow(anne.pk, mlist, Delivery.DAILY)
    bring(mlist, answer("old@x"))
    follow(bart.pk, Sender.objects.get(address="cate@x"), Delivery.NOW)
    arrive(mlist, answer(), mail("d@x", sender="Dan <dan@x>"))
    assert told() == {
        ("anne", "a@x", "daily"),
        ("anne", "d@x", "daily"),
        ("bart", "a@x", "now"),
    }


def test_all_addresses_of_a_person_are_followed(anne: User, mlist: MailingList) -> None:
    bring(mlist, answer("1@x"), answer("2@x", "Cate <cate@home>"))
    Sender.objects.filter(address__startswith="cate").update(mailman_id="77")
    follow(anne.pk, Sender.objects.get(address="cate@x"))
    arrive(mlist, answer("3@x", "Cate <cate@home>"))
    assert told() == {("anne", "3@x", "site")}


def test_one_mail_is_told_once_in_the_most_urgent_way(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.WEEKLY)
    follow(anne.pk, thread_of(mlist), Delivery.NOW)
    arrive(mlist, answer())
    row = Notification.objects.get()
    assert (row.delivery, row.kind) == ("now", "thread")
    assert row.due_at is not None


def test_muted_thread_of_a_followed_list_is_silent(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist)
    follow(anne.pk, thread_of(mlist), Delivery.MUTE)
    arrive(mlist, answer(), mail("d@x", sender="Dan <dan@x>"))
    assert told() == {("anne", "d@x", "site")}


def test_thread_that_is_followed_speaks_in_a_muted_list(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist, Delivery.MUTE)
    follow(anne.pk, thread_of(mlist))
    arrive(mlist, answer(), mail("d@x", sender="Dan <dan@x>"))
    assert told() == {("anne", "a@x", "site")}


def test_nobody_is_told_of_what_he_wrote(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist)
    arrive(mlist, answer(sender="Anne <Anne@example.com>"))
    assert told() == set()


def test_whoever_writes_follows_the_thread(anne: User, mlist: MailingList) -> None:
    arrive(mlist, answer("mine@x", "Anne <anne@example.com>"))
    arrive(mlist, answer("theirs@x"))
    assert told() == {("anne", "theirs@x", "site")}


def test_whoever_does_not_want_to_follows_no_own_thread(
    anne: User, mlist: MailingList
) -> None:
    set_own(anne.pk, follows_own=False, delivery=Delivery.NOW)
    arrive(mlist, answer("mine@x", "Anne <anne@example.com>"))
    assert not Follow.objects.exists()


def test_own_threads_are_told_of_in_the_way_one_chose(
    anne: User, mlist: MailingList
) -> None:
    set_own(anne.pk, follows_own=True, delivery=Delivery.DAILY)
    arrive(mlist, answer("mine@x", "Anne <anne@example.com>"))
    arrive(mlist, answer("theirs@x"))
    assert told() == {("anne", "theirs@x", "daily")}


def test_writing_to_a_muted_thread_leaves_it_muted(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, thread_of(mlist), Delivery.MUTE)
    arrive(mlist, answer("mine@x", "Anne <anne@example.com>"))
    arrive(mlist, answer("theirs@x"))
    assert told() == set()


def test_only_who_may_read_a_private_list_is_told(
    anne: User, mlist: MailingList
) -> None:
    reader, admin = account("reader"), account("admin", is_superuser=True)
    gone = account("gone", is_superuser=True, is_active=False)
    for user in (anne, reader, admin, gone):
        follow(user.pk, mlist)
    ListRole.objects.create(
        mlist=mlist,
        address="reader@example.com",
        role=Role.MEMBER,
        source=PolicySource.ADMIN,
    )
    mlist.archive_policy = ArchivePolicy.PRIVATE
    mlist.save()
    arrive(mlist, answer())
    assert {name for name, *_rest in told()} == {"reader", "admin"}


def test_imported_mail_is_no_news(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist)
    bring(mlist, answer())
    assert announce_due() == 0


def test_mail_that_was_hidden_meanwhile_is_not_announced(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, mlist)
    now = timezone.now()
    (found,) = archive(
        mlist, [Incoming(raw=answer(), arrived_at=now, source=Source.ARCHIVER)]
    )
    set_state(mlist, [found.email_id], EmailState.HIDDEN)
    assert announce_due() == 1
    assert told() == set()


def test_announcing_again_tells_nobody_twice(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist)
    arrive(mlist, answer())
    Announcement.objects.create(email=Email.objects.get(message_id="a@x"))
    announce_due()
    assert Notification.objects.count() == 1


def test_many_followers_cost_no_more_statements(mlist: MailingList) -> None:
    def cost(message_id: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            arrive(mlist, answer(message_id))
        return len(queries)

    users = User.objects.bulk_create(User(username=f"u{n}") for n in range(300))
    follow(users[0].pk, mlist)
    cost("first@x")  # its author is new to the archive
    few = cost("few@x")
    for user in users[1:]:
        follow(user.pk, mlist)
    assert cost("many@x") == few
    assert Notification.objects.filter(email__message_id="many@x").count() == 300


def test_following_twice_is_following_once(anne: User, mlist: MailingList) -> None:
    first = follow(anne.pk, mlist, Delivery.DAILY)
    assert follow(anne.pk, mlist) == first
    assert Follow.objects.get().delivery == "daily"
    unfollow(anne.pk, mlist)
    unfollow(anne.pk, mlist)
    assert not Follow.objects.exists()


def test_searches_in_one_list_and_in_all_are_two(
    anne: User, mlist: MailingList
) -> None:
    follow(anne.pk, Search("locking"))
    follow(anne.pk, Search("locking", mlist))
    follow(anne.pk, Search("locking"))
    assert Follow.objects.count() == 2


@override_settings(HYPERKITTY_MAX_FOLLOWS=1)
def test_nobody_follows_without_end(anne: User, mlist: MailingList) -> None:
    follow(anne.pk, mlist)
    with pytest.raises(TooManyFollowsError):
        follow(anne.pk, thread_of(mlist))
    arrive(mlist, answer("mine@x", "Anne <anne@example.com>"))
    assert Follow.objects.count() == 1
    assert not Profile.objects.exists()


@pytest.mark.parametrize(
    ("delivery", "now", "then"),
    [
        (Delivery.DAILY, (5, 59), (25, 6)),
        (Delivery.DAILY, (6, 0), (26, 6)),
        (Delivery.WEEKLY, (5, 59), (30, 6)),
    ],
)
def test_digests_go_out_in_the_morning(
    delivery: Delivery, now: tuple[int, int], then: tuple[int, int]
) -> None:
    moment = datetime(2026, 11, 25, *now, tzinfo=UTC)  # a Wednesday
    assert next_digest(delivery, moment) == datetime(2026, 11, *then, tzinfo=UTC)
