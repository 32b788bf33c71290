"""Whatever keepers do and undo, the archive is what its bytes and decisions make it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperkitty.models import (
    Category,
    Cause,
    DecidedMail,
    Decision,
    DecisionKind,
    Email,
    EmailState,
    EmailText,
    RawMessage,
    Thread,
)
from hyperkitty.services.audit import audit_list
from hyperkitty.services.finishing import finish, finish_due
from hyperkitty.services.keeping import (
    Act,
    KeepingError,
    branch,
    change_states,
    merge,
    reattach,
    set_category,
    set_lock,
    set_subject,
    split,
)
from hyperkitty.services.rebuild import rebuild_list
from hyperkitty.services.undoing import undo
from tests.mails import bring, mail, make_list
from tests.threads.snapshot import snapshot

pytestmark = pytest.mark.django_db

NAMES = "abcdef"
ACT = Act(cause=Cause.SPAM, reason="as told")
STATES = (
    DecisionKind.HIDE,
    DecisionKind.DELETE,
    DecisionKind.SHOW,
    DecisionKind.ERASE,
    DecisionKind.ANONYMIZE,
)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("bring"), st.lists(st.sampled_from(NAMES), min_size=1)),
        st.tuples(
            st.sampled_from(STATES), st.sampled_from(["one", "branch", "author"])
        ),
        st.tuples(st.just("undo"), st.integers(0, 6)),
        st.tuples(st.sampled_from(["split", "subject", "lock", "category"])),
        st.tuples(st.sampled_from(["reattach", "merge"])),
        st.tuples(st.sampled_from(["finish", "expunge", "rebuild", "again"])),
    ),
    min_size=3,
    max_size=10,
)


class Play:
    """One list and what happens to it."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.mlist = make_list()
        self.raws = {name: self._mail(name) for name in NAMES}
        self.brought: set[str] = set()

    def _mail(self, name: str) -> bytes:
        named = self.data.draw(st.lists(st.sampled_from(NAMES), max_size=2))
        author = self.data.draw(st.sampled_from(["Anne", "Bart"]))
        return mail(
            f"{name}@example.com",
            references=[f"{one}@example.com" for one in named],
            sender=f"{author} Author <{author.lower()}@example.com>",
            subject=f"Subject {name}",
            hours=self.data.draw(st.integers(0, 3)) * 9,
            text=f"Some words of mail {name} here.\n> Some words of mail a here.\n",
        )

    def step(self, name: str, *args: Any) -> None:
        try:
            if name in STATES:
                self._change(DecisionKind(name), *args)
            else:
                getattr(self, f"do_{name}")(*args)
        except KeepingError:
            pass  # a keeper is told so, and nothing changes

    def one(self) -> Email | None:
        emails = Email.objects.filter(mlist=self.mlist).order_by("permalink")
        found = list(emails.select_related("thread", "mlist", "sender"))
        return self.data.draw(st.sampled_from(found)) if found else None

    def _change(self, kind: DecisionKind, scope: str) -> None:
        if (email := self.one()) is None:
            return
        mine = Email.objects.filter(mlist=self.mlist)
        emails = {
            "one": mine.filter(pk=email.pk),
            "branch": branch(email),
            "author": mine.filter(sender=email.sender_id),
        }[scope]
        change_states(self.mlist, emails, kind, ACT)

    def do_bring(self, names: list[str]) -> None:
        self.brought |= set(names)
        bring(self.mlist, *(self.raws[name] for name in names))

    def do_again(self) -> None:
        for name in sorted(self.brought):
            bring(self.mlist, self.raws[name])

    def do_undo(self, back: int) -> None:
        entries = Decision.objects.filter(mlist=self.mlist).order_by("-pk")
        for entry in entries[back : back + 1]:
            undo(entry)

    def do_split(self) -> None:
        if email := self.one():
            split(email, ACT)

    def do_subject(self) -> None:
        if email := self.one():
            set_subject(email, "Another subject", ACT)

    def do_lock(self) -> None:
        if email := self.one():
            set_lock(email.thread, ACT, is_locked=not email.thread.is_locked)

    def do_category(self) -> None:
        category, _new = Category.objects.get_or_create(name="question")
        if email := self.one():
            set_category(email.thread, category, ACT)

    def do_reattach(self) -> None:
        one, other = self.one(), self.one()
        if one and other and one.pk != other.pk:
            reattach(one, other, ACT)

    def do_merge(self) -> None:
        if (one := self.one()) and (other := self.one()):
            merge(one.thread, other.thread, ACT)

    def do_finish(self) -> None:
        finish_due()

    def do_expunge(self) -> None:
        due = Decision.objects.active().filter(mlist=self.mlist, due_at__isnull=False)
        for decision in due.order_by("pk"):
            finish(decision)

    def do_rebuild(self) -> None:
        assert rebuild_list(self.mlist).changed == 0

    def pages(self) -> dict[str, tuple[int, bytes]]:
        client = Client()
        base = self.mlist.get_absolute_url()
        urls = [base, f"{base}latest"]
        urls += [t.get_absolute_url() for t in Thread.objects.filter(mlist=self.mlist)]
        urls += [e.get_absolute_url() for e in self.mlist.emails.all()]
        answers = {url: client.get(url) for url in urls}
        return {url: (a.status_code, a.content) for url, a in answers.items()}

    def check(self) -> None:
        assert [str(finding) for finding in audit_list(self.mlist)] == []
        self.check_erased()
        before, pages = snapshot(self.mlist), self.pages()
        states = dict(self.mlist.emails.values_list("permalink", "state"))
        self.do_again()
        self.do_rebuild()
        assert dict(self.mlist.emails.values_list("permalink", "state")) == states
        assert snapshot(self.mlist) == before
        assert self.pages() == pages
        assert [str(finding) for finding in audit_list(self.mlist)] == []

    def check_erased(self) -> None:
        gone = Email.objects.filter(mlist=self.mlist, state=EmailState.ERASED)
        for email in gone.select_related("sender"):
            row = EmailText.objects.get(pk=email.pk)
            assert (email.subject, email.sender_name, row.text) == ("", "", "")
            assert email.sender.address == "erased@invalid"
            assert not RawMessage.objects.filter(email=email).exists()
        nameless = DecidedMail.objects.filter(
            decision__mlist=self.mlist,
            decision__kind=DecisionKind.ANONYMIZE,
            is_done=True,
        )
        names = nameless.values("permalink")
        for raw in RawMessage.objects.filter(
            mlist=self.mlist, email__permalink__in=names
        ):
            assert b"@example.com>\nSubject" not in raw.read()
            assert b"Author" not in raw.read()


@settings(max_examples=15)
@given(st.data(), steps)
def test_any_sequence_of_acts_leaves_the_archive_sound(
    data: st.DataObject, todo: list[tuple[Any, ...]]
) -> None:
    play = Play(data)
    play.do_bring(data.draw(st.lists(st.sampled_from(NAMES), min_size=2)))
    for name, *args in todo:
        play.step(name, *args)
    play.check()
