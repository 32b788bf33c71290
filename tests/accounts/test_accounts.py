"""Signing up, confirming addresses, signing in; with Mailman slow or away."""

from __future__ import annotations

import re
from email.message import Message

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty import permissions
from hyperkitty.mailman import core as core_module
from hyperkitty.middleware import TimezoneMiddleware
from tests.mailman.fake_core import FakeCore
from tests.people import confirm, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-secret-7"


@pytest.fixture
def anne() -> User:
    """Somebody with an account."""
    return make_user("anne", "anne@example.org", PASSWORD)


def sign_in(client: Client, name: str = "anne") -> int:
    """Sign in on the page, and return the status of the answer."""
    values = {"login": name, "password": PASSWORD}
    return client.post(reverse("account_login"), values).status_code


def link_in(message: mail.EmailMessage | Message) -> str:
    """Return the path of the link in a mail of the site."""
    assert isinstance(message, mail.EmailMessage)
    found = re.search(r"https?://[^/\s]+(/\S+)", str(message.body))
    assert found is not None
    return found[1]


def test_newcomer_signs_up_confirms_and_signs_in(client: Client) -> None:
    values = {
        "email": "new@example.org",
        "username": "newcomer",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    client.post(reverse("account_signup"), values)
    user = User.objects.get(username="newcomer")
    assert permissions.verified_addresses(user) == frozenset()
    assert "_auth_user_id" not in client.session

    path = link_in(mail.outbox[0])
    assert client.get(path).status_code == 200
    assert permissions.verified_addresses(user) == frozenset()  # not by looking alone
    client.post(path)

    assert permissions.verified_addresses(user) == {"new@example.org"}
    assert sign_in(client, "newcomer") == 302
    assert "_auth_user_id" in client.session


def test_signing_in_works_by_name_and_by_address(anne: User) -> None:
    for name in ("anne", "anne@example.org"):
        client = Client()
        assert sign_in(client, name) == 302
        assert "_auth_user_id" in client.session


def test_further_address_counts_once_it_is_confirmed(
    client: Client, anne: User
) -> None:
    client.force_login(anne)
    values = {"email": "anne@work.example", "action_add": ""}
    client.post(reverse("account_email"), values)
    assert "anne@work.example" not in permissions.verified_addresses(anne)
    client.post(link_in(mail.outbox[-1]))
    assert permissions.verified_addresses(anne) == {
        "anne@example.org",
        "anne@work.example",
    }


def test_address_of_another_account_cannot_be_taken(client: Client, anne: User) -> None:
    eve = make_user("eve", "eve@example.org")
    client.force_login(eve)
    values = {"email": "anne@example.org", "action_add": ""}
    client.post(reverse("account_email"), values)
    mine = EmailAddress.objects.filter(user=eve, verified=True)
    assert [one.email for one in mine] == ["eve@example.org"]


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
        "account_email_verification_sent",
    ],
)
def test_pages_for_strangers_wear_the_sites_look(client: Client, name: str) -> None:
    check_page(client, reverse(name))


@pytest.mark.parametrize(
    "name",
    [
        "account_logout",
        "account_email",
        "account_change_password",
        "account_reauthenticate",
        "socialaccount_connections",
        "mm_user_profile",
        "mm_user_account_delete",
    ],
)
def test_pages_of_an_account_wear_the_sites_look(
    client: Client, anne: User, name: str
) -> None:
    assert sign_in(client) == 302
    check_page(client, reverse(name))


def check_page(client: Client, path: str) -> None:
    """Assert that a page is in our frame and needs no code in it."""
    response = client.get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'class="site-header"' in page
    assert 'class="account-page"' in page
    assert not re.search(r"\son[a-z]+=|style=", page)
    scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))", page)
    assert scripts == []


def test_profile_suggests_the_zone_in_use_not_the_first(
    client: Client, anne: User
) -> None:
    client.force_login(anne)
    page = client.get(reverse("mm_user_profile")).content.decode()
    chosen = re.findall(r"<option selected>([^<]*)<", page)
    assert chosen == [timezone.get_default_timezone_name()]


def test_profile_is_saved(client: Client, anne: User) -> None:
    client.force_login(anne)
    values = {
        "username": "anne",
        "first_name": "Anne",
        "last_name": "Péron",
        "timezone": "Europe/Oslo",
    }
    client.post(reverse("mm_user_profile"), values)
    anne.refresh_from_db()
    assert anne.get_full_name() == "Anne Péron"
    assert anne.mailman_profile.timezone == "Europe/Oslo"


def test_zone_holds_for_one_request_and_its_reader(
    anne: User, rf: RequestFactory
) -> None:
    anne.mailman_profile.timezone = "Asia/Tokyo"
    seen = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        if "fail" in request.GET:
            raise ValueError("a view fails")
        return HttpResponse()

    respond = TimezoneMiddleware(answer)
    asked, failing = rf.get("/"), rf.get("/?fail")
    asked.user = failing.user = anne
    respond(asked)
    with pytest.raises(ValueError, match="a view fails"):
        respond(failing)

    assert seen == ["Asia/Tokyo", "Asia/Tokyo"]
    default = timezone.get_default_timezone_name()
    assert timezone.get_current_timezone_name() == default


def test_core_that_is_down_prevents_no_sign_in(client: Client, anne: User) -> None:
    assert sign_in(client) == 302
    assert client.get(reverse("mm_user_profile")).status_code == 200


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_core_that_stumbles_prevents_no_sign_in(
    status: int, client: Client, anne: User, fake_core: FakeCore
) -> None:
    fake_core.status = status
    assert sign_in(client) == 302
    assert "_auth_user_id" in client.session


def test_core_that_hangs_delays_a_sign_in_and_does_not_prevent_it(
    client: Client,
    anne: User,
    fake_core: FakeCore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hyperkitty.mailman.accounts.SHORT_TIMEOUT", 0.2)
    monkeypatch.setattr("hyperkitty.receivers.SHORT_TIMEOUT", 0.2)
    fake_core.delay = 1.5
    assert sign_in(client) == 302
    assert core_module.SHORT_TIMEOUT <= 2


def test_closed_sign_up_makes_no_accounts(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_ADAPTER = "example_project.accounts.AccountAdapter"
    settings.SIGNUP_OPEN = False
    page = client.get(reverse("account_signup"))
    assert "Sign Up Closed" in page.content.decode()
    client.post(
        reverse("account_signup"),
        {
            "email": "new@example.org",
            "username": "new",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert not User.objects.exists()


def test_confirmed_address_is_known_in_any_case_of_letters() -> None:
    user = make_user("loud")
    confirm(user, "LOUD@Example.org")
    assert permissions.verified_addresses(user) == {"loud@example.org"}
