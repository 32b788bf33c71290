"""Posts from the web through a real Mailman Core and back, in good times and in bad."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.mailman import Core
from hyperkitty.mailman.held import HeldCore
from hyperkitty.models import (
    Email,
    HeldAction,
    HeldMail,
    MailingList,
    MembershipChange,
    OutgoingPost,
    PostState,
)
from hyperkitty.services.held import decide_held, held_due, mirror_held
from hyperkitty.services.sync import sync_all
from hyperkitty.tasks import sweep
from tests.mailman.real_core import RealCore, free_ports, is_member, wait_for
from tests.mails import mail
from tests.people import make_user

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("site", "relay")]

ANNE, BART = "anne@example.org", "bart@example.org"
TEXT = "Written on the web: žluťoučký kůň.\n"
NUMBERS = count(1)
MakeList = Callable[..., MailingList]


@pytest.fixture
def new_list(real_core: RealCore) -> MakeList:
    """What makes lists that Bart is on."""

    def make(**config: object) -> MailingList:
        name = f"web{next(NUMBERS)}@lists.example.org"
        list_id = real_core.make_list(name, administrivia=False, **config)
        real_core.join(list_id, BART)
        sync_all(Core())
        return MailingList.objects.get(name=name)

    return make


@pytest.fixture
def anne() -> User:
    """Somebody who is signed up and on no list."""
    return make_user("anne", ANNE)


@pytest.fixture
def reader(anne: User) -> Client:
    """Anne's browser."""
    client = Client()
    client.force_login(anne)
    return client


def start_thread(reader: Client, mlist: MailingList, subject: str) -> OutgoingPost:
    """Write to the list, and return the post before it is sent."""
    url = reverse("hk_message_new", args=[mlist.name])
    assert reader.post(url, {"subject": subject, "message": TEXT}).status_code == 302
    return OutgoingPost.objects.get(subject=subject)


def become(post: OutgoingPost, state: PostState) -> OutgoingPost:
    """Let the worker run until the post is in *state*."""

    def look() -> bool:
        waiting = OutgoingPost.objects.filter(pk=post.pk).exclude(due_at=None)
        waiting.update(due_at=timezone.now())
        sweep()
        post.refresh_from_db()
        return post.state == state

    wait_for(look, f"{post.subject} to be {state}")
    return post


def test_answer_of_a_stranger_is_delivered_and_stands_in_its_thread(
    new_list: MakeList, real_core: RealCore, reader: Client
) -> None:
    mlist = new_list()
    first = become(start_thread(reader, mlist, "First words"), PostState.ARCHIVED)
    question = Email.objects.get(pk=first.email_id)
    url = reverse("hk_message_reply", args=[mlist.name, question.permalink])

    reader.post(url, {"message": TEXT})

    post = OutgoingPost.objects.get(subject="Re: First words")
    become(post, PostState.ARCHIVED)
    answer = Email.objects.get(pk=post.email_id)
    assert (answer.parent_id, answer.thread_id) == (question.pk, question.thread_id)
    assert answer.sender.address == ANNE
    copy = wait_for(
        lambda: real_core.delivered(BART, answer.message_id), "the answer at Bart's"
    )
    assert copy["In-Reply-To"] == f"<{question.message_id}>"
    assert copy["References"] == f"<{question.message_id}>"
    assert is_member(real_core, mlist.list_id, ANNE)
    assert real_core.delivered(ANNE, answer.message_id) is None
    page = reader.get(answer.thread.get_absolute_url()).content.decode()
    assert page.count(f'id="{answer.permalink}"') == 1
    assert "only you see this" not in page


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        ("accept", PostState.ARCHIVED),
        ("reject", PostState.REFUSED),
        ("discard", PostState.REFUSED),
    ],
)
def test_held_post_says_why_and_follows_the_moderator(
    verdict: str,
    state: PostState,
    new_list: MakeList,
    real_core: RealCore,
    reader: Client,
) -> None:
    mlist = new_list(subscription_policy="moderate")
    post = become(start_thread(reader, mlist, f"To {verdict}"), PostState.HELD)
    assert "not from a list member" in post.reason
    assert not is_member(real_core, mlist.list_id, ANNE)

    assert mirror_held(mlist, HeldCore()) == 1
    held = HeldMail.objects.get(mlist=mlist)
    assert f"To {verdict}" in held.subject
    assert decide_held(held, HeldAction(verdict), "Not here.", None)
    assert held_due() == 1
    assert mirror_held(mlist, HeldCore()) == 0

    become(post, state)


