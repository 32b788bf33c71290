"""The archiver's endpoints: what Mailman Core asks and brings is answered and kept."""

from __future__ import annotations

import email
import logging
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from hyperkitty.mail.values import Problem
from hyperkitty.mailman import web_hosts
from hyperkitty.models import (
    ArchivePolicy,
    Email,
    MailingList,
    PolicySource,
    RawMessage,
    Source,
    Sync,
)
from hyperkitty.services import arriving
from tests.mailman.fake_core import FakeCore, FakeCoreServer
from tests.mails import mail, make_list

URLS, ARCHIVE = "/archives/api/mailman/urls", "/archives/api/mailman/archive"
DEV = "dev@lists.example.org"
KEY = "archiver-key-for-tests"
RECORDED = Path(__file__).resolve().parents[1] / "recorded"


class Core(Client):
    """Asks as mailman-hyperkitty does."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(headers={"authorization": f"Token {KEY}"}, **defaults)

    def url_of(self, name: str = DEV, message_id: str | None = None) -> str:
        """Ask for the URL of a list or of a mail."""
        asked = {"mlist": name}
        if message_id is not None:
            asked["msgid"] = message_id
        response = self.get(URLS, asked)
        assert response.status_code == 200, response.content
        url: str = response.json()["url"]
        return url

    def bring(self, raw: bytes, name: str = DEV) -> HttpResponse:
        """Bring a mail."""
        upload = SimpleUploadedFile("message.txt", raw)
        response: HttpResponse = self.post(ARCHIVE, {"mlist": name, "message": upload})
        return response

    def archive(self, raw: bytes, name: str = DEV) -> str:
        """Bring a mail that must be taken; return the path of its URL."""
        response = self.bring(raw, name)
        assert response.status_code == 200, response.content
        return urlsplit(response.json()["url"]).path  # type: ignore[attr-defined]  # of test clients


@pytest.fixture
def core() -> Core:
    """Mailman's archiver."""
    return Core()


@pytest.fixture
def dev(db: None) -> MailingList:
    """A public list that was synced just now."""
    return make_list(name=DEV, synced_at=timezone.now())


@contextmanager
def failing(error: Exception) -> Iterator[None]:
    """Let every statement fail."""

    def fail(*args: object) -> None:
        raise error

    with connection.execute_wrapper(fail):
        yield


# Who may ask


@pytest.mark.django_db
def test_url_of_a_list_needs_no_database(
    core: Core, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    web_hosts.refresh()  # as the first answer of a process does
    with django_assert_num_queries(0):
        assert core.url_of() == f"https://lists.example.org/archives/list/{DEV}/"


@pytest.mark.django_db
def test_url_of_a_mail_needs_no_database(
    core: Core, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    web_hosts.refresh()
    with django_assert_num_queries(0):
        assert core.url_of(message_id="dummy") == (
            f"https://lists.example.org/archives/list/{DEV}"
            "/message/QKODQBCADMDSP5YPOPKECXQWEQAMXZL3/"
        )


@pytest.mark.parametrize("key", ["", "Token", "Token ", "token KEY", "Basic KEY"])
@pytest.mark.parametrize("end", ["wrong", "KEY x", "KEYx"])
def test_wrong_key_is_refused_with_help(key: str, end: str) -> None:
    shown = f"{key} {end}".strip() if "KEY" not in key else key
    client = Client(headers={"authorization": shown.replace("KEY", KEY)})

    response = client.get(URLS, {"mlist": DEV})

    assert response.status_code == 401
    text = response.content.decode()
    assert "the MAILMAN_ARCHIVER_KEY is provided by you and it is correct" in text
    assert KEY not in text


def test_missing_key_is_refused_with_help() -> None:
    response = Client().get(URLS, {"mlist": DEV})

    assert response.status_code == 401
    assert "The archiver key must be" in response.content.decode()


def test_key_in_the_url_is_refused_and_never_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, "hyperkitty"):
        response = Client().get(URLS, {"mlist": DEV, "key": KEY})

    assert response.status_code == 401
    text = response.content.decode()
    assert "You need to upgrade the mailman-hyperkitty package" in text
    assert "The archiver key must be" in text
    assert "without a key" in caplog.text
    assert KEY not in caplog.text


def test_wrong_key_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "hyperkitty"):
        Client(headers={"authorization": "Token nearly"}).get(URLS, {"mlist": DEV})

    assert "with a wrong key" in caplog.text
    assert "nearly" not in caplog.text


