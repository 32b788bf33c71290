"""Build the search index anew, beside the one in use."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from typing import Any

from django.core.management.base import CommandError, CommandParser

from hyperkitty.management.index_command import IndexCommand, add_processes
from hyperkitty.models import Email
from hyperkitty.search.building import rebuild

EPILOG = """\
The new index is built beside the one in use, which readers search meanwhile and which
goes on following the archive; it takes the other's place when it is complete. Needed
after a change of HYPERKITTY_SEARCH_LANGUAGE or HYPERKITTY_SEARCH_LANGUAGES. An index
that is missing, broken or of an older release is built by hyperkitty_sweep too, on one
core.

exit codes:
  0    the new index is in use
  1    it could not be built; the old one stays in use
  2    the command line could not be understood
  130  interrupted; hyperkitty_sweep goes on building, or run it again
"""


class Command(IndexCommand):
    """Builds a new generation and puts it in place."""

    help = "Build the search index anew, beside the one in use."
    epilog = EPILOG
    replaces = "rebuild_index"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Haystack's options and the number of processes."""
        super().add_arguments(parser)
        add_processes(parser)

    def run(self, **options: Any) -> None:
        """Build."""
        total = Email.objects.visible().count()
        progress = self.progress("mails", total, options)
        try:
            done = rebuild(
                self.engine(),
                options["processes"],
                lambda count: progress.update(count, count),
            )
        except BrokenProcessPool as error:
            raise CommandError(
                "A process was ended from outside, maybe for want of memory. Run it "
                "again, with --processes 1 if that happens again."
            ) from error
        finally:
            progress.finish()
        self.say_indexed(done, options)
