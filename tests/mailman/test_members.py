"""What posting asks of Core: the fake one and a real one do the same."""

from __future__ import annotations

import pytest

from hyperkitty.exceptions import MailmanRefused, MailmanUnavailable
from hyperkitty.mailman import Core
from hyperkitty.mailman.members import Joining, MembersCore
from hyperkitty.models import MailDelivery, Role

from .fake_core import FakeCore, FakeCoreServer
from .real_core import RealCore

AnyCore = FakeCore | RealCore
ANNE = "anne@example.org"


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.core)])
def site(request: pytest.FixtureRequest) -> AnyCore:
    """A Core, each of the two in turn."""
    found: AnyCore = request.getfixturevalue(f"{request.param}_core")
    return found


@pytest.mark.parametrize(
    ("policy", "joining"),
    [
        ("open", Joining.JOINED),
        ("confirm", Joining.JOINED),
        ("moderate", Joining.PENDING),
        ("confirm_then_moderate", Joining.PENDING),
    ],
)
def test_joining_follows_the_lists_policy(
    site: AnyCore, policy: str, joining: Joining
) -> None:
    list_id = site.make_list("dev@lists.example.org", subscription_policy=policy)
    core = MembersCore()

    assert core.subscribe(list_id, ANNE, "Anne", silent=True) == joining

    is_in = joining == Joining.JOINED
    assert (core.find_member(list_id, ANNE) is not None) is is_in
    assert (ANNE in Core().roster(list_id, Role.MEMBER)) is is_in
    if is_in:
        assert Core().memberships(ANNE)[0].delivery == "by_user"


def test_joining_twice_says_so(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    core = MembersCore()
    core.subscribe(list_id, ANNE, "", silent=False)

    assert core.subscribe(list_id, ANNE, "", silent=False) == Joining.MEMBER


def test_delivery_is_switched_on_again(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    core = MembersCore()
    core.subscribe(list_id, ANNE, "Anne", silent=True)

    core.set_delivery(list_id, ANNE)

    assert Core().memberships(ANNE)[0].delivery == "regular"


def test_delivery_is_as_it_was_set(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    core = MembersCore()
    core.subscribe(list_id, ANNE, "Anne", silent=False)

    for delivery in MailDelivery:
        core.set_delivery(list_id, ANNE, delivery)
        assert Core().memberships(ANNE)[0].delivery == delivery

    core.set_delivery(list_id, ANNE, MailDelivery.MIME_DIGESTS)
    core.set_delivery(list_id, ANNE, MailDelivery.OFF)
    core.set_delivery(list_id, ANNE)
    assert Core().memberships(ANNE)[0].delivery == "mime_digests"


def test_leaving_ends_the_subscription(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    core = MembersCore()
    core.subscribe(list_id, ANNE, "Anne", silent=True)

    assert core.unsubscribe(list_id, ANNE, asks=False)

    assert core.find_member(list_id, ANNE) is None
    assert core.unsubscribe(list_id, ANNE, asks=True)


def test_banned_address_is_refused_with_cores_words(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    if isinstance(site, FakeCore):
        site.banned.add(ANNE)
    else:
        site.client.get_list(list_id).bans.add(ANNE)

    with pytest.raises(MailmanRefused, match="banned"):
        MembersCore().subscribe(list_id, ANNE, "Anne", silent=True)


def test_nonmember_is_accepted_unless_a_moderator_said_otherwise(
    site: AnyCore,
) -> None:
    list_id = site.make_list("dev@lists.example.org")
    core = MembersCore()

    core.accept_nonmember(list_id, ANNE)
    assert _nonmember_action(site, list_id) == "accept"

    if isinstance(site, FakeCore):
        site.members[0].moderation_action = "discard"
    else:
        member = site.client.get_list(list_id).get_nonmember(ANNE)
        member.moderation_action = "discard"
        member.save()
    core.accept_nonmember(list_id, ANNE)
    assert _nonmember_action(site, list_id) == "discard"


def test_trial_holds_posts_and_ends(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    core = MembersCore()
    core.subscribe(list_id, ANNE, "Anne", silent=True)

    core.set_moderation(list_id, ANNE, "hold")
    assert _member_action(site, list_id) == "hold"
    core.set_moderation(list_id, ANNE, "")
    assert not _member_action(site, list_id)


def test_nothing_is_held_on_a_new_list(site: AnyCore) -> None:
    list_id = site.make_list("dev@lists.example.org")
    assert MembersCore().held(list_id) == {}


def test_core_that_is_away_is_one_error(
    fake_core: FakeCore, fake_server: FakeCoreServer
) -> None:
    list_id = fake_core.make_list("dev@lists.example.org")
    fake_core.status = 503
    with pytest.raises(MailmanUnavailable):
        MembersCore().inject(list_id, b"x")


def _nonmember_action(site: AnyCore, list_id: str) -> str | None:
    if isinstance(site, FakeCore):
        return site.members[0].moderation_action
    action = site.client.get_list(list_id).get_nonmember(ANNE).moderation_action
    return str(action) if action else None


def _member_action(site: AnyCore, list_id: str) -> str | None:
    if isinstance(site, FakeCore):
        return site.members[0].moderation_action
    action = site.client.get_list(list_id).get_member(ANNE).moderation_action
    return str(action) if action else None