def test_key_that_is_not_ascii_is_compared(settings: Settings) -> None:
    settings.MAILMAN_ARCHIVER_KEY = ""

    assert Client(headers={"authorization": "Token "}).get(URLS).status_code == 401
    assert Client(headers={"authorization": "Token \xe4"}).get(URLS).status_code == 401


@pytest.mark.parametrize("name", ["MAILMAN_ARCHIVER_KEY", "MAILMAN_ARCHIVER_FROM"])
def test_site_without_key_or_addresses_is_misconfigured(
    core: Core, settings: Settings, name: str
) -> None:
    delattr(settings, name)

    with pytest.raises(ImproperlyConfigured, match=name):
        core.url_of()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("allowed", "address", "status"),
    [
        (["127.0.0.1"], "127.0.0.1", 200),
        (("127.0.0.1", "::1"), "::1", 200),
        ("127.0.0.1", "127.0.0.1", 200),
        (["127.0.0.1"], "127.0.0.11", 403),
        ("127.0.0.11", "127.0.0.1", 403),
        (["*"], "203.0.113.9", 200),
        (["10.1.0.0/16"], "10.1.2.3", 200),
        (["10.1.0.0/16"], "10.2.2.3", 403),
        (["2001:db8::/32"], "2001:db8::5", 200),
        (["2001:db8::/32"], "10.1.2.3", 403),
        (["127.0.0.1"], "::ffff:127.0.0.1", 200),
        (["2001:DB8:0::1"], "2001:db8::1", 200),
        (["10.1.0.0/16", "nonsense/x"], "10.1.2.3", 200),
        (["nonsense"], "10.1.2.3", 403),
        (["127.0.0.1"], "", 403),
        ([], "127.0.0.1", 403),
    ],
)
def test_addresses_are_checked(
    settings: Settings, allowed: object, address: str, status: int
) -> None:
    settings.MAILMAN_ARCHIVER_FROM = allowed

    response = Core(REMOTE_ADDR=address).get(URLS, {"mlist": DEV})

    assert response.status_code == status
    if status == 403:
        assert "MAILMAN_ARCHIVER_FROM" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "status"),
    [
        ([], "127.0.0.1", "10.0.0.5", 403),  # nobody is believed
        ([], "10.0.0.5", "127.0.0.1", 200),
        (["127.0.0.1"], "127.0.0.1", "10.0.0.5", 200),
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9", 403),
        (["127.0.0.1"], "127.0.0.1", "10.0.0.5, 203.0.113.9", 403),
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9, 10.0.0.5", 200),
        (["127.0.0.1", "192.0.2.0/24"], "127.0.0.1", "10.0.0.5, 192.0.2.7", 200),
        (["127.0.0.1"], "203.0.113.9", "10.0.0.5", 403),  # no trusted proxy
        (["127.0.0.1"], "127.0.0.1", "", 403),  # the proxy itself is no Mailman
        (["127.0.0.1"], "127.0.0.1", "rubbish", 403),
        (["unix"], "", "10.0.0.5", 200),
        ([], "", "10.0.0.5", 403),
    ],
)
def test_forwarded_addresses_count_behind_trusted_proxies_only(
    settings: Settings, proxies: list[str], address: str, forwarded: str, status: int
) -> None:
    settings.MAILMAN_ARCHIVER_FROM = ["10.0.0.5"]
    settings.HYPERKITTY_TRUSTED_PROXIES = proxies
    client = Core(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded)

    assert client.get(URLS, {"mlist": DEV}).status_code == status


@pytest.mark.django_db
def test_methods_are_those_of_the_contract(core: Core) -> None:
    assert core.get(ARCHIVE).status_code == 405
    assert core.post(URLS, {"mlist": DEV}).status_code == 405
    assert core.head(URLS, {"mlist": DEV}).status_code == 200


# URLs


def test_url_is_below_the_base_url_if_that_is_set(
    core: Core, settings: Settings
) -> None:
    settings.HYPERKITTY_BASE_URL = "http://127.0.0.1:8000/"

    assert core.url_of() == f"http://127.0.0.1:8000/archives/list/{DEV}/"


