"""Writing to lists in the browser: the forms, what they refuse, and what they queue."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.models import (
    ArchivePolicy,
    Change,
    Email,
    ListRole,
    MailingList,
    MembershipChange,
    OutgoingPost,
    PostState,
    Role,
)
from tests.mails import bring, mail, make_list
from tests.people import confirm, make_user

pytestmark = pytest.mark.django_db
TEXT = "Some words of my own.\n"


@pytest.fixture
def dev() -> MailingList:
    """A list of Core that lets confirmed addresses in, with a mail."""
    mlist = make_list(
        name="dev@lists.example.org",
        synced_at=timezone.now(),
        subscription_policy="confirm",
        subject_prefix="[Dev] ",
    )
    question = mail(
        "q@example.com",
        subject="[Dev] A question",
        sender="Bart <bart@example.com>",
        references=["old@example.com"],
        text="> older\n\nWho knows?\n\n-- \nBart, of the signature\n",
    )
    bring(mlist, question)
    mlist.refresh_from_db()
    return mlist


@pytest.fixture
def question(dev: MailingList) -> Email:
    """The mail of the list."""
    return Email.objects.get(mlist=dev)


@pytest.fixture
def reader(client: Client, anne: User) -> Client:
    """Anne's browser."""
    client.force_login(anne)
    return client


def new_url(mlist: MailingList) -> str:
    return reverse("hk_message_new", args=[mlist.name])


def reply_url(email: Email, name: str = "hk_message_reply") -> str:
    return reverse(name, args=[email.mlist.name, email.permalink])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def sent() -> OutgoingPost:
    return OutgoingPost.objects.get()


def test_paths_are_those_of_the_contract(dev: MailingList, question: Email) -> None:
    base = f"/archives/list/{dev.name}/message"
    assert new_url(dev) == f"{base}/new"
    assert reply_url(question) == f"{base}/{question.permalink}/reply"


def test_reply_is_queued_as_a_mail_and_shown_in_its_place(
    reader: Client, question: Email
) -> None:
    response = reader.post(reply_url(question), {"message": TEXT})

    post = sent()
    thread = question.thread.get_absolute_url()
    assert response.status_code == 302
    assert response["Location"] == f"{thread}#post-{post.pk}"
    raw = bytes(post.raw)
    assert b"\r\nSubject: Re: A question\r\n" in raw
    assert b"References: <old@example.com> <q@example.com>\r\n" in raw
    page = text_of(reader.get(thread))
    assert "Some words of my own." in page
    assert page.index(f'id="{question.permalink}"') < page.index(f"post-{post.pk}")


def test_nobody_else_sees_the_post_before_the_archive_has_it(
    reader: Client, question: Email, cate: User, root: User
) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    post = sent()
    for user in (cate, root, None):
        other = Client()
        if user is not None:
            other.force_login(user)
        assert "of my own" not in text_of(other.get(question.thread.get_absolute_url()))
        assert "of my own" not in text_of(other.get(question.get_absolute_url()))
        page = other.get(post.get_absolute_url())
        assert page.status_code == (404 if user else 302)


def test_post_is_replaced_by_its_mail(
    reader: Client, question: Email, dev: MailingList
) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    post = sent()
    bring(dev, bytes(post.raw))

    fragment = text_of(
        reader.get(post.get_absolute_url(), headers={"HX-Request": "true"})
    )
    page = text_of(reader.get(question.thread.get_absolute_url()))

    email = Email.objects.get(parent=question)
    assert f'id="{email.permalink}"' in fragment
    assert "hx-trigger" not in fragment
    assert page.count(f'id="{email.permalink}"') == 1
    assert "only you see this" not in page
    to_thread = reader.get(post.get_absolute_url())
    assert to_thread["Location"].endswith(f"#{email.permalink}")


def test_double_click_and_reload_send_once(reader: Client, question: Email) -> None:
    for _click in range(3):
        reader.post(reply_url(question), {"message": TEXT, "token": "abc"})
    assert OutgoingPost.objects.count() == 1


