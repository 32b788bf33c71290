"""The words of pages in the languages that the example site offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client, modify_settings
from django.utils.translation import gettext, ngettext, override, to_language

import hyperkitty
from hyperkitty.models import MailingList
from tests.mails import bring, mail, make_list

LOCALES = Path(hyperkitty.__file__).parent / "locale"
OTHERS = sorted(to_language(folder.name) for folder in LOCALES.iterdir())
WORDS = ("All threads", "Sign in", "Reply", "Quoted text, level %(depth)s:", "Search")


@pytest.fixture
def mlist(db: None) -> MailingList:
    mlist = make_list()
    bring(mlist, mail("q@x"), mail("a@x", in_reply_to="q@x", hours=1))
    return mlist


def test_the_example_site_offers_every_language() -> None:
    source = (LOCALES.parent.parent / "example_project" / "settings.py").read_text()
    offered = re.search(r"^LANGUAGES = \[\n(.*?)^\]", source, re.MULTILINE | re.DOTALL)
    assert offered is not None
    assert re.findall(r'\("([\w-]+)"', offered[1]) == sorted({*OTHERS, "en"})


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_readers_pages_are_translated(language: str) -> None:
    with override(language):
        assert [word for word in WORDS if gettext(word) == word] == []
        shown = {
            count: ngettext("%(shown)s message", "%(shown)s messages", count)
            % {"shown": count}
            for count in (0, 1, 2, 3, 11, 100)
        }
    assert all(str(count) in text for count, text in shown.items())


@pytest.mark.parametrize("language", OTHERS)
@modify_settings(MIDDLEWARE={"append": "django.middleware.locale.LocaleMiddleware"})
def test_pages_come_in_the_readers_language(mlist: MailingList, language: str) -> None:
    client = Client(headers={"Accept-Language": language})
    for path in ("", "latest", "2024/1/"):
        with override("en"):  # what the request makes current ends with it
            page = client.get(f"{mlist.get_absolute_url()}{path}").content.decode()
        direction = "rtl" if language == "ar" else "ltr"
        tag = f'<html lang="{language}" dir="{direction}">'
        assert tag.lower() in page.lower()
        with override(language):
            assert gettext("All threads") in page
        assert ">All threads<" not in page
