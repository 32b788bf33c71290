"""hyperkitty_import: files of mail become an archive, once."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from hyperkitty.ingest.bulk_import import BATCH_MAILS
from hyperkitty.ingest.dictionary import SAMPLES
from hyperkitty.mail.mbox import write_mboxrd
from hyperkitty.models import (
    ArchivePolicy,
    CompressionDictionary,
    Email,
    MailingList,
    PolicySource,
    RawMessage,
)
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "dev@lists.example.org"
FROM_LINE = b"From anne@example.com Mon Jan  1 12:00:00 2024"
RAWS = [
    mail("a@x", subject="First"),
    mail("b@x", references=["a@x"], hours=1, text="From here.\n"),
    mail("c@x", references=["b@x"], hours=2, text="\r\nOdd line ends.\r\n"),
]
DAMAGED = mail("", subject="No id", date=None)


def run(*words: str | Path, name: str = NAME) -> str:
    out = io.StringIO()
    arguments = ["-l", name, *map(str, words)]
    call_command("hyperkitty_import", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def counted(report: str) -> dict[str, int]:
    """Return the numbers of the report by what they count."""
    lines = (line.split(maxsplit=1) for line in report.splitlines())
    return {
        words[1]: int(words[0].replace(",", ""))
        for words in lines
        if len(words) == 2 and words[0].replace(",", "").isdecimal()
    }


def as_mbox(*raws: bytes) -> bytes:
    out = io.BytesIO()
    for raw in raws:
        write_mboxrd(out, raw, FROM_LINE)
    return out.getvalue()


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "dev.mbox"
    path.write_bytes(as_mbox(*RAWS))
    return path


def stored() -> list[bytes]:
    return [raw.read() for raw in RawMessage.objects.order_by("email__sort_date")]


def test_mbox_is_archived_byte_for_byte(mbox: Path) -> None:
    report = counted(run(mbox))
    assert report == {"mails read": 3, "archived": 3, "already there": 0}
    assert stored() == RAWS
    assert {bytes(r.from_line or b"") for r in RawMessage.objects.all()} == {FROM_LINE}


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip), ("bz2", bz2)])
def test_packed_mbox_is_unpacked(mbox: Path, suffix: str, pack: object) -> None:
    packed = mbox.with_suffix(f".{suffix}")
    packed.write_bytes(pack.compress(mbox.read_bytes()))  # type: ignore[attr-defined]  # both modules have it
    run(packed)
    assert stored() == RAWS


def test_maildir_is_read_from_cur_and_new(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "cur" / "1:2,S").write_bytes(RAWS[0])
    (tmp_path / "new" / "2").write_bytes(RAWS[1])
    (tmp_path / "tmp" / "3").write_bytes(RAWS[2])
    run(tmp_path)
    assert stored() == RAWS[:2]


def test_folder_of_eml_files_is_read_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    (tmp_path / "one.eml").write_bytes(RAWS[0])
    (tmp_path / "2024" / "two.EML").write_bytes(RAWS[1])
    (tmp_path / "notes.txt").write_bytes(b"no mail")
    run(tmp_path)
    assert stored() == RAWS[:2]


def test_eml_file_holds_one_mail_whatever_its_lines(tmp_path: Path) -> None:
    text = "One.\n\nFrom bart@example.com Mon Jan  1 12:00:00 2024\nSubject: x\n"
    path = tmp_path / "one.eml"
    path.write_bytes(mail("a@x", text=text))
    run(path)
    assert stored() == [mail("a@x", text=text)]


def test_standard_input_is_an_mbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(as_mbox(*RAWS))))
    run("-")
    assert stored() == RAWS


def test_importing_again_adds_nothing(mbox: Path) -> None:
    mbox.write_bytes(as_mbox(*RAWS, DAMAGED))
    run(mbox)
    mlist = MailingList.objects.get()
    report = counted(run(mbox))
    assert report == {"mails read": 4, "archived": 0, "already there": 4}
    assert RawMessage.objects.count() == 4
    assert MailingList.objects.get().revision == mlist.revision


def test_every_mail_of_many_is_taken_on_all_cores(tmp_path: Path) -> None:
    count = 3 * BATCH_MAILS + 7
    path = tmp_path / "many.mbox"
    path.write_bytes(as_mbox(*(mail(f"{n}@x", hours=n) for n in range(count))))
    assert counted(run(path, "--processes", "2"))["archived"] == count
    assert Email.objects.count() == count
    assert MailingList.objects.get().emails_count == count


def test_first_import_trains_the_dictionary(tmp_path: Path) -> None:
    path = tmp_path / "many.mbox"
    raws = [mail(f"{n}@x", text=f"Word {n * n}\n" * 30) for n in range(SAMPLES)]
    path.write_bytes(as_mbox(*raws))
    run(path)
    trained = CompressionDictionary.objects.get()
    assert {raw.dictionary_id for raw in RawMessage.objects.all()} == {trained.pk}
    assert sorted(stored()) == sorted(raws)


def test_damaged_mail_is_kept_counted_and_explained(mbox: Path) -> None:
    mbox.write_bytes(as_mbox(*RAWS, DAMAGED))
    output = run(mbox)
    report = counted(output)
    assert (report["archived"], report["kept although damaged"]) == (3, 1)
    assert "no-message-id" in output
    assert f"hyperkitty_audit -l {NAME} --damaged" in output


def test_hostile_bytes_do_not_stop_the_import(tmp_path: Path) -> None:
    path = tmp_path / "hostile.mbox"
    hostile = [b"\x00\xff" * 500, b"Subject: \xff\r\r\n\n\0", b": \n" * 999, b"\n"]
    path.write_bytes(as_mbox(*hostile, *RAWS))
    report = counted(run(path))
    assert report["mails read"] == sum(report.values()) - report["mails read"]
    assert report["archived"] == 3


def test_mail_that_came_from_mailman_is_already_there(mbox: Path) -> None:
    mlist = make_list(name=NAME)
    footed = mail("a@x", subject="[dev] First", text="Some words.\n___\nfooter\n")
    bring(mlist, footed)
    report = counted(run(mbox))
    assert (report["archived"], report["further copies kept"]) == (2, 1)
    assert Email.objects.count() == 3


def test_list_that_nobody_may_read_yet_is_said_to_be_so(mbox: Path) -> None:
    output = run(mbox)
    assert "Nobody can read" in output
    assert f"hyperkitty_list set {NAME} --archive-policy public" in output
    assert MailingList.objects.get().is_private


def test_archive_policy_opens_the_list(mbox: Path) -> None:
    output = run(mbox, "--archive-policy", "public")
    assert "Nobody can read" not in output
    mlist = MailingList.objects.get()
    assert (mlist.archive_policy, mlist.policy_source) == (
        ArchivePolicy.PUBLIC,
        PolicySource.ADMIN,
    )


def test_archive_policy_of_a_list_of_core_is_refused(mbox: Path) -> None:
    make_list(name=NAME)
    with pytest.raises(CommandError, match="Mailman has"):
        run(mbox, "--archive-policy", "private")
    assert not Email.objects.exists()


def test_address_is_taken_in_any_case(mbox: Path) -> None:
    run(mbox, name="Dev@Lists.Example.org")
    assert MailingList.objects.get().name == NAME


def test_former_address_leads_to_the_renamed_list(mbox: Path) -> None:
    call_command("hyperkitty_list", "create", NAME, stdout=io.StringIO())
    call_command(
        "hyperkitty_list", "rename", NAME, "new@example.org", stdout=io.StringIO()
    )
    run(mbox)
    assert MailingList.objects.get().emails_count == 3


def test_no_archive_mail_is_left_out_and_counted(mbox: Path) -> None:
    secret = mail("s@x", headers="X-No-Archive: yes\n")
    mbox.write_bytes(as_mbox(*RAWS, secret))
    assert counted(run(mbox))["left out: X-No-Archive"] == 1
    assert secret not in stored()
    assert counted(run(mbox, "--include-no-archive"))["archived"] == 1
    assert secret in stored()


def test_since_leaves_out_older_mail_but_no_undated_one(mbox: Path) -> None:
    mbox.write_bytes(as_mbox(*RAWS, DAMAGED))
    report = counted(run(mbox, "--since", "2024-01-01T13:00+00:00"))
    assert report["left out: --since"] == 2
    assert sorted(stored()) == sorted([RAWS[2], DAMAGED])


def test_future_mail_does_not_block_a_later_import(mbox: Path) -> None:
    far = mail("far@x", hours=200_000)
    mbox.write_bytes(as_mbox(far))
    run(mbox)
    mbox.write_bytes(as_mbox(*RAWS))
    assert counted(run(mbox))["archived"] == 3


def test_dry_run_counts_and_writes_nothing(mbox: Path) -> None:
    report = counted(run(mbox, "--dry-run", "--archive-policy", "public"))
    assert report["would be archived"] == 3
    assert not MailingList.objects.exists()
    run(mbox)
    mbox.write_bytes(as_mbox(*RAWS, DAMAGED))
    report = counted(run(mbox, "--dry-run"))
    assert (report["already there"], report["kept although damaged"]) == (3, 1)
    assert Email.objects.count() == 3


def test_delete_warns_and_deletes_nothing(mbox: Path) -> None:
    options = ("--delete", "--ignore-mtime", "--no-sync-mailman")
    assert "nothing is ever deleted" in run(mbox, *options)
    run(mbox, *options)
    assert Email.objects.count() == 3
    assert mbox.exists()


def test_file_that_ends_early_is_told_by_exit_code_3(
    mbox: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "broken.mbox.gz"
    packed.write_bytes(gzip.compress(os.urandom(50_000))[:-1000])
    with pytest.raises(CommandError) as caught:
        run(packed, mbox)
    assert caught.value.returncode == 3
    assert {bytes(raw) for raw in stored()} >= set(RAWS)


@pytest.mark.parametrize(
    "words", [("nothing.mbox",), ("{folder}",), ("{mbox}", "--since", "yesterday")]
)
def test_nothing_is_done_when_an_argument_is_wrong(
    mbox: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"mbox": mbox, "folder": tmp_path / "empty"}
    with pytest.raises(CommandError):
        run(mbox, *(word.format(**places) for word in words))
    assert not MailingList.objects.exists()


@pytest.mark.parametrize("name", ["nothing", "a b@example.org"])
def test_list_address_must_be_one(mbox: Path, name: str) -> None:
    with pytest.raises(CommandError, match="not an address"):
        run(mbox, name=name)
    assert not MailingList.objects.exists()


def test_mail_that_the_database_refuses_keeps_no_other_out(
    mbox: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # No mail is known that it refuses, so a column is made to.
    field = Email._meta.get_field("sort_date")
    plain = field.get_db_prep_save
    refused = datetime(1999, 12, 31, tzinfo=UTC)

    def refusing(value: object, connection: object) -> object:
        if value == refused:
            raise ValueError("too odd")
        return plain(value, connection)

    monkeypatch.setattr(field, "get_db_prep_save", refusing)
    mbox.write_bytes(as_mbox(mail("bad@x", date=refused), *RAWS))
    with pytest.raises(CommandError) as caught:
        run(mbox)
    assert caught.value.returncode == 3
    assert stored() == RAWS
    assert "bad@x" in caplog.text
