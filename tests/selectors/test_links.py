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


def test_nothing_to_look_up_costs_nothing(django_assert_num_queries) -> None:
    url = LinkTarget(TargetKind.URL, "https://example.com/")
    with django_assert_num_queries(0):
        assert found(url) == []
