"""The reader's own pages, and tags and categories."""

from __future__ import annotations

from hashlib import sha256

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from hyperkitty.models import (
    Category,
    Delivery,
    Email,
    Follow,
    FollowKind,
    LastView,
    ListRole,
    MailingList,
    Tag,
    Tagging,
    Thread,
    Vote,
)
from hyperkitty.posting.people import shown_name
from hyperkitty.services.list_deletion import delete_list
from tests.mails import bring, mail

pytestmark = pytest.mark.django_db
PAGES = ("", "favorites", "last_views", "votes", "subscriptions")


@pytest.fixture
def reader(client: Client, anne: User) -> Client:
    """Return Anne's browser."""
    client.force_login(anne)
    return client


def follow(user: User, thread: Thread, **columns: object) -> None:
    target = f"thread-{thread.pk}"
    known = {"kind": FollowKind.THREAD, "target": target, "thread": thread}
    Follow.objects.create(user=user, **(known | columns))


def threads(client: Client, url: str) -> list[str]:
    answer = client.get(url)
    assert answer.status_code == 200
    return [row.thread.subject for row in answer.context["rows"]]


@pytest.mark.parametrize("name", PAGES)
def test_empty_pages_say_so(client: Client, cate: User, name: str) -> None:
    client.force_login(cate)
    answer = client.get(f"/archives/profile/{name}")
    assert answer.status_code == 200
    assert 'class="empty"' in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"


def test_own_messages_are_those_of_confirmed_addresses(
    reader: Client, anne: User, open_list: MailingList
) -> None:
    url = "/archives/profile/"
    answer = reader.get(url)
    assert [email.message_id for email in answer.context["emails"]] == ["q@example.com"]
    EmailAddress.objects.create(user=anne, email="bart@example.com", verified=False)
    assert reader.get(url).context["paging"].total == 1
    EmailAddress.objects.filter(email="bart@example.com").update(verified=True)
    assert reader.get(url).context["paging"].total == 2


def test_own_pages_have_paging_parameters_of_their_own(
    reader: Client, open_list: MailingList
) -> None:
    bring(open_list, *(mail(f"{n}@e.com", hours=n) for n in range(11)))
    answer = reader.get("/archives/profile/?lppage=2")
    assert len(answer.context["emails"]) == 2
    assert answer.context["paging"].previous.url == "?"
    answer = reader.get("/archives/profile/?lpcount=5")
    assert answer.context["paging"].next.url == "?lpcount=5&lppage=2"
    assert reader.get("/archives/profile/?lppage=9").status_code == 404


def test_favorites_and_read_threads_are_shown(
    reader: Client, anne: User, open_list: MailingList
) -> None:
    thread = open_list.threads.get()
    follow(anne, thread)
    LastView.objects.create(thread=thread, user=anne)
    assert threads(reader, "/archives/profile/favorites") == ["A question"]
    assert threads(reader, "/archives/profile/last_views") == ["A question"]
    Follow.objects.update(delivery=Delivery.MUTE)
    assert threads(reader, "/archives/profile/favorites") == []


def test_votes_show_what_was_liked_the_latest_first(
    reader: Client, anne: User, open_list: MailingList
) -> None:
    for name, value in (("q@example.com", 1), ("a@example.com", -1)):
        email = open_list.emails.get(message_id=name)
        Vote.objects.create(email=email, user=anne, value=value)
    voted = reader.get("/archives/profile/votes").context["voted"]
    assert [(email.message_id[0], value) for email, value in voted] == [
        ("a", -1),
        ("q", 1),
    ]


def test_lists_show_roles_and_what_came_of_them(
    reader: Client,
    cate: User,
    open_list: MailingList,
    closed_list: MailingList,
) -> None:
    email = open_list.emails.get(message_id="q@example.com")
    Vote.objects.create(email=email, user=cate, value=1)
    found = reader.get("/archives/profile/subscriptions").context["memberships"]
    assert [(one.mlist, len(one.roles), one.likes.likes) for one in found] == [
        (open_list, 0, 1),
        (closed_list, 1, 0),
    ]


def test_what_one_may_not_read_any_more_is_gone_from_ones_pages(
    reader: Client, anne: User, closed_list: MailingList
) -> None:
    email = closed_list.emails.get()
    follow(anne, email.thread)
    LastView.objects.create(thread=email.thread, user=anne)
    Vote.objects.create(email=email, user=anne, value=1)
    assert "A secret" in reader.get("/archives/profile/favorites").content.decode()
    ListRole.objects.all().delete()
    for name in PAGES:
        text = reader.get(f"/archives/profile/{name}").content.decode()
        assert "A secret" not in text
        assert "Salary talk" not in text


