"""What the commands about the search index share: Haystack's names and options."""

from __future__ import annotations

import argparse
from typing import Any, ClassVar

from django.core.management import load_command_class
from django.core.management.base import CommandError, CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.search.connection import archive_backend, has_index
from hyperkitty.search.engines.backend import ArchiveBackend


class IndexCommand(ArchiveCommand):
    """Takes the place of Haystack's command of the same name.

    With an engine that is not the archive's own, it is Haystack's that runs.
    """

    #: Haystack's command, "" if it has none.
    replaces: ClassVar[str] = ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Haystack's options, so that old calls go on working, and hide them."""
        if self.replaces:
            load_command_class("haystack", self.replaces).add_arguments(parser)
            for action in parser._actions:
                if action.dest in {"workers", "commit", "batchsize", "max_retries"}:
                    action.help = argparse.SUPPRESS

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, with an engine of the archive's own."""
        if archive_backend() is None and has_index() and self.replaces:
            load_command_class("haystack", self.replaces).handle(*args, **options)
        else:
            super().handle(*args, **options)

    def engine(self) -> ArchiveBackend:
        """Return the site's engine."""
        found = archive_backend()
        if found is None:
            raise CommandError(
                "The site has no search engine of the archive's own (docs/search.md)."
            )
        return found

    def say_indexed(self, done: int, options: dict[str, Any]) -> None:
        """Print how many mails were written and how large the index is."""
        if options["verbosity"]:
            size = self.engine().generations.size()
            self.say(f"{done:,} mails indexed; the index takes {size / 1e6:,.1f} MB.")


def add_processes(parser: CommandParser) -> None:
    """Take the number of processes that read mail."""
    parser.add_argument(
        "--processes",
        type=_count,
        metavar="N",
        help="how many processes read mail; default: one for each core",
    )


def _count(value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise argparse.ArgumentTypeError(f"{value} is not a number of processes.")
    return int(value)
