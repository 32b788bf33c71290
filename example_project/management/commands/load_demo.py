"""Fill an empty demo site with its three lists and four accounts."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections import defaultdict
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from example_project.demo import DEMO_LISTS, DEMO_PEOPLE, generate
from hyperkitty.ingest import Incoming, archive
from hyperkitty.ingest.dictionary import current_dictionary, train_dictionary
from hyperkitty.models import (
    ArchivePolicy,
    ListRole,
    MailingList,
    PolicySource,
    Role,
)

#: Mails of one transaction; others of the site get their turn in between.
BATCH = 300
POLICIES = {"public": ArchivePolicy.PUBLIC, "private": ArchivePolicy.PRIVATE}
#: Who reads the private list.
ROLES = {"owen": Role.OWNER, "priya": Role.MEMBER}


class Command(BaseCommand):
    """Does nothing on a site that has lists already."""

    help = "Fill an empty demo site with its three lists and four accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the last day of the demo's mail."""
        parser.add_argument(
            "--end",
            type=_day,
            default=timezone.localdate(),
            metavar="YYYY-MM-DD",
            help="the last day of the demo's mail; default: today",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is missing."""
        if not settings.DEMO:
            raise CommandError("DEMO is off: this would add made-up mail to your site.")
        if MailingList.objects.exists():
            return
        self.stdout.write("Filling the demo archive")
        lists = {found.address: _make_list(found) for found in DEMO_LISTS}
        _make_accounts(lists)
        _archive(lists, options["end"])


def _make_list(found: Any) -> MailingList:
    mlist = MailingList.objects.ensure(found.address)
    mlist.display_name = found.display_name
    mlist.description = found.description
    mlist.subject_prefix = found.subject_prefix
    mlist.archive_policy = POLICIES[found.policy]
    mlist.policy_source = PolicySource.ADMIN
    mlist.save()
    return mlist


def _make_accounts(lists: dict[str, MailingList]) -> None:
    accounts = get_user_model().objects
    private = [mlist for mlist in lists.values() if mlist.is_private]
    for person in DEMO_PEOPLE:
        username = person.address.partition("@")[0]
        first, _space, last = person.name.partition(" ")
        user, _created = accounts.get_or_create(
            username=username,
            defaults={"email": person.address, "first_name": first, "last_name": last},
        )
        user.set_password(settings.DEMO_PASSWORD)
        user.save()
        if role := ROLES.get(username):
            for mlist in private:
                ListRole.objects.get_or_create(
                    mlist=mlist,
                    address=person.address,
                    role=role,
                    defaults={"source": PolicySource.ADMIN},
                )
    if not accounts.filter(username="admin").exists():
        accounts.create_superuser("admin", "admin@example.org", settings.DEMO_PASSWORD)


def _archive(lists: dict[str, MailingList], end: date) -> None:
    now = timezone.now()
    mails: dict[str, list[Incoming]] = defaultdict(list)
    for mail in generate(end):
        mails[mail.list_address].append(
            Incoming(raw=mail.raw, arrived_at=now, from_line=mail.from_line)
        )
    if current_dictionary() is None:
        train_dictionary([mail.raw for some in mails.values() for mail in some])
    for address, some in mails.items():
        for start in range(0, len(some), BATCH):
            archive(lists[address], some[start : start + BATCH])


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ArgumentTypeError(f"{value!r} is not a day like 2026-06-30.") from None
