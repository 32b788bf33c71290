"""Mail through a real Mailman Core into the archive, in good times and in bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from itertools import count
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from hyperkitty.mailman import Core
from hyperkitty.models import ArchivePolicy, Email, ListAlias, MailingList, PolicySource
from hyperkitty.services.sync import sync_all
from tests.core.letters import letters
from tests.core.site import Site
from tests.mailman.real_core import RealCore, wait_for
from tests.mails import mail
from tests.people import make_user

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("site")]

ANNE, BART = "anne@example.org", "bart@example.org"
NUMBERS = count(1)


@dataclass
class List:
    """A list of Core that Anne and Bart are on."""

    core: RealCore
    name: str
    list_id: str

    def send(self, name: str, to: str = "") -> None:
        """Send a mail of Anne's; its Message-ID is *name* at example.org."""
        self.core.send(self.letter(name, to), ANNE, to or self.name)

    def letter(self, name: str, to: str = "") -> bytes:
        """Return the mail."""
        raw = mail(f"{name}@example.org", sender=f"Anne <{ANNE}>", text=f"{name}\n")
        return f"To: {to or self.name}\n".encode() + raw


MakeList = Callable[..., List]


@pytest.fixture
def new_list(real_core: RealCore) -> MakeList:
    """What makes lists.

    Each has a name of its own: Core's processes may still work on mail for a list of
    the test before.
    """

    def make(**config: object) -> List:
        name = f"dev{next(NUMBERS)}@lists.example.org"
        list_id = real_core.make_list(name, administrivia=False, **config)
        real_core.join(list_id, ANNE)
        real_core.join(list_id, BART)
        return List(real_core, name, list_id)

    return make


def delivered(core: RealCore, name: str) -> Message:
    """Return the mail that Bart got, as soon as he has it."""
    return wait_for(lambda: core.delivered(BART, name), f"{name} in Bart's mailbox")


def archived(name: str) -> Email:
    """Return the mail in the archive, as soon as it is there."""
    message_id = f"{name}@example.org"
    found = Email.objects.filter(message_id=message_id).select_related("mlist")
    return wait_for(found.first, f"{name} in the archive")


def test_mail_of_a_member_appears_where_its_headers_say(
    new_list: MakeList, real_core: RealCore
) -> None:
    dev = new_list()

    dev.send("first")

    copy = delivered(real_core, "first@example.org")
    found = archived("first")
    path = found.get_absolute_url()
    assert copy["Archived-At"].strip() == f"<{real_core.base_url}{path}>"
    overview = found.mlist.get_absolute_url()
    assert copy["List-Archive"].strip() == f"<{real_core.base_url}{overview}>"
    assert Client().get(path).status_code == 200
    assert Client().get(overview).status_code == 200
    assert found.mlist.policy_source == PolicySource.CORE


def test_answer_joins_the_thread(new_list: MakeList, real_core: RealCore) -> None:
    dev = new_list()
    dev.send("question")
    first = archived("question")
    answer = mail("answer@example.org", in_reply_to="question@example.org", sender=BART)

    real_core.send(b"To: " + dev.name.encode() + b"\n" + answer, BART, dev.name)

    second = archived("answer")
    assert (second.thread_id, second.parent_id) == (first.thread_id, first.pk)


def test_odd_mails_open_where_their_headers_say(
    new_list: MakeList, real_core: RealCore
) -> None:
    dev = new_list(require_explicit_destination=False, max_message_size=0)
    mails = dict(letters())
    assert len(mails) >= 20
    for raw in mails.values():
        real_core.send(raw, ANNE, dev.name)

    copies = {name: delivered(real_core, name) for name in mails}
    wait_for(lambda: Email.objects.count() == len(mails), "all mails in the archive")

    for name, copy in copies.items():
        url = copy["Archived-At"].strip().strip("<>")
        assert url.startswith(real_core.base_url), name
        page = Client().get(urlsplit(url).path, follow=True)
        assert page.status_code == 200, name