def test_other_words_in_a_form_that_was_sent_are_not_dropped(
    reader: Client, question: Email
) -> None:
    values = {"message": TEXT, "token": "abc"}
    reader.post(reply_url(question), values)
    again = reader.post(reply_url(question), values | {"message": "Other words.\n"})
    assert "already" in text_of(again)
    assert OutgoingPost.objects.count() == 1
    token = again.context["form"]["token"].value()
    reader.post(reply_url(question), {"message": "Other words.\n", "token": token})
    assert OutgoingPost.objects.count() == 2


def test_form_has_a_token_of_its_own(reader: Client, question: Email) -> None:
    pages = [text_of(reader.get(reply_url(question))) for _time in range(2)]
    tokens = {page.partition('name="token" value="')[2][:32] for page in pages}
    assert len(tokens) == 2


def test_scripts_get_json_as_before(reader: Client, question: Email) -> None:
    headers = {"X-Requested-With": "XMLHttpRequest"}
    answer = reader.post(reply_url(question), {"message": TEXT}, headers=headers)
    assert answer.status_code == 200
    assert set(answer.json()) == {"result", "message_html"}
    assert "Some words of my own." in answer.json()["message_html"]


def test_scripts_get_errors_as_text(
    reader: Client, question: Email, settings: Settings
) -> None:
    headers = {"X-Requested-With": "XMLHttpRequest"}
    empty = reader.post(reply_url(question), {"message": " "}, headers=headers)
    assert (empty.status_code, empty["Content-Type"]) == (400, "text/plain")
    foreign = {"message": TEXT, "sender": "eve@example.org"}
    assert reader.post(reply_url(question), foreign, headers=headers).status_code == 400
    settings.HYPERKITTY_ALLOW_WEB_POSTING = False
    closed = reader.post(reply_url(question), {"message": TEXT}, headers=headers)
    assert closed.status_code == 403


def test_only_ones_own_confirmed_addresses_can_be_chosen(
    reader: Client, anne: User, question: Email
) -> None:
    confirm(anne, "anne@work.example")
    page = text_of(reader.get(reply_url(question)))
    assert "anne@work.example" in page
    reader.post(reply_url(question), {"message": TEXT, "sender": "bart@example.com"})
    assert not OutgoingPost.objects.exists()
    reader.post(reply_url(question), {"message": TEXT, "sender": "anne@work.example"})
    assert sent().sender == "anne@work.example"


def test_subscribed_address_is_offered_first(
    reader: Client, anne: User, question: Email, dev: MailingList
) -> None:
    confirm(anne, "anne@work.example")
    ListRole.objects.create(mlist=dev, address="anne@work.example", role=Role.MEMBER)
    reader.post(reply_url(question), {"message": TEXT})
    assert sent().sender == "anne@work.example"


def test_account_without_a_confirmed_address_is_told(
    client: Client, question: Email
) -> None:
    client.force_login(User.objects.create_user("dora", "dora@example.org"))
    response = client.post(reply_url(question), {"message": TEXT})
    assert response.status_code == 403
    assert "Confirm an address" in text_of(response)
    assert TEXT.strip() in text_of(response)


def test_quote_has_the_new_text_and_no_signature(
    reader: Client, question: Email
) -> None:
    page = reader.get(reply_url(question), {"quote": ""})
    typed = page.context["form"]["message"].value()
    assert "> Who knows?" in typed
    assert "Bart wrote:" in typed
    assert "older" not in typed
    assert "signature" not in typed


def test_preview_shows_the_text_and_sends_nothing(
    reader: Client, question: Email
) -> None:
    values = {"message": "> quoted\n\nNew <b>words</b>", "action": "preview"}
    page = text_of(reader.post(reply_url(question), values))
    assert "m-quote" in page
    assert "New &lt;b&gt;words&lt;/b&gt;" in page
    part = reader.post(reply_url(question), values, headers={"HX-Request": "true"})
    assert "<form" not in text_of(part)
    assert not OutgoingPost.objects.exists()


