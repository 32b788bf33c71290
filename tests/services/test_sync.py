"""The mirror of Mailman Core: lists, roles, and what happens while it is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client, TestCase
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty import permissions
from hyperkitty.exceptions import MailmanUnavailable
from hyperkitty.mailman import Core
from hyperkitty.models import (
    ArchivePolicy,
    Email,
    ListAlias,
    ListRole,
    MailingList,
    PolicySource,
    RenderingMode,
    Role,
    Sender,
    Sync,
    SyncKind,
)
from hyperkitty.services import sync
from hyperkitty.services.lists import create_list, give_role, set_policy
from hyperkitty.services.senders import sync_senders
from hyperkitty.signals import list_stale, visibility_changed
from hyperkitty.tasks import sweep
from tests.mailman.fake_core import FakeCore, FakeCoreServer
from tests.mails import bring, mail, make_list
from tests.people import make_user

pytestmark = pytest.mark.django_db

DEV = "dev@lists.example.org"


@pytest.fixture
def announced() -> Iterator[list[int]]:
    """The lists of which `visibility_changed` spoke."""
    lists: list[int] = []

    def note(mlist_id: int, **kwargs: object) -> None:
        lists.append(mlist_id)

    visibility_changed.connect(note)
    yield lists
    visibility_changed.disconnect(note)


def synced(name: str = DEV) -> MailingList:
    """Read everything that is due, and return the list."""
    Sync.objects.update(due_at=timezone.now())
    sync.sync_due()
    Sync.objects.update(due_at=timezone.now())
    sync.sync_due()
    return MailingList.objects.by_name(name)


def outdate(mlist: MailingList, age: timedelta) -> None:
    """Let Core have confirmed the list, and its roles, *age* ago."""
    then = timezone.now() - age
    MailingList.objects.filter(pk=mlist.pk).update(synced_at=then)
    ListRole.objects.filter(mlist=mlist).update(synced_at=then)


# Lists


def test_list_of_core_appears_with_all_that_core_says(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(
        DEV,
        display_name="Development",
        description="All about it",
        archive_rendering_mode="markdown",
        max_message_size=100,
        allow_list_posts=False,
    )

    mlist = synced()

    assert mlist.list_id == list_id
    assert mlist.display_name == "Development"
    assert mlist.description == "All about it"
    assert mlist.subject_prefix == "[Dev] "
    assert mlist.rendering_mode == RenderingMode.MARKDOWN
    assert mlist.archive_policy == ArchivePolicy.PUBLIC
    assert mlist.policy_source == PolicySource.CORE
    assert mlist.subscription_policy == "confirm"
    assert mlist.default_nonmember_action == "hold"
    assert (mlist.max_message_size, mlist.allow_list_posts) == (100, False)
    assert mlist.created_at.year == 2024
    assert mlist.synced_at is not None
    assert not mlist.is_private


def test_reading_twice_changes_nothing_but_when(fake_core: FakeCore) -> None:
    fake_core.make_list(DEV)
    first = synced()

    second = synced()

    assert second.revision == first.revision
    assert second.changed_at == first.changed_at
    assert second.synced_at is not None
    assert first.synced_at is not None
    assert second.synced_at > first.synced_at


def test_list_that_becomes_private_changes_its_pages(
    fake_core: FakeCore,
    announced: list[int],
    django_capture_on_commit_callbacks: type[TestCase.captureOnCommitCallbacks],
) -> None:
    list_id = fake_core.make_list(DEV)
    before = synced()
    fake_core.change_list(list_id, archive_policy="private")

    with django_capture_on_commit_callbacks(execute=True):
        after = synced()

    assert after.is_private
    assert after.revision > before.revision
    assert after.changed_at > before.changed_at
    assert announced == [after.pk]


def test_list_is_private_until_core_says_otherwise(fake_core: FakeCore) -> None:
    mlist = MailingList.objects.ensure(DEV)
    fake_core.status = 500

    sync.sync_due()

    assert mlist.is_private
    assert not permissions.public_lists().exists()


def test_first_sync_takes_over_a_list_that_was_imported(fake_core: FakeCore) -> None:
    mlist = create_list(DEV)
    set_policy(mlist, ArchivePolicy.PUBLIC)
    fake_core.make_list(DEV, archive_policy="private")

    found = synced()

    assert found.pk == mlist.pk
    assert found.policy_source == PolicySource.CORE
    assert found.is_private


def test_list_that_core_does_not_have_is_left_alone(fake_core: FakeCore) -> None:
    mlist = create_list("old@lists.example.org")
    set_policy(mlist, ArchivePolicy.PUBLIC)
    give_role(mlist, "anne@example.org", Role.OWNER)
    fake_core.make_list(DEV)
    sync.make_due(SyncKind.LIST, str(mlist.pk))

    synced()

    mlist.refresh_from_db()
    assert mlist.policy_source == PolicySource.ADMIN
    assert mlist.gone_from_core_at is None
    assert not mlist.is_private
    assert mlist.roles.get().address == "anne@example.org"


@pytest.mark.parametrize("before", ["public", "private"])
def test_mail_of_a_list_that_is_not_archived_any_more_reads_as_before(
    fake_core: FakeCore, before: str
) -> None:
    list_id = fake_core.make_list(DEV, archive_policy=before)
    synced()
    fake_core.change_list(list_id, archive_policy="never")

    mlist = synced()

    assert mlist.archive_policy == ArchivePolicy.NEVER
    assert mlist.reading_policy == ArchivePolicy[before.upper()]


def test_list_that_was_never_archived_reads_as_private(fake_core: FakeCore) -> None:
    fake_core.make_list(DEV, archive_policy="never")

    assert synced().reading_policy == ArchivePolicy.PRIVATE


def test_deleted_list_is_marked_and_its_archive_kept(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV)
    mlist = synced()
    bring(mlist, mail())
    fake_core.delete_list(list_id)

    mlist = synced()

    assert mlist.gone_from_core_at is not None
    assert not mlist.is_private
    assert mlist.emails.count() == 1


def test_list_that_comes_back_is_not_gone_any_more(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV)
    synced()
    fake_core.delete_list(list_id)
    synced()
    fake_core.make_list(DEV, archive_policy="private")

    mlist = synced()

    assert mlist.gone_from_core_at is None
    assert mlist.is_private


def test_renamed_list_keeps_its_archive_and_old_urls_redirect(
    fake_core: FakeCore, client: Client
) -> None:
    list_id = fake_core.make_list(DEV)
    bring(synced(), mail())
    fake_core.rename_list(list_id, "devel@lists.example.org")

    mlist = synced("devel@lists.example.org")

    assert mlist.emails.count() == 1
    assert MailingList.objects.count() == 1
    url = mlist.emails.get().get_absolute_url()
    response = client.get(url.replace("devel@", "dev@"))
    assert (response.status_code, response["Location"]) == (302, url)


def test_list_that_is_renamed_back_has_its_first_address(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV)
    synced()
    fake_core.rename_list(list_id, "devel@lists.example.org")
    synced("devel@lists.example.org")
    fake_core.rename_list(list_id, DEV)

    mlist = synced()

    assert list(ListAlias.objects.values_list("name", "mlist")) == [
        ("devel@lists.example.org", mlist.pk)
    ]


def test_mail_that_came_under_the_new_address_first_joins_the_archive(
    fake_core: FakeCore,
) -> None:
    list_id = fake_core.make_list(DEV)
    mlist = synced()
    bring(mlist, mail("one@example.com"), mail("both@example.com"))
    stray = MailingList.objects.ensure("devel@lists.example.org")
    bring(
        stray,
        mail("two@example.com", in_reply_to="one@example.com"),
        mail("both@example.com"),
    )
    permalinks = set(Email.objects.values_list("permalink", flat=True))
    fake_core.rename_list(list_id, "devel@lists.example.org")

    found = synced("devel@lists.example.org")

    assert found.pk == mlist.pk
    assert MailingList.objects.get() == mlist
    assert {email.permalink for email in mlist.emails.all()} == permalinks
    assert mlist.emails.count() == 3
    assert mlist.threads.filter(emails_count=2).count() == 1


def test_address_of_a_renamed_list_can_become_another_lists(
    fake_core: FakeCore,
) -> None:
    """Mail of one list must never end up in the archive of another."""
    first_id = fake_core.make_list(DEV)
    first = synced()
    bring(first, mail())
    second_id = fake_core.make_list("ops@lists.example.org", archive_policy="private")
    second = synced("ops@lists.example.org")
    fake_core.delete_list(first_id)
    fake_core.rename_list(second_id, DEV)

    found = synced()

    assert found.pk == second.pk
    first.refresh_from_db()
    assert first.name == f"dev+former-{first.pk}@lists.example.org"
    assert first.gone_from_core_at is not None
    assert (first.emails.count(), found.emails.count()) == (1, 0)


def test_two_lists_can_swap_their_addresses(fake_core: FakeCore) -> None:
    one_id = fake_core.make_list("one@lists.example.org")
    two_id = fake_core.make_list("two@lists.example.org")
    one = synced("one@lists.example.org")
    two = MailingList.objects.by_name("two@lists.example.org")
    fake_core.rename_list(one_id, "two@lists.example.org")
    fake_core.rename_list(two_id, "one@lists.example.org")

    synced("two@lists.example.org")

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.list_id, one.name) == (one_id, "two@lists.example.org")
    assert (two.list_id, two.name) == (two_id, "one@lists.example.org")


# Core is away


def test_public_list_stays_public_for_a_day_without_core(fake_core: FakeCore) -> None:
    fake_core.make_list(DEV)
    outdate(synced(), timedelta(hours=23))
    fake_core.status = 503

    assert not synced().is_private


def test_public_list_closes_after_a_day_without_core_until_it_is_back(
    fake_core: FakeCore,
    announced: list[int],
    django_capture_on_commit_callbacks: type[TestCase.captureOnCommitCallbacks],
) -> None:
    fake_core.make_list(DEV)
    mlist = synced()
    outdate(mlist, timedelta(hours=25))
    fake_core.status = 503

    with django_capture_on_commit_callbacks(execute=True):
        assert synced().is_private
    assert announced == [mlist.pk]

    fake_core.status = 200
    assert not synced().is_private


def test_list_that_core_does_not_have_stays_public_without_it(
    fake_core: FakeCore,
) -> None:
    list_id = fake_core.make_list(DEV)
    fake_core.make_list("other@lists.example.org")
    synced()
    fake_core.delete_list(list_id)
    outdate(synced(), timedelta(days=30))
    fake_core.status = 503

    assert not synced().is_private


def test_what_failed_is_tried_again_a_minute_later(fake_core: FakeCore) -> None:
    fake_core.make_list(DEV)
    fake_core.status = 503
    before = timezone.now()

    assert sync.sync_due() == 0

    row = Sync.objects.get(kind=SyncKind.LISTS)
    assert row.failed_at is not None
    assert row.due_at >= before + sync.RETRY
    fake_core.status = 200
    assert sync.sync_due() == 0
    assert synced().emails_count == 0


def test_core_that_is_down_is_asked_once_for_all_that_is_due(
    fake_core: FakeCore, fake_server: FakeCoreServer
) -> None:
    for name in ("one", "two", "three"):
        fake_core.make_list(f"{name}@lists.example.org")
    for _round in range(2):
        sync.sync_due()
    Sync.objects.update(due_at=timezone.now())
    fake_server.stop()

    assert sync.sync_due() == 0

    assert not Sync.objects.due(timezone.now()).exists()
    latest = Sync.objects.order_by("due_at").last()
    assert latest is not None
    assert Sync.objects.filter(due_at__lt=latest.due_at).count() == 3


def test_defect_that_one_list_meets_leaves_the_others_alone(
    fake_core: FakeCore, caplog: pytest.LogCaptureFixture
) -> None:
    fake_core.make_list(DEV)
    synced()
    broken = Sync.objects.create(kind=SyncKind.LIST, subject="no number")
    Sync.objects.update(due_at=timezone.now())

    assert sync.sync_due() == 2

    broken.refresh_from_db()
    assert broken.failed_at is not None
    assert "Could not take over list no number" in caplog.text


def test_what_becomes_due_while_it_is_read_stays_due(fake_core: FakeCore) -> None:
    fake_core.make_list(DEV)
    mlist = synced()
    row = Sync.objects.get(kind=SyncKind.LIST)
    core = Core()

    def change_meanwhile(list_id: str, role: Role) -> frozenset[str]:
        sync.make_due(SyncKind.LIST, str(mlist.pk))
        return frozenset()

    core.roster = change_meanwhile  # type: ignore[method-assign]  # in the middle
    sync._read(row, core)
    sync._note_done(row)

    assert Sync.objects.due(timezone.now()).get(kind=SyncKind.LIST) == row


# Roles


def test_owners_and_moderators_are_read_with_the_list(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV)
    fake_core.join(list_id, "anne@example.org", "owner")
    fake_core.join(list_id, "bart@example.org", "moderator")
    mlist = synced()
    roles = mlist.roles.values_list("address", "role")
    assert set(roles) == {
        ("anne@example.org", Role.OWNER),
        ("bart@example.org", Role.MODERATOR),
    }

    fake_core.leave(list_id, "anne@example.org")
    synced()

    assert set(roles.all()) == {("bart@example.org", Role.MODERATOR)}


def test_login_opens_the_private_lists_of_a_subscriber(
    fake_core: FakeCore, client: Client
) -> None:
    list_id = fake_core.make_list(DEV, archive_policy="private")
    fake_core.join(list_id, "anne@example.org", silent=True)
    mlist = synced()
    anne = make_user("anne", "Anne@Example.org", "secret")
    assert not permissions.can_read(anne, mlist)

    assert client.login(username="anne", password="secret")

    assert permissions.can_read(anne, mlist)
    assert mlist.roles.get().delivery == "by_user"


def test_nonmember_may_not_read(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV, archive_policy="private")
    fake_core.join(list_id, "anne@example.org", "nonmember")
    synced()

    assert sync.sync_person(["anne@example.org"], Core())

    assert not ListRole.objects.exists()


def test_removal_that_is_seen_ends_a_role_at_once(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV, archive_policy="private")
    fake_core.join(list_id, "anne@example.org")
    mlist = synced()
    anne = make_user("anne", "anne@example.org")
    sync.sync_person(["anne@example.org"], Core())
    assert permissions.can_read(anne, mlist)
    fake_core.leave(list_id, "anne@example.org")

    synced()

    assert not permissions.can_read(anne, mlist)


def test_role_lasts_a_day_without_core(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV, archive_policy="private")
    fake_core.join(list_id, "anne@example.org")
    mlist = synced()
    anne = make_user("anne", "anne@example.org")
    sync.sync_person(["anne@example.org"], Core())
    fake_core.status = 503
    outdate(mlist, timedelta(hours=23))
    synced()
    assert permissions.can_read(anne, mlist)

    outdate(mlist, timedelta(hours=25))
    synced()

    assert not permissions.can_read(anne, mlist)


def test_role_that_was_given_on_this_site_stays(fake_core: FakeCore) -> None:
    mlist = create_list("old@lists.example.org")
    give_role(mlist, "anne@example.org", Role.MEMBER)

    sync.sync_person(["anne@example.org"], Core())

    assert mlist.roles.get().source == PolicySource.ADMIN


def test_login_works_while_core_is_away_and_the_next_run_asks(
    fake_core: FakeCore, client: Client
) -> None:
    list_id = fake_core.make_list(DEV, archive_policy="private")
    fake_core.join(list_id, "anne@example.org")
    mlist = synced()
    anne = make_user("anne", "anne@example.org", "secret")
    fake_core.status = 503

    assert client.login(username="anne", password="secret")

    fake_core.status = 200
    assert not permissions.can_read(anne, mlist)
    sync.sync_due()
    assert permissions.can_read(anne, mlist)


def test_address_that_nobody_used_for_long_is_read_seldom(
    fake_core: FakeCore, settings: Settings
) -> None:
    settings.HYPERKITTY_SYNC_INTERVAL = 60
    sync.sync_person(["anne@example.org", "bart@example.org"], Core())
    long_ago = timezone.now() - timedelta(days=31)
    Sync.objects.filter(subject="bart@example.org").update(
        wanted_at=long_ago, due_at=timezone.now()
    )
    sync.sync_due()

    due = {row.subject: row.due_at - timezone.now() for row in Sync.objects.all()}

    assert due["anne@example.org"] <= timedelta(minutes=1)
    assert timedelta(minutes=59) < due["bart@example.org"] <= timedelta(hours=1)


# Who asks


def test_stale_list_is_read_by_the_next_sweep(fake_core: FakeCore) -> None:
    fake_core.make_list(DEV)
    mlist = MailingList.objects.ensure(DEV)

    list_stale.send_robust(MailingList, mlist_id=mlist.pk)
    sweep()

    mlist.refresh_from_db()
    assert mlist.policy_source == PolicySource.CORE


def test_changed_list_is_due_at_once(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV)
    synced()
    fake_core.change_list(list_id, description="New")
    sync.sync_due()
    assert MailingList.objects.get().description == ""

    sync.make_list_due(list_id)
    sync.sync_due()

    assert MailingList.objects.get().description == "New"


def test_list_that_was_just_made_is_due_at_once(fake_core: FakeCore) -> None:
    sync.sync_due()
    list_id = fake_core.make_list(DEV)

    sync.make_list_due(list_id)
    sync.sync_due()

    assert MailingList.objects.get().list_id == list_id


def test_everything_is_read_now_when_asked(fake_core: FakeCore) -> None:
    list_id = fake_core.make_list(DEV)
    fake_core.join(list_id, "anne@example.org", "owner")
    sync.sync_person(["anne@example.org"], Core())

    assert sync.sync_all(Core()) == (1, 1)

    assert ListRole.objects.get().mlist.name == DEV


def test_asking_for_everything_says_that_core_is_away(
    fake_server: FakeCoreServer,
) -> None:
    fake_server.core.status = 503

    with pytest.raises(MailmanUnavailable):
        sync.sync_all(Core())


def test_senders_learn_their_ids(fake_core: FakeCore) -> None:
    bring(
        make_list(),
        mail("1@x", sender="anne@example.org"),
        mail("2@x", sender="bart@example.org"),
    )
    Sender.objects.filter(address="bart@example.org").update(mailman_id="known")
    fake_core.users = {"anne@example.org": "a" * 32, "bart@example.org": "b" * 32}
    ids = Sender.objects.values_list("address", "mailman_id")

    assert sync_senders(Core()) == 1
    assert dict(ids) == {"anne@example.org": "a" * 32, "bart@example.org": "known"}
    assert sync_senders(Core(), overwrite=True) == 1
    assert dict(ids.all())["bart@example.org"] == "b" * 32