@pytest.mark.django_db
def test_url_has_the_list_in_small_letters(core: Core) -> None:
    assert core.url_of("Dev@Lists.Example.ORG") == core.url_of()


@pytest.mark.parametrize("name", ["", "dev", "a b@c", "a/b@c", "@c", "a@", "a@b@c"])
def test_url_of_what_is_no_list_is_a_bad_request(core: Core, name: str) -> None:
    assert core.get(URLS, {"mlist": name}).status_code == 400
    assert core.get(URLS).status_code == 400


def test_first_answers_come_while_the_database_is_away(
    core: Core, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> dict[str, str]:
        raise OperationalError("gone")

    monkeypatch.setattr(web_hosts, "_read", fail)

    assert core.url_of() == f"https://lists.example.org/archives/list/{DEV}/"
    assert core.url_of() == f"https://lists.example.org/archives/list/{DEV}/"
    assert caplog.text.count("Cannot read the web sites") == 1


def test_map_of_sites_is_read_once_a_minute_and_kept_while_it_cannot_be(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def read() -> dict[str, str]:
        reads.append(len(reads))
        if len(reads) > 1:
            raise OperationalError("gone")
        return {"lists.example.org": "www.example.org"}

    monkeypatch.setattr(web_hosts, "_read", read)
    expected = f"https://www.example.org/archives/list/{DEV}/"
    assert [core.url_of() for _time in range(3)] == [expected] * 3
    assert reads == [0]

    web_hosts._hosts._tried_at = float("-inf")  # a minute later
    web_hosts.refresh()

    assert reads == [0, 1]
    assert core.url_of() == expected
    assert core.url_of("a@other.example") == (
        "https://other.example/archives/list/a@other.example/"
    )


# Taking mail


@pytest.mark.django_db
def test_mail_is_archived_and_its_url_opens(core: Core, dev: MailingList) -> None:
    asked = core.url_of(message_id="first@example.com")

    path = core.archive(mail())

    assert urlsplit(asked).path == path
    assert Client().get(path).status_code == 200
    found = RawMessage.objects.get()
    assert (found.source, found.read()) == (Source.ARCHIVER, mail())
    assert found.mlist == dev


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", [path.name for path in sorted(RECORDED.glob("*POST-archive.raw"))]
)
def test_recorded_mails_are_archived_under_the_url_that_core_printed(
    name: str, dev: MailingList
) -> None:
    asked = _replay(RECORDED / name.replace("POST-archive", "GET-urls-1"))

    answer = _replay(RECORDED / name)

    assert answer.json() == asked.json()
    raw = RawMessage.objects.get().read()
    assert raw in (RECORDED / name).read_bytes()
    printed = email.message_from_bytes(raw)["Archived-At"].strip(" \n<>")
    path = urlsplit(answer.json()["url"]).path
    assert path == urlsplit(printed).path
    assert Client().get(path).status_code == 200


def _replay(path: Path) -> Any:
    """Send a recorded request again."""
    head, _blank, body = path.read_bytes().partition(b"\n\n")
    line, *fields = head.decode().replace("\r", "").splitlines()
    method, target, _version = line.split()
    headers = dict(field.split(": ", 1) for field in fields)
    assert headers.pop("Authorization") == "Token SecretArchiverAPIKey"
    send: Any = getattr(Client(), method.lower())
    if method == "GET":
        return send(target, headers={"Authorization": f"Token {KEY}"})
    return send(
        target,
        body,
        content_type=headers["Content-Type"],
        headers={"Authorization": f"Token {KEY}"},
    )


@pytest.mark.django_db
def test_duplicate_is_taken_and_kept_once(core: Core, dev: MailingList) -> None:
    first = core.archive(mail())

    assert core.archive(mail()) == first
    assert Email.objects.count() == 1


@pytest.mark.django_db
def test_other_mail_with_the_same_id_is_kept_too(core: Core, dev: MailingList) -> None:
    first = core.archive(mail())
    second = core.archive(mail(sender="Eve <eve@example.com>", text="Other words.\n"))

    assert first != second
    assert {Client().get(path).status_code for path in (first, second)} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"\xff\xfe" * 50,
        b"no header at all",
        b"Subject: only\n\n",
        mail("", date=None, sender=""),
        mail("a\0b@example.com", subject="\0"),
        mail(sender="\xe4\xf6 <\xfc@example.com>", subject="\u2028\ud7ff"),
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 3000,
        b"From: " + b"a" * 300_000 + b"\n\n\n",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\nMessage-ID: <d@x>\n\n.\n",
    ],
)
def test_poison_is_taken_and_kept(core: Core, dev: MailingList, raw: bytes) -> None:
    path = core.archive(raw)

    assert Client().get(path).status_code == 200
    assert RawMessage.objects.get().read() == raw


