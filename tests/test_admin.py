"""Django's admin: rows are to look at, acts go through the log."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hyperkitty.models import Decision, Email, EmailState
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

PAGES = (
    "mailinglist",
    "thread",
    "email",
    "decision",
    "sender",
    "listrole",
    "report",
    "erasurewish",
    "category",
)


@pytest.fixture
def root() -> Client:
    """Return a superuser's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_pages_open_and_archive_rows_are_read_only(root: Client) -> None:
    mlist = make_list()
    bring(mlist, mail("a@x"))
    for name in PAGES:
        assert root.get(f"/admin/hyperkitty/{name}/").status_code == 200, name
    email = Email.objects.get()
    url = f"/admin/hyperkitty/email/{email.pk}/"
    assert root.get(f"{url}change/").status_code == 200
    assert root.post(f"{url}change/", {"subject": "x"}).status_code == 403
    assert root.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert root.get("/admin/hyperkitty/email/add/").status_code == 403


def test_actions_stand_in_the_log_and_are_undone_there(root: Client) -> None:
    one, other = make_list(), make_list()
    bring(one, mail("a@x"))
    bring(other, mail("b@x"))
    chosen = {"_selected_action": list(Email.objects.values_list("pk", flat=True))}
    url = "/admin/hyperkitty/email/"
    for _click in range(2):
        root.post(url, {"action": "hide", **chosen})
    assert Decision.objects.count() == 2
    assert not Email.objects.visible().exists()
    root.post(url, {"action": "show", **chosen})
    assert Email.objects.visible().count() == 2
    root.post(url, {"action": "delete_mails", **chosen})
    assert set(Email.objects.values_list("state", flat=True)) == {EmailState.DELETED}
    entries = {"_selected_action": list(Decision.objects.values_list("pk", flat=True))}
    root.post("/admin/hyperkitty/decision/", {"action": "undo_entries", **entries})
    assert Email.objects.visible().count() == 2
    assert not Decision.objects.active().exists()
