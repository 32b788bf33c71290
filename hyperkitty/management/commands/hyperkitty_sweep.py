"""Do the work that is due, once or again and again."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hyperkitty.tasks import keep_sweeping, sweep


class Command(BaseCommand):
    """Do the work that is due."""

    help = (
        "Do the work that is due, such as sending posts and reading lists and roles "
        "from Mailman. Run it each minute by cron, or once with --every as a service."
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
        if options["every"] is not None:
            self._serve(options["every"])
            return
        for name, count in sweep().items():
            if count and options["verbosity"] > 1:
                self.stdout.write(f"{name}: {count}")

    def _serve(self, pause: float) -> None:
        """Go on until the process is told to end; work in hand is finished."""
        ended = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        keep_sweeping(max(pause, 0.1), ended)
