"""Who may read what. `tests/test_access.py` walks every URL with these people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser, User
from django.test import modify_settings, override_settings
from django.utils import timezone

from hyperkitty import permissions
from hyperkitty.models import (
    ArchivePolicy,
    ListRole,
    MailingList,
    PolicySource,
    Role,
)
from tests.factories import account
from tests.mails import make_list
from tests.people import make_user

pytestmark = pytest.mark.django_db
STRANGER = AnonymousUser()
P = ArchivePolicy


def give_role(mlist: MailingList, address: str, **columns: object) -> ListRole:
    known = {"role": Role.MEMBER, "source": PolicySource.ADMIN}
    return ListRole.objects.create(mlist=mlist, address=address, **(known | columns))


def may_read(reader: User | AnonymousUser, mlist: MailingList) -> bool:
    """Return the answer, having seen that both ways of asking agree."""
    answer = permissions.can_read(reader, mlist)
    listed = permissions.readable_lists(reader).filter(pk=mlist.pk).exists()
    assert listed == answer
    return answer


@pytest.mark.parametrize(
    ("policy", "source", "before", "is_open"),
    [
        (P.PUBLIC, PolicySource.CORE, P.PRIVATE, True),
        (P.PUBLIC, PolicySource.ADMIN, P.PRIVATE, True),
        (P.PUBLIC, PolicySource.UNKNOWN, P.PUBLIC, False),
        (P.PRIVATE, PolicySource.CORE, P.PUBLIC, False),
        (P.NEVER, PolicySource.CORE, P.PUBLIC, True),
        (P.NEVER, PolicySource.CORE, P.PRIVATE, False),
        (P.NEVER, PolicySource.UNKNOWN, P.PUBLIC, False),
    ],
)
def test_strangers_read_what_is_known_to_be_public(
    policy: int, source: str, before: int, is_open: bool
) -> None:
    mlist = make_list(
        archive_policy=policy, policy_source=source, policy_before_never=before
    )
    assert may_read(STRANGER, mlist) is is_open
    assert may_read(account(), mlist) is is_open


def test_superuser_reads_everything() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    assert may_read(User.objects.create_superuser("root"), mlist)


def test_superuser_who_was_switched_off_reads_nothing_private() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    assert not may_read(User.objects.create_superuser("r", is_active=False), mlist)


def test_staff_are_no_readers_by_that_alone() -> None:
    assert not may_read(account(is_staff=True), make_list(archive_policy=P.PRIVATE))


@pytest.mark.parametrize("role", list(Role))
def test_every_role_opens_a_private_list(role: str) -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    give_role(mlist, "anne@example.com", role=role)
    assert may_read(account(), mlist)
    assert not may_read(account("cate"), mlist)


def test_role_on_one_list_opens_no_other() -> None:
    give_role(make_list(archive_policy=P.PRIVATE), "anne@example.com")
    assert not may_read(account(), make_list(archive_policy=P.PRIVATE))


def test_role_of_core_ends_when_core_has_been_silent_too_long() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    role = give_role(mlist, "anne@example.com", source=PolicySource.CORE)
    anne = account()
    assert may_read(anne, mlist)
    role.synced_at = timezone.now() - timedelta(hours=25)
    role.save()
    assert not may_read(anne, mlist)
    with override_settings(HYPERKITTY_ROLE_GRACE=48 * 3600):
        assert may_read(anne, mlist)


def test_role_given_on_this_site_does_not_age() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    long_ago = timezone.now() - timedelta(days=400)
    give_role(mlist, "anne@example.com", synced_at=long_ago)
    assert may_read(account(), mlist)


def test_address_counts_in_any_case_of_letters() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    give_role(mlist, "anne@example.com")
    assert may_read(account(address="ANNE@Example.com"), mlist)


def test_address_that_was_not_confirmed_does_not_count() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    give_role(mlist, "anne@example.com")
    anne = account()
    EmailAddress.objects.update(verified=False)
    assert not may_read(anne, mlist)


def test_without_allauth_the_address_of_the_account_counts() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    give_role(mlist, "anne@example.com")
    anne = User.objects.create_user("anne", "anne@example.com")
    assert not may_read(anne, mlist)
    with modify_settings(INSTALLED_APPS={"remove": ["allauth.account"]}):
        assert may_read(anne, mlist)


def test_account_without_address_has_no_roles() -> None:
    mlist = make_list(archive_policy=P.PRIVATE)
    give_role(mlist, "")
    assert not may_read(make_user("nobody"), mlist)


def test_list_that_is_not_archived_any_more_is_read_but_not_listed() -> None:
    mlist = make_list(archive_policy=P.NEVER, policy_before_never=P.PUBLIC)
    assert may_read(STRANGER, mlist)
    assert mlist not in permissions.listed_lists(STRANGER)
    assert mlist in permissions.listed_lists(User.objects.create_superuser("root"))


@pytest.mark.parametrize(
    ("setting", "stranger", "reader", "owner"),
    [
        ("everyone", True, True, True),
        ("signed-in", False, True, True),
        ("owners", False, False, True),
        ("ewerione", False, False, True),
    ],
)
def test_raw_access_follows_its_setting(
    setting: str, stranger: bool, reader: bool, owner: bool
) -> None:
    mlist = make_list()
    give_role(mlist, "anne@example.com", role=Role.MEMBER)
    give_role(mlist, "bart@example.com", role=Role.OWNER)
    with override_settings(HYPERKITTY_RAW_ACCESS=setting):
        assert permissions.can_read_raw(STRANGER, mlist) is stranger
        assert permissions.can_read_raw(account("anne"), mlist) is reader
        assert permissions.can_read_raw(account("bart"), mlist) is owner


def test_questions_cost_no_query_for_strangers(django_assert_num_queries) -> None:
    mlist = make_list()
    with django_assert_num_queries(0):
        assert permissions.can_read(STRANGER, mlist)
        assert permissions.can_read_raw(STRANGER, mlist)
        permissions.readable_lists(STRANGER)
