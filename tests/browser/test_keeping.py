"""Keepers at work in a browser: on any screen, and without scripts."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User

from hyperkitty.models import Email, EmailState, MailingList
from tests.browser.conftest import PHONE
from tests.factories import account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keeper(archive) -> User:
    """Return somebody who looks after all lists."""
    return account("olga", is_superuser=True)


def test_owner_hides_and_undoes_without_scripts(archive, visit, keeper) -> None:
    here = visit(java_script_enabled=False)
    here.sign_in("olga")
    page = here.open(archive.pages["message"])
    page.get_by_text("Moderate", exact=True).click()
    page.get_by_role("link", name="Hide or delete").click()
    page.get_by_label("Hide: nobody sees it").check()
    page.get_by_label("Why").select_option("spam")
    page.get_by_role("button", name="Take it out").click()
    assert Email.objects.filter(state=EmailState.HIDDEN).count() == 1
    page.get_by_role("button", name="Undo").click()
    assert not Email.objects.filter(state=EmailState.HIDDEN).exists()
    assert here.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_keepers_are_sound(
    archive, visit, axe: Axe, keeper, scheme: str
) -> None:
    here = visit(color_scheme=scheme, viewport=PHONE, bypass_csp=True)
    here.sign_in("olga")
    message, thread = archive.pages["message"], archive.pages["thread"]
    mlist = MailingList.objects.filter(emails_count__gt=1).first()
    home = mlist.get_absolute_url()
    paths = [
        f"{message}delete",
        f"{message}subject",
        f"{message}report",
        f"{thread}merge",
        f"{thread}category",
        f"{home}log",
        f"{home}held",
        f"{home}erasures",
        f"{home}reports",
        f"{home}delete/",
        "/archives/privacy/",
    ]
    for path in paths:
        page = here.open(path)
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide), path
        violations = axe.run(page).response["violations"]
        assert [found["id"] for found in violations] == [], path
