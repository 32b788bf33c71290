"""The bulk offer: months as files whose digest is true, in pieces, or not at all."""

from __future__ import annotations

import gzip
import io
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperkitty.mail.mbox import open_mbox
from hyperkitty.models import (
    BulkCheck,
    BulkFile,
    EmailState,
    MailingList,
    RawMessage,
)
from hyperkitty.selectors.bulk import bulk_months
from hyperkitty.services import bulk
from hyperkitty.services.bulk import reckon_due
from hyperkitty.tasks import DUE_WORK
from hyperkitty.threads.changes import note_changes
from hyperkitty.threads.counting import recount_list
from hyperkitty.threads.locking import locked
from hyperkitty.threads.states import set_state
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

HOST = "http://testserver"
BASE = "/archives/list/open@lists.example.org/bulk/"
JANUARY, MARCH = f"{BASE}2024-01.mbox.gz", f"{BASE}2024-03.mbox.gz"


@pytest.fixture
def offered(open_list: MailingList) -> MailingList:
    """Return a list with two mails of January and one of March, all reckoned."""
    bring(open_list, mail("m@e.com", hours=24 * 62))
    reckon_due()
    open_list.refresh_from_db()
    return open_list


def files(client: Client) -> dict[str, dict[str, Any]]:
    answer = client.get(BASE)
    assert answer.status_code == 200
    return {found["name"]: found for found in answer.json()["files"]}


def body(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content)


def check_again() -> None:
    """Let the hour pass after which changed lists are looked at."""
    BulkCheck.objects.update(checked_at=timezone.now() - timedelta(hours=2))
    reckon_due()


def test_manifest_tells_what_the_files_are(
    client: Client, offered: MailingList
) -> None:
    answer = client.get(BASE)
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "public, no-cache"
    facts = answer.json()
    assert (facts["list"], facts["count"]) == ("open@lists.example.org", 3)
    assert [(f["name"], f["count"]) for f in facts["files"]] == [
        ("2024-01.mbox.gz", 2),
        ("2024-03.mbox.gz", 1),
    ]
    for found in facts["files"]:
        answer = client.get(found["url"].removeprefix(HOST))
        data = body(answer)
        assert answer["Content-Type"] == "application/gzip"
        assert len(data) == found["size"] == int(answer["Content-Length"])
        assert sha256(data).hexdigest() == found["sha256"]
    january, march = (found["changed_at"] for found in facts["files"])
    assert january < march == offered.changed_at.isoformat()


def test_files_hold_the_original_bytes(client: Client, offered: MailingList) -> None:
    text = gzip.decompress(body(client.get(JANUARY)))
    found = [one.raw for one in open_mbox(io.BytesIO(text), is_mboxrd=True)]
    emails = offered.emails.order_by("sort_date")[:2]
    assert found == [RawMessage.objects.get(email=e).read() for e in emails]


def test_robots_and_the_list_lead_to_the_offer(
    client: Client, offered: MailingList
) -> None:
    assert f"# {HOST}/archives/bulk\n" in client.get("/robots.txt").content.decode()
    (about,) = client.get("/archives/bulk").json()["lists"]
    assert about["manifest"] == HOST + BASE
    page = client.get(offered.get_absolute_url()).content.decode()
    assert f'href="{BASE}"' in page


def test_reckoning_is_due_work_and_done_once(
    client: Client, offered: MailingList
) -> None:
    assert DUE_WORK["bulk files"] is reckon_due
    made = list(BulkFile.objects.values_list("pk", "made_at"))
    check_again()
    assert list(BulkFile.objects.values_list("pk", "made_at")) == made


def changes(mlist: MailingList) -> dict[str, Any]:
    """Return ways in which the file of January changes, each to be tried alone."""
    first, second = mlist.emails.order_by("sort_date")[:2]

    def rewrite() -> None:
        with locked(mlist) as fresh:
            note_changes(fresh, [first.pk], in_files=True)

    def recount() -> None:
        with locked(mlist) as fresh:
            recount_list(fresh)

    def swap() -> None:
        set_state(mlist, [first.pk], EmailState.HIDDEN)
        bring(mlist, mail("new@e.com", hours=3))

    return {
        "arrival": lambda: bring(mlist, mail("n@e.com", hours=1)),
        "hidden": lambda: set_state(mlist, [second.pk], EmailState.HIDDEN),
        "deleted": lambda: set_state(mlist, [first.pk], EmailState.DELETED),
        "hidden, and one more": swap,
        "rewritten": rewrite,
        "recounted": recount,
    }


