"""Write the search index of one list again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hyperkitty.management.index_command import IndexCommand
from hyperkitty.search.building import rewrite_list
from hyperkitty.services.lists import find_list

EPILOG = """\
hyperkitty_sweep keeps the index up to date, imports included; nobody has to run this.
"""


class Command(IndexCommand):
    """Writes all entries of a list."""

    help = "Write the search index of one list again."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the list."""
        parser.add_argument(
            "listname", metavar="ADDRESS", help="posting address of the list"
        )

    def run(self, **options: Any) -> None:
        """Write."""
        mlist = find_list(options["listname"])
        progress = self.progress("mails", mlist.emails_count, options)
        try:
            done = rewrite_list(
                self.engine(), mlist, lambda count: progress.update(count, count)
            )
        finally:
            progress.finish()
        self.say_indexed(done, options)