def test_subject_can_be_changed_and_a_thread_started(
    reader: Client, question: Email
) -> None:
    values = {"message": TEXT, "subject": "Something else", "newthread": "on"}
    response = reader.post(reply_url(question), values)
    post = sent()
    assert b"In-Reply-To" not in bytes(post.raw)
    assert b"Subject: Something else\r\n" in bytes(post.raw)
    assert response["Location"] == post.get_absolute_url()


def test_new_thread_is_queued_and_waits_on_the_lists_page(
    reader: Client, dev: MailingList
) -> None:
    values = {"subject": "Ahoy", "message": TEXT}
    response = reader.post(new_url(dev), values)
    post = sent()
    assert response["Location"] == post.get_absolute_url()
    assert "Some words of my own." in text_of(reader.get(post.get_absolute_url()))
    assert "Ahoy" in text_of(reader.get(dev.get_absolute_url()))
    assert "Ahoy" not in text_of(Client().get(dev.get_absolute_url()))


def test_new_thread_needs_a_subject(reader: Client, dev: MailingList) -> None:
    response = reader.post(new_url(dev), {"message": TEXT})
    assert response.status_code == 200
    assert not OutgoingPost.objects.exists()
    assert TEXT.strip() in text_of(response)


def test_attachments_go_along(reader: Client, question: Email) -> None:
    files = [SimpleUploadedFile(f"{n}.txt", b"data", "text/plain") for n in "ab"]
    reader.post(reply_url(question), {"message": TEXT, "attachments": files})
    raw = bytes(sent().raw)
    assert b"filename*=UTF-8''a.txt" in raw
    assert b"filename*=UTF-8''b.txt" in raw


def test_mail_over_the_lists_limit_is_refused_and_kept(
    reader: Client, question: Email, dev: MailingList
) -> None:
    MailingList.objects.filter(pk=dev.pk).update(max_message_size=40)
    big = SimpleUploadedFile("big.bin", bytes(60_000))
    page = text_of(
        reader.post(reply_url(question), {"message": TEXT, "attachments": big})
    )
    assert "this list takes" in page
    assert TEXT.strip() in page
    assert not OutgoingPost.objects.exists()


def test_stranger_is_told_of_the_registration(reader: Client, question: Email) -> None:
    page = text_of(reader.get(reply_url(question)))
    assert "without delivery of mail" in page
    assert reverse("hk_list_subscription", args=[question.mlist.name]) in page


def test_member_is_told_nothing(
    reader: Client, question: Email, dev: MailingList
) -> None:
    ListRole.objects.create(mlist=dev, address="anne@example.com", role=Role.MEMBER)
    assert "registers this address" not in text_of(reader.get(reply_url(question)))


def test_where_each_message_is_moderated_all_authors_are_told(
    reader: Client, question: Email, dev: MailingList
) -> None:
    MailingList.objects.update(default_member_action="hold")
    ListRole.objects.create(mlist=dev, address="anne@example.com", role=Role.MEMBER)
    assert "looks at each message" in text_of(reader.get(reply_url(question)))


def test_where_moderators_agree_the_author_is_told(
    reader: Client, question: Email
) -> None:
    MailingList.objects.update(
        subscription_policy="moderate", default_nonmember_action="hold"
    )
    assert "a moderator looks" in text_of(reader.get(reply_url(question)))
    MailingList.objects.update(default_nonmember_action="reject")
    page = text_of(reader.post(reply_url(question), {"message": TEXT}))
    assert "Subscribe first" in page
    assert not OutgoingPost.objects.exists()


@pytest.mark.parametrize(
    "closing",
    [
        {"allow_list_posts": False},
        {"gone_from_core_at": timezone.now()},
        {"synced_at": None, "policy_source": "admin"},
    ],
)
def test_closed_list_has_no_form_and_says_why(
    closing: dict[str, Any], reader: Client, question: Email, dev: MailingList
) -> None:
    MailingList.objects.filter(pk=dev.pk).update(**closing)
    for url in (new_url(dev), reply_url(question)):
        page = reader.get(url)
        assert page.status_code == 403
        assert "<textarea" not in text_of(page)
    for client in (reader, Client()):
        thread = text_of(client.get(question.thread.get_absolute_url()))
        assert reply_url(question) not in thread
        assert new_url(dev) not in thread


