"""What is new to a reader, and how little is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import Email, LastView, MailingList, ReadState
from hyperkitty.selectors import reading
from hyperkitty.services.reading import MAX_SEEN, lapse_due, mark_read, visit
from hyperkitty.threads.states import EmailState, set_state
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def anne() -> User:
    return account("anne")


@pytest.fixture
def mlist() -> MailingList:
    mlist = make_list()
    bring(mlist, mail("a@x", sender="Bart <bart@x>"), mail("b@x", sender="Bart <b@x>"))
    return mlist


def answers(*names: str, to: str) -> list[bytes]:
    return [mail(name, in_reply_to=to, sender="Bart <b@x>") for name in names]


def see(user: User, mlist: MailingList, message_id: str, *also: str) -> None:
    """Visit the thread of a mail and see that mail and others."""
    emails = [get(mlist, name) for name in (message_id, *also)]
    visit(user.pk, emails[0].thread, [email.pk for email in emails])


def get(mlist: MailingList, message_id: str) -> Email:
    return Email.objects.select_related("thread").get(
        mlist=mlist, message_id=message_id
    )


def new_ids(user: User, mlist: MailingList) -> set[str]:
    """Return the Message-IDs that are new, by the way that listings count them."""
    state = reading.read_state(user, mlist)
    assert state is not None
    emails = Email.objects.visible().filter(mlist=mlist)
    found = state.unread(emails.values_list("pk", flat=True))
    counts = reading.unread_by_list(user, [mlist])
    assert counts.get(mlist.pk, 0) == len(found)
    threads = reading.unread_by_thread(user, mlist.threads.all())
    assert sum(threads.values()) == len(found)
    return set(emails.filter(pk__in=found).values_list("message_id", flat=True))


def test_all_that_is_there_at_the_first_visit_counts_as_read(
    anne: User, mlist: MailingList
) -> None:
    assert reading.read_state(anne, mlist) is None
    assert reading.unread_by_list(anne, [mlist]) == {}
    see(anne, mlist, "a@x")
    assert new_ids(anne, mlist) == set()


def test_mail_that_comes_later_is_new_however_old_its_date_is(
    anne: User, mlist: MailingList
) -> None:
    see(anne, mlist, "a@x")
    bring(mlist, mail("old@x", in_reply_to="a@x", hours=-500, sender="Bart <b@x>"))
    assert new_ids(anne, mlist) == {"old@x"}
    see(anne, mlist, "a@x", "old@x")
    assert new_ids(anne, mlist) == set()


def test_only_what_was_shown_is_read(anne: User, mlist: MailingList) -> None:
    see(anne, mlist, "a@x")
    bring(
        mlist, *(mail(f"c{n}@x", in_reply_to="a@x", sender="B <b@x>") for n in (1, 2))
    )
    see(anne, mlist, "a@x", "c2@x")
    assert new_ids(anne, mlist) == {"c1@x"}


def test_mails_of_another_thread_are_not_seen_by_naming_them(
    anne: User, mlist: MailingList
) -> None:
    see(anne, mlist, "a@x")
    bring(mlist, mail("c@x", sender="Bart <b@x>"))
    see(anne, mlist, "b@x", "c@x")
    assert new_ids(anne, mlist) == {"c@x"}


def test_ones_own_mail_is_never_new(
    anne: User, mlist: MailingList, django_capture_on_commit_callbacks
) -> None:
    see(anne, mlist, "a@x")
    with django_capture_on_commit_callbacks(execute=True):
        bring(mlist, mail("mine@x", sender="Anne <Anne@Example.com>"))
    assert new_ids(anne, mlist) == set()


def test_threads_that_merge_keep_what_is_new_in_them(
    anne: User, mlist: MailingList
) -> None:
    see(anne, mlist, "a@x")
    bring(mlist, mail("c@x", sender="Bart <b@x>"), mail("d@x", sender="Bart <b@x>"))
    see(anne, mlist, "c@x")
    bring(mlist, mail("e@x", references=["c@x", "d@x"], sender="Bart <b@x>"))
    assert get(mlist, "c@x").thread == get(mlist, "d@x").thread
    assert new_ids(anne, mlist) == {"d@x", "e@x"}


def test_a_hidden_mail_is_not_new(anne: User, mlist: MailingList) -> None:
    see(anne, mlist, "a@x")
    bring(mlist, mail("c@x", sender="Bart <b@x>"))
    set_state(mlist, [get(mlist, "c@x").pk], EmailState.HIDDEN)
    assert new_ids(anne, mlist) == set()


def test_a_visit_is_remembered_with_its_time(anne: User, mlist: MailingList) -> None:
    begun = timezone.now()
    see(anne, mlist, "a@x")
    see(anne, mlist, "a@x")
    view = LastView.objects.get(user=anne)
    assert view.thread == get(mlist, "a@x").thread
    assert view.view_date >= begun


def test_marking_a_list_as_read_leaves_other_lists_alone(
    anne: User, mlist: MailingList
) -> None:
    other = make_list()
    bring(other, mail("o@x"))
    see(anne, mlist, "a@x")
    see(anne, other, "o@x")
    bring(mlist, mail("c@x", sender="Bart <b@x>"))
    bring(other, mail("p@x", sender="Bart <b@x>"))
    mark_read(anne.pk, [mlist])
    assert new_ids(anne, mlist) == set()
    assert new_ids(anne, other) == {"p@x"}


def test_what_was_read_whole_takes_no_room(anne: User, mlist: MailingList) -> None:
    see(anne, mlist, "a@x")
    bring(
        mlist, *(mail(f"c{n}@x", in_reply_to="a@x", sender="B <b@x>") for n in range(9))
    )
    see(anne, mlist, "a@x", *(f"c{n}@x" for n in range(1, 9)))
    assert ReadState.objects.get().seen.count("-") == 1
    see(anne, mlist, "a@x", "c0@x")
    assert ReadState.objects.get().seen == ""
    assert new_ids(anne, mlist) == set()


def test_what_nobody_looked_at_for_long_counts_as_read(
    anne: User, mlist: MailingList
) -> None:
    see(anne, mlist, "a@x")
    now = timezone.now()
    for name, days in (("old@x", 91), ("young@x", 89)):
        raw = mail(name, sender="Bart <b@x>")
        archive(mlist, [Incoming(raw=raw, arrived_at=now - timedelta(days=days))])
    assert lapse_due() == 1
    assert new_ids(anne, mlist) == {"young@x"}
    assert lapse_due() == 0
    with override_settings(HYPERKITTY_UNREAD_DAYS=30):
        ReadState.objects.update(due_at=now)
        assert lapse_due() == 1
    assert new_ids(anne, mlist) == set()


def test_the_next_new_mail_is_the_first_that_arrived_and_then_round_again(
    anne: User, mlist: MailingList
) -> None:
    see(anne, mlist, "a@x")
    assert reading.next_unread(anne, mlist) is None
    bring(mlist, *(mail(f"c{n}@x", sender="B <b@x>", hours=-n) for n in range(3)))
    see(anne, mlist, "c1@x")
    first = reading.next_unread(anne, mlist)
    assert first is not None
    assert first.message_id == "c0@x"
    second = reading.next_unread(anne, mlist, first.pk)
    assert second is not None
    assert second.message_id == "c2@x"
    again = reading.next_unread(anne, mlist, second.pk)
    assert again is not None
    assert again.message_id == "c0@x"


class AnyOrderOfReading(TestCase):
    """Whatever is seen in whatever order, only the rest is new."""

    @given(
        st.lists(
            st.one_of(st.none(), st.sets(st.integers(0, 11), max_size=12)), max_size=8
        )
    )
    def test_new_is_what_was_not_seen(self, visits: list[set[int] | None]) -> None:
        anne, mlist = account(f"anne{User.objects.count()}"), make_list()
        bring(mlist, mail("root@x", sender="B <b@x>"))
        see(anne, mlist, "root@x")
        bring(
            mlist,
            *(
                mail(f"{n}@x", in_reply_to="root@x", sender="B <b@x>")
                for n in range(12)
            ),
        )
        unread = {f"{n}@x" for n in range(12)}
        for shown in visits:
            if shown is None:
                mark_read(anne.pk, [mlist])
                unread = set()
                continue
            names = {f"{n}@x" for n in shown}
            see(anne, mlist, "root@x", *names)
            unread -= names
            assert new_ids(anne, mlist) == unread
        assert len(ReadState.objects.get(user=anne).seen_ids) <= MAX_SEEN
