"""Votes, tags and answers, by scripts and by pages without."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hyperkitty.models import (
    ListRole,
    MailingList,
    PolicySource,
    Role,
    Tag,
    Tagging,
    Vote,
)
from hyperkitty.services.reactions import vote
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, cate: User) -> Client:
    """Return the browser of Cate."""
    client.force_login(cate)
    return client


def vote_url(mlist: MailingList, message_id: str = "q@example.com") -> str:
    return f"{mlist.emails.get(message_id=message_id).get_absolute_url()}vote"


def thread_url(mlist: MailingList, rest: str = "") -> str:
    return f"{mlist.threads.get().get_absolute_url()}{rest}"


def test_vote_answers_scripts_as_hyperkitty_did(
    reader: Client, open_list: MailingList
) -> None:
    url = vote_url(open_list)
    for value, like, dislike in (
        ("1", 1, 0),
        ("1", 1, 0),
        ("-1", 0, 1),
        ("0", 0, 0),
        ("0", 0, 0),
    ):
        answer = json.loads(reader.post(url, {"vote": value}).content)
        assert (answer["like"], answer["dislike"]) == (like, dislike)
        assert 'class="votes"' in answer["html"]
    assert Vote.objects.count() == 1


@pytest.mark.parametrize("value", ["2", "", "x", "1.0", "٣"])
def test_vote_that_is_none_is_400(
    reader: Client, open_list: MailingList, value: str
) -> None:
    assert reader.post(vote_url(open_list), {"vote": value}).status_code == 400
    assert reader.post(vote_url(open_list)).status_code == 400
    assert not Vote.objects.exists()


def test_page_without_scripts_comes_back_to_the_mail(
    reader: Client, open_list: MailingList
) -> None:
    answer = reader.post(vote_url(open_list), {"vote": "1", "next": "1"})
    permalink = open_list.emails.get(message_id="q@example.com").permalink
    assert answer["Location"] == f"{thread_url(open_list)}#{permalink}"


def test_htmx_gets_the_votes_alone(reader: Client, open_list: MailingList) -> None:
    headers = {"HX-Request": "true"}
    answer = reader.post(vote_url(open_list), {"vote": "1"}, headers=headers)
    text = answer.content.decode()
    assert text.startswith('<span class="votes">')
    assert text.count('aria-pressed="true"') == 1


def test_strangers_see_votes_at_once_and_have_no_buttons(
    client: Client, cate: User, open_list: MailingList
) -> None:
    before = client.get(thread_url(open_list))
    assert 'class="votes"' not in before.content.decode()
    other = Client()
    other.force_login(cate)
    other.post(vote_url(open_list), {"vote": "1"})
    tag = before["ETag"]
    after = client.get(thread_url(open_list), headers={"If-None-Match": tag})
    assert after.status_code == 200
    assert "▲ 1" in after.content.decode()
    assert '<button class="vote"' not in after.content.decode()


@override_settings(HYPERKITTY_VOTES_PER_DAY=1)
def test_nobody_votes_without_end(reader: Client, open_list: MailingList) -> None:
    assert reader.post(vote_url(open_list), {"vote": "1"}).status_code == 200
    other = vote_url(open_list, "a@example.com")
    assert reader.post(other, {"vote": "1"}).status_code == 403
    assert reader.post(vote_url(open_list), {"vote": "-1"}).status_code == 200


def test_tags_are_put_on_shown_and_taken_off(
    reader: Client, open_list: MailingList
) -> None:
    url = thread_url(open_list, "tags")
    answer = reader.post(url, {"action": "add", "tag": "Bug report, locking"})
    assert json.loads(answer.content)["tags"] == ["bug report", "locking"]
    page = reader.get(thread_url(open_list)).content.decode()
    assert "bug report" in page
    base = open_list.get_absolute_url()
    listed = reader.get(f"{base}tag/bug%20report/").content.decode()
    assert "A question" in listed
    assert "locking" in reader.get("/archives/tags/").content.decode()
    answer = reader.post(url, {"action": "rm", "tag": "locking"})
    assert json.loads(answer.content)["tags"] == ["bug report"]
    assert not Tag.objects.filter(name="locking").exists()
    assert reader.post(url, {"action": "rm", "tag": "locking"}).status_code == 404


@pytest.mark.parametrize(
    ("action", "tag"),
    [
        ("add", ""),
        ("add", ",, ,"),
        ("add", "<b>"),
        ("add", "x" * 41),
        ("add", ",".join(map(str, range(11)))),
        ("love", "x"),
    ],
)
def test_what_is_no_tag_is_400(
    reader: Client, open_list: MailingList, action: str, tag: str
) -> None:
    data = {"action": action, "tag": tag}
    assert reader.post(thread_url(open_list, "tags"), data).status_code == 400
    assert not Tagging.objects.exists()


def test_only_keepers_take_off_what_others_put_on(
    reader: Client, open_list: MailingList
) -> None:
    url = thread_url(open_list, "tags")
    owner = account("owner")
    ListRole.objects.create(
        mlist=open_list,
        address=owner.email,
        role=Role.OWNER,
        source=PolicySource.ADMIN,
    )
    reader.post(url, {"action": "add", "tag": "mine"})
    other = Client()
    other.force_login(account("dan"))
    assert other.post(url, {"action": "rm", "tag": "mine"}).status_code == 404
    other.force_login(owner)
    assert other.post(url, {"action": "rm", "tag": "mine"}).status_code == 200


@override_settings(HYPERKITTY_TAGS_PER_DAY=2)
def test_nobody_tags_without_end(reader: Client, open_list: MailingList) -> None:
    url = thread_url(open_list, "tags")
    assert reader.post(url, {"action": "add", "tag": "a, b"}).status_code == 200
    assert reader.post(url, {"action": "add", "tag": "c"}).status_code == 403


def test_tags_are_suggested_of_lists_that_one_may_read(
    client: Client, cate: User, anne: User, closed_list: MailingList
) -> None:
    mlist = make_list()
    bring(mlist, mail("o@x"))
    member = Client()
    member.force_login(anne)
    for found, tag in ((closed_list, "raise secret"), (mlist, "raise public")):
        url = f"{found.threads.get().get_absolute_url()}tags"
        assert member.post(url, {"action": "add", "tag": tag}).status_code == 200
    client.force_login(cate)
    url = f"{mlist.threads.get().get_absolute_url()}suggest-tags?term=raise"
    assert json.loads(client.get(url).content) == ["raise public"]
    assert json.loads(member.get(url).content) == ["raise public", "raise secret"]
    assert "secret" not in client.get("/archives/tags/").content.decode()


def test_tag_page_of_a_tag_that_nothing_has_is_empty(
    client: Client, open_list: MailingList
) -> None:
    answer = client.get(f"{open_list.get_absolute_url()}tag/nothing/")
    assert answer.status_code == 200
    assert "No thread of this list" in answer.content.decode()


def test_who_asked_says_what_answers(client: Client, open_list: MailingList) -> None:
    asker = open_list.emails.get(message_id="q@example.com").sender.address
    client.force_login(account("asker", asker))
    answer = open_list.emails.get(message_id="a@example.com")
    url = thread_url(open_list, "answer")
    client.post(url, {"message": answer.permalink})
    page = Client().get(thread_url(open_list)).content.decode()
    assert "answers the question" in page
    latest = Client().get(f"{open_list.get_absolute_url()}latest")
    assert "answered" in latest.content.decode()
    client.post(url, {"message": ""})
    page = Client().get(thread_url(open_list)).content.decode()
    assert "answers the question" not in page


def test_question_or_foreign_mail_is_no_answer(
    client: Client, root: User, open_list: MailingList
) -> None:
    client.force_login(root)
    bring(open_list, mail("other@x", subject="Other"))
    for message_id, status in (("q@example.com", 400), ("other@x", 400)):
        permalink = open_list.emails.get(message_id=message_id).permalink
        thread = open_list.emails.get(message_id="q@example.com").thread
        url = f"{thread.get_absolute_url()}answer"
        assert client.post(url, {"message": permalink}).status_code == status
    assert client.post(url, {"message": "A" * 32}).status_code == 404


def test_vote_counts_on_the_list_as_it_is_now(open_list: MailingList) -> None:
    email = open_list.emails.select_related("mlist").order_by("pk")[0]
    bring(open_list, mail("meanwhile@e.com", hours=9))
    vote(account("fan").pk, email, 1)
    open_list.refresh_from_db()
    assert open_list.emails_count == 3
