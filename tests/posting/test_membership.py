"""Joining and leaving from the web."""

from __future__ import annotations

from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from hyperkitty.models import (
    Change,
    ChangeState,
    MailDelivery,
    MailingList,
    MembershipChange,
)
from hyperkitty.posting.membership import ask, membership_due
from hyperkitty.posting.registration import ask_to_remove
from hyperkitty.services.sync import sync_due
from tests.mailman.fake_core import FakeCore
from tests.mails import bring, mail

ANNE = "anne@example.org"


def state() -> str:
    return MembershipChange.objects.get().state


def test_joining_subscribes_with_delivery(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    ask(anne, dev, ANNE, Change.JOIN)
    ask(anne, dev, ANNE, Change.JOIN)
    assert membership_due() == 1
    assert fake_core.members[0].delivery_status == "enabled"
    assert state() == ChangeState.DONE


def test_joining_switches_the_mail_on_for_who_is_registered(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.join(dev.list_id, ANNE, silent=True)
    ask(anne, dev, ANNE, Change.JOIN)
    membership_due()
    assert fake_core.members[0].delivery_status == "enabled"


def test_joining_waits_for_moderators_where_they_decide(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.change_list(dev.list_id, subscription_policy="moderate")
    ask(anne, dev, ANNE, Change.JOIN)
    membership_due()
    assert state() == ChangeState.PENDING


def test_banned_address_is_told(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.banned.add(ANNE)
    ask(anne, dev, ANNE, Change.JOIN)
    membership_due()
    row = MembershipChange.objects.get()
    assert row.state == ChangeState.REFUSED
    assert "banned" in row.reason


def test_leaving_ends_the_subscription(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.join(dev.list_id, ANNE)
    ask(anne, dev, ANNE, Change.LEAVE)
    membership_due()
    assert fake_core.members == []
    assert state() == ChangeState.DONE


def test_wish_waits_while_core_is_away(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.status = 503
    ask(anne, dev, ANNE, Change.JOIN)
    assert membership_due() == 0
    assert state() == ChangeState.QUEUED
    fake_core.status = 200
    MembershipChange.objects.update(due_at="2020-01-01T00:00Z")
    assert membership_due() == 1


def test_owner_removes_a_registration(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.join(dev.list_id, ANNE, silent=True)
    row = MembershipChange.objects.create(
        mlist=dev, user=anne, address=ANNE, change=Change.REGISTER, state="done"
    )
    ask_to_remove(row)
    membership_due()
    assert fake_core.members == []
    assert state() == ChangeState.REMOVED


def test_who_joins_has_the_first_post_held_by_setting(
    anne: User, dev: MailingList, fake_core: FakeCore, settings: Settings
) -> None:
    settings.HYPERKITTY_FIRST_POSTS = "hold"
    ask(anne, dev, ANNE, Change.JOIN)
    membership_due()
    assert fake_core.members[0].moderation_action == "hold"
    assert state() == ChangeState.DONE

    bring(dev, mail("first@example.org", sender=ANNE))
    MembershipChange.objects.update(due_at="2020-01-01T00:00Z")
    membership_due()

    assert fake_core.members[0].moderation_action == ""
    assert MembershipChange.objects.get().due_at is None


def test_who_wrote_here_before_joins_without_a_trial(
    anne: User, dev: MailingList, fake_core: FakeCore, settings: Settings
) -> None:
    settings.HYPERKITTY_FIRST_POSTS = "hold"
    bring(dev, mail("first@example.org", sender=ANNE))
    ask(anne, dev, ANNE, Change.JOIN)
    membership_due()
    assert fake_core.members[0].moderation_action == ""
    assert not MembershipChange.objects.get().on_trial


def test_delivery_is_changed_and_the_last_wish_counts(
    anne: User, dev: MailingList, fake_core: FakeCore
) -> None:
    fake_core.join(dev.list_id, ANNE)
    ask(anne, dev, ANNE, Change.DELIVER, MailDelivery.OFF)
    ask(anne, dev, ANNE, Change.DELIVER, MailDelivery.MIME_DIGESTS)
    assert membership_due() == 1
    (member,) = fake_core.members
    assert (member.delivery_mode, member.delivery_status) == ("mime_digests", "enabled")
    sync_due()
    assert dev.roles.get().mail_delivery == MailDelivery.MIME_DIGESTS
