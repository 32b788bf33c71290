"""Pages of keepers, of readers who report, and of authors who want to go."""

from __future__ import annotations

import gzip
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hyperkitty.models import (
    Category,
    Decision,
    DecisionKind,
    Email,
    EmailState,
    ErasureWish,
    HeldMail,
    ListRole,
    MailingList,
    PolicySource,
    QuotedText,
    Report,
    Role,
    Sync,
    SyncKind,
    Thread,
    WishState,
)
from hyperkitty.services.finishing import finish_due
from hyperkitty.services.keeping import Act, change_states
from tests.factories import account
from tests.mails import bring, mail

pytestmark = pytest.mark.django_db

WHY = {"cause": "spam", "reason": "as told"}


@pytest.fixture
def owner(open_list: MailingList) -> User:
    """Return the owner of the public list."""
    user = account("olga")
    ListRole.objects.create(
        mlist=open_list,
        address="olga@example.com",
        role=Role.OWNER,
        source=PolicySource.ADMIN,
    )
    return user


@pytest.fixture
def keeper(owner: User) -> Client:
    """Return the owner's browser."""
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def reader() -> Client:
    """Return the browser of Anne, who wrote the question."""
    client = Client()
    client.force_login(account("anne"))
    return client


def question(mlist: MailingList) -> Email:
    return mlist.emails.get(message_id="q@example.com")


def text(response) -> str:
    return response.content.decode()


def test_menus_are_for_keepers(
    client: Client, keeper: Client, reader: Client, open_list: MailingList
) -> None:
    for url in (
        question(open_list).get_absolute_url(),
        question(open_list).thread.get_absolute_url(),
    ):
        delete = f"{question(open_list).get_absolute_url()}delete"
        assert delete in text(keeper.get(url))
        assert delete not in text(reader.get(url))
        assert "keeper-menu" not in text(client.get(url))


def test_owner_deletes_sees_the_log_and_undoes(
    client: Client, keeper: Client, open_list: MailingList
) -> None:
    email = question(open_list)
    url = email.get_absolute_url()
    page = text(keeper.get(f"{url}delete"))
    assert "2 messages: this one and what answers it" in page
    assert keeper.post(f"{url}delete", {"action": "delete"}).status_code == 200
    answer = keeper.post(
        f"{url}delete", {**WHY, "action": "delete", "scope": "branch"}, follow=True
    )
    assert "2 messages" in text(answer)
    assert client.get(url).status_code == 410
    assert "spam" in text(client.get(url))
    assert "as told" not in text(client.get(url))
    decision = Decision.objects.get()
    assert decision.reason == "as told"
    undo = f"{open_list.get_absolute_url()}log/{decision.pk}/undo"
    for _click in range(2):
        assert keeper.post(undo, follow=True).status_code == 200
    assert client.get(url).status_code == 200


def test_keepers_add_rename_and_color_categories(
    client: Client, keeper: Client, open_list: MailingList
) -> None:
    url = f"{open_list.get_absolute_url()}categories"
    wrong = [
        {"name": " ", "color": "#0b6e4f"},
        {"name": "Howto", "color": "red;}"},
        {"name": "Howto", "color": "#0b6e4f", "category": "²"},
        {"name": "Howto", "color": "#0b6e4f", "category": "99"},
    ]
    for data in wrong:
        keeper.post(url, data)
    assert not Category.objects.exists()
    for _click in range(2):
        keeper.post(url, {"name": "Howto", "color": "#0B6E4F"})
    howto = Category.objects.get()
    assert "Howto" in text(keeper.get(url))

    thread = question(open_list).thread
    path = thread.get_absolute_url()
    keeper.post(f"{path}category", {"cause": "order", "category": howto.pk})
    listing = f"{open_list.get_absolute_url()}latest"
    tags = {page: client.get(page)["ETag"] for page in (listing, path)}
    data = {"category": howto.pk, "name": "Questions", "color": "#123456"}
    keeper.post(url, data)
    for page, tag in tags.items():
        answer = client.get(page, headers={"If-None-Match": tag})
        assert "Questions" in text(answer)
        assert 'fill="#123456"' in text(answer)
    shown = text(client.get("/archives/categories/"))
    assert "?category=Questions" in shown
    found = text(client.get("/archives/categories/?category=Questions"))
    assert path in found
    assert client.get("/archives/categories/?category=Howto").status_code == 404


def test_form_of_hyperkitty_still_deletes(
    keeper: Client, open_list: MailingList
) -> None:
    emails = list(open_list.emails.values_list("pk", flat=True))
    url = f"{question(open_list).thread.get_absolute_url()}delete"
    keeper.post(url, {**WHY, "action": "hide", "email": emails})
    states = set(open_list.emails.values_list("state", flat=True))
    assert states == {EmailState.HIDDEN}