def test_deleted_list_is_gone_from_the_readers_lists(
    reader: Client, closed_list: MailingList
) -> None:
    delete_list(closed_list, closed_list.name)
    text = reader.get("/archives/profile/subscriptions").content.decode()
    assert "Salary talk" not in text


@pytest.mark.parametrize("name", PAGES)
def test_own_pages_cost_few_queries_and_as_many_for_much(
    reader: Client, anne: User, open_list: MailingList, name: str
) -> None:
    url = f"/archives/profile/{name}"

    def add(number: int) -> None:
        bring(open_list, mail(f"{number}@e.com", hours=number))
        email = Email.objects.latest("pk")
        follow(anne, email.thread)
        LastView.objects.create(thread=email.thread, user=anne)
        Vote.objects.create(email=email, user=anne, value=1)

    add(1)
    reader.get("/archives/")  # fills what is kept for the whole process
    with CaptureQueriesContext(connection) as little:
        reader.get(url)
    for number in range(2, 9):
        add(number)
    with CaptureQueriesContext(connection) as much:
        reader.get(url)
    assert len(little) == len(much) <= 12


def test_tags_of_readable_threads_lead_to_them(
    client: Client,
    open_list: MailingList,
    closed_list: MailingList,
    anne: User,
) -> None:
    for mlist, name in ((open_list, "tea & co"), (closed_list, "pay")):
        tag = Tag.objects.create(name=name)
        Tagging.objects.create(tag=tag, thread=mlist.threads.get(), user=anne)
    answer = client.get("/archives/tags/")
    assert [topic.name for topic in answer.context["tags"]] == ["tea & co"]
    assert 'href="?tag=tea%20%26%20co"' in answer.content.decode()
    assert threads(client, "/archives/tags/?tag=tea+%26+co") == ["A question"]
    assert client.get("/archives/tags/?tag=pay").status_code == 404
    client.force_login(anne)
    assert threads(client, "/archives/tags/?tag=pay") == ["A secret"]


def test_categories_count_the_threads_that_one_may_read(
    client: Client, open_list: MailingList, closed_list: MailingList
) -> None:
    question = Category.objects.create(name="question")
    Category.objects.create(name="policy")
    for mlist in (open_list, closed_list):
        mlist.threads.update(category=question)
    found = client.get("/archives/categories/").context["categories"]
    assert [(one.name, one.threads_count) for one in found] == [
        ("policy", 0),
        ("question", 1),
    ]


def test_name_is_chosen_for_posts_and_the_page_of_the_person(
    reader: Client, anne: User, open_list: MailingList
) -> None:
    url = "/archives/profile/settings"
    handle = open_list.emails.filter(sender__address=anne.email).first().sender.handle
    public = f"/archives/users/{handle}/"
    tag = Client().get(public)["ETag"]
    data = {"display_name": " Anne\r\nBcc: x  of Garðar ", "picture": "gravatar"}
    assert reader.post(url, data).status_code == 302
    assert shown_name(anne) == "Anne Bcc: x of Garðar"
    assert "of Garðar" in reader.get(url).content.decode()
    answer = Client().get(public, headers={"If-None-Match": tag})
    assert "of Garðar" in answer.content.decode()
    reader.post(url, {"display_name": "\x00" + "x" * 999})
    assert shown_name(anne) == "x" * 100


@override_settings(HYPERKITTY_ENABLE_GRAVATAR=True)
def test_picture_from_elsewhere_can_be_declined(
    reader: Client, anne: User, open_list: MailingList
) -> None:
    email = open_list.emails.filter(sender__address=anne.email).first()
    handle = email.sender.handle
    pages = [
        email.get_absolute_url(),
        email.thread.get_absolute_url(),
        f"/archives/users/{handle}/",
        f"/archives/users/{handle}/posts?list={open_list.name}",
    ]
    picture = sha256(anne.email.encode()).hexdigest()
    tags = {}
    for page in pages:
        answer = Client().get(page)
        assert picture in answer.content.decode()
        tags[page] = answer.get("ETag", "")
    for _click in range(2):
        reader.post("/archives/profile/settings", {"picture": "drawn"})
    for page in pages:
        answer = Client().get(page, headers={"If-None-Match": tags[page]})
        assert answer.status_code == 200
        assert picture not in answer.content.decode(), page
    reader.post("/archives/profile/settings", {"picture": "gravatar"})
    assert picture in Client().get(pages[0]).content.decode()
