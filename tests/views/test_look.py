"""What a site changes to look like itself, and who is asked for pictures."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from django.test import Client, override_settings

from hyperkitty.models import MailingList
from hyperkitty.views import responses

pytestmark = pytest.mark.django_db
HASH = sha256(b"anne@example.com").hexdigest()


@pytest.fixture(autouse=True)
def fresh_parts():
    """Let each test have parts of its own, as each process has."""
    responses._own_parts.cache_clear()
    yield
    responses._own_parts.cache_clear()


def test_no_page_asks_anybody_else_for_pictures(
    client: Client, open_list: MailingList
) -> None:
    answer = client.get(open_list.emails.first().thread.get_absolute_url())
    assert not re.search(r"src=\"https?:", answer.content.decode())
    assert "img-src 'self' data:;" in answer["Content-Security-Policy"]


@override_settings(HYPERKITTY_ENABLE_GRAVATAR=True)
def test_gravatar_shows_pictures_and_opens_the_policy_for_its_host(
    client: Client, open_list: MailingList
) -> None:
    answer = client.get(open_list.emails.first().thread.get_absolute_url())
    url = f"https://secure.gravatar.com/avatar/{HASH}?s=72&amp;d=404"
    assert f'src="{url}"' in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "img-src 'self' data: https://secure.gravatar.com;" in policy


@override_settings(
    HYPERKITTY_ENABLE_GRAVATAR=True, GRAVATAR_SECURE_URL="https://pictures.example/"
)
def test_pictures_come_from_the_server_that_the_site_names(
    client: Client, open_list: MailingList
) -> None:
    url = open_list.emails.first().thread.get_absolute_url()
    assert f"https://pictures.example/avatar/{HASH}" in (
        client.get(url).content.decode()
    )
    with override_settings(HYPERKITTY_GRAVATAR_URL="https://seccdn.libravatar.org"):
        text = client.get(url).content.decode()
    assert f"https://seccdn.libravatar.org/avatar/{HASH}" in text


@override_settings(
    HYPERKITTY_LOGO="example/logo.svg", HYPERKITTY_STYLESHEET="/media/look.css"
)
def test_site_has_its_own_logo_and_colors(client: Client) -> None:
    text = client.get("/archives/").content.decode()
    assert 'src="/static/example/logo.svg"' in text
    last = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)[-1]
    assert last == "/media/look.css"


PARTS = ("headers", "navbar-brand", "top", "bottom")


def test_site_puts_its_own_templates_in_four_places(
    client: Client, settings, tmp_path
) -> None:
    before = client.get("/archives/")["ETag"]
    (tmp_path / "hyperkitty").mkdir()
    for name in PARTS:
        (tmp_path / "hyperkitty" / f"{name}.html").write_text(f"<!-- our {name} -->")
    engine = dict(settings.TEMPLATES[0])
    engine["DIRS"] = [tmp_path, *engine["DIRS"]]
    settings.TEMPLATES = [engine]
    responses._own_parts.cache_clear()
    answer = client.get("/archives/")
    text = answer.content.decode()
    places = [text.index(f"<!-- our {name} -->") for name in PARTS]
    assert places == sorted(places)
    assert places[0] < text.index("</head>")
    assert answer["ETag"] != before