def test_hidden_message_is_shown_again_from_its_tombstone(
    keeper: Client, open_list: MailingList
) -> None:
    url = question(open_list).get_absolute_url()
    keeper.post(f"{url}delete", {**WHY, "action": "hide", "scope": "message"})
    assert f"{url}show" in text(keeper.get(url))
    keeper.post(f"{url}show", WHY)
    assert question(open_list).is_visible


def test_threads_are_split_merged_moved_locked_and_sorted(
    keeper: Client, open_list: MailingList
) -> None:
    base = open_list.get_absolute_url()
    answer = open_list.emails.get(message_id="a@example.com")
    keeper.post(f"{answer.get_absolute_url()}split", WHY)
    assert Thread.objects.filter(mlist=open_list).count() == 2
    answer.refresh_from_db()
    thread = question(open_list).thread
    page = text(keeper.get(f"{thread.get_absolute_url()}merge"))
    assert answer.thread.thread_id in page
    keeper.post(
        f"{thread.get_absolute_url()}merge",
        {**WHY, "target": f"https://x{base}thread/{answer.thread.thread_id}/"},
    )
    assert Thread.objects.filter(mlist=open_list).count() == 1
    bring(open_list, mail("c@example.com", subject="Other"))
    other = open_list.emails.get(message_id="c@example.com")
    keeper.post(
        f"{other.thread.get_absolute_url()}reattach",
        {"parent": thread.thread_id},
    )
    other.refresh_from_db()
    assert other.parent == question(open_list)
    keeper.post(f"{other.get_absolute_url()}subject", {**WHY, "subject": "Better"})
    other.refresh_from_db()
    assert other.subject == "Better"
    path = question(open_list).thread.get_absolute_url()
    category = Category.objects.create(name="question")
    keeper.post(f"{path}category", {"category": category.pk})
    keeper.post(f"{path}lock", WHY)
    thread = question(open_list).thread
    assert (thread.category, thread.is_locked) == (category, True)
    for nonsense in ("nonsense", "Ünsinn", "a b", "x\x00"):
        answer = keeper.post(f"{path}merge", {**WHY, "target": nonsense})
        assert answer.status_code == 200
    assert Decision.objects.count() == 6


def test_nobody_answers_in_a_locked_thread(
    keeper: Client, reader: Client, open_list: MailingList
) -> None:
    open_list.synced_at = open_list.created_at
    open_list.save()
    email = question(open_list)
    url = f"{email.get_absolute_url()}reply"
    assert url in text(reader.get(email.get_absolute_url()))
    keeper.post(f"{email.thread.get_absolute_url()}lock", WHY)
    assert url not in text(reader.get(email.get_absolute_url()))
    assert url not in text(reader.get(email.thread.get_absolute_url()))
    assert reader.post(url, {"message": "x", "action": "send"}).status_code == 403


def test_reported_spam_goes_with_all_of_its_author(
    keeper: Client, reader: Client, open_list: MailingList
) -> None:
    email = open_list.emails.get(message_id="a@example.com")
    url = f"{email.get_absolute_url()}report"
    for note in ("bad", "very bad"):
        reader.post(url, {"cause": "spam", "note": note})
    assert Report.objects.get().note == "very bad"
    queue = f"{open_list.get_absolute_url()}reports"
    assert "very bad" in text(keeper.get(queue))
    assert keeper.post(queue, {"message": "Ü\x00"}).status_code == 404
    keeper.post(queue, {"message": email.permalink})
    assert "very bad" not in text(keeper.get(queue))
    reader.post(url, {"cause": "abuse", "note": "again"})
    bring(open_list, mail("s@example.com", sender="Bart <bart@example.com>"))
    target = f"{email.get_absolute_url()}delete?scope=author&cause=spam"
    assert "everything by this author" in text(keeper.get(target))
    keeper.post(target, {**WHY, "action": "delete", "scope": "author"})
    assert list(open_list.emails.visible()) == [question(open_list)]
    assert "again" not in text(keeper.get(queue))


@override_settings(HYPERKITTY_REPORTS_PER_DAY=1)
def test_reports_are_bounded(reader: Client, open_list: MailingList) -> None:
    for email in open_list.emails.order_by("pk"):
        reader.post(f"{email.get_absolute_url()}report", {"cause": "spam"})
    assert Report.objects.count() == 1


