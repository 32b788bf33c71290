"""Give the demo's lists to its Mailman Core, with members, and read them back."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from mailmanclient import Client, Domain, MailingList

from example_project.demo import DEMO_LISTS, DEMO_PEOPLE, DemoList
from hyperkitty.mailman import Core
from hyperkitty.services.sync import sync_all

#: What the people of the demo are in Core. Who only reads there is not subscribed, so
#: that a visitor can post as somebody who never subscribed.
ROLES = {"owner": ("owner", "member"), "subscriber": ("member",)}


class Command(BaseCommand):
    """Makes what is missing; what is there stays as somebody has changed it."""

    help = (
        "Give the demo's lists to its Mailman Core, with members, and read them back."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make domain and lists, subscribe people, and sync."""
        if not settings.DEMO:
            raise CommandError("DEMO is off: this would make lists in your Mailman.")
        client = Client(
            f"{settings.MAILMAN_REST_API_URL}/3.1",
            settings.MAILMAN_REST_API_USER,
            settings.MAILMAN_REST_API_PASS,
        )
        for found in DEMO_LISTS:
            if _get(client.get_list, found.address) is None:
                _fill(_make(client, found), found)
        sync_all(Core())


def _make(client: Client, found: DemoList) -> MailingList:
    local, _at, host = found.address.partition("@")
    domain: Domain = _get(client.get_domain, host) or client.create_domain(host)
    mlist = domain.create_list(local)
    # Core writes these rows down when it first needs them. Two of its processes at once
    # write them twice, and then shunt the list's mail (Mailman 3.3.10).
    mlist.archivers["hyperkitty"] = True
    return mlist


def _fill(mlist: MailingList, found: DemoList) -> None:
    options = mlist.settings
    options["display_name"] = found.display_name
    options["description"] = found.description
    options["subject_prefix"] = found.subject_prefix
    options["archive_policy"] = found.policy
    options["send_welcome_message"] = False
    options.save()
    for person in DEMO_PEOPLE:
        for role in ROLES.get(person.role, ()):
            if role == "member":
                mlist.subscribe(
                    person.address,
                    person.name,
                    pre_verified=True,
                    pre_confirmed=True,
                    pre_approved=True,
                )
            else:
                mlist.add_role(role, person.address)


def _get(find: Any, name: str) -> Any:
    """Return what *find* finds, None if Core has no such thing."""
    try:
        return find(name)
    except HTTPError as error:
        if error.code != 404:
            raise
        return None
