"""The worker: each kind of work by itself, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty import tasks
from hyperkitty.models import ListRole, MailingList, OutgoingPost, PostState, Role, Sync
from hyperkitty.posting.queueing import Draft, queue
from hyperkitty.tasks import keep_sweeping, sweep
from tests.mailman.fake_core import FakeCore
from tests.mailman.real_core import wait_for
from tests.mails import make_list
from tests.people import make_user

ANNE = "anne@example.org"


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Thread]:
    """A worker that runs."""
    ended = Event()
    thread = Thread(target=keep_sweeping, args=(0.05, ended))
    thread.start()
    yield thread
    ended.set()
    thread.join(30)
    assert not thread.is_alive()


def post(user: User, mlist: MailingList, token: str) -> OutgoingPost:
    """Queue a post of a subscriber, which needs no answer of Mailman."""
    ListRole.objects.get_or_create(mlist=mlist, address=ANNE, role=Role.MEMBER)
    return queue(Draft(user, ANNE, [mlist], "Hello", "Words.\n", token))[0]


def is_sent(row: OutgoingPost) -> bool:
    return OutgoingPost.objects.filter(pk=row.pk, state=PostState.SENT).exists()


def test_posts_do_not_wait_while_mailman_hangs(
    fake_core: FakeCore, settings: Settings, worker: Thread
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    fake_core.delay = 8
    wait_for(lambda: fake_core.requests, "a question to Mailman")

    row = post(make_user("anne", ANNE), make_list(synced_at=timezone.now()), "t1")

    wait_for(lambda: is_sent(row), "the post to be sent")
    assert not Sync.objects.exclude(done_at=None).exists()
    fake_core.delay = 0


def test_worker_goes_on_after_work_that_failed(
    settings: Settings,
    worker: Thread,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(tasks, "FAILED_PAUSE", 0.05)
    settings.EMAIL_BACKEND = "tests.NoSuchBackend"
    mlist = make_list(synced_at=timezone.now())
    row = post(make_user("anne", ANNE), mlist, "t1")
    wait_for(
        lambda: OutgoingPost.objects.filter(pk=row.pk, attempts=1).exists(),
        "a failed attempt",
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    OutgoingPost.objects.update(due_at=timezone.now())
    wait_for(lambda: is_sent(row), "the post to be sent")


@pytest.mark.django_db
def test_work_that_fails_leaves_the_rest_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise ValueError("a defect")

    monkeypatch.setattr(tasks, "DUE_WORK", {"bad": fail, "good": lambda: 3})
    assert sweep() == {"good": 3}
    assert "bad" in caplog.text