@pytest.mark.parametrize(
    "how",
    [
        *("arrival", "hidden", "deleted", "hidden, and one more"),
        *("rewritten", "recounted"),
    ],
)
def test_no_digest_outlives_a_change(
    client: Client, offered: MailingList, how: str
) -> None:
    before = files(client)
    manifest_tag, tag = client.get(BASE)["ETag"], client.get(JANUARY)["ETag"]
    changes(offered)[how]()
    headers = {"If-None-Match": manifest_tag}
    assert client.get(BASE, headers=headers).status_code == 200
    january = files(client)["2024-01.mbox.gz"]
    assert (january["sha256"], january["size"]) == (None, None)
    answer = client.get(JANUARY, headers={"If-None-Match": tag})
    assert (answer.status_code, answer["Accept-Ranges"]) == (200, "none")
    assert answer["ETag"] != tag
    data = body(answer)
    check_again()
    january = files(client)["2024-01.mbox.gz"]
    assert (january["sha256"], january["size"]) == (
        sha256(data).hexdigest(),
        len(data),
    )
    if how != "recounted":
        assert files(client)["2024-03.mbox.gz"] == before["2024-03.mbox.gz"]


def test_month_without_mail_has_no_file(client: Client, offered: MailingList) -> None:
    (march,) = offered.emails.filter(message_id="m@e.com")
    set_state(offered, [march.pk], EmailState.HIDDEN)
    check_again()
    assert list(files(client)) == ["2024-01.mbox.gz"]
    assert client.get(MARCH).status_code == 404
    assert BulkFile.objects.count() == 1


@pytest.mark.parametrize("name", ["2024-13", "0000-01", "2024-00", "9999-12"])
def test_month_that_does_not_exist_is_404(
    client: Client, offered: MailingList, name: str
) -> None:
    assert client.get(f"{BASE}{name}.mbox.gz").status_code == 404


def test_list_is_looked_at_once_an_hour_however_often_it_changes(
    client: Client, offered: MailingList
) -> None:
    bring(offered, mail("n@e.com", hours=1))
    assert reckon_due() == 0
    check_again()
    assert files(client)["2024-01.mbox.gz"]["sha256"]


def test_work_that_takes_long_goes_on_in_the_next_run(
    client: Client, open_list: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(open_list, mail("m@e.com", hours=24 * 62))
    monkeypatch.setattr(bulk, "MAX_SECONDS", -1)
    assert reckon_due() == 0
    assert not BulkCheck.objects.exists()
    monkeypatch.setattr(bulk, "MAX_SECONDS", 60)
    assert reckon_due() == 2
    assert reckon_due() == 0


def test_change_while_a_month_is_reckoned_leaves_no_digest(
    offered: MailingList,
) -> None:
    (january, _march) = bulk_months(offered)
    bring(offered, mail("n@e.com", hours=1))
    BulkFile.objects.all().delete()
    assert not bulk.reckon(offered, january)
    assert not BulkFile.objects.exists()


def test_damaged_bytes_leave_a_month_without_a_digest(
    client: Client, open_list: MailingList
) -> None:
    RawMessage.objects.update(data=b"damaged")
    reckon_due()
    assert files(client)["2024-01.mbox.gz"]["sha256"] is None


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=10-99999999", 10, None),
        ("bytes=-99999999", 0, None),
    ],
)
def test_part_of_a_file_is_that_part(
    client: Client, offered: MailingList, asked: str, first: int, last: int | None
) -> None:
    whole = body(client.get(JANUARY))
    answer = client.get(JANUARY, headers={"Range": asked})
    start = first if first >= 0 else len(whole) + first
    stop = len(whole) if last is None else last + 1
    assert answer.status_code == 206
    assert body(answer) == whole[start:stop]
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert answer["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=5-1", "bytes=-0", "bytes=-", "lines=0-1", "x"]
)
def test_what_is_no_single_range_gets_the_whole(
    client: Client, offered: MailingList, asked: str
) -> None:
    answer = client.get(JANUARY, headers={"Range": asked})
    assert (answer.status_code, answer["Accept-Ranges"]) == (200, "bytes")