def test_author_takes_along_and_asks_for_erasure(
    keeper: Client, reader: Client, open_list: MailingList
) -> None:
    page = text(reader.get("/archives/privacy/"))
    assert "Open talk" in page
    packed = b"".join(reader.get("/archives/privacy/my-posts.mbox.gz"))
    assert b"Who knows?" in gzip.decompress(packed)
    lines = b"".join(reader.get("/archives/privacy/my-posts.json")).splitlines()
    assert [json.loads(line)["message_id"] for line in lines] == ["q@example.com"]
    url = f"{question(open_list).get_absolute_url()}erase"
    for _click in range(2):
        reader.post(url, {"kind": "erase", "note": "please"})
    wish = ErasureWish.objects.get()
    assert question(open_list).is_visible
    queue = f"{open_list.get_absolute_url()}erasures"
    assert "please" in text(keeper.get(queue))
    keeper.post(queue, {"wish": wish.pk, "action": "grant"})
    wish.refresh_from_db()
    assert (wish.state, wish.addresses, wish.note) == (WishState.GRANTED, [], "")
    assert finish_due() == 1
    assert b"Who knows" not in b"".join(reader.get("/archives/privacy/my-posts.json"))
    assert reader.post("/archives/privacy/", {"kind": "hide"}).status_code == 404
    answer = reader.post("/archives/privacy/", {"kind": "erase", "list": "Ü\x00"})
    assert answer.status_code == 302


def test_refused_wish_tells_why(
    keeper: Client, reader: Client, open_list: MailingList
) -> None:
    reader.post("/archives/privacy/", {"kind": "anonymize"})
    wish = ErasureWish.objects.get()
    keeper.post(
        f"{open_list.get_absolute_url()}erasures",
        {"wish": wish.pk, "action": "refuse", "answer": "It is cited."},
    )
    assert question(open_list).is_visible
    assert "It is cited." in text(reader.get("/archives/privacy/"))


@override_settings(HYPERKITTY_ERASURE="automatic")
def test_site_may_leave_it_to_authors(reader: Client, open_list: MailingList) -> None:
    url = f"{question(open_list).get_absolute_url()}erase"
    reader.post(url, {"kind": "anonymize"})
    assert Decision.objects.get().kind == DecisionKind.ANONYMIZE
    finish_due()
    assert question(open_list).sender_name == "Anonymous"


def test_keeper_confirms_quoted_lines(keeper: Client, open_list: MailingList) -> None:
    bring(
        open_list,
        mail(
            "r@example.com",
            references=["q@example.com"],
            sender="Cate <cate@example.com>",
            text="Anne wrote:\n> Who knows?\nNot me.\n",
        ),
    )
    url = question(open_list).get_absolute_url()
    keeper.post(f"{url}delete", {**WHY, "action": "hide", "scope": "message"})
    emails = Email.objects.filter(pk=question(open_list).pk)
    change_states(open_list, emails, DecisionKind.ERASE, Act())
    finish_due()
    queue = f"{open_list.get_absolute_url()}erasures"
    page = text(keeper.get(queue))
    assert "<del>Anne wrote:</del>" in page
    for _click in range(2):
        keeper.post(
            queue,
            {
                "quote": QuotedText.objects.values_list("pk", flat=True).first() or 0,
                "action": "confirm",
            },
        )
    shown = open_list.emails.get(message_id="r@example.com").get_absolute_url()
    assert "Anne" not in text(keeper.get(shown))
    assert "Not me." in text(keeper.get(shown))


def test_page_of_held_mail_asks_nobody_and_decides_by_rows(
    keeper: Client, owner: User, open_list: MailingList
) -> None:
    url = f"{open_list.get_absolute_url()}held"
    held = HeldMail.objects.create(
        mlist=open_list,
        request_id=7,
        message_id_hash="A" * 32,
        sender="zoe@example.com",
        subject="Hold on",
        text="<b>text</b>",
        parent=question(open_list),
    )
    page = text(keeper.get(url))
    assert "Hold on" in page
    assert "&lt;b&gt;text" in page
    assert "A question" in page
    assert Sync.objects.filter(kind=SyncKind.HELD).exists()
    for action in ("reject", "accept"):
        keeper.post(url, {"held": held.pk, "action": action, "comment": "no"})
    held.refresh_from_db()
    assert (held.action, held.comment, held.decided_by) == ("reject", "no", owner)


def test_superuser_deletes_a_list_by_typing_its_address(
    client: Client, root: User, keeper: Client, open_list: MailingList
) -> None:
    url = f"{open_list.get_absolute_url()}delete/"
    assert keeper.get(url).status_code == 403
    client.force_login(root)
    assert client.post(url, {"typed": "nonsense"}).status_code == 200
    client.post(url, {"typed": open_list.name})
    assert client.get(open_list.get_absolute_url()).status_code == 410
    assert "Bring it back" in text(client.get(url))
    client.post(url, {"action": "restore"})
    assert client.get(open_list.get_absolute_url()).status_code == 200
