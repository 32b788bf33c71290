"""The buttons to follow, and the pages of what one follows and was told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hyperkitty.ingest import Incoming, archive
from hyperkitty.models import (
    Change,
    Delivery,
    Follow,
    ListRole,
    MailingList,
    MembershipChange,
    Notification,
    Source,
)
from hyperkitty.notifying.announcing import announce_due
from hyperkitty.notifying.following import follow, profile_of, set_delivery
from hyperkitty.notifying.mailing import stop_mail
from tests.mails import mail

pytestmark = pytest.mark.django_db
BASE = "/archives/list/open@lists.example.org/"


@pytest.fixture
def reader(client: Client, cate: User) -> Client:
    """Return the browser of Cate."""
    client.force_login(cate)
    return client


def favorite_url(mlist: MailingList) -> str:
    return f"{mlist.threads.get().get_absolute_url()}favorite"


def arrive(mlist: MailingList, *names: str) -> None:
    now = timezone.now()
    raws = [mail(n, in_reply_to="q@example.com", sender="D <d@x>") for n in names]
    archive(
        mlist,
        [Incoming(raw=raw, arrived_at=now, source=Source.ARCHIVER) for raw in raws],
    )
    announce_due()


def test_favorite_answers_scripts_as_hyperkitty_did(
    reader: Client, open_list: MailingList
) -> None:
    url = favorite_url(open_list)
    answer = reader.post(url, {"action": "add"})
    assert (answer.status_code, answer.content) == (200, b"success")
    assert Follow.objects.get().thread == open_list.threads.get()
    assert reader.post(url, {"action": "add"}).content == b"success"
    assert reader.post(url, {"action": "rm"}).content == b"success"
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    "data", [{}, {"action": "love"}, {"action": "add", "delivery": "loud"}]
)
def test_what_is_no_wish_is_400(
    reader: Client, open_list: MailingList, data: dict[str, str]
) -> None:
    assert reader.post(favorite_url(open_list), data).status_code == 400
    assert not Follow.objects.exists()


def test_page_without_scripts_is_gone_back_to(
    reader: Client, open_list: MailingList
) -> None:
    data = {"action": "add", "delivery": "daily", "next": f"{BASE}latest"}
    answer = reader.post(f"{BASE}follow", data)
    assert (answer.status_code, answer["Location"]) == (302, f"{BASE}latest")
    assert Follow.objects.get().delivery == "daily"


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "\\\\x"])
def test_nobody_is_sent_to_another_site(
    reader: Client, open_list: MailingList, place: str
) -> None:
    data = {"action": "add", "next": place}
    assert reader.post(f"{BASE}follow", data).status_code == 200


def test_list_is_muted_without_being_followed_first(
    reader: Client, open_list: MailingList
) -> None:
    assert 'value="mute"' in reader.get(BASE).content.decode()
    reader.post(f"{BASE}follow", {"action": "mute"})
    assert Follow.objects.get().is_muted


def test_who_is_told_by_mail_can_have_the_address_registered(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    register = 'value="register"'
    one = follow(cate.pk, open_list, Delivery.NOW)
    assert register in reader.get(BASE).content.decode()
    data = {"action": "register", "address": "cate@example.com"}
    assert reader.post(f"{BASE}subscription", data).status_code == 302
    assert MembershipChange.objects.get().change == Change.REGISTER
    set_delivery(one, Delivery.SITE)
    assert register not in reader.get(BASE).content.decode()
    set_delivery(one, Delivery.NOW)
    ListRole.objects.create(mlist=open_list, address="cate@example.com", role="member")
    assert register not in reader.get(BASE).content.decode()


def test_author_of_a_mail_can_be_followed(
    reader: Client, open_list: MailingList
) -> None:
    email = open_list.emails.get(message_id="a@example.com")
    url = f"{email.get_absolute_url()}follow-author"
    reader.post(url, {"action": "add"})
    assert Follow.objects.get().sender == email.sender
    page = reader.get("/archives/following").content.decode()
    assert "Bart" in page


def test_search_can_be_followed(reader: Client, open_list: MailingList) -> None:
    url = "/archives/following/search"
    data = {"action": "add", "q": " slow  query ", "mlist": open_list.name}
    assert reader.post(url, data).status_code == 200
    assert Follow.objects.get().query == "slow query"
    assert "slow query" in reader.get("/archives/following").content.decode()
    for nothing in ("", "  \x00 ", "x" * 501):
        data = {"action": "add", "q": nothing}
        assert reader.post(url, data).status_code == 400


def test_follows_are_changed_and_ended_on_their_page(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    one = follow(cate.pk, open_list)
    other = follow(User.objects.create_user("x").pk, open_list)
    page = "/archives/following"
    data = {"action": "change", "follow": one.pk, "delivery": "weekly"}
    assert reader.post(page, data).status_code == 302
    one.refresh_from_db()
    assert one.delivery == "weekly"
    reader.post(page, {"action": "remove", "follow": other.pk})
    reader.post(page, {"action": "remove", "follow": one.pk})
    assert list(Follow.objects.all()) == [other]
    assert "Unknown action" in reader.post(page, follow=True).content.decode()


def test_what_becomes_of_own_threads_is_chosen(reader: Client, cate: User) -> None:
    reader.post("/archives/following", {"action": "own", "delivery": "now"})
    profile = profile_of(cate.pk)
    assert (profile.follows_own, profile.own_delivery) == (False, "now")


def test_stopped_mail_is_told_and_can_go_on(reader: Client, cate: User) -> None:
    stop_mail(cate.pk, "550 <b>full</b>")
    page = reader.get("/archives/following").content.decode()
    assert "550 &lt;b&gt;full" in page
    reader.post("/archives/following", {"action": "resume"})
    assert profile_of(cate.pk).mail_stopped_at is None


def test_notifications_are_counted_shown_and_seen(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    follow(cate.pk, open_list.threads.get())
    arrive(open_list, "one@x", "two@x")
    page = reader.get(BASE).content.decode()
    assert 'class="bell has-news"' in page
    page = reader.get("/archives/notifications").content.decode()
    permalink = open_list.emails.get(message_id="one@x").permalink
    assert f"#{permalink}" in page
    assert page.count('class="mark"') == 2
    reader.post("/archives/notifications")
    page = reader.get("/archives/notifications").content.decode()
    assert f"#{permalink}" in page
    assert 'class="mark"' not in page
    assert 'class="bell"' in page


def test_looking_at_a_mail_takes_its_notification_as_seen(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    follow(cate.pk, open_list)
    arrive(open_list, "one@x", "two@x")
    seen = open_list.emails.get(message_id="one@x")
    url = f"{seen.thread.get_absolute_url()}seen"
    reader.post(url, {"seen": str(seen.pk)})
    unseen = Notification.objects.filter(seen_at=None)
    assert [row.email.message_id for row in unseen] == ["two@x"]


def test_notifications_and_follows_of_a_closed_list_vanish_with_the_right(
    client: Client, anne: User, closed_list: MailingList
) -> None:
    client.force_login(anne)
    follow(anne.pk, closed_list)
    follow(anne.pk, closed_list.threads.get())
    now = timezone.now()
    raw = mail("one@x", subject="Raise", sender="D <d@x>")
    archive(closed_list, [Incoming(raw=raw, arrived_at=now, source=Source.ARCHIVER)])
    announce_due()
    pages = ("/archives/notifications", "/archives/following")
    assert "Raise" in client.get(pages[0]).content.decode()
    assert "A secret" in client.get(pages[1]).content.decode()
    ListRole.objects.all().delete()
    for page in pages:
        text = client.get(page).content.decode()
        assert "Raise" not in text
        assert "A secret" not in text
        assert "Salary" not in text


def test_pages_cost_the_same_for_much(
    reader: Client, cate: User, open_list: MailingList
) -> None:
    def costs() -> list[int]:
        found = []
        for page in ("/archives/notifications", "/archives/following"):
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(page).status_code == 200
            found.append(len(queries))
        return found

    follow(cate.pk, open_list)
    arrive(open_list, "one@x")
    costs()
    little = costs()
    arrive(open_list, *(f"{n}@x" for n in range(20)))
    for email in open_list.emails.all():
        follow(cate.pk, email.sender)
    assert costs() == little
    assert max(little) <= 12
