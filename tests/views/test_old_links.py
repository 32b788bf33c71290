"""URLs of Pipermail, MHonArc and early HyperKitty lead where they led."""

from __future__ import annotations

import gzip
import io
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hyperkitty.mail.mbox import open_mbox
from hyperkitty.models import (
    AliasKind,
    ArchivePolicy,
    Attachment,
    Codec,
    Email,
    EmailState,
    MailingList,
    MessageAlias,
    ScrubbedFile,
    Thread,
)
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db
LIST = "/archives/list/open@lists.example.org/"
#: The mounts of the app and of `root_urls`.
FOLDERS = (
    "/archives/pipermail",
    "/archives/mailman/private",
    "/pipermail",
    "/mailman/private",
)


def number(mlist: MailingList, message_id: str, kind: AliasKind, value: str) -> Email:
    email = mlist.emails.get(message_id=message_id)
    MessageAlias.objects.create(mlist=mlist, kind=kind, value=value, email=email)
    return email


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(
    ("rest", "place"),
    [
        ("open", ""),
        ("open/", ""),
        ("OPEN/", ""),
        ("open@lists.example.org/", ""),
        ("open/2024-January", "2024/1/"),
        ("open/2024-January/", "2024/1/"),
        ("open/2024-December/", "2024/12/"),
        ("open/2024-December/thread.html", "2024/12/"),
        ("open/2024-May/date.html", "2024/5/"),
        ("open/2024-May/author.html", "2024/5/"),
        ("open/2024-May/subject.html", "2024/5/"),
        ("open/2024q2/thread.html", "2024/4/"),
        ("open/20240502/thread.html", "2024/5/2/"),
        ("open/2024/thread.html", "#calendar"),
        ("open/2024-January/000123.html", "2024/1/"),
    ],
)
def test_pages_of_pipermail_lead_to_ours(
    client: Client, open_list: MailingList, folder: str, rest: str, place: str
) -> None:
    answer = client.get(f"{folder}/{rest}")
    assert (answer.status_code, answer["Location"]) == (302, LIST + place)
    assert answer["Cache-Control"] == "private, no-store"
    assert client.head(f"{folder}/{rest}")["Location"] == LIST + place


@pytest.mark.parametrize("name", ["listinfo", "listinfo/", "list/"])
def test_old_index_leads_to_the_index(client: Client, db: None, name: str) -> None:
    assert client.get(f"/archives/{name}")["Location"] == "/archives/"


@pytest.mark.parametrize(
    "path",
    [
        "/archives/listinfo/open",
        "/archives/listinfo/open/",
        "/mailman/listinfo/open",
        "/listinfo/open/",
    ],
)
def test_old_page_about_a_list_leads_to_its_overview(
    client: Client, open_list: MailingList, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, LIST)