def test_new_address_has_its_first_post_held_and_then_writes_freely(
    new_list: MakeList, real_core: RealCore, reader: Client, settings: Settings
) -> None:
    settings.HYPERKITTY_FIRST_POSTS = "hold"
    mlist = new_list()
    first = become(start_thread(reader, mlist, "On trial"), PostState.HELD)
    real_core.client.get_list(mlist.list_id).held[0].accept()
    become(first, PostState.ARCHIVED)

    MembershipChange.objects.update(due_at=timezone.now())
    sweep()

    assert not MembershipChange.objects.get().on_trial
    become(start_thread(reader, mlist, "Off trial"), PostState.ARCHIVED)


def test_banned_address_is_refused(
    new_list: MakeList, real_core: RealCore, reader: Client
) -> None:
    mlist = new_list()
    real_core.client.get_list(mlist.list_id).bans.add(ANNE)
    post = become(start_thread(reader, mlist, "Banned"), PostState.REFUSED)
    assert "banned" in post.reason.lower()


def test_post_goes_through_the_rest_queue_without_smtp(
    new_list: MakeList, reader: Client, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTING_TRANSPORT = "rest"
    settings.EMAIL_PORT = free_ports(1)
    post = start_thread(reader, new_list(), "By REST")
    become(post, PostState.ARCHIVED)


def test_accepted_nonmember_writes_without_a_registration(
    new_list: MakeList, real_core: RealCore, reader: Client, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTING_REGISTER = "nonmember"
    mlist = new_list()
    become(start_thread(reader, mlist, "As a stranger"), PostState.ARCHIVED)
    assert not is_member(real_core, mlist.list_id, ANNE)


def test_post_waits_for_a_dead_mail_server(
    new_list: MakeList, real_core: RealCore, reader: Client, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_ports(1)
    mlist = new_list()
    post = start_thread(reader, mlist, "SMTP is down")
    sweep()
    post.refresh_from_db()
    assert (post.state, post.attempts) == (PostState.QUEUED, 1)
    assert not is_member(real_core, mlist.list_id, ANNE)

    settings.EMAIL_PORT = real_core.port + 2

    become(post, PostState.ARCHIVED)


def test_post_waits_for_a_core_that_is_down(
    new_list: MakeList, real_core: RealCore, reader: Client
) -> None:
    post = start_thread(reader, new_list(), "Core is down")
    real_core.stop()
    sweep()
    post.refresh_from_db()
    assert (post.state, post.attempts) == (PostState.QUEUED, 1)
    assert reader.get(post.get_absolute_url()).status_code == 200

    real_core.start()

    become(post, PostState.ARCHIVED)


def test_post_in_the_sites_name_counts_as_its_authors(
    new_list: MakeList, real_core: RealCore, reader: Client, settings: Settings
) -> None:
    settings.HYPERKITTY_POSTING_FROM = "site"
    settings.DEFAULT_FROM_EMAIL = "Tide lists <web@example.net>"
    mlist = new_list()
    post = become(start_thread(reader, mlist, "By the site"), PostState.ARCHIVED)
    assert post.email is not None
    assert post.email.sender_name.endswith("via Tide lists")
    copy = wait_for(
        lambda: real_core.delivered(BART, post.email.message_id), "the mail at Bart's"
    )
    assert ANNE in copy["Reply-To"]


def test_answer_to_a_cross_posted_mail_arrives_on_both_lists(
    new_list: MakeList, real_core: RealCore, reader: Client
) -> None:
    one, two = new_list(), new_list()
    raw = mail("both@example.org", sender=BART)
    both = f"To: {one.name}, {two.name}\n".encode() + raw
    for mlist in (one, two):
        real_core.send(both, BART, mlist.name)
    found = Email.objects.filter(message_id="both@example.org")
    wait_for(lambda: found.count() == 2, "the mail on both lists")
    url = reverse("hk_message_reply", args=[one.name, found[0].permalink])

    reader.post(url, {"message": TEXT, "lists": [two.name]})

    posts = OutgoingPost.objects.all()
    assert {post.mlist_id for post in posts} == {one.pk, two.pk}
    for post in posts:
        become(post, PostState.ARCHIVED)
        assert post.email is not None
        assert post.email.parent == found.get(mlist=post.mlist)


def test_joining_and_leaving_happen_in_core(
    new_list: MakeList, real_core: RealCore, reader: Client
) -> None:
    mlist = new_list()
    url = reverse("hk_list_subscription", args=[mlist.name])
    reader.post(url, {"action": "join", "address": ANNE})
    sweep()
    assert is_member(real_core, mlist.list_id, ANNE)
    reader.post(url, {"action": "leave", "address": ANNE})
    sweep()
    assert not is_member(real_core, mlist.list_id, ANNE)