def test_switched_off_site_has_no_form(
    reader: Client, question: Email, settings: Settings
) -> None:
    settings.HYPERKITTY_ALLOW_WEB_POSTING = False
    assert reader.get(reply_url(question)).status_code == 403
    assert "switched off" in text_of(reader.get(question.mlist.get_absolute_url()))


def test_pages_of_strangers_change_when_posting_is_switched(
    question: Email, settings: Settings
) -> None:
    path = question.thread.get_absolute_url()
    tag = Client().get(path)["ETag"]
    settings.HYPERKITTY_ALLOW_WEB_POSTING = False
    assert Client().get(path, headers={"If-None-Match": tag}).status_code == 200


def test_stranger_signs_in_first_and_finds_what_was_typed(
    client: Client, anne: User, question: Email
) -> None:
    response = client.post(reply_url(question), {"message": TEXT})
    assert response["Location"].startswith("/accounts/login/?next=")
    anne.set_password("secret")
    anne.save()
    login = client.post(response["Location"], {"login": "anne", "password": "secret"})
    assert login["Location"] == reply_url(question)
    page = client.get(login["Location"])
    assert page.context["form"]["message"].value() == TEXT
    assert client.get(reply_url(question)).context["form"]["message"].value() is None


def test_private_list_is_written_to_by_its_readers_only(
    reader: Client, dev: MailingList, question: Email, cate: User
) -> None:
    MailingList.objects.update(archive_policy=ArchivePolicy.PRIVATE)
    post = {"message": TEXT, "subject": "x"}
    for url in (new_url(dev), reply_url(question)):
        assert reader.get(url).status_code == 403
        assert reader.post(url, post).status_code == 403
    ListRole.objects.create(mlist=dev, address="anne@example.com", role=Role.MEMBER)
    assert reader.get(reply_url(question)).status_code == 200