@pytest.mark.django_db
def test_mail_that_the_database_refuses_is_kept_by_its_headers(
    core: Core, dev: MailingList, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = [DataError("too odd")]

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "archive_list" in sql and sql.startswith("UPDATE") and refusals:
            raise refusals.pop()
        return execute(sql, params, many, context)

    raw = mail(subject="Bait", text="Words.\n")
    with connection.execute_wrapper(refuse):
        path = core.archive(raw)

    found = Email.objects.get()
    assert (found.subject, found.problems) == ("Bait", Problem.UNREADABLE)
    assert found.raws.get().read() == raw
    assert Client().get(path).status_code == 200
    assert "by its headers alone" in caplog.text


@pytest.mark.django_db
def test_mail_above_the_limit_is_kept_raw_and_shown_by_its_headers(
    core: Core, dev: MailingList, settings: Settings
) -> None:
    settings.HYPERKITTY_MAX_MESSAGE_SIZE = 3_000_000
    raw = mail(subject="Big", text="All these words.\n" * 200_000)  # on disk meanwhile
    assert len(raw) > django_settings.FILE_UPLOAD_MAX_MEMORY_SIZE

    path = core.archive(raw)

    found = Email.objects.get()
    assert (found.subject, found.size) == ("Big", len(raw))
    assert found.problems == Problem.TOO_LARGE
    assert found.text_row.text == ""
    assert found.raws.get().read() == raw
    page = Client().get(path)
    assert page.status_code == 200
    assert "Big" in page.content.decode()
    assert "All these words" not in page.content.decode()
    assert core.archive(raw) == path


@pytest.mark.django_db
def test_mail_for_an_unknown_list_makes_a_private_one(core: Core) -> None:
    path = core.archive(mail(), "New@Lists.example.org")

    mlist = MailingList.objects.get()
    assert mlist.name == "new@lists.example.org"
    assert mlist.is_private
    assert mlist.policy_source == PolicySource.UNKNOWN
    assert Sync.objects.get().subject == str(mlist.pk)
    assert path.startswith("/archives/list/new@lists.example.org/message/")
    assert Client().get(path).status_code == 302
    assert mlist.emails.count() == 1


@pytest.mark.django_db
def test_request_that_is_no_mail_is_a_bad_request(core: Core) -> None:
    upload = SimpleUploadedFile("message.txt", b"x")
    for data in (
        {},
        {"mlist": DEV},
        {"message": upload},
        {"mlist": "x", "message": ""},
    ):
        assert core.post(ARCHIVE, data).status_code == 400
    broken = core.post(ARCHIVE, b"x", content_type="multipart/form-data")
    assert broken.status_code == 400
    assert not MailingList.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("atomic", [False, True])
def test_mail_comes_again_when_the_database_was_away(
    core: Core, dev: MailingList, atomic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic)
    with failing(OperationalError("gone")):
        response = core.bring(mail())
        assert core.url_of(message_id="first@example.com")

    assert (response.status_code, response["Retry-After"]) == (503, "60")
    core.archive(mail())
    assert Email.objects.count() == 1


@pytest.mark.django_db
def test_mail_comes_again_when_the_storage_was_away(
    core: Core, dev: MailingList, settings: Settings
) -> None:
    settings.STORAGES = django_settings.STORAGES | {
        "hyperkitty": {"BACKEND": f"{__name__}.FullStorage"}
    }

    assert core.bring(mail()).status_code == 503

    assert not Email.objects.exists()


class FullStorage(InMemoryStorage):
    """A storage that takes nothing."""

    def save(self, *args: object, **kwargs: object) -> str:
        """Fail."""
        raise OSError("No space left on device")


# Under which policy


@pytest.mark.django_db
def test_first_mail_of_a_list_reads_what_core_says_of_it(
    core: Core, fake_core: FakeCore
) -> None:
    fake_core.make_list(DEV, archive_policy="public", display_name="Development")

    path = core.archive(mail())

    mlist = MailingList.objects.get()
    assert (mlist.display_name, mlist.policy_source) == ("Development", "core")
    assert Client().get(path).status_code == 200


@pytest.mark.django_db
def test_mail_of_a_list_that_is_never_archived_is_not_kept(
    core: Core, fake_core: FakeCore
) -> None:
    fake_core.make_list(DEV, archive_policy="never")
    asked = core.url_of(message_id="first@example.com")

    path = core.archive(mail())

    assert path == urlsplit(asked).path
    assert not RawMessage.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [("never", "private", 1), ("public", "never", 0), ("never", "never", 0)],
)
def test_old_policy_is_read_again_before_mail_is_taken(
    core: Core, fake_core: FakeCore, before: str, after: str, kept: int
) -> None:
    list_id = fake_core.make_list(DEV, archive_policy=before)
    core.archive(mail("before@example.com"))
    Email.objects.all().delete()
    fake_core.change_list(list_id, archive_policy=after)
    _age(timedelta(seconds=61))

    core.archive(mail())

    assert Email.objects.count() == kept


