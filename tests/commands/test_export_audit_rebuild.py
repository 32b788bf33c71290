"""Commands that write mail out, check the archive and make it again."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from django.core.management import (
    CommandError,
    call_command,
    execute_from_command_line,
)

from hyperkitty.ingest import archive
from hyperkitty.ingest.values import Incoming
from hyperkitty.mail.mbox import open_mbox
from hyperkitty.models import (
    Attachment,
    DecisionKind,
    Email,
    EmailState,
    EmailText,
    ListActivity,
    MailingList,
    MessageAlias,
    MissingReference,
    RawMessage,
    Thread,
)
from hyperkitty.threads.decisions import decide
from hyperkitty.threads.states import set_state
from tests.mails import ARRIVED, bring, mail, make_list
from tests.threads.snapshot import snapshot

pytestmark = pytest.mark.django_db(transaction=True)

RAWS = [
    mail("a@x", subject="First"),
    mail("b@x", references=["a@x"], hours=1, text="From here.\n>From there.\n"),
    mail("c@x", references=["b@x", "gone@x"], hours=800, text="Last.\n"),
    mail("", subject="No id", date=None, text="\r\nCarriage\r\n"),
]


@pytest.fixture
def mlist() -> MailingList:
    mlist = make_list()
    bring(mlist, *RAWS)
    return mlist


def run(command: str, *words: str) -> str:
    out = io.StringIO()
    call_command(command, *words, stdout=out, stderr=out)
    return out.getvalue()


def exported(mlist: MailingList, tmp_path: Path, *words: str) -> list[bytes]:
    path = tmp_path / "out.mbox"
    run("hyperkitty_export", "-l", mlist.name, "--force", *words, str(path))
    return [message.raw for message in open_mbox(path)]


def test_export_gives_the_original_bytes(mlist: MailingList, tmp_path: Path) -> None:
    assert sorted(exported(mlist, tmp_path)) == sorted(RAWS)


def test_export_of_a_month_or_a_thread_has_only_that(
    mlist: MailingList, tmp_path: Path
) -> None:
    thread_id = Thread.objects.get(mlist=mlist, emails_count=3).thread_id
    assert exported(mlist, tmp_path, "--month", "2024-01") == RAWS[:2]
    assert exported(mlist, tmp_path, "--thread", thread_id) == RAWS[:3]


def test_export_packs_by_the_name_of_the_file(
    mlist: MailingList, tmp_path: Path
) -> None:
    path = tmp_path / "out.mbox.gz"
    run("hyperkitty_export", "-l", mlist.name, str(path))
    assert b"From here." in gzip.decompress(path.read_bytes())


def test_export_keeps_the_separator_that_came_with_a_mail(tmp_path: Path) -> None:
    mlist = make_list()
    from_line = b"From anne at example.com  Mon Jan  1 12:00:00 2024"
    archive(mlist, [Incoming(raw=RAWS[0], arrived_at=ARRIVED, from_line=from_line)])
    path = tmp_path / "out.mbox"
    run("hyperkitty_export", "-l", mlist.name, str(path))
    assert path.read_bytes().splitlines()[0] == from_line


def test_export_leaves_out_deleted_mail(mlist: MailingList, tmp_path: Path) -> None:
    email = Email.objects.get(mlist=mlist, message_id="b@x")
    set_state(mlist, [email.pk], EmailState.DELETED)
    assert RAWS[1] not in exported(mlist, tmp_path)


def test_export_does_not_write_over_a_file(mlist: MailingList, tmp_path: Path) -> None:
    path = tmp_path / "out.mbox"
    path.write_bytes(b"precious")
    with pytest.raises(CommandError, match="is there already"):
        run("hyperkitty_export", "-l", mlist.name, str(path))
    assert path.read_bytes() == b"precious"


def test_export_of_copies_has_all_that_was_kept(tmp_path: Path) -> None:
    mlist = make_list()
    footed = mail("a@x", text="Words.\n___\nDev list\n")
    bring(mlist, mail("a@x", text="Words.\n"))
    bring(mlist, footed)
    assert footed not in exported(mlist, tmp_path)
    assert footed in exported(mlist, tmp_path, "--copies")


def test_audit_finds_nothing_in_a_sound_archive(mlist: MailingList) -> None:
    assert "No difference." in run("hyperkitty_audit")


def test_audit_lists_damaged_mails_and_calls_them_no_difference(
    mlist: MailingList,
) -> None:
    assert "1 damaged" in run("hyperkitty_audit", "-l", mlist.name)
    listed = run("hyperkitty_audit", "-l", mlist.name, "--damaged")
    assert "no-message-id" in listed


def spoil_subject(mlist: MailingList) -> None:
    Email.objects.filter(message_id="a@x").update(subject="Other")


def spoil_parent(mlist: MailingList) -> None:
    Email.objects.filter(message_id="b@x").update(parent=None)


def spoil_thread(mlist: MailingList) -> None:
    Thread.objects.filter(mlist=mlist, emails_count=3).update(emails_count=7)


def spoil_list(mlist: MailingList) -> None:
    MailingList.objects.filter(pk=mlist.pk).update(emails_count=99)


def spoil_days(mlist: MailingList) -> None:
    ListActivity.objects.filter(mlist=mlist).update(emails_count=5)


def spoil_ghosts(mlist: MailingList) -> None:
    MissingReference.objects.filter(mlist=mlist).delete()


def spoil_text(mlist: MailingList) -> None:
    other = EmailText.objects.get(email__message_id="b@x")
    EmailText.objects.filter(email__message_id="a@x").update(data=other.data)


def spoil_attachments(mlist: MailingList) -> None:
    email = Email.objects.get(mlist=mlist, message_id="a@x")
    Attachment.objects.create(
        email=email, counter=9, name="x", content_type="text/plain", size=1
    )


SPOILS = [
    spoil_subject,
    spoil_parent,
    spoil_thread,
    spoil_list,
    spoil_days,
    spoil_ghosts,
    spoil_text,
    spoil_attachments,
]


@pytest.mark.parametrize("spoil", SPOILS)
def test_audit_finds_what_rebuild_mends(mlist: MailingList, spoil: object) -> None:
    before = snapshot(mlist)
    spoil(mlist)  # type: ignore[operator]  # one of the functions above
    with pytest.raises(CommandError) as caught:
        run("hyperkitty_audit", "-l", mlist.name)
    assert caught.value.returncode == 1
    run("hyperkitty_rebuild", "-l", mlist.name)
    assert "No difference." in run("hyperkitty_audit", "-l", mlist.name)
    assert snapshot(mlist) == before


def test_audit_finds_changed_bytes_that_no_rebuild_can_mend(mlist: MailingList) -> None:
    other = RawMessage.objects.get(email__message_id="b@x")
    RawMessage.objects.filter(email__message_id="a@x").update(data=other.data)
    with pytest.raises(CommandError):
        run("hyperkitty_audit", "-l", mlist.name)


def test_rebuild_twice_changes_nothing(mlist: MailingList) -> None:
    assert "changed: 0 mails, 0 threads, 0 counters" in run("hyperkitty_rebuild")
    revision = MailingList.objects.get(pk=mlist.pk).revision
    run("hyperkitty_rebuild")
    assert MailingList.objects.get(pk=mlist.pk).revision == revision


def test_rebuild_keeps_rows_permalinks_and_decisions(mlist: MailingList) -> None:
    email = Email.objects.get(mlist=mlist, message_id="b@x")
    decide(mlist, DecisionKind.CUT, email.permalink)
    rows = set(Email.objects.values_list("pk", "permalink", "thread__thread_id"))
    Email.objects.filter(mlist=mlist).update(parent=None, subject="")
    Thread.objects.filter(mlist=mlist).update(subject="", emails_count=1)
    MessageAlias.objects.filter(mlist=mlist).delete()
    run("hyperkitty_rebuild")
    assert rows == set(
        Email.objects.values_list("pk", "permalink", "thread__thread_id")
    )
    assert "No difference." in run("hyperkitty_audit")


def test_rebuild_tells_of_bytes_that_are_gone(mlist: MailingList) -> None:
    RawMessage.objects.filter(email__message_id="a@x").update(data=None)
    with pytest.raises(CommandError, match="could not be read"):
        run("hyperkitty_rebuild", "-l", mlist.name)


@pytest.mark.parametrize(
    "command",
    [
        "hyperkitty_warm_up_cache",
        "attachments_to_file",
        "runjobs",
        "runjob",
        "qcluster",
    ],
)
def test_retired_commands_say_what_replaces_them(command: str) -> None:
    assert len(run(command).splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["runjobs", "hourly", "--some-option"],
        ["attachments_to_file", "-v", "1", "-c", "100"],
        ["hyperkitty_warm_up_cache", "dev@example.org", "--months=3"],
    ],
    ids=lambda words: words[0],
)
def test_retired_commands_take_their_old_arguments(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    execute_from_command_line(["manage.py", *words])
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.filterwarnings("ignore:No fixture data found")
def test_fixture_of_the_first_start_can_be_loaded() -> None:
    assert "Installed 0 object(s)" in run("loaddata", "first_start")


def test_unknown_list_is_a_clear_error() -> None:
    with pytest.raises(CommandError, match=r"There is no list nobody@example\.org"):
        run("hyperkitty_audit", "-l", "nobody@example.org")
