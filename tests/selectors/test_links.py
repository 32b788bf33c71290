"""Message-IDs in mails lead to the mails that the reader may see."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from hyperkitty.models import ArchivePolicy, EmailState, MailingList
from hyperkitty.permissions import readable_lists
from hyperkitty.rendering.values import LinkTarget, TargetKind
from hyperkitty.selectors.links import resolve_links
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
TARGET = LinkTarget(TargetKind.MESSAGE_ID, "named@example.com")


def found(target: LinkTarget = TARGET) -> list[tuple[str, str]]:
    links = resolve_links([target], readable_lists(AnonymousUser()))
    return [(link.url, link.title) for link in links.values()]


def put(**columns: object) -> MailingList:
    mlist = make_list(**columns)
    bring(mlist, mail("named@example.com", subject="Here it is"))
    return mlist


def test_id_leads_to_its_mail_and_title() -> None:
    email = put().emails.get()
    assert found() == [(email.get_absolute_url(), "Here it is")]


def test_id_in_a_private_list_leads_nowhere() -> None:
    put(archive_policy=ArchivePolicy.PRIVATE)
    assert found() == []


def test_id_of_a_deleted_mail_leads_nowhere() -> None:
    put().emails.update(state=EmailState.DELETED)
    assert found() == []


def test_id_in_two_lists_leads_to_the_first() -> None:
    email = put().emails.get()
    put()
    assert found() == [(email.get_absolute_url(), "Here it is")]


def url(path: str) -> LinkTarget:
    return LinkTarget(TargetKind.URL, f"https://lists.example.org{path}")


def test_urls_of_this_site_lead_to_what_they_name() -> None:
    mlist = put(display_name="Small talk")
    email = mlist.emails.get()
    thread = email.thread
    assert found(url(email.get_absolute_url())) == [
        (email.get_absolute_url(), "Here it is")
    ]
    place = f"{thread.get_absolute_url()}#{email.permalink}"
    assert found(url(place)) == [(place, "Here it is")]
    assert found(url(mlist.get_absolute_url())) == [
        (mlist.get_absolute_url(), "Small talk")
    ]


def test_urls_into_a_private_list_stay_as_they_were_written() -> None:
    mlist = put(archive_policy=ArchivePolicy.PRIVATE)
    email = mlist.emails.get()
    for path in (
        email.get_absolute_url(),
        email.thread.get_absolute_url(),
        mlist.get_absolute_url(),
    ):
        assert found(url(path)) == []


def test_url_of_a_mail_under_another_list_leads_nowhere() -> None:
    email = put().emails.get()
    other = make_list()
    assert found(url(f"{other.get_absolute_url()}message/{email.permalink}/")) == []


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/",
        "/archives/",
        "/archives/list/x@y.example/?page=2",
        "/archives/list/x@y.example/message/%FF/",
        "/archives/list/" + "x" * 5000,
        "",
    ],
)
def test_url_that_names_nothing_leads_nowhere(path: str) -> None:
    put()
    assert found(url(path)) == []


def test_many_targets_cost_two_queries(django_assert_num_queries) -> None:
    mlist = put()
    email = mlist.emails.get()
    targets = [
        TARGET,
        url(email.get_absolute_url()),
        url(email.thread.get_absolute_url()),
        url(mlist.get_absolute_url()),
        url("/archives/list/none@lists.example.org/"),
    ]
    with django_assert_num_queries(2):
        links = resolve_links(targets, readable_lists(AnonymousUser()))
    assert len(links) == 4


def test_nothing_to_look_up_costs_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert found(url("/nowhere/")) == []
