"""hyperkitty_import --pipermail-numbers and --mhonarc-numbers: old links again."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import call_command

from hyperkitty.mail.mbox import write_mboxrd
from hyperkitty.models import AliasKind, Email, MessageAlias
from tests.mails import mail

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "dev@lists.example.org"
MAILS = {name: mail(f"{name}@x", text=f"{name}\n") for name in "abc"}


def write(path: Path, names: str) -> Path:
    with path.open("wb") as out:
        for name in names:
            write_mboxrd(out, MAILS[name])
    return path


def run(path: Path, *arguments: str) -> str:
    output = io.StringIO()
    call_command(
        *("hyperkitty_import", "-l", NAME, "--processes", "1", str(path), *arguments),
        stdout=output,
        stderr=output,
    )
    return output.getvalue()


def numbers(kind: AliasKind = AliasKind.PIPERMAIL) -> dict[str, str]:
    rows = MessageAlias.objects.filter(kind=kind)
    return dict(rows.values_list("value", "email__message_id"))


def test_order_of_the_mbox_gives_the_numbers(tmp_path: Path) -> None:
    report = run(write(tmp_path / "dev.mbox", "abc"), "--pipermail-numbers")
    assert "3 numbers for old links recorded" in report
    assert numbers() == {"000000": "a@x", "000001": "b@x", "000002": "c@x"}


def test_mhonarc_has_numbers_of_its_own(tmp_path: Path) -> None:
    run(write(tmp_path / "dev.mbox", "ab"), "--mhonarc-numbers")
    assert numbers(AliasKind.MHONARC) == {"00000": "a@x", "00001": "b@x"}
    assert numbers() == {}


def test_numbers_go_on_from_file_to_file(tmp_path: Path) -> None:
    first, second = write(tmp_path / "1", "ab"), write(tmp_path / "2", "c")
    run(first, str(second), "--pipermail-numbers")
    assert numbers()["000002"] == "c@x"


def test_numbers_come_to_mails_that_are_here_already(tmp_path: Path) -> None:
    mbox = write(tmp_path / "dev.mbox", "abc")
    run(mbox)
    assert numbers() == {}
    run(mbox, "--pipermail-numbers")
    run(mbox, "--pipermail-numbers")
    assert numbers() == {"000000": "a@x", "000001": "b@x", "000002": "c@x"}
    assert MessageAlias.objects.count() == Email.objects.count() == 3


def test_later_import_corrects_numbers(tmp_path: Path) -> None:
    run(write(tmp_path / "wrong", "cab"), "--pipermail-numbers")
    run(write(tmp_path / "right", "abc"), "--pipermail-numbers")
    assert numbers() == {"000000": "a@x", "000001": "b@x", "000002": "c@x"}
    assert MessageAlias.objects.count() == 3


def test_mail_that_is_left_out_keeps_its_number_from_others(tmp_path: Path) -> None:
    path = tmp_path / "dev.mbox"
    with path.open("wb") as out:
        write_mboxrd(out, mail("secret@x", headers="X-No-Archive: yes\n"))
        write_mboxrd(out, MAILS["a"])
    run(path, "--pipermail-numbers")
    assert numbers() == {"000001": "a@x"}


def test_copy_with_a_footer_gives_its_number_to_the_mail(tmp_path: Path) -> None:
    run(write(tmp_path / "dev.mbox", "a"))
    path = tmp_path / "footer"
    with path.open("wb") as out:
        write_mboxrd(out, MAILS["b"])
        write_mboxrd(out, MAILS["a"] + b"_______\nDev mailing list\n")
    run(path, "--pipermail-numbers")
    assert numbers() == {"000000": "b@x", "000001": "a@x"}


def test_nothing_is_recorded_in_a_dry_run(tmp_path: Path) -> None:
    mbox = write(tmp_path / "dev.mbox", "ab")
    run(mbox)
    run(mbox, "--pipermail-numbers", "--dry-run")
    assert numbers() == {}


def page(folder: Path, path: str, message_id: str) -> None:
    """Write what matters of a page of Pipermail."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    link = f"mailto:dev%40x?Subject=Re%3A&In-Reply-To={quote(f'<{message_id}>')}"
    file.write_text(f'<HTML><HEAD><LINK REL="made" HREF="{link}"></HEAD></HTML>')


def test_pages_of_pipermail_tell_the_numbers_for_certain(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    page(folder, "2003-May/000017.html", "a@x")
    page(folder, "2003-June/000018.html", "gone@x")
    page(folder, "2003-June/000020.html", "c@x")
    (folder / "2003-June" / "000021.html").write_bytes(b"\xff no link here")
    (folder / "2003-June" / "thread.html").write_text("an index")
    mbox = write(tmp_path / "dev.mbox", "abc")
    report = run(mbox, "--pipermail-numbers", "--pipermail-dir", str(folder))
    assert "2 numbers for old links recorded" in report
    assert numbers() == {"000017": "a@x", "000020": "c@x"}


def test_folder_without_pages_leaves_it_to_the_order(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    folder.mkdir()
    mbox = write(tmp_path / "dev.mbox", "ab")
    run(mbox, "--pipermail-numbers", "--pipermail-dir", str(folder))
    assert numbers() == {"000000": "a@x", "000001": "b@x"}
