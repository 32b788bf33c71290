"""What Core tells, from the fake Core and from a real one: the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from hyperkitty.exceptions import MailmanUnavailable
from hyperkitty.mailman import Core, CoreList
from hyperkitty.mailman import core as core_module
from hyperkitty.models import ArchivePolicy, RenderingMode, Role

from .fake_core import FakeCore, FakeCoreServer
from .real_core import RealCore

AnyCore = FakeCore | RealCore


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.core)])
def site(request: pytest.FixtureRequest) -> AnyCore:
    """A Core, each of the two in turn."""
    found: AnyCore = request.getfixturevalue(f"{request.param}_core")
    return found


def test_list_is_found_by_address_and_by_list_id(site: AnyCore) -> None:
    list_id = site.make_list(
        "dev@lists.example.org",
        display_name="Développement",
        description="All about it",
        subject_prefix="[dev] ",
        archive_policy="private",
        archive_rendering_mode="markdown",
        subscription_policy="moderate",
        default_member_action="accept",
        default_nonmember_action="reject",
        allow_list_posts=False,
        max_message_size=100,
    )

    found = Core().find_list("dev@lists.example.org")

    assert found is not None
    assert found == Core().find_list(list_id)
    assert found.created_at is not None
    assert found.created_at.utcoffset() == timedelta(0)
    assert found == CoreList(
        list_id="dev.lists.example.org",
        name="dev@lists.example.org",
        display_name="Développement",
        description="All about it",
        subject_prefix="[dev] ",
        archive_policy=ArchivePolicy.PRIVATE,
        rendering_mode=RenderingMode.MARKDOWN,
        subscription_policy="moderate",
        default_member_action="accept",
        default_nonmember_action="reject",
        allow_list_posts=False,
        max_message_size=100,
        created_at=found.created_at,
    )


@pytest.mark.parametrize("policy", ["never", "private", "public"])
def test_archive_policy_is_read(site: AnyCore, policy: str) -> None:
    list_id = site.make_list("dev@lists.example.org", archive_policy=policy)

    found = Core().find_list(list_id)

    assert found is not None
    assert found.archive_policy == ArchivePolicy[policy.upper()]


@pytest.mark.parametrize("name", ["no@lists.example.org", "no.example", "a b/c?d#e%2"])
def test_unknown_list_is_none(site: AnyCore, name: str) -> None:
    assert Core().find_list(name) is None


def test_renamed_list_is_found_under_its_new_address_only(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    site.rename_list(list_id, "devel@lists.example.org")

    assert Core().find_list("dev@lists.example.org") is None
    for name in (list_id, "devel@lists.example.org"):
        found = Core().find_list(name)
        assert found is not None
        assert (found.list_id, found.name) == (list_id, "devel@lists.example.org")


def test_all_lists_are_named(site: AnyCore) -> None:
    assert Core().list_names() == {}
    names = [f"list{number}@lists.example.org" for number in range(3)]
    ids = [site.make_list(name) for name in names]

    assert Core().list_names() == dict(zip(ids, names, strict=True))


def test_long_answers_are_read_to_the_end(
    site: AnyCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_module, "PAGE_SIZE", 2)
    list_id = site.make_list("dev@lists.example.org")
    people = {f"person{number}@example.org" for number in range(5)}
    for person in people:
        site.join(list_id, person, "owner")

    assert Core().roster(list_id, Role.OWNER) == people


def test_rosters_name_owners_and_moderators_apart(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    site.join(list_id, "anne@example.org", "owner")
    site.join(list_id, "bart@example.org", "moderator")

    assert Core().roster(list_id, Role.OWNER) == {"anne@example.org"}
    assert Core().roster(list_id, Role.MODERATOR) == {"bart@example.org"}
    assert Core().roster("no.lists.example.org", Role.OWNER) == frozenset()


def test_memberships_of_an_address_are_found(site: AnyCore) -> None:
    one = site.make_list("one@lists.example.org")
    two = site.make_list("two@lists.example.org")
    site.join(one, "anne@example.org")
    site.join(two, "anne@example.org", silent=True)
    site.join(two, "anne@example.org", "owner")
    site.join(two, "bart@example.org")

    found = Core().memberships("Anne@Example.org")

    assert {(m.list_id, m.role, m.delivery) for m in found if m.role == "member"} == {
        (one, Role.MEMBER, "regular"),
        (two, Role.MEMBER, "by_user"),
    }
    assert [m.list_id for m in found if m.role == Role.OWNER] == [two]
    assert {m.address for m in found} == {"anne@example.org"}
    assert Core().memberships("nobody@example.org") == []


def test_membership_ends_with_leaving(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    site.join(list_id, "anne@example.org")
    site.leave(list_id, "anne@example.org")

    assert Core().memberships("anne@example.org") == []


def test_asterisk_in_an_address_finds_nobody_else(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    site.join(list_id, "anne@example.org")

    assert Core().memberships("*@example.org") == []


def test_users_are_named_with_their_addresses(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    site.join(list_id, "anne@example.org")
    if isinstance(site, FakeCore):
        site.users["anne@example.org"] = "0123456789abcdef0123456789abcdef"

    ids = dict(Core().user_ids())

    assert len(ids["anne@example.org"]) == 32


def test_wrong_password_is_an_absent_core(site: AnyCore, settings: Settings) -> None:
    settings.MAILMAN_REST_API_PASS = "wrong"

    with pytest.raises(MailmanUnavailable, match="refuses MAILMAN_REST_API_USER"):
        Core().list_names()


def test_core_that_fails_is_unavailable(fake_core: FakeCore) -> None:
    fake_core.status = 503

    with pytest.raises(MailmanUnavailable, match="503"):
        Core().find_list("dev@lists.example.org")


def test_core_that_refuses_connections_is_unavailable(
    settings: Settings,
) -> None:
    gone = FakeCoreServer()
    gone.stop()
    settings.MAILMAN_REST_API_URL = gone.url

    with pytest.raises(MailmanUnavailable, match="cannot be asked"):
        Core().find_list("dev@lists.example.org")


def test_core_that_is_slow_is_unavailable(fake_core: FakeCore) -> None:
    fake_core.make_list("dev@lists.example.org")
    fake_core.delay = 0.5

    with pytest.raises(MailmanUnavailable, match="cannot be asked"):
        Core(timeout=0.05).find_list("dev@lists.example.org")


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b"[]", b'"text"', b"null", b'{"list_id": 3}', b'{"a": "b"}'],
)
def test_answer_that_makes_no_sense_is_an_absent_core(
    fake_core: FakeCore, body: bytes
) -> None:
    fake_core.body = body

    with pytest.raises(MailmanUnavailable):
        Core().find_list("dev@lists.example.org")


def test_unknown_policy_reads_as_private() -> None:
    found = CoreList.from_rest(
        "dev.example", {"fqdn_listname": "dev@example", "archive_policy": "galactic"}
    )

    assert found.archive_policy == ArchivePolicy.PRIVATE
    assert found.max_message_size == 0


def test_values_of_core_fit_their_columns() -> None:
    found = CoreList.from_rest(
        "Dev.Example",
        {
            "fqdn_listname": "Dev@Example",
            "archive_policy": "public",
            "display_name": "a\nb\0" + "x" * 300,
            "subscription_policy": "ä" + "y" * 50,
            "created_at": "2024-02-03T04:05:06",
        },
    )

    assert (found.list_id, found.name) == ("dev.example", "dev@example")
    assert found.display_name == ("a b" + "x" * 300)[:255]
    assert found.subscription_policy == "y" * 40
    assert found.created_at == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
