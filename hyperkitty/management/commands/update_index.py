"""Make the search index say what the archive says."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command

from hyperkitty.management.index_command import IndexCommand
from hyperkitty.models import Email
from hyperkitty.search.comparing import compare
from hyperkitty.search.upkeep import bring_up_to_date, exclusive
from hyperkitty.search.values import IndexState

EPILOG = """\
hyperkitty_sweep keeps the index up to date; nobody has to run this. It writes what is
due, then compares every entry with its mail and writes those that differ, as after a
restore of the database. An index that is not there or cannot be read is built anew.
Haystack's options are accepted and change nothing: what differs is found without them.

exit codes:
  0    the index is as it should be
  1    it could not be written
  2    the command line could not be understood
  130  interrupted; run it again
"""


class Command(IndexCommand):
    """Writes what is due and what differs."""

    help = "Make the search index say what the archive says."
    epilog = EPILOG
    replaces = "update_index"

    def run(self, **options: Any) -> None:
        """Mend what differs, or build."""
        engine = self.engine()
        if engine.state() != IndexState.READY:
            call_command("rebuild_index", verbosity=options["verbosity"])
            return
        with exclusive(engine):
            done = bring_up_to_date(engine)
        total = Email.objects.count()
        progress = self.progress("mails compared", total, options)
        different = [
            found.email_id
            for found in compare(engine, lambda count: progress.update(count, count))
        ]
        progress.finish()
        with exclusive(engine):
            done += bring_up_to_date(engine, different)
        self.say_indexed(done, options)