@pytest.mark.django_db
def test_fresh_policy_is_not_read_again(core: Core, fake_core: FakeCore) -> None:
    fake_core.make_list(DEV)
    core.archive(mail("one@example.com"))
    asked = len(fake_core.requests)

    core.archive(mail("two@example.com"))

    assert len(fake_core.requests) == asked


@pytest.mark.django_db
@pytest.mark.parametrize(("policy", "kept"), [("public", 1), ("never", 0)])
def test_last_policy_holds_while_core_is_away(
    core: Core, fake_core: FakeCore, policy: str, kept: int
) -> None:
    fake_core.make_list(DEV, archive_policy=policy)
    core.archive(mail("before@example.com"))
    Email.objects.all().delete()
    _age(timedelta(hours=2))
    fake_core.status = 503

    core.archive(mail())

    assert Email.objects.count() == kept
    assert MailingList.objects.get().archive_policy == ArchivePolicy[policy.upper()]


@pytest.mark.django_db
def test_mail_does_not_wait_again_for_a_core_that_is_away(
    core: Core, fake_core: FakeCore
) -> None:
    fake_core.status = 503
    core.archive(mail("one@example.com"))
    asked = len(fake_core.requests)

    core.archive(mail("two@example.com"))

    assert len(fake_core.requests) == asked
    fake_core.status = 200
    fake_core.make_list(DEV)
    arriving.pause.forget()  # half a minute later
    core.archive(mail("three@example.com"))
    assert not MailingList.objects.get().is_private
    assert Email.objects.count() == 3


@pytest.mark.django_db
def test_core_is_not_asked_for_each_mail_of_a_list_that_it_does_not_have(
    core: Core, fake_core: FakeCore
) -> None:
    core.archive(mail("one@example.com"))
    asked = len(fake_core.requests)

    core.archive(mail("two@example.com"))

    assert len(fake_core.requests) == asked
    fake_core.make_list(DEV)
    arriving.pause.forget()  # half a minute later
    core.archive(mail("three@example.com"))
    assert not MailingList.objects.get().is_private


@pytest.mark.django_db
def test_core_that_hangs_holds_a_mail_up_for_a_moment_only(
    core: Core, fake_core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "SHORT_TIMEOUT", 0.05)
    fake_core.make_list(DEV)
    fake_core.delay = 1

    core.archive(mail())

    assert MailingList.objects.get().is_private
    assert Email.objects.count() == 1


@pytest.mark.django_db
def test_mail_of_a_renamed_list_goes_to_its_archive(
    core: Core, fake_core: FakeCore
) -> None:
    list_id = fake_core.make_list(DEV)
    first = core.archive(mail("one@example.com"))
    fake_core.rename_list(list_id, "devel@lists.example.org")

    second = core.archive(mail("two@example.com"), "devel@lists.example.org")

    assert MailingList.objects.get().name == "devel@lists.example.org"
    assert Client().get(second).status_code == 200
    response = Client().get(first)
    assert (response.status_code, response["Location"]) == (
        302,
        first.replace("dev@", "devel@"),
    )


