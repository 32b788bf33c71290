"""Followed searches, asked of a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import (
    ArchivePolicy,
    Delivery,
    Follow,
    MailingList,
    Notification,
    Source,
)
from hyperkitty.notifying.following import Search, follow
from hyperkitty.notifying.searches import ask_due
from hyperkitty.search.upkeep import index_due
from tests.factories import account
from tests.mails import mail, make_list
from tests.search.conftest import search_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def index(tmp_path: Path) -> Iterator[None]:
    """An empty index."""
    with search_at(f"tantivy://{tmp_path}/index"):
        index_due()
        yield


@pytest.fixture
def anne() -> User:
    return account("anne")


def arrive(
    mlist: MailingList,
    message_id: str,
    text: str,
    source: Source = Source.ARCHIVER,
    sender: str = "Cate <cate@x>",
) -> None:
    raw = mail(message_id, text=f"{text}\n", sender=sender)
    archive(mlist, [Incoming(raw=raw, arrived_at=timezone.now(), source=source)])
    index_due()


def told() -> set[str]:
    """Return the Message-IDs that somebody was told of, having asked what is due."""
    Follow.objects.update(due_at=timezone.now())
    ask_due()
    rows = Notification.objects.all()
    return set(rows.values_list("email__message_id", flat=True))


def test_new_mails_that_a_search_finds_are_told(anne: User) -> None:
    mlist = make_list()
    arrive(mlist, "before@x", "Locking is slow.")
    follow(anne.pk, Search("locking"))
    arrive(mlist, "hit@x", "About locking again.")
    arrive(mlist, "miss@x", "About the weather.")
    arrive(mlist, "old@x", "Locking of old.", source=Source.IMPORT)
    arrive(mlist, "mine@x", "My locking.", sender="Anne <anne@example.com>")
    assert told() == {"hit@x"}
    assert told() == {"hit@x"}


def test_search_in_one_list_tells_of_that_list(anne: User) -> None:
    here, there = make_list(), make_list()
    follow(anne.pk, Search("locking", here))
    arrive(here, "here@x", "Locking.")
    arrive(there, "there@x", "Locking.")
    assert told() == {"here@x"}


def test_search_may_name_the_list(anne: User) -> None:
    here, there = make_list(), make_list()
    follow(anne.pk, Search(f"list:{here.name} locking"))
    arrive(here, "here@x", "Locking.")
    arrive(there, "there@x", "Locking.")
    assert told() == {"here@x"}


def test_search_for_ones_own_mail_tells_of_nobody_elses(anne: User) -> None:
    follow(anne.pk, Search("is:mine"))
    arrive(make_list(), "other@x", "Locking.")
    assert told() == set()


def test_search_tells_nothing_of_lists_that_one_may_not_read(anne: User) -> None:
    closed = make_list(archive_policy=ArchivePolicy.PRIVATE)
    follow(anne.pk, Search("locking"))
    arrive(closed, "secret@x", "Locking.")
    assert told() == set()


def test_muted_search_is_not_asked(anne: User) -> None:
    mlist = make_list()
    follow(anne.pk, Search("locking"), Delivery.MUTE)
    arrive(mlist, "hit@x", "Locking.")
    assert told() == set()


def test_search_is_asked_again_after_a_while(anne: User) -> None:
    follow(anne.pk, Search('odd "query'))
    assert ask_due() == 1
    assert ask_due() == 0
