"""What django-mailman3 and Postorius tell, on a site that has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = """
import json, django
django.setup()
from django.core.management import call_command
from django.contrib.sites.models import Site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_mailman3 import signals
from django_mailman3.models import MailDomain
from hyperkitty.models import MailingList, Sync

call_command("migrate", verbosity=0)
site = Site.objects.create(domain="www.example.org", name="Example")
MailDomain.objects.create(site=site, mail_domain="lists.example.org")
known = MailingList.objects.ensure("dev@lists.example.org")

core = Client(headers={"authorization": "Token archiver-key-for-tests"})
def urls(name):
    with CaptureQueriesContext(connection) as queries:
        answer = core.get("/archives/api/mailman/urls", {"mlist": name})
    return answer.json()["url"], len(queries)
names = ("dev@Lists.example.org", "dev@lists.example.org", "a@b.org")
answers = [urls(name) for name in names]

signals.mailinglist_modified.send(sender=None, list_id="dev.lists.example.org")
signals.mailinglist_created.send(sender=None, list_id="new.lists.example.org")
signals.user_unsubscribed.send(sender=None, user_email="Anne@Example.org")
due = list(Sync.objects.order_by("kind").values_list("kind", "subject"))
print(json.dumps({"answers": answers, "due": due, "known": str(known.pk)}))
"""


@pytest.fixture(scope="module")
def told() -> Any:
    """What the site says, run in a process of its own."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.mailman.with_django_mailman3",
        "DATABASE_URL": "sqlite:///:memory:",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-c", SITE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_urls_are_on_the_web_site_of_the_mail_domain(told: Any) -> None:
    urls = [url for url, _queries in told["answers"]]

    assert urls[0] == urls[1]
    assert urls[0] == "https://www.example.org/archives/list/dev@lists.example.org/"
    assert urls[2] == "https://b.org/archives/list/a@b.org/"


def test_only_the_first_answer_asks_the_database(told: Any) -> None:
    assert [queries for _url, queries in told["answers"]] == [1, 0, 0]


def test_what_postorius_announces_is_read_by_the_next_run(told: Any) -> None:
    assert told["due"] == [
        ["address", "anne@example.org"],
        ["list", told["known"]],
        ["lists", ""],
    ]