@pytest.mark.parametrize("month", ["2024-December", "2024-december", "2024-Dec"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_month_with_a_name_leads_to_the_month(
    client: Client, open_list: MailingList, month: str, slash: str
) -> None:
    answer = client.get(f"{LIST}{month}{slash}")
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}2024/12/")


def test_month_that_does_not_exist_is_404(
    client: Client, open_list: MailingList
) -> None:
    assert client.get(f"{LIST}2024-Foo/").status_code == 404
    assert client.get("/pipermail/open/2024-Foo/").status_code == 404


def test_lists_leads_to_list_with_its_query(client: Client, db: None) -> None:
    answer = client.get("/archives/lists/a@b.c/latest?page=2&count=5")
    assert answer["Location"] == "/archives/list/a@b.c/latest?page=2&count=5"
    assert client.get("/archives/lists/?a=1")["Location"] == "/archives/list/?a=1"
    answer = client.get("/archives/lists/a%3Fb%23c%25/%0d%0aX")
    assert answer.status_code == 404 or "?" not in answer["Location"]


def test_numbered_message_of_pipermail_leads_to_it(
    client: Client, open_list: MailingList
) -> None:
    email = number(open_list, "a@example.com", AliasKind.PIPERMAIL, "000012")
    answer = client.get("/pipermail/open/2023-March/000012.html")
    assert answer["Location"] == email.get_absolute_url()


@pytest.mark.parametrize("path", ["msg00012.html", "2023-March/msg00012.html"])
def test_numbered_message_of_mhonarc_leads_to_it(
    client: Client, open_list: MailingList, path: str
) -> None:
    email = number(open_list, "a@example.com", AliasKind.MHONARC, "00012")
    answer = client.get(f"/archives/pipermail/open/{path}")
    assert answer["Location"] == email.get_absolute_url()


def test_number_that_nobody_recorded_is_404_without_a_month(
    client: Client, open_list: MailingList
) -> None:
    assert client.get("/pipermail/open/msg00099.html").status_code == 404


def test_number_of_a_message_taken_out_says_so(
    client: Client, open_list: MailingList
) -> None:
    email = number(open_list, "a@example.com", AliasKind.PIPERMAIL, "000012")
    Email.objects.filter(pk=email.pk).update(state=EmailState.DELETED)
    answer = client.get("/pipermail/open/2024-January/000012.html", follow=True)
    assert answer.status_code == 410


def test_file_that_pipermail_cut_out_is_found(
    client: Client, open_list: MailingList
) -> None:
    email = open_list.emails.get(message_id="q@example.com")
    path = "20240101/5f3a2b1c/fix-0001.bin"
    facts = {"email": email, "counter": 1_000_000, "name": "fix.patch", "size": 3}
    ScrubbedFile.objects.create(
        path=path, content_type="text/x-patch", codec=Codec.PLAIN, data=b"abc", **facts
    )
    Attachment.objects.create(content_type="text/x-patch", **facts)
    answer = client.get(f"/pipermail/open/attachments/{path}", follow=True)
    assert answer.content == b"abc"
    for wrong in ("20240101/5f3a2b1c/other.bin", "20241301/5f3a2b1c/a.bin"):
        assert client.get(f"/pipermail/open/attachments/{wrong}").status_code == 404


def test_months_as_text_have_the_original_bytes(client: Client, db: None) -> None:
    mlist = make_list(name="open@lists.example.org")
    mails = [mail("1@e.com"), mail("2@e.com", hours=1, text="From here\n")]
    bring(mlist, *mails, mail("3@e.com", hours=24 * 40))
    packed = client.get("/pipermail/open/2024-January.txt.gz")
    assert packed["Content-Type"] == "application/gzip"
    plain = client.get("/pipermail/open/2024-January.txt")
    assert plain["Content-Type"] == "text/plain"
    assert plain["Content-Security-Policy"].startswith("sandbox")
    text = b"".join(plain.streaming_content)
    assert gzip.decompress(b"".join(packed.streaming_content)) == text
    found = [one.raw for one in open_mbox(io.BytesIO(text), is_mboxrd=True)]
    assert found == mails
    again = client.get(
        "/pipermail/open/2024-January.txt", headers={"If-None-Match": plain["ETag"]}
    )
    assert again.status_code == 304


@override_settings(HYPERKITTY_RAW_ACCESS="signed-in")
def test_months_as_text_follow_raw_access(
    client: Client, open_list: MailingList, cate: User
) -> None:
    for file in ("2024-January.txt", "2024-January.txt.gz"):
        assert client.get(f"/pipermail/open/{file}").status_code == 403
    client.force_login(cate)
    assert client.get("/pipermail/open/2024-January.txt").status_code == 200


TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
PRIVATE_PAGES = (
    "",
    "2024-January/",
    "2024-January/000012.html",
    "2024-January.txt",
    "2024-January.txt.gz",
    "msg00012.html",
    "no/such/page",
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_private_list_and_no_list_ask_strangers_to_sign_in(
    client: Client, closed_list: MailingList, folder: str
) -> None:
    for name in ("closed", "nothing"):
        for rest in PRIVATE_PAGES:
            url = f"{folder}/{name}/{rest}"
            answer = client.get(url)
            assert answer.status_code == 302, url
            assert answer["Location"] == f"/accounts/login/?next={url}"
            assert answer["Cache-Control"] == "private, no-store"
            assert client.head(url).status_code == 404


def test_private_list_and_no_list_are_absent_for_accounts_without_it(
    client: Client, closed_list: MailingList, cate: User
) -> None:
    client.force_login(cate)
    for rest in PRIVATE_PAGES:
        answers = [
            client.get(f"/pipermail/{name}/{rest}") for name in ("closed", "nothing")
        ]
        assert {answer.status_code for answer in answers} == {404}
        texts = [TOKEN.sub("", answer.content.decode()) for answer in answers]
        assert texts[0].replace("closed", "nothing") == texts[1]


def test_subscriber_follows_old_links_of_a_private_list(
    client: Client, closed_list: MailingList, anne: User
) -> None:
    email = number(closed_list, "secret@example.com", AliasKind.PIPERMAIL, "000000")
    client.force_login(anne)
    answer = client.get("/pipermail/closed/2024-January/000000.html")
    assert answer["Location"] == email.get_absolute_url()
    text = client.get("/pipermail/closed/2024-January.txt")
    assert b"A secret" in b"".join(text.streaming_content)
    assert text["Cache-Control"].startswith("private")


def test_full_address_of_a_private_list_asks_for_sign_in(
    client: Client, closed_list: MailingList
) -> None:
    answer = client.get("/archives/list/closed@lists.example.org/2024-December/")
    assert answer["Location"].startswith("/accounts/login/?next=/archives/list/closed")


def test_public_list_is_taken_where_a_private_one_has_its_name(
    client: Client, open_list: MailingList
) -> None:
    make_list(name="open@a.example.org", archive_policy=ArchivePolicy.PRIVATE)
    answer = client.get("/pipermail/open/", headers={"host": "a.example.org"})
    assert answer["Location"] == LIST


def test_host_decides_between_lists_of_one_name(
    client: Client, open_list: MailingList
) -> None:
    other = make_list(name="open@a.example.org")
    answer = client.get("/pipermail/open/", headers={"host": "lists.example.org"})
    assert answer["Location"] == LIST
    answer = client.get("/pipermail/open/", headers={"host": "a.example.org:8000"})
    assert answer["Location"] == other.get_absolute_url()
    assert client.get("/pipermail/open/")["Location"] == other.get_absolute_url()


def test_threads_that_merged_keep_their_urls(
    client: Client, open_list: MailingList
) -> None:
    bring(open_list, mail("late@e.com", references=["bridge@e.com"], hours=9))
    former = Thread.objects.get(starting_email__message_id="late@e.com")
    bring(open_list, mail("bridge@e.com", references=["q@example.com"], hours=8))
    answer = client.get(f"{LIST}thread/{former.thread_id}/?sort=date")
    merged = Thread.objects.get(starting_email__message_id="q@example.com")
    assert answer["Location"] == f"{merged.get_absolute_url()}?sort=date"


@pytest.mark.parametrize(
    "path", ["/pipermail/open/", "/archives/lists/", f"{LIST}2024-May/"]
)
def test_old_links_are_for_reading(
    client: Client, open_list: MailingList, path: str
) -> None:
    assert client.post(path).status_code == 405


def test_redirect_costs_two_queries(
    client: Client, open_list: MailingList, django_assert_num_queries
) -> None:
    number(open_list, "a@example.com", AliasKind.PIPERMAIL, "000012")
    with django_assert_num_queries(2):
        client.get("/pipermail/open/2024-January/000012.html")
