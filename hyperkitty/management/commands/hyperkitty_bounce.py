"""Take a notification that came back, from the mail server."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.notifying.bounces import read_bounce, take_bounce

#: Bytes of a returned mail that are read.
MAX_SIZE = 1_000_000


class Command(ArchiveCommand):
    """Stop notifications to an address that takes none for good."""

    help = (
        "Read a mail that came back, from standard input, and stop notifications to "
        "whom it was for if the failure is permanent. The mail server calls it for "
        "HYPERKITTY_BOUNCE_ADDRESS with anything after a +."
    )
    epilog = """\
In Postfix' aliases file, with recipient_delimiter = +:

  bounces: "|/srv/archive/manage.py hyperkitty_bounce"

Exit status: 0 always, so that no mail server sends a bounce of a bounce; what was
done is said on standard output.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--recipient``."""
        parser.add_argument(
            "--recipient",
            default="",
            metavar="ADDRESS",
            help="whom the mail came back to, if the mail server knows; else its "
            "header fields tell",
        )

    def run(self, **options: Any) -> None:
        """Read one mail."""
        raw = sys.stdin.buffer.read(MAX_SIZE)
        bounce = read_bounce(raw, options["recipient"])
        if bounce is None:
            self.say("This is no notification of ours that came back.")
        elif not bounce.is_permanent:
            self.say(f"Account {bounce.user_id}: not for good, nothing changes.")
        else:
            take_bounce(bounce)
            self.say(f"Account {bounce.user_id}: gets no more mail of ours.")
