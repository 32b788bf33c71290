"""Compare the archive with what its raw messages make of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.models import MailingList
from hyperkitty.services.audit import audit_list, audit_site, damaged_mails
from hyperkitty.services.lists import find_list

EPILOG = """\
Every raw message is read and parsed again; rows, threads, parents, counters, days,
missing references and digests are compared with what follows from it, the keepers'
decisions and the facts that came with it. Nothing is changed: hyperkitty_rebuild does
that. Mail may arrive meanwhile.

Damaged mails are no difference: they are in the archive as they came. --damaged lists
them with what is wrong; look at one with
  manage.py hyperkitty_export -l ADDRESS --message HASH -

exit codes:
  0    all is as it should be
  1    something differs, and is listed; or there is no such list
  2    the command line could not be understood
  130  interrupted
"""


class Command(ArchiveCommand):
    """Tells differences, and lists damaged mails."""

    help = "Compare the archive with what its raw messages make of it."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take lists; without any, all."""
        parser.add_argument(
            "-l",
            "--list-address",
            action="append",
            default=[],
            metavar="ADDRESS",
            help="audit this list; may be given more than once; default: all lists",
        )
        parser.add_argument(
            "--damaged",
            action="store_true",
            help="only list mails that were kept although something is wrong with them",
        )

    def run(self, **options: Any) -> None:
        """Audit, and fail if anything differs."""
        lists = [find_list(address) for address in options["list_address"]]
        everything = not lists
        lists = lists or list(MailingList.objects.all())
        if options["damaged"]:
            self._list_damaged(lists)
            return
        differences = sum(self._audit(mlist, options) for mlist in lists)
        if everything:
            for finding in audit_site():
                differences += 1
                self.say(str(finding))
        if differences:
            raise CommandError(
                f"{differences:,} differences. hyperkitty_rebuild mends what follows "
                "from raw messages; lost or changed bytes need a backup."
            )
        if options["verbosity"]:
            self.say("No difference.")

    def _audit(self, mlist: MailingList, options: dict[str, Any]) -> int:
        differences = 0
        progress = self.progress("mails", mlist.emails_count, options)
        for finding in audit_list(mlist, lambda done: progress.update(done, done)):
            differences += 1
            progress.finish()
            self.say(str(finding))
        progress.finish()
        damaged = damaged_mails(mlist).count()
        if options["verbosity"]:
            words = f"{mlist.name}: {mlist.emails_count:,} mails"
            self.say(f"{words}, {damaged:,} damaged" if damaged else words)
        return differences

    def _list_damaged(self, lists: Iterable[MailingList]) -> None:
        for mlist in lists:
            for email in damaged_mails(mlist).iterator():
                self.say(
                    f"{mlist.name} {email.permalink} {email.problems}: {email.subject}"
                )