@pytest.mark.django_db
def test_mail_under_a_former_address_finds_the_list_while_core_is_away(
    core: Core, fake_server: FakeCoreServer
) -> None:
    fake = fake_server.core
    list_id = fake.make_list(DEV)
    core.archive(mail("one@example.com"))
    fake.rename_list(list_id, "devel@lists.example.org")
    core.archive(mail("two@example.com"), "devel@lists.example.org")
    fake.status = 503

    core.archive(mail("three@example.com"))

    assert MailingList.objects.get().emails.count() == 3


@pytest.mark.django_db
def test_list_row_that_goes_while_mail_arrives_does_not_lose_it(core: Core) -> None:
    """A sync can find just then that the row is another list's second one."""
    stray = make_list(name=DEV)
    stale = MailingList.objects.get(pk=stray.pk)
    stray.delete()
    lists = iter([stale])

    with mock.patch(
        "hyperkitty.views.archiver.list_for_mail",
        lambda name: next(lists, None) or MailingList.objects.ensure(name),
    ):
        core.archive(mail())

    assert MailingList.objects.get().emails.count() == 1


def _age(age: timedelta) -> None:
    MailingList.objects.update(synced_at=timezone.now() - age)


@pytest.mark.django_db
def test_taking_a_mail_takes_few_statements(
    core: Core, dev: MailingList, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    core.archive(mail("one@example.com"))

    with django_assert_max_num_queries(25):
        core.archive(mail("two@example.com"))


# The URL that Core prints, for any Message-ID


def as_core_has_it(message_id: str) -> tuple[bytes, str]:
    """Do to a mail what Core's LMTP runner and mailman-hyperkitty do.

    Return the bytes that are brought and the ``msgid`` that is asked for.
    """
    raw = b"From: a@example.com\nMessage-ID:" + message_id.encode() + b"\n\nText.\n"
    message = email.message_from_bytes(raw)
    header = message["message-id"]
    bare = header.strip()
    if header.startswith("<") and header.endswith(">"):
        bare = header[1:-1]
    digest = b32encode(sha1(bare.encode(), usedforsecurity=False).digest()).decode()
    message["Message-ID-Hash"] = digest
    message["X-Message-ID-Hash"] = digest
    return message.as_bytes(), message["Message-Id"].strip().strip("<>")


ODD_IDS = [
    " <plain@example.com>",
    " <<twice@example.com>>",
    " bare@example.com",
    " bare@example.com  ",
    " <comment@example.com> (sent by hand)",
    " <open@example.com",
    " close@example.com>",
    " <inner space@example.com>",
    " < padded@example.com >",
    "\n <folded-first@example.com>",
    " <folded\n\tinside@example.com>",
    " <one@example.com> <two@example.com>",
    ' "<quoted@example.com>"',
    " <[127.0.0.1]@example.com>",
    " <slash/plus+percent%41&amp=1?q#f@example.com>",
    " <CamelCase@Example.COM>",
    " <" + "long" * 70 + "@example.com>",
    " <" + "longer" * 160 + "@example.com>",
    " =?utf-8?q?=3Cencoded=40example=2Ecom=3E?=",
    " <>",
    " no id at all",
    " <a@b>>",
    " <<a@b>",
    " (comment) <after@example.com>",
    " <tab\there@example.com>",
    " <\x7f",
]


@pytest.mark.django_db
@pytest.mark.parametrize("message_id", ODD_IDS)
def test_url_that_core_prints_opens_for_odd_ids(
    message_id: str, core: Core, dev: MailingList
) -> None:
    raw, asked = as_core_has_it(message_id)
    printed = urlsplit(core.url_of(message_id=asked)).path

    core.archive(raw)

    assert Client().get(printed, follow=True).status_code == 200
    assert Email.objects.count() == 1


class AnyMessageId(HypothesisTestCase):
    """The same for ids that nobody thought of."""

    @hypothesis_settings(max_examples=40)
    @given(st.text(alphabet="<>()@\"'=?.,:;&%/+#[]\\ \taZ9_-\x01\x7f", min_size=1))
    def test_url_that_core_prints_opens(self, message_id: str) -> None:
        make_list(name=DEV, synced_at=timezone.now())
        core = Core()
        raw, asked = as_core_has_it(f" {message_id}")
        printed = urlsplit(core.url_of(message_id=asked)).path

        path = core.archive(raw)

        assert Client().get(path, follow=True).status_code == 200
        if asked.strip():
            assert Client().get(printed, follow=True).status_code == 200, printed
