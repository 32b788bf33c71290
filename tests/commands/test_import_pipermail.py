"""hyperkitty_import --pipermail-dir: files that Pipermail cut out come back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from hyperkitty.mail.mbox import write_mboxrd
from hyperkitty.models import Attachment, Email, MailingList, RawMessage, ScrubbedFile
from hyperkitty.selectors.attachments import attachment_bytes
from tests.mails import mail

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "dev@lists.example.org"
BASE = "http://lists.example.org/pipermail/dev/attachments"
PATCH = "20030501/5f3a2b1c/fix-0001.bin"
NOTE = f"""\
See the patch.
-------------- next part --------------
A non-text attachment was scrubbed...
Name: fix.patch
Type: text/x-patch
Size: 12 bytes
Desc: not available
URL: <{BASE}/{PATCH}>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pipermail's folder of the list, with one file in it."""
    path = tmp_path / "dev" / "attachments" / PATCH
    path.parent.mkdir(parents=True)
    path.write_bytes(b"--- a\n+++ b\n")
    return tmp_path / "dev"


def run(tmp_path: Path, text: str, folder: Path | None) -> str:
    mbox = tmp_path / "dev.mbox"
    with mbox.open("wb") as out:
        write_mboxrd(out, mail("a@x", text=text))
    output = io.StringIO()
    call_command(
        "hyperkitty_import",
        str(mbox),
        list_address=NAME,
        pipermail_dir=folder,
        stdout=output,
        stderr=output,
    )
    return output.getvalue()


def test_file_is_kept_with_its_mail_and_the_mail_as_it_was(
    tmp_path: Path, folder: Path
) -> None:
    report = run(tmp_path, NOTE, folder)
    assert "1 files of Pipermail kept" in report
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.content_type) == ("fix.patch", "text/x-patch")
    raw = RawMessage.objects.get()
    assert attachment_bytes(attachment, raw) == b"--- a\n+++ b\n"
    assert raw.read() == mail("a@x", text=NOTE)
    assert Email.objects.get().has_attachments


def test_file_is_found_in_the_folder_of_attachments_itself(
    tmp_path: Path, folder: Path
) -> None:
    run(tmp_path, NOTE, folder / "attachments")
    assert ScrubbedFile.objects.count() == 1


def test_file_may_come_later_and_comes_once(tmp_path: Path, folder: Path) -> None:
    run(tmp_path, NOTE, None)
    revision = Email.objects.get().revision
    run(tmp_path, NOTE, folder)
    assert Email.objects.get().revision > revision
    run(tmp_path, NOTE, folder)
    assert Email.objects.count() == ScrubbedFile.objects.count() == 1
    assert Attachment.objects.count() == 1


def test_missing_file_is_counted(tmp_path: Path, folder: Path) -> None:
    (folder / "attachments" / PATCH).unlink()
    assert "1 files of Pipermail not found" in run(tmp_path, NOTE, folder)


def test_older_link_without_a_description_is_understood(
    tmp_path: Path, folder: Path
) -> None:
    run(
        tmp_path, f"An HTML attachment was scrubbed...\nUrl : {BASE}/{PATCH} \n", folder
    )
    assert Attachment.objects.get().name == "fix-0001.bin"


@pytest.mark.parametrize(
    "text",
    [
        f"> URL: <{BASE}/{PATCH}>\n",
        f"See {BASE}/{PATCH} for more.\n",
        f"URL: <{BASE}/20030501/5f3a2b1c/../../../secret>\n",
        f"URL: <{BASE}/20030501/5f3a2b1c/..>\n",
    ],
    ids=["quoted", "in a sentence", "leading out", "a folder"],
)
def test_other_links_are_left_alone(tmp_path: Path, folder: Path, text: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    run(tmp_path, text, folder)
    assert not ScrubbedFile.objects.exists()


def test_link_of_files_that_leads_out_of_the_folder_is_not_followed(
    tmp_path: Path, folder: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "attachments" / PATCH).unlink()
    (folder / "attachments" / PATCH).symlink_to(tmp_path / "secret")
    run(tmp_path, NOTE, folder)
    assert not ScrubbedFile.objects.exists()


def test_rebuild_and_audit_know_the_file(tmp_path: Path, folder: Path) -> None:
    run(tmp_path, NOTE, folder)
    Attachment.objects.all().delete()
    Email.objects.update(flags=0)
    call_command("hyperkitty_rebuild", stdout=io.StringIO())
    assert Attachment.objects.get().name == "fix.patch"
    call_command("hyperkitty_audit", stdout=io.StringIO())
    revision = MailingList.objects.get().revision
    call_command("hyperkitty_rebuild", stdout=io.StringIO())
    assert MailingList.objects.get().revision == revision
