"""The audit of bytes, dictionaries, files, threads and twins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from hyperkitty.ingest import Incoming, archive
from hyperkitty.ingest.dictionary import SAMPLES, train_dictionary
from hyperkitty.models import (
    CompressionDictionary,
    DecisionKind,
    Email,
    EmailState,
    EmailText,
    MailingList,
    RawMessage,
    forget_dictionaries,
)
from hyperkitty.services.audit import audit_list, audit_site
from hyperkitty.services.finishing import finish_due
from hyperkitty.services.keeping import Act, change_states
from hyperkitty.services.rebuild import rebuild_list
from hyperkitty.threads.states import set_state
from tests.mails import ARRIVED, bring, mail, make_list

pytestmark = pytest.mark.django_db(transaction=True)

TWO_HOURS_AGO = 2 * 3600


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder where raw messages stand, as STORAGES says."""
    store = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)},
    }
    with override_settings(STORAGES=settings.STORAGES | {"hyperkitty": store}):
        yield tmp_path


def found(mlist: MailingList) -> list[str]:
    return [*map(str, audit_list(mlist)), *map(str, audit_site())]


def grow_old(path: Path) -> None:
    moment = path.stat().st_mtime - TWO_HOURS_AGO
    os.utime(path, (moment, moment))


def test_raw_messages_in_files_are_read_there(folder: Path) -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"), mail("b@x", references=["a@x"]))
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2
    assert not RawMessage.objects.exclude(data=None).exists()
    assert RawMessage.objects.get(email__message_id="a@x").read() == mail("a@x")
    assert found(mlist) == []


def test_file_that_is_gone_is_found(folder: Path) -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    (folder / RawMessage.objects.get().file).unlink()
    (finding,) = found(mlist)
    assert "cannot be read" in finding


def test_file_without_a_mail_is_found_once_it_is_old(folder: Path) -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    stray = folder / "raw" / "AA" / "BB" / "stray.zst"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    assert found(mlist) == []
    grow_old(stray)
    (finding,) = found(mlist)
    assert finding.startswith("raw/AA/BB/stray.zst")


def with_dictionary() -> MailingList:
    """Return a list with one mail that is packed with a trained dictionary."""
    assert train_dictionary([mail(f"{n}@x", text="Word. " * n) for n in range(SAMPLES)])
    mlist = make_list()
    bring(mlist, mail("a@x"))
    assert RawMessage.objects.get().dictionary_id
    return mlist


def test_changed_dictionary_is_found() -> None:
    mlist = with_dictionary()
    row = CompressionDictionary.objects.get()
    CompressionDictionary.objects.update(data=bytes(row.data)[:-1] + b"x")
    forget_dictionaries()
    assert f"dictionary {row.pk}: was changed; restore it" in found(mlist)


def test_changed_copy_is_found() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", text="Words.\n"))
    bring(mlist, mail("a@x", text="Words.\n___\nfooter\n"))
    first = RawMessage.objects.get(number=0)
    RawMessage.objects.filter(number=1).update(data=first.data)
    (finding,) = found(mlist)
    assert "copy 1: the raw message was changed" in finding


def test_text_that_is_gone_is_found_and_mended() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", text="Words.\n"))
    EmailText.objects.all().delete()
    assert found(mlist)
    rebuild_list(mlist)
    assert EmailText.objects.get().text == "Words."
    assert found(mlist) == []


def test_id_with_two_owners_is_found_and_settled() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x", text="One.\n"))
    bring(mlist, mail("a@x", text="Another.\n"))
    twin = Email.objects.exclude(twin_of=None).get()
    owner = twin.twin_of_id
    Email.objects.update(twin_of=None)
    assert any("owner" in finding for finding in found(mlist))
    rebuild_list(mlist)
    assert Email.objects.get(pk=twin.pk).twin_of_id == owner
    assert found(mlist) == []


def test_wrong_thread_is_found_and_mended() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"), mail("b@x", references=["a@x"]), mail("c@x"))
    other = Email.objects.get(message_id="c@x").thread_id
    Email.objects.filter(message_id="b@x").update(thread=other)
    assert found(mlist)
    rebuild_list(mlist)
    threads = dict(Email.objects.values_list("message_id", "thread_id"))
    assert threads["b@x"] == threads["a@x"] != threads["c@x"] == other
    assert found(mlist) == []


def test_hidden_and_erased_mails_are_no_difference() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"), mail("b@x"), mail("c@x", references=["b@x"]))
    pks = dict(Email.objects.values_list("message_id", "pk"))
    for name, kind in (("a@x", DecisionKind.HIDE), ("b@x", DecisionKind.ERASE)):
        change_states(mlist, Email.objects.filter(pk=pks[name]), kind, Act())
    assert finish_due() == 1
    assert not RawMessage.objects.filter(email=pks["b@x"]).exists()
    assert found(mlist) == []
    assert rebuild_list(mlist).changed == 0


def test_state_that_nobody_decided_is_found_and_mended() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    set_state(mlist, [Email.objects.get().pk], EmailState.HIDDEN)
    (finding,) = found(mlist)
    assert "state" in finding
    rebuild_list(mlist)
    assert Email.objects.get().is_visible
    assert found(mlist) == []


def test_mail_with_a_hash_that_core_gave_keeps_it() -> None:
    mlist = make_list()
    given = "A" * 32
    raw = mail("a@x", headers=f"Message-ID-Hash: {given}\n")
    archive(mlist, [Incoming(raw, ARRIVED, trusts_hash=True)])
    assert Email.objects.get().permalink == given
    assert found(mlist) == []
    assert rebuild_list(mlist).changed == 0
    assert Email.objects.get().permalink == given
