"""What a list does with a post, by the rules that were read from Mailman."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.models import ListRole, OutgoingPost, PostState, Role
from hyperkitty.posting.eligibility import Way, refusal, way_in
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
ANNE = "anne@example.org"
#: Columns of a list, settings, and how a stranger's post is taken then.
RULES: list[tuple[Mapping[str, str], Mapping[str, str], Way]] = [
    ({}, {}, Way.REGISTERED),
    ({"subscription_policy": "open"}, {}, Way.REGISTERED),
    ({"subscription_policy": "moderate"}, {}, Way.HELD),
    ({"subscription_policy": "confirm_then_moderate"}, {}, Way.HELD),
    ({"subscription_policy": "a new word"}, {}, Way.HELD),
    (
        {"subscription_policy": "moderate", "default_nonmember_action": "reject"},
        {},
        Way.REFUSED,
    ),
    (
        {"subscription_policy": "moderate", "default_nonmember_action": "discard"},
        {},
        Way.REFUSED,
    ),
    (
        {"subscription_policy": "moderate", "default_nonmember_action": "accept"},
        {},
        Way.ACCEPTED,
    ),
    ({"default_member_action": "hold"}, {}, Way.REGISTERED),
    ({"default_member_action": "reject"}, {}, Way.CHOSEN),
    ({"default_member_action": "discard"}, {}, Way.CHOSEN),
    ({}, {"POSTING_REGISTER": "nonmember"}, Way.ACCEPTED),
    ({}, {"POSTING_REGISTER": "nonmember", "FIRST_POSTS": "hold"}, Way.HELD),
    ({}, {"FIRST_POSTS": "hold"}, Way.REGISTERED),
]


@pytest.mark.parametrize(("columns", "site", "way"), RULES)
def test_stranger_gets_in_as_the_lists_rules_say(
    columns: Mapping[str, str], site: Mapping[str, str], way: Way, settings: Settings
) -> None:
    for name, value in site.items():
        setattr(settings, f"HYPERKITTY_{name}", value)
    known = {"subscription_policy": "confirm", "default_nonmember_action": "hold"}
    mlist = make_list(synced_at=timezone.now(), **(known | columns))
    assert way_in(mlist, ANNE) == way
    ListRole.objects.create(mlist=mlist, address=ANNE, role=Role.MEMBER)
    assert way_in(mlist, ANNE.upper()) == Way.MEMBER


def test_address_that_was_accepted_once_is_no_more_on_trial(
    settings: Settings, anne: User
) -> None:
    settings.HYPERKITTY_POSTING_REGISTER = "nonmember"
    settings.HYPERKITTY_FIRST_POSTS = "hold"
    by_mail, by_web, never = (make_list(synced_at=timezone.now()) for _ in "abc")
    bring(by_mail, mail(sender=ANNE))
    for mlist, state in ((by_web, PostState.ARCHIVED), (never, PostState.HELD)):
        OutgoingPost.objects.create(
            mlist=mlist, user=anne, sender=ANNE, state=state, raw=b"", token="t"
        )
    assert way_in(by_mail, ANNE) == Way.ACCEPTED
    assert way_in(by_web, ANNE) == Way.ACCEPTED
    assert way_in(never, ANNE) == Way.HELD


def test_who_was_not_chosen_is_told(anne: User) -> None:
    mlist = make_list(synced_at=timezone.now(), default_member_action="reject")
    assert "owners chose" in refusal(anne, mlist, ANNE, "Words.")
