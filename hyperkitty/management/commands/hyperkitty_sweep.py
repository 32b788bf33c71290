"""Do the work that is due, once or again and again."""

from __future__ import annotations

import time
from contextlib import suppress
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
        with suppress(KeyboardInterrupt):
            self._sweep(options["verbosity"])
            while options["every"] is not None:
                time.sleep(max(options["every"], 0.1))
                self._sweep(options["verbosity"])

    def _sweep(self, verbosity: int) -> None:
        close_old_connections()
        for name, count in sweep().items():
            if count and verbosity > 1:
                self.stdout.write(f"{name}: {count}")