def test_range_behind_the_end_is_416(client: Client, offered: MailingList) -> None:
    size = len(body(client.get(JANUARY)))
    answer = client.get(JANUARY, headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{size}"


def test_part_of_another_state_is_not_given(
    client: Client, offered: MailingList
) -> None:
    tag = client.get(JANUARY)["ETag"]
    headers = {"Range": "bytes=5-", "If-Range": tag}
    assert client.get(JANUARY, headers=headers).status_code == 206
    bring(offered, mail("n@e.com", hours=1))
    check_again()
    assert client.get(JANUARY, headers=headers).status_code == 200


def test_file_that_changes_while_it_is_sent_breaks_off(
    client: Client, offered: MailingList
) -> None:
    answer = client.get(JANUARY)
    set_state(offered, [e.pk for e in offered.emails.all()], EmailState.HIDDEN)
    with pytest.raises(ValueError, match="changed"):
        body(answer)


def test_unchanged_file_is_not_sent_again(client: Client, offered: MailingList) -> None:
    first = client.get(JANUARY)
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    bring(offered, mail("later@e.com", hours=24 * 90))
    again = client.get(JANUARY, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again["ETag"]) == (304, first["ETag"])


@pytest.mark.parametrize(
    "closing",
    [
        {"HYPERKITTY_MBOX_EXPORT": False},
        {"HYPERKITTY_RAW_ACCESS": "signed-in"},
        {"HYPERKITTY_RAW_ACCESS": "owners"},
    ],
)
def test_nothing_is_offered_that_is_not_for_everybody(
    client: Client, offered: MailingList, cate: User, closing: dict[str, object]
) -> None:
    with override_settings(**closing):
        for _turn in range(2):
            assert client.get(BASE).status_code == 404
            assert client.get(JANUARY).status_code == 404
            assert client.get("/archives/bulk").json() == {"lists": []}
            page = client.get(offered.get_absolute_url()).content.decode()
            assert f'href="{BASE}"' not in page
            client.force_login(cate)
        BulkFile.objects.all().delete()
        check_again()
        assert not BulkFile.objects.exists()


def test_private_list_is_never_offered(
    client: Client, closed_list: MailingList, anne: User
) -> None:
    reckon_due()
    assert not BulkFile.objects.exists()
    base = f"{closed_list.get_absolute_url()}bulk/"
    for status in (403, 404):
        assert "closed" not in client.get("/archives/bulk").content.decode()
        assert client.get(base).status_code == status
        assert client.get(f"{base}2024-01.mbox.gz").status_code == status
        client.force_login(anne)


def test_cost_does_not_grow_with_the_months(
    client: Client, open_list: MailingList, django_assert_num_queries
) -> None:
    for _turn in range(2):
        check_again()
        with django_assert_num_queries(4):
            client.get(BASE)
        with django_assert_num_queries(3):
            client.head(JANUARY)
        with django_assert_num_queries(2):
            client.get("/archives/bulk")
        bring(open_list, *(mail(f"{n}@e.com", hours=24 * 31 * n) for n in range(12)))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=20,
    deadline=None,
)
@given(st.data())
def test_parts_together_are_the_file(client: Client, db: None, data: Any) -> None:
    mlist = MailingList.objects.filter(name="open@lists.example.org").first()
    if mlist is None:
        mlist = make_list(name="open@lists.example.org")
        bring(mlist, *(mail(f"{n}@e.com", hours=n) for n in range(30)))
        reckon_due()
    whole = body(client.get(JANUARY))
    cuts = data.draw(st.lists(st.integers(1, len(whole) - 1), max_size=4, unique=True))
    edges = [0, *sorted(cuts), len(whole)]
    found = b"".join(
        body(client.get(JANUARY, headers={"Range": f"bytes={first}-{last - 1}"}))
        for first, last in pairwise(edges)
    )
    assert found == whole
