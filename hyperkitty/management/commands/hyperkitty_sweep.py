"""Do the work that is due, once or again and again."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from hyperkitty.tasks import sweep


class Command(BaseCommand):
    """Do the work that is due."""

    help = (
        "Do the work that is due, such as reading lists and roles from Mailman. Run it "
        "each minute by cron, or once with --every as a service."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--every``."""
        parser.add_argument(
            "--every",
            type=float,
            metavar="SECONDS",
            help="go on until stopped, with so long a pause between two runs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep."""
        while True:
            close_old_connections()
            for name, count in sweep().items():
                if count or options["verbosity"] > 1:
                    self.stdout.write(f"{name}: {count}")
            if options["every"] is None:
                return
            time.sleep(max(options["every"], 0.1))
