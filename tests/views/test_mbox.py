"""Downloads as mbox: the original bytes, all of them and no others."""

from __future__ import annotations

import gzip
import io

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hyperkitty.mail.mbox import open_mbox
from hyperkitty.models import Email, EmailState, MailingList
from hyperkitty.selectors import mbox
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
BASE = "/archives/list/box@lists.example.org/export"

MAILS = [
    mail("1@e.com", text="From here on\n>From there\n"),
    mail("2@e.com", references=["1@e.com"], hours=24, text="CRLF\r\nand \xe9\n"),
    mail("3@e.com", hours=48, text="no line end"),
    mail("4@e.com", hours=24 * 40),
]


@pytest.fixture
def box(db: None) -> MailingList:
    """Return a list with mails of January 1, 2 and 3 and of February 10."""
    mlist = make_list(name="box@lists.example.org")
    bring(mlist, *reversed(MAILS))
    return mlist


def exported(client: Client, query: str = "", name: str = "all") -> list[bytes]:
    answer = client.get(f"{BASE}/{name}.mbox.gz{query}")
    assert answer.status_code == 200, query
    assert answer["Content-Type"] == "application/gzip"
    data = gzip.decompress(b"".join(answer.streaming_content))
    return [one.raw for one in open_mbox(io.BytesIO(data), is_mboxrd=True)]


def test_whole_list_comes_back_byte_for_byte_by_date(
    client: Client, box: MailingList
) -> None:
    assert exported(client) == MAILS


def test_small_batches_give_the_same_file(
    client: Client, box: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "BATCH", 2)
    monkeypatch.setattr(mbox, "MAX_BYTES", 1)
    assert exported(client) == MAILS


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("?start=2024-01-02", [1, 2, 3]),
        ("?end=2024-01-02", [0]),
        ("?start=2024-01-02&end=2024-01-03", [1]),
        ("?start=2030-01-01", []),
    ],
)
def test_period_includes_its_start_and_not_its_end(
    client: Client, box: MailingList, query: str, places: list[int]
) -> None:
    assert exported(client, query) == [MAILS[place] for place in places]


def test_thread_message_and_period_combine(client: Client, box: MailingList) -> None:
    thread = Email.objects.get(message_id="2@e.com").thread.thread_id
    permalink = Email.objects.get(message_id="3@e.com").permalink
    assert exported(client, f"?thread={thread}") == MAILS[:2]
    assert exported(client, f"?thread={thread}&start=2024-01-02") == MAILS[1:2]
    assert exported(client, f"?message={permalink}") == MAILS[2:3]
    assert exported(client, f"?message={permalink}&thread={thread}") == []


@pytest.mark.parametrize("query", ["?thread=x", "?message=%00", "?message=ä"])
def test_unknown_thread_or_message_is_404(
    client: Client, box: MailingList, query: str
) -> None:
    assert client.get(f"{BASE}/a.mbox.gz{query}").status_code == 404


@pytest.mark.parametrize(
    "date",
    ["x", "2024-13-01", "2024-02-30", "", "0000-01-01", "2024-1-1", "٢٠٢٤-٠١-٠١"],
)
def test_bad_date_is_400(client: Client, box: MailingList, date: str) -> None:
    answer = client.get(f"{BASE}/a.mbox.gz?start={date}")
    assert answer.status_code == 400
    assert "Invalid dates" in answer.content.decode()


def test_file_name_is_the_readers_choice(client: Client, box: MailingList) -> None:
    answer = client.get(f"{BASE}/mein%20%C3%84rchiv%22;%0bX:%201.mbox.gz")
    assert answer["Content-Disposition"] == (
        "attachment; filename*=UTF-8''mein%20%C3%84rchiv%22%3B%0BX%3A%201.mbox.gz"
    )
    assert client.get(f"{BASE}/a%0d%0aX-Evil:%201.mbox.gz").status_code == 404


def test_deleted_mail_is_not_exported(client: Client, box: MailingList) -> None:
    Email.objects.filter(message_id="1@e.com").update(state=EmailState.DELETED)
    assert exported(client) == MAILS[1:]


@override_settings(HYPERKITTY_MBOX_EXPORT=False)
def test_export_can_be_switched_off(client: Client, box: MailingList) -> None:
    answer = client.get(f"{BASE}/a.mbox.gz")
    assert answer.status_code == 400
    assert "Archive download disabled." in answer.content.decode()
    assert "export/" not in client.get(box.get_absolute_url()).content.decode()


@override_settings(HYPERKITTY_RAW_ACCESS="signed-in")
def test_original_bytes_can_be_kept_for_people_with_an_account(
    client: Client, box: MailingList, cate: User
) -> None:
    assert client.get(f"{BASE}/a.mbox.gz").status_code == 403
    assert "export/" not in client.get(box.get_absolute_url()).content.decode()
    client.force_login(cate)
    assert exported(client) == MAILS


def test_unchanged_list_is_not_sent_again(client: Client, box: MailingList) -> None:
    tag = client.get(f"{BASE}/a.mbox.gz")["ETag"]
    again = client.get(f"{BASE}/a.mbox.gz", headers={"If-None-Match": tag})
    assert again.status_code == 304
    bring(box, mail("5@e.com", hours=99))
    changed = client.get(f"{BASE}/a.mbox.gz", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert len(exported(client)) == 5
