"""Fill an empty demo site: three lists with their mail, and four accounts."""

from __future__ import annotations

import logging
from argparse import ArgumentTypeError
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.sites.models import Site
from django.core.management.base import BaseCommand, CommandError, CommandParser

from example_project.community import add_community
from example_project.demo import DEMO_LISTS, DEMO_PEOPLE, DemoPerson, generate
from hyperkitty.ingest.bulk_import import ImportOptions, ImportReport, import_mails
from hyperkitty.ingest.sources import FoundMail
from hyperkitty.models import ArchivePolicy, MailingList, Role
from hyperkitty.services.lists import describe_list, give_role, set_policy

ADMIN = "admin"
SITE = {"domain": "lists.example.org", "name": "Tidewright lists"}
#: What the people of the demo are on the lists; only owners are on those that all read.
ROLES = {"owner": Role.OWNER, "subscriber": Role.MEMBER}


class Command(BaseCommand):
    """Does nothing on a site that it has filled; goes on where it was interrupted."""

    help = "Fill an empty demo site: three lists with their mail, and four accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the last day of the demo's mail."""
        parser.add_argument(
            "--end",
            type=_day,
            default=datetime.now(UTC).date(),
            metavar="YYYY-MM-DD",
            help="the last day of the demo's mail; default: today",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the lists, bring their mail, and make the accounts last of all."""
        if not settings.DEMO:
            raise CommandError("DEMO is off: this would add made-up mail to your site.")
        if get_user_model().objects.filter(username=ADMIN).exists():
            return
        self.stdout.write("Filling the demo archive")
        Site.objects.update_or_create(pk=settings.SITE_ID, defaults=SITE)
        lists = _make_lists()
        _import(lists, options["end"])
        # With each account django-mailman3 asks a Core that is not there yet.
        logging.getLogger("django_mailman3").setLevel(logging.CRITICAL)
        people = {
            user.username: user
            for person in DEMO_PEOPLE
            for user in [_make_account(person, lists.values())]
        }
        add_community(people, lists[DEMO_LISTS[0].address])
        admin = get_user_model().objects.create_superuser(
            ADMIN, "admin@example.org", settings.DEMO_PASSWORD
        )
        _verify(admin)


def _make_lists() -> dict[str, MailingList]:
    lists = {}
    for found in DEMO_LISTS:
        mlist = MailingList.objects.ensure(found.address)
        describe_list(
            mlist,
            display_name=found.display_name,
            description=found.description,
            subject_prefix=found.subject_prefix,
        )
        set_policy(mlist, ArchivePolicy[found.policy.upper()])
        lists[found.address] = mlist
    return lists


def _import(lists: dict[str, MailingList], end: date) -> None:
    mails: dict[str, list[FoundMail]] = defaultdict(list)
    for mail in generate(end):
        mails[mail.list_address].append(FoundMail(mail.raw, mail.from_line))
    for address, found in mails.items():
        import_mails(lists[address], found, ImportOptions(), ImportReport())


def _make_account(person: DemoPerson, lists: Iterable[MailingList]) -> AbstractUser:
    accounts = get_user_model().objects
    username = person.address.partition("@")[0]
    first, _space, last = person.name.partition(" ")
    user, _created = accounts.get_or_create(
        username=username,
        defaults={"email": person.address, "first_name": first, "last_name": last},
    )
    user.set_password(settings.DEMO_PASSWORD)
    user.save()
    _verify(user)
    if role := ROLES.get(person.role):
        for mlist in lists:
            if mlist.is_private or role == Role.OWNER:
                give_role(mlist, person.address, role)
    return user


def _verify(user: AbstractUser) -> None:
    """Take the account's address as its own: nobody reads the demo's mail."""
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ArgumentTypeError(f"{value!r} is not a day like 2026-06-30.") from None
