"""hyperkitty_delete and hyperkitty_erase: which mails they take, and what is left."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hyperkitty.models import Decision, EmailState, MailingList, RawMessage
from hyperkitty.services.audit import audit_list
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mlist() -> MailingList:
    mlist = make_list()
    bring(
        mlist,
        mail("a@x", subject="One"),
        mail("b@x", references=["a@x"], hours=30),
        mail("c@x", sender="Bart <bart@example.com>", hours=60),
    )
    return mlist


def run(command: str, mlist: MailingList, *args: str) -> str:
    out = StringIO()
    call_command(command, "-l", mlist.name, *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def states(mlist: MailingList) -> list[int]:
    return list(mlist.emails.order_by("pk").values_list("state", flat=True))


V, H, D, E = EmailState


@pytest.mark.parametrize(
    ("args", "left"),
    [
        (["--message-id", "<a@x>"], [D, V, V]),
        (["--author", "ANNE@example.com"], [D, D, V]),
        (["--author", "anne@example.com", "--since", "2024-01-02"], [V, D, V]),
        (["--until", "2024-01-01"], [D, V, V]),
        (["--author", "bart@example.com", "--hide"], [V, V, H]),
        (["--author", "bart@example.com", "--now"], [V, V, E]),
    ],
)
def test_delete_takes_what_all_options_allow(
    mlist: MailingList, args: list[str], left: list[int]
) -> None:
    assert "mails:" in run("hyperkitty_delete", mlist, *args, "--dry-run")
    assert states(mlist) == [V, V, V]
    run("hyperkitty_delete", mlist, *args, "--reason", "asked")
    assert states(mlist) == left
    assert Decision.objects.get().reason == "asked"
    with pytest.raises(CommandError):
        run("hyperkitty_delete", mlist, *args)
    assert list(audit_list(mlist)) == []


def test_delete_takes_a_thread_by_its_url(mlist: MailingList) -> None:
    email = mlist.emails.get(message_id="a@x")
    email.thread.mlist = mlist
    url = f"https://example.org{email.thread.get_absolute_url()}#{email.permalink}"
    run("hyperkitty_delete", mlist, "--thread", url)
    assert states(mlist) == [D, D, V]


def test_nothing_chosen_is_no_whole_list(mlist: MailingList) -> None:
    for args in ([], ["--message", "A" * 32], ["--thread", "B" * 32]):
        with pytest.raises(CommandError):
            run("hyperkitty_delete", mlist, *args)
    assert states(mlist) == [V, V, V]


def test_erase_leaves_a_tombstone_and_anonymize_the_words(mlist: MailingList) -> None:
    permalink = mlist.emails.get(message_id="a@x").permalink
    assert "One" in run("hyperkitty_erase", mlist, "--message", permalink, "-n")
    run("hyperkitty_erase", mlist, "--message", permalink)
    assert states(mlist) == [E, V, V]
    said = run("hyperkitty_erase", mlist, "--author", "bart@example.com", "--anonymize")
    assert "1 mails made anonymous" in said
    assert states(mlist) == [E, V, V]
    assert not RawMessage.objects.filter(email__permalink=permalink).exists()
    assert not any(b"bart" in raw.read() for raw in RawMessage.objects.all())
    assert list(audit_list(mlist)) == []
