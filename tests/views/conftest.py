"""The cast and the lists of the page tests."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from hyperkitty.models import (
    ArchivePolicy,
    ListRole,
    MailingList,
    PolicySource,
    Role,
)
from tests.factories import account
from tests.mails import bring, mail, make_list


@pytest.fixture
def anne(db: None) -> User:
    """Return a subscriber of the private list."""
    return account("anne")


@pytest.fixture
def cate(db: None) -> User:
    """Return somebody who has an account and no list."""
    return account("cate")


@pytest.fixture
def root(db: None) -> User:
    """Return a superuser."""
    return account("root", is_superuser=True)


@pytest.fixture
def open_list(db: None) -> MailingList:
    """Return a public list with a question and an answer."""
    mlist = make_list(name="open@lists.example.org", display_name="Open talk")
    bring(
        mlist,
        mail("q@example.com", subject="A question", text="Who knows?\n"),
        mail(
            "a@example.com",
            references=["q@example.com"],
            subject="Re: A question",
            sender="Bart <bart@example.com>",
            hours=5,
            text="I do. Ask me at bart@example.com.\n",
        ),
    )
    mlist.refresh_from_db()
    return mlist


@pytest.fixture
def closed_list(anne: User) -> MailingList:
    """Return a private list, with one mail, that Anne reads."""
    mlist = make_list(
        name="closed@lists.example.org",
        display_name="Salary talk",
        archive_policy=ArchivePolicy.PRIVATE,
    )
    bring(mlist, mail("secret@example.com", subject="A secret"))
    ListRole.objects.create(
        mlist=mlist,
        address="anne@example.com",
        role=Role.MEMBER,
        source=PolicySource.ADMIN,
    )
    mlist.refresh_from_db()
    return mlist
