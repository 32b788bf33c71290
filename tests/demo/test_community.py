"""What people did on the demo site is there at first sight."""

from __future__ import annotations

import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from example_project.management.commands.load_demo import Command

pytestmark = pytest.mark.django_db
BASE = "/archives/list/tidewright@lists.example.org/"


def test_demo_shows_what_people_did_and_what_is_new() -> None:
    with override_settings(DEMO=True, DEMO_PASSWORD="pw", SITE_ID=1):
        call_command(Command(stdout=StringIO()), end=datetime.date(2026, 6, 30))
    nora, owen = Client(), Client()
    assert nora.login(username="nora", password="pw")
    page = nora.get(BASE).content.decode()
    assert "new messages" in page
    assert 'class="bell has-news"' in page
    assert "answer-mark" in nora.get(f"{BASE}latest?count=50").content.decode()
    assert "stations" in nora.get("/archives/tags/").content.decode()
    assert nora.get("/archives/profile/last_views").content.count(b"thread-row") > 3
    assert owen.login(username="owen", password="pw")
    assert "another list" in owen.get(f"{BASE}reports").content.decode()
    assert "Release planning" in owen.get("/archives/categories/").content.decode()