def test_private_list_is_for_its_subscribers(
    new_list: MakeList, real_core: RealCore
) -> None:
    dev = new_list(archive_policy="private")
    dev.send("secret")
    path = archived("secret").get_absolute_url()
    make_user("bart", BART, "pw")
    make_user("cate", "cate@example.net", "pw")
    subscriber, other = Client(), Client()

    assert subscriber.login(username="bart", password="pw")
    assert other.login(username="cate", password="pw")

    assert Client().get(path).status_code == 302
    assert other.get(path).status_code == 403
    assert subscriber.get(path).status_code == 200

    real_core.leave(dev.list_id, BART)
    sync_all(Core())
    assert subscriber.get(path).status_code == 403


def test_renamed_list_keeps_its_archive(
    new_list: MakeList, real_core: RealCore
) -> None:
    dev = new_list()
    dev.send("before")
    old_path = archived("before").get_absolute_url()
    real_core.rename_list(dev.list_id, "devel@lists.example.org")

    dev.send("after", to="devel@lists.example.org")

    found = archived("after")
    assert found.mlist.name == "devel@lists.example.org"
    assert found.mlist.emails.count() == 2
    assert ListAlias.objects.get().name == dev.name
    new_path = old_path.replace(dev.name, "devel@lists.example.org")
    assert Client().get(old_path)["Location"] == new_path
    assert Client().get(new_path).status_code == 200


def test_deleted_list_keeps_its_archive(
    new_list: MakeList, real_core: RealCore
) -> None:
    dev = new_list()
    dev.send("kept")
    path = archived("kept").get_absolute_url()
    sync_all(Core())
    real_core.delete_list(dev.list_id)

    sync_all(Core())

    assert MailingList.objects.get().gone_from_core_at is not None
    assert Client().get(path).status_code == 200


def test_mail_that_came_while_the_archive_was_down_is_caught_up(
    new_list: MakeList, real_core: RealCore, site: Site
) -> None:
    dev = new_list()
    site.stop()
    for name in ("down1", "down2", "down3"):
        dev.send(name)
        delivered(real_core, f"{name}@example.org")
    wait_for(lambda: len(real_core.spooled()) == 3, "three mails in the spool")

    site.start()
    dev.send("up")

    for name in ("down1", "down2", "down3", "up"):
        assert Client().get(archived(name).get_absolute_url()).status_code == 200
    wait_for(lambda: not real_core.spooled(), "an empty spool")
    assert Email.objects.count() == 4


def test_wrong_key_loses_nothing(
    new_list: MakeList, real_core: RealCore, settings: Settings
) -> None:
    dev = new_list()
    settings.MAILMAN_ARCHIVER_KEY = "another"
    dev.send("refused")
    wait_for(real_core.spooled, "a mail in the spool")
    assert not Email.objects.exists()

    settings.MAILMAN_ARCHIVER_KEY = "archiver-key-for-tests"
    dev.send("next")

    archived("refused")
    archived("next")


def test_list_that_is_never_archived_stays_out(
    new_list: MakeList, real_core: RealCore
) -> None:
    dev = new_list()
    dev.send("public")
    path = archived("public").get_absolute_url()
    real_core.change_list(dev.list_id, archive_policy="never")
    sync_all(Core())

    dev.send("unkept")
    delivered(real_core, "unkept@example.org")
    # Core brings nothing then. What it had in its spool from before it still brings:
    response = Client(headers={"authorization": "Token archiver-key-for-tests"}).post(
        "/archives/api/mailman/archive",
        {
            "mlist": dev.name,
            "message": SimpleUploadedFile("message.txt", dev.letter("spooled")),
        },
    )

    assert response.status_code == 200
    assert MailingList.objects.get().archive_policy == ArchivePolicy.NEVER
    assert [email.message_id for email in Email.objects.all()] == ["public@example.org"]
    assert Client().get(path).status_code == 200
