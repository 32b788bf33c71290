"""Read everything from Mailman now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hyperkitty.exceptions import MailmanUnavailable
from hyperkitty.mailman import Core
from hyperkitty.services.senders import sync_senders
from hyperkitty.services.sync import sync_all


class Command(BaseCommand):
    """Read everything from Mailman now."""

    help = (
        "Read all lists, roles and the ids of people from Mailman Core now. "
        "hyperkitty_sweep does the same bit by bit, when it is due."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--overwrite``."""
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="also read the ids of senders who have one already",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync, and say how much there was."""
        core = Core()
        try:
            lists, addresses = sync_all(core)
            senders = sync_senders(core, overwrite=options["overwrite"])
        except MailmanUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{lists} lists, the roles of {addresses} addresses, "
            f"the ids of {senders} senders"
        )
