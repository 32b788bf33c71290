"""hyperkitty_list: lists that Mailman Core does not have."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from hyperkitty.models import (
    ArchivePolicy,
    ListAlias,
    ListRole,
    MailingList,
    PolicySource,
)

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("hyperkitty_list", *words, stdout=out, stderr=out)
    return out.getvalue()


def test_new_list_is_private_until_a_policy_is_set() -> None:
    run("create", "Old@Example.org")
    mlist = MailingList.objects.get(name="old@example.org")
    assert mlist.is_private
    run("set", "old@example.org", "--archive-policy", "public")
    mlist.refresh_from_db()
    assert (mlist.is_private, mlist.policy_source) == (False, PolicySource.ADMIN)


def test_never_keeps_old_mail_as_readable_as_it_was() -> None:
    run("create", "old@example.org", "--archive-policy", "public")
    run("set", "old@example.org", "--archive-policy", "never")
    assert not MailingList.objects.get().is_private
    assert MailingList.objects.get().archive_policy == ArchivePolicy.NEVER


def test_readers_come_and_go() -> None:
    run("create", "old@example.org", "--add-reader", "Anne@example.org")
    assert ListRole.objects.get().address == "anne@example.org"
    run("set", "old@example.org", "--remove-reader", "anne@example.org")
    assert not ListRole.objects.exists()


def test_renamed_list_is_found_by_both_addresses() -> None:
    run("create", "old@example.org")
    run("rename", "old@example.org", "new@example.org")
    assert ListAlias.objects.get().name == "old@example.org"
    assert run("show", "old@example.org").startswith("new@example.org")


def test_all_lists_are_shown_without_arguments() -> None:
    run("create", "b@example.org")
    run("create", "a@example.org")
    assert [line.split()[0] for line in run().splitlines()] == [
        "a@example.org",
        "b@example.org",
    ]


def test_list_of_core_is_not_changed_here() -> None:
    MailingList.objects.create(
        name="core@example.org",
        list_id="core.example.org",
        policy_source=PolicySource.CORE,
        synced_at=timezone.now(),
    )
    with pytest.raises(CommandError, match="Mailman Core"):
        run("set", "core@example.org", "--archive-policy", "public")


@pytest.mark.parametrize("address", ["nothing", "@", "a b@example.org", "x@y\n@z"])
def test_bad_address_is_a_clear_error(address: str) -> None:
    with pytest.raises(CommandError, match="not an address"):
        run("create", address)
