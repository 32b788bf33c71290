"""Held mail of Mailman: mirrored by the worker, decided in rows."""

from __future__ import annotations

import pytest

from hyperkitty.models import HeldAction, HeldMail, Sync, SyncKind
from hyperkitty.services.held import decide_held, held_due
from hyperkitty.services.sync import make_due, sync_due
from tests.factories import account
from tests.mailman.cores import fake_core as fake_core
from tests.mailman.cores import fake_server as fake_server
from tests.mailman.cores import nothing_remembered as nothing_remembered
from tests.mailman.fake_core import FakeCore
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def list_id(fake_core: FakeCore) -> str:
    """Return the id of a list with two held mails, one of them an answer."""
    list_id = fake_core.make_list("dev@lists.example.org")
    mlist = make_list(name="dev@lists.example.org")
    bring(mlist, mail("a@x", subject="Question"))
    fake_core.held[list_id] = [("<h1@x>", "no member"), ("<h2@x>", "too big")]
    make_due(SyncKind.HELD, str(mlist.pk))
    sync_due()
    return list_id


def test_held_mails_are_mirrored_with_what_they_answer(list_id: str) -> None:
    first, second = HeldMail.objects.order_by("request_id")
    assert (first.subject, first.why, first.text) == (
        "Held 1",
        "no member",
        "Some text.",
    )
    assert first.parent is not None
    assert first.parent.message_id == "a@x"
    assert second.sender == "zoe@example.com"


def test_worker_tells_core_what_was_decided_once(
    fake_core: FakeCore, list_id: str
) -> None:
    held = HeldMail.objects.get(request_id=1)
    assert decide_held(held, HeldAction.REJECT, "Please subscribe.", account())
    assert not decide_held(held, HeldAction.ACCEPT, "", account("bart"))
    assert held_due() == 1
    assert held_due() == 0
    assert fake_core.moderated == [(1, "reject", "Please subscribe.")]
    assert HeldMail.objects.get().request_id == 2


def test_decision_waits_while_core_is_away(fake_core: FakeCore, list_id: str) -> None:
    held = HeldMail.objects.get(request_id=1)
    decide_held(held, HeldAction.DISCARD, "", account())
    fake_core.status = 503
    assert held_due() == 0
    held.refresh_from_db()
    assert (held.attempts, held.action) == (1, "discard")
    assert held.due_at is not None


def test_mail_that_core_holds_no_more_leaves_the_mirror(
    fake_core: FakeCore, list_id: str
) -> None:
    decide_held(HeldMail.objects.get(request_id=2), HeldAction.ACCEPT, "", account())
    del fake_core.held[list_id][1:]
    make_due(SyncKind.HELD, Sync.objects.get(kind=SyncKind.HELD).subject)
    sync_due()
    assert [held.request_id for held in HeldMail.objects.all()] == [1]
