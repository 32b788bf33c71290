"""Derive the archive again from its raw messages."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.management.progress import Progress
from hyperkitty.models import MailingList
from hyperkitty.services.lists import find_list
from hyperkitty.services.rebuild import RebuildReport, rebuild_list

EPILOG = """\
What pages show is made of raw messages, facts that came with them, and keepers'
decisions. After an upgrade that reads mail better, or when hyperkitty_audit finds a
difference, this makes it again, in place: rows keep their ids, permalinks and
decisions stay, and pages work meanwhile. Only what is wrong is written: a second run
changes nothing.

exit codes:
  0    everything is as it should be now
  1    the bytes of a mail could not be read (restore a backup), or no such list
  2    the command line could not be understood
  130  interrupted; run it again to go on
"""


class Command(ArchiveCommand):
    """Rebuilds lists one after the other."""

    help = "Derive the archive again from its raw messages."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take lists; without any, all."""
        parser.add_argument(
            "-l",
            "--list-address",
            action="append",
            default=[],
            metavar="ADDRESS",
            help="rebuild this list; may be given more than once; default: all lists",
        )

    def run(self, **options: Any) -> None:
        """Rebuild, and fail if bytes cannot be read."""
        lists = [find_list(address) for address in options["list_address"]]
        unreadable = 0
        for mlist in lists or list(MailingList.objects.all()):
            progress = self.progress("mails", mlist.emails_count, options)
            report = rebuild_list(mlist, partial(_advance, progress))
            progress.finish()
            self._tell(mlist, report, options["verbosity"])
            unreadable += len(report.unreadable)
        if unreadable:
            raise CommandError(f"{unreadable:,} mails could not be read.")

    def _tell(self, mlist: MailingList, report: RebuildReport, verbosity: int) -> None:
        for permalink, error in report.unreadable.items():
            self.warn(f"{mlist.name} {permalink}: {error}")
        if verbosity:
            self.say(
                f"{mlist.name}: {report.mails:,} mails; changed: "
                f"{report.mails_changed:,} mails, {report.threads_changed:,} threads, "
                f"{report.counters_changed:,} counters"
            )


def _advance(progress: Progress, done: int) -> None:
    progress.update(done, done)