def test_limits_count_posts_per_person_and_list(
    reader: Client, question: Email, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTS_PER_DAY = 2
    for _number in range(3):
        page = reader.post(reply_url(question), {"message": TEXT})
    assert OutgoingPost.objects.count() == 2
    assert "which is the limit" in text_of(page)
    OutgoingPost.objects.update(created_at=timezone.now() - timedelta(days=2))
    reader.post(reply_url(question), {"message": TEXT})
    assert OutgoingPost.objects.count() == 3


def test_new_addresses_have_a_limit_of_their_own(
    reader: Client, question: Email, settings: Settings, dev: MailingList
) -> None:
    settings.HYPERKITTY_NEW_POSTS_PER_DAY = 1
    settings.HYPERKITTY_NEW_POSTS_LINKS = 1
    links = "https://a.example http://b.example\n"
    page = reader.post(reply_url(question), {"message": links})
    assert "Take some out" in text_of(page)
    for _number in range(2):
        reader.post(reply_url(question), {"message": TEXT})
    assert OutgoingPost.objects.count() == 1
    bring(dev, mail("known@example.com", sender="anne@example.com"))
    reader.post(reply_url(question), {"message": links})
    assert OutgoingPost.objects.count() == 2


def test_reply_to_a_mail_of_several_lists_goes_where_its_author_wants(
    reader: Client, question: Email
) -> None:
    other = make_list(name="other@lists.example.org", synced_at=timezone.now())
    hidden = make_list(synced_at=timezone.now(), archive_policy=ArchivePolicy.PRIVATE)
    for mlist in (other, hidden):
        bring(mlist, mail("q@example.com", subject="A question"))
    page = text_of(reader.get(reply_url(question)))
    assert other.name in page
    assert hidden.name not in page

    reader.post(reply_url(question), {"message": TEXT, "lists": [other.name]})

    posts = OutgoingPost.objects.order_by("pk")
    assert [post.mlist.name for post in posts] == [question.mlist.name, other.name]
    assert bytes(posts[0].raw) == bytes(posts[1].raw)
    assert posts[1].parent == Email.objects.get(mlist=other)
    assert b"other@lists.example.org" in bytes(posts[0].raw)


def test_list_that_would_turn_the_answer_away_is_not_chosen_beforehand(
    reader: Client, question: Email
) -> None:
    taking = make_list(name="a@lists.example.org", synced_at=timezone.now())
    announcing = make_list(
        name="b@lists.example.org",
        synced_at=timezone.now(),
        default_member_action="reject",
    )
    for mlist in (taking, announcing):
        bring(mlist, mail("q@example.com", subject="A question"))
    form = reader.get(reply_url(question)).context["form"]
    assert {name for name, _title in form["lists"].field.choices} == {
        taking.name,
        announcing.name,
    }
    assert form["lists"].value() == [taking.name]


def test_letter_goes_to_the_author_whose_address_stays_unseen(
    reader: Client, question: Email
) -> None:
    url = reply_url(question, "hk_message_write")
    page = text_of(reader.get(url))
    assert "bart@example.com" not in page
    reader.post(url, {"message": TEXT})
    post = sent()
    assert post.recipient == "bart@example.com"
    assert question.mlist.name.encode() not in bytes(post.raw).partition(b"\r\n\r\n")[0]
    assert "bart@example.com" not in text_of(reader.get(post.get_absolute_url()))


def test_letters_can_be_switched_off_and_are_limited(
    reader: Client, question: Email, settings: Settings
) -> None:
    url = reply_url(question, "hk_message_write")
    settings.HYPERKITTY_LETTERS_PER_DAY = 1
    for _number in range(2):
        response = reader.post(url, {"message": TEXT})
    assert OutgoingPost.objects.count() == 1
    assert response.status_code == 403
    settings.HYPERKITTY_WRITE_TO_AUTHOR = False
    assert reader.get(url).status_code == 403
    assert url not in text_of(reader.get(question.get_absolute_url()))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PostState.QUEUED, "Waits to be sent"),
        (PostState.SENT, "It will be here as soon as"),
        (PostState.HELD, "A moderator of the list looks at it"),
        (PostState.REFUSED, "did not take it"),
        (PostState.FAILED, "could not be sent"),
        (PostState.LOST, "never reached the archive"),
    ],
)
def test_author_reads_what_became_of_the_post(
    state: PostState, words: str, reader: Client, question: Email
) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    OutgoingPost.objects.update(state=state, reason="Because <of> it")
    for url in (
        question.thread.get_absolute_url(),
        question.get_absolute_url(),
        sent().get_absolute_url(),
    ):
        page = text_of(reader.get(url))
        assert words in page
        if state in (PostState.HELD, PostState.REFUSED, PostState.FAILED):
            assert "Because &lt;of&gt; it" in page


def test_author_cancels_what_waits(reader: Client, question: Email) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    url = sent().get_absolute_url()
    response = reader.post(url, {"action": "cancel"})
    assert response["Location"].endswith(f"#{question.permalink}")
    assert sent().state == PostState.CANCELED
    assert "of my own" not in text_of(reader.get(question.thread.get_absolute_url()))


def test_author_sends_again_what_was_lost(reader: Client, question: Email) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    before = bytes(sent().raw)
    OutgoingPost.objects.update(state=PostState.LOST, due_at=None)
    reader.post(sent().get_absolute_url(), {"action": "resend"})
    assert sent().state == PostState.QUEUED
    assert sent().due_at is not None
    assert bytes(sent().raw) == before


def test_nobody_acts_on_the_post_of_another(
    reader: Client, question: Email, cate: User
) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    other = Client()
    other.force_login(cate)
    url = sent().get_absolute_url()
    assert other.post(url, {"action": "cancel"}).status_code == 404
    assert reader.post(url, {"action": "explode"}).status_code == 400
    assert sent().state == PostState.QUEUED


def test_what_is_too_late_is_said(reader: Client, question: Email) -> None:
    reader.post(reply_url(question), {"message": TEXT})
    OutgoingPost.objects.update(state=PostState.SENT)
    url = sent().get_absolute_url()
    page = text_of(reader.post(url, {"action": "cancel"}, follow=True))
    assert "too late" in page


