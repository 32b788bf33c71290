"""What keepers do: at once, in the log, undone while nothing stands on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.checks import check_deny_entries, check_deny_key
from hyperkitty.ingest import Status
from hyperkitty.models import (
    Cause,
    Decision,
    DecisionKind,
    Denied,
    Email,
    EmailState,
    EmailText,
    MailingList,
    OutgoingPost,
    PostState,
    QuotedText,
    RawMessage,
    Sender,
    Thread,
)
from hyperkitty.services.audit import audit_list, audit_site
from hyperkitty.services.finishing import finish_due
from hyperkitty.services.keeping import (
    Act,
    KeepingError,
    change_states,
    merge,
    reattach,
    set_subject,
    split,
)
from hyperkitty.services.list_deletion import (
    delete_list,
    expunge_lists_due,
    restore_list,
)
from hyperkitty.services.moving import move_mails
from hyperkitty.services.quotes import confirm, quoted_lines
from hyperkitty.services.undoing import LaterEntryError, undo
from hyperkitty.tasks import DUE_WORK
from tests.factories import account
from tests.mails import bring, mail, make_list
from tests.threads.snapshot import snapshot

pytestmark = pytest.mark.django_db

ACT = Act(cause=Cause.SPAM, reason="spam by Anne")
K = DecisionKind


def email(mlist: MailingList, name: str) -> Email:
    emails = Email.objects.select_related("thread", "mlist", "sender", "parent")
    return emails.get(mlist=mlist, message_id=name)


def only(*emails: Email):
    return Email.objects.filter(pk__in=[one.pk for one in emails])


def let_time_pass(decision: Decision) -> None:
    Decision.objects.filter(pk=decision.pk).update(due_at=timezone.now())


def talk() -> MailingList:
    mlist = make_list()
    bring(
        mlist,
        mail("a@x", subject="Question", text="Where is the blue house?\n"),
        mail(
            "b@x",
            references=["a@x"],
            subject="Re: Question",
            sender="Bart <bart@example.com>",
            hours=1,
            text="Anne <anne@example.com> wrote:\n> Where is the blue house?\nThere.\n",
        ),
        mail("c@x", subject="Other", hours=2),
    )
    mlist.refresh_from_db()
    return mlist


def test_deleted_starter_gives_its_thread_no_subject_any_more() -> None:
    mlist = talk()
    before = snapshot(mlist)
    decision = change_states(mlist, only(email(mlist, "a@x")), K.DELETE, ACT)
    thread = email(mlist, "b@x").thread
    assert (thread.subject, thread.emails_count) == ("Question", 1)
    set_subject(email(mlist, "b@x"), "Re: House", ACT)
    assert email(mlist, "b@x").thread.subject == "House"
    with pytest.raises(KeepingError):
        change_states(mlist, only(email(mlist, "a@x")), K.DELETE, ACT)
    undo(Decision.objects.latest("pk"))
    undo(decision)
    undo(decision)
    assert snapshot(mlist) == before
    assert list(audit_list(mlist)) == []


def test_entry_is_not_undone_below_a_later_one_about_the_same_mail() -> None:
    mlist = talk()
    first = change_states(mlist, mlist.emails.all(), K.HIDE, ACT)
    later = change_states(mlist, only(email(mlist, "c@x")), K.SHOW, ACT)
    with pytest.raises(LaterEntryError) as refused:
        undo(first)
    assert refused.value.later == later
    assert str(later.pk) in str(refused.value)
    undo(later)
    undo(first)
    assert mlist.emails.visible().count() == 3


def test_deleted_mail_goes_for_good_and_does_not_come_back() -> None:
    mlist = talk()
    a = email(mlist, "a@x")
    user = account()
    post = OutgoingPost.objects.create(
        mlist=mlist,
        user=user,
        sender="anne@example.com",
        message_id_hash=a.message_id_hash,
        subject="Question",
        text="Where is the blue house?",
        raw=b"",
        state=PostState.ARCHIVED,
        email=a,
        token="t",
    )
    decision = change_states(mlist, only(a), K.DELETE, ACT)
    assert finish_due() == 0
    let_time_pass(decision)
    assert finish_due() == 1
    gone = Email.objects.get(pk=a.pk)
    assert (gone.state, gone.message_id, gone.subject) == (EmailState.ERASED, "", "")
    assert gone.permalink == a.permalink
    assert gone.sort_date.hour == 0
    assert EmailText.objects.get(pk=a.pk).text == ""
    assert not RawMessage.objects.filter(email=a).exists()
    assert not OutgoingPost.objects.filter(pk=post.pk).exists()
    assert email(mlist, "b@x").parent_id == a.pk
    decision.refresh_from_db()
    assert "Anne" not in decision.reason
    with pytest.raises(KeepingError):
        undo(decision)
    for text in ("Where is the blue house?\n", "Where is the blue house?\n__\nlist\n"):
        (outcome,) = bring(mlist, mail("a@x", subject="[x] Question", text=text))
        assert (outcome.status, outcome.permalink) == (Status.DENIED, a.permalink)
    assert Email.objects.filter(mlist=mlist).count() == 3
    assert list(audit_list(mlist)) == []
    assert Client().get(gone.get_absolute_url()).status_code == 410


def test_mail_shown_again_in_time_stays() -> None:
    mlist = talk()
    decision = change_states(mlist, mlist.emails.all(), K.DELETE, ACT)
    shown = change_states(mlist, only(email(mlist, "a@x")), K.SHOW, ACT)
    let_time_pass(decision)
    assert finish_due() == 2
    assert email(mlist, "a@x").is_visible
    undo(shown)
    assert finish_due() == 1
    assert not Email.objects.exclude(state=EmailState.ERASED).exists()


def test_what_is_to_be_erased_is_not_shown_again_meanwhile() -> None:
    mlist = talk()
    change_states(mlist, only(email(mlist, "a@x")), K.ERASE, ACT)
    change_states(mlist, only(email(mlist, "a@x")), K.SHOW, ACT)
    assert not email(mlist, "a@x").is_visible
    assert list(audit_list(mlist)) == []
    finish_due()
    assert Email.objects.filter(mlist=mlist, state=EmailState.ERASED).count() == 1


def test_lost_key_keeps_everything_with_an_erased_id_out() -> None:
    mlist = talk()
    change_states(mlist, only(email(mlist, "a@x")), K.ERASE, ACT)
    finish_due()
    assert list(audit_site()) == []
    with override_settings(HYPERKITTY_DENY_KEY="another"):
        (outcome,) = bring(mlist, mail("a@x", text="Where is the blue house?\n"))
        assert outcome.status == Status.DENIED
        (finding,) = audit_site()
        assert "HYPERKITTY_DENY_KEY" in str(finding)
        (warning,) = check_deny_entries(None, databases=["default"])
        assert warning.id == "hyperkitty.W011"
        assert list(check_deny_key(None)) == []
    assert [found.id for found in check_deny_key(None)] == ["hyperkitty.W004"]


def test_anonymized_mail_keeps_words_and_place_and_loses_its_author() -> None:
    mlist = make_list()
    bring(
        mlist,
        mail(
            "a@x",
            sender="Anne Otter <anne@example.com>",
            subject="Anne Otter asks",
            text="Where is it?\n-- \nAnne Otter, anne@example.com\n",
            headers="Received: from anne.example.com\nX-Face: anne\n",
        ),
        mail(
            "b@x",
            references=["a@x"],
            sender="Bart <bart@example.com>",
            hours=1,
            text="Anne Otter <anne@example.com> wrote:\n> Where is it?\nHere.\n",
        ),
    )
    change_states(mlist, only(email(mlist, "a@x")), K.ANONYMIZE, ACT)
    assert email(mlist, "a@x").state == EmailState.HIDDEN
    assert finish_due() == 1
    found = email(mlist, "a@x")
    assert (found.state, found.sender_name) == (EmailState.VISIBLE, "Anonymous")
    assert found.sender.address == "anonymous@invalid"
    assert found.subject == "[removed] asks"
    raw = RawMessage.objects.get(email=found)
    assert b"X-Archive-Redacted: author" in raw.read()
    assert b"nne" not in raw.read() + bytes(raw.from_line)
    text = EmailText.objects.get(pk=found.pk).text
    assert "Where is it?" in text
    assert "Anne" not in text
    original = mail(
        "a@x",
        sender="Anne Otter <anne@example.com>",
        text="Where is it?\n-- \nAnne Otter, anne@example.com\n",
    )
    (outcome,) = bring(mlist, original)
    assert (outcome.status, outcome.permalink) == (Status.DENIED, found.permalink)
    assert list(audit_list(mlist)) == []
    (quote,) = QuotedText.objects.all()
    assert [line.is_quote for line in quoted_lines(quote)] == [True, False, False]


def test_quotes_of_an_erased_mail_go_once_a_keeper_confirms() -> None:
    mlist = talk()
    change_states(mlist, only(email(mlist, "a@x")), K.ERASE, ACT)
    finish_due()
    (quote,) = QuotedText.objects.all()
    assert quote.email.message_id == "b@x"
    assert [line.is_quote for line in quoted_lines(quote)] == [True, True, False]
    confirm(quote)
    reply = email(mlist, "b@x")
    raw = RawMessage.objects.get(email=reply).read()
    assert b"X-Archive-Redacted: text" in raw
    assert b"From: Bart" in raw
    text = EmailText.objects.get(pk=reply.pk).text
    assert text == "[removed]\n>\nThere."
    assert not QuotedText.objects.exists()
    assert list(audit_list(mlist)) == []


def test_split_moved_and_merged_mails_come_back() -> None:
    mlist = talk()
    before = snapshot(mlist)
    a, b, c = (email(mlist, name) for name in ("a@x", "b@x", "c@x"))
    with pytest.raises(KeepingError):
        split(a, ACT)
    with pytest.raises(KeepingError):
        reattach(a, b, ACT)
    with pytest.raises(KeepingError):
        reattach(b, a, ACT)
    acts = [split(b, ACT), merge(c.thread, email(mlist, "a@x").thread, ACT)]
    assert email(mlist, "c@x").thread_id == email(mlist, "a@x").thread_id
    assert email(mlist, "b@x").thread_id != email(mlist, "a@x").thread_id
    acts.append(reattach(email(mlist, "b@x"), email(mlist, "c@x"), ACT))
    assert email(mlist, "b@x").parent == c
    for act in reversed(acts):
        undo(act)
    assert snapshot(mlist) == before


def test_deleting_much_takes_statements_by_the_thousand() -> None:
    def statements(count: int) -> int:
        mlist = make_list()
        bring(mlist, *(mail(f"{n}@{count}", hours=n) for n in range(count)))
        with CaptureQueriesContext(connection) as queries:
            change_states(mlist, mlist.emails.all(), K.DELETE, ACT)
        mlist.refresh_from_db()
        assert (mlist.emails_count, mlist.threads_count) == (0, 0)
        return len(queries)

    assert statements(150) == statements(300)


def test_decisions_hold_for_mails_that_move_to_the_lists_first_row() -> None:
    stray, mlist = talk(), make_list()
    change_states(stray, only(email(stray, "a@x")), K.HIDE, ACT)
    change_states(stray, only(email(stray, "c@x")), K.ERASE, ACT)
    finish_due()
    move_mails(stray, mlist)
    assert email(mlist, "a@x").state == EmailState.HIDDEN
    (outcome,) = bring(mlist, mail("c@x", subject="Other", hours=2))
    assert outcome.status == Status.DENIED
    assert list(audit_list(mlist)) == []


@pytest.mark.parametrize("kind", [K.ANONYMIZE, K.ERASE, K.DELETE])
def test_address_goes_with_the_last_mail_of_its_owner(
    settings: Settings, kind: DecisionKind
) -> None:
    settings.HYPERKITTY_EXPUNGE_AFTER = 0
    mlist, there = make_list(), make_list()
    for one in (mlist, there):
        bring(one, mail("d@x", sender="Dora <dora@example.com>"))
    change_states(mlist, only(email(mlist, "d@x")), kind, ACT)
    finish_due()
    assert Sender.objects.filter(address="dora@example.com").exists()
    change_states(there, only(email(there, "d@x")), kind, ACT)
    finish_due()
    assert not Sender.objects.filter(address="dora@example.com").exists()
    assert bring(there, mail("n@x", sender="dora@example.com"))


def test_deleted_list_is_hidden_comes_back_and_goes_in_the_end() -> None:
    mlist = talk()
    url = mlist.get_absolute_url()
    with pytest.raises(KeepingError):
        delete_list(mlist, "other@lists.example.org")
    delete_list(mlist, mlist.name)
    assert Client().get(url).status_code == 410
    assert mlist.name not in Client().get("/archives/").content.decode()
    restore_list(mlist)
    assert Client().get(url).status_code == 200
    change_states(mlist, only(email(mlist, "a@x")), K.ERASE, ACT)
    finish_due()
    delete_list(mlist, mlist.name)
    assert expunge_lists_due() == 0
    past = timezone.now() - timedelta(days=31)
    MailingList.objects.filter(pk=mlist.pk).update(deleted_at=past)
    assert expunge_lists_due() == 1
    assert not MailingList.objects.filter(pk=mlist.pk).exists()
    assert not Email.objects.filter(mlist=mlist.pk).exists()
    assert not Sender.objects.exclude(address__endswith="@invalid").exists()
    again = MailingList.objects.ensure(mlist.name)
    raws = [mail("a@x", text="Where is the blue house?\n"), mail("c@x")]
    statuses = [outcome.status for outcome in bring(again, *raws)]
    assert statuses == [Status.DENIED, Status.ARCHIVED]


def test_list_with_mails_can_be_deleted_as_a_row() -> None:
    mlist = talk()
    mlist.delete()
    assert not Thread.objects.exists()
    assert Sender.objects.exists()


def test_sweep_carries_out_what_is_due() -> None:
    mlist = talk()
    change_states(mlist, only(email(mlist, "a@x")), K.ERASE, ACT)
    assert DUE_WORK["expunged mails"]() == 1
    assert Denied.objects.filter(list_id=mlist.list_id).count() == 1
