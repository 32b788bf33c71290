"""From bytes to rows: nothing is refused, nothing is doubled, nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.ingest import Incoming, Status, archive
from hyperkitty.ingest.dictionary import train_dictionary
from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import (
    AliasKind,
    Email,
    EmailText,
    MessageAlias,
    RawMessage,
    forget_dictionaries,
)
from hyperkitty.signals import message_archived
from tests.mails import ARRIVED, bring, mail, make_list

pytestmark = pytest.mark.django_db


def test_mail_comes_back_byte_for_byte() -> None:
    mlist = make_list()
    raw = mail("a@x", text="Grüße\r\n\0 and more").replace(b"\n", b"\r\n")
    (outcome,) = bring(mlist, raw)
    assert outcome.status == Status.ARCHIVED
    assert RawMessage.objects.get(email_id=outcome.email_id).read() == raw


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_are_archived_and_come_back(raws: list[bytes]) -> None:
    mlist = make_list()
    outcomes = bring(mlist, *raws)
    stored = {row.read() for row in RawMessage.objects.filter(mlist=mlist)}
    assert len(outcomes) == len(raws)
    assert {o.email_id for o in outcomes} == set(
        Email.objects.filter(mlist=mlist).values_list("pk", flat=True)
    )
    for raw, outcome in zip(raws, outcomes, strict=True):
        assert raw in stored or outcome.status == Status.PRESENT


def test_same_mail_again_is_present() -> None:
    mlist = make_list()
    (first,) = bring(mlist, mail("a@x"))
    (again,) = bring(mlist, mail("a@x"))
    assert (again.status, again.email_id) == (Status.PRESENT, first.email_id)
    assert again.permalink == first.permalink


def test_same_mail_twice_in_one_batch_is_one_row() -> None:
    mlist = make_list()
    outcomes = bring(mlist, mail("a@x"), mail("a@x"))
    assert [o.status for o in outcomes] == [Status.ARCHIVED, Status.PRESENT]
    assert outcomes[0].email_id == outcomes[1].email_id


def test_copy_with_other_headers_only_is_present_and_not_kept() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    (copy,) = bring(mlist, mail("a@x", subject="[Dev] Hello", headers="X-Way: list\n"))
    assert copy.status == Status.PRESENT
    assert RawMessage.objects.filter(mlist=mlist).count() == 1


def test_copy_with_a_footer_is_the_same_mail_and_kept_beside_it() -> None:
    mlist = make_list()
    footer = "_______\nDev mailing list\n"
    (first,) = bring(mlist, mail("a@x", text="Words.\n"))
    with_footer = mail("a@x", text=f"Words.\n{footer}")
    (copy,) = bring(mlist, with_footer)
    assert (copy.status, copy.email_id) == (Status.COPY, first.email_id)
    assert [row.number for row in RawMessage.objects.order_by("number")] == [0, 1]
    (again,) = bring(mlist, with_footer)
    assert again.status == Status.PRESENT


def test_other_sender_under_a_used_id_is_a_twin() -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    (twin,) = bring(mlist, mail("a@x", sender="Eve <eve@example.com>"))
    assert twin.status == Status.ARCHIVED
    assert twin.permalink != message_id_hash("a@x")
    assert Email.objects.filter(mlist=mlist, twin_of__isnull=False).count() == 1


def test_twins_in_one_batch_have_the_first_as_owner() -> None:
    mlist = make_list()
    one, other = bring(mlist, mail("a@x", text="One."), mail("a@x", text="Other."))
    assert Email.objects.get(pk=other.email_id).twin_of_id == one.email_id


def test_mail_without_id_is_not_doubled() -> None:
    mlist = make_list()
    (first,) = bring(mlist, mail(""))
    (again,) = bring(mlist, mail("", headers="X-Way: list\n"))
    assert again.email_id == first.email_id


def test_permalink_is_the_hash_that_mailman_prints() -> None:
    mlist = make_list()
    (outcome,) = bring(mlist, mail("dummy"))
    assert outcome.permalink == "QKODQBCADMDSP5YPOPKECXQWEQAMXZL3"


def test_claimed_hash_counts_only_from_mailman() -> None:
    claimed = "A" * 32
    raw = mail("a@x", headers=f"Message-ID-Hash: {claimed}\n")
    (imported,) = bring(make_list(), raw)
    (archived,) = archive(
        make_list(), [Incoming(raw=raw, arrived_at=ARRIVED, trusts_hash=True)]
    )
    assert imported.permalink == message_id_hash("a@x")
    assert archived.permalink == claimed
    alias = MessageAlias.objects.get(kind=AliasKind.HASH, value=message_id_hash("a@x"))
    assert alias.email_id == archived.email_id


def test_undated_mail_keeps_its_place_by_arrival() -> None:
    mlist = make_list()
    (outcome,) = bring(mlist, mail("a@x", date=None))
    email = Email.objects.get(pk=outcome.email_id)
    assert (email.date, email.sort_date) == (None, ARRIVED)


def test_text_is_kept_decoded() -> None:
    (outcome,) = bring(make_list(), mail("a@x", text="Łódź"))
    assert EmailText.objects.get(pk=outcome.email_id).text == "Łódź"


def test_mails_packed_with_a_dictionary_come_back() -> None:
    mlist = make_list()
    train_dictionary(
        [mail(f"{n}@x", text=f"Sample {n} of ordinary words.\n") for n in range(900)]
    )
    raw = mail("a@x")
    (outcome,) = bring(mlist, raw)
    row = RawMessage.objects.get(email_id=outcome.email_id)
    assert row.dictionary_id is not None
    assert row.read() == raw
    forget_dictionaries()
    assert row.read() == raw


def test_bytes_go_to_the_storage_that_a_site_names(tmp_path: Path) -> None:
    storages = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        },
        "hyperkitty": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    with override_settings(STORAGES=storages):
        (outcome,) = bring(make_list(), mail("a@x"))
        row = RawMessage.objects.get(email_id=outcome.email_id)
        assert row.data is None
        assert row.read() == mail("a@x")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_archived_mails_are_announced_after_commit(
    django_capture_on_commit_callbacks: object,
) -> None:
    heard: list[list[int]] = []

    def listen(sender: object, *, email_ids: list[int], **kwargs: object) -> None:
        heard.append(email_ids)

    message_archived.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's fixture has no type
            outcomes = bring(make_list(), mail("a@x"), mail("b@x"))
    finally:
        message_archived.disconnect(listen)
    assert heard == [[o.email_id for o in outcomes]]