def test_post_stands_below_earlier_answers(
    reader: Client, question: Email, dev: MailingList
) -> None:
    bring(
        dev,
        mail("a1@example.com", in_reply_to="q@example.com", hours=1, text="first a\n"),
        mail("a2@example.com", in_reply_to="a1@example.com", hours=2, text="below\n"),
    )
    reader.post(reply_url(question), {"message": TEXT})
    page = text_of(reader.get(question.thread.get_absolute_url()))
    assert page.index("below") < page.index("Some words of my own.")
    answer = Email.objects.get(message_id="a1@example.com")
    assert depth_of(f"post-{sent().pk}", page) == depth_of(answer.permalink, page)


def depth_of(name: str, page: str) -> str:
    """Return how far the article with this id is indented."""
    found = re.search(rf'indent-([0-9]+)"[^>]* id="{name}"', page)
    assert found is not None
    return found[1]


# Joining and leaving


def test_joining_and_leaving_are_asked_of_mailman(
    reader: Client, dev: MailingList
) -> None:
    url = reverse("hk_list_subscription", args=[dev.name])
    assert "Subscribe" in text_of(reader.get(url))
    reader.post(url, {"action": "join", "address": "anne@example.com"})
    reader.post(url, {"action": "join", "address": "bart@example.com"})
    change = MembershipChange.objects.get()
    assert (change.address, change.change) == ("anne@example.com", Change.JOIN)
    assert "Mailman is being asked" in text_of(reader.get(url))
    ListRole.objects.create(mlist=dev, address="anne@example.com", role=Role.MEMBER)
    assert "Leave the list" in text_of(reader.get(url))


def test_delivery_of_a_subscription_is_shown_and_changed(
    reader: Client, dev: MailingList
) -> None:
    ListRole.objects.create(
        mlist=dev,
        address="anne@example.com",
        role=Role.MEMBER,
        delivery="plaintext_digests",
    )
    url = reverse("hk_list_subscription", args=[dev.name])
    shown = '<option value="plaintext_digests" selected>'
    assert shown in reader.get(url).content.decode()
    data = {"action": "deliver", "address": "anne@example.com"}
    reader.post(url, {**data, "delivery": "loud"})
    assert not MembershipChange.objects.exists()
    reader.post(url, {**data, "delivery": "by_user"})
    change = MembershipChange.objects.get()
    assert (change.change, change.delivery) == (Change.DELIVER, "by_user")
    assert "(digests in plain text)" in text_of(
        reader.get(reverse("hk_user_subscriptions"))
    )


def test_owners_see_and_remove_who_was_registered(
    reader: Client, dev: MailingList, anne: User
) -> None:
    url = reverse("hk_list_registered", args=[dev.name])
    row = MembershipChange.objects.create(
        mlist=dev, address="new@example.org", change=Change.REGISTER, state="done"
    )
    assert reader.get(url).status_code == 403
    assert reader.post(url, {"registration": row.pk}).status_code == 403
    ListRole.objects.create(mlist=dev, address="anne@example.com", role=Role.OWNER)
    assert "new@example.org" in text_of(reader.get(url))
    reader.post(url, {"registration": row.pk})
    row.refresh_from_db()
    assert row.state == "removing"
    assert reader.post(url, {"registration": "x"}).status_code == 404


def test_mail_program_link_carries_the_headers(reader: Client, question: Email) -> None:
    page = text_of(reader.get(reply_url(question)))
    assert f"mailto:{question.mlist.name}?Subject=Re%3A%20A%20question" in page
    assert "In-Reply-To=%3Cq%40example.com%3E" in page


def test_posts_of_all_ones_addresses_are_ones_own(
    reader: Client, anne: User, question: Email
) -> None:
    confirm(anne, "anne@work.example")
    for sender in ("anne@example.com", "anne@work.example"):
        reader.post(reply_url(question), {"message": TEXT, "sender": sender})
    page = text_of(reader.get(question.thread.get_absolute_url()))
    assert page.count("only you see this") == 2
    assert make_user("other").posts.count() == 0
