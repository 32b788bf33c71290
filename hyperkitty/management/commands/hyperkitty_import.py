"""Import mail from files into the archive of a list."""

from __future__ import annotations

import sys
from argparse import SUPPRESS, ArgumentTypeError
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from hyperkitty.ingest.bulk_import import ImportOptions, ImportReport, import_mails
from hyperkitty.ingest.sources import Sources
from hyperkitty.mail import dates
from hyperkitty.management.base import ArchiveCommand
from hyperkitty.models import AliasKind, ArchivePolicy, MailingList, PolicySource
from hyperkitty.services.lists import (
    UnknownList,
    clean_address,
    find_list,
    is_of_core,
    set_policy,
)

POLICIES = {policy.name.lower(): policy for policy in ArchivePolicy}
#: Exit code when a file or a mail could not be taken.
INCOMPLETE = 3

EPILOG = """\
PATH is an mbox file (plain, .gz, .bz2 or .xz, in any dialect), an .eml file, a
maildir, a folder with .eml files at any depth, or - for an mbox on standard input.
Give as many as you like, in any order.

Running it again adds nothing twice, so after an interruption just run it again. Mail
that cannot be understood is kept as it is and listed by hyperkitty_audit. Mails whose
author asked for X-No-Archive are left out, unless --include-no-archive is given.

Until somebody says who may read a list, nobody may: Mailman says so for its own lists,
--archive-policy or hyperkitty_list for others.

examples:
  manage.py hyperkitty_import -l test@example.org test.mbox/test.mbox
  manage.py hyperkitty_import -l test@example.org --archive-policy public 20*.txt.gz
  zcat old.gz | manage.py hyperkitty_import -l test@example.org -

exit codes:
  0    every mail is in the archive now, or was left out as asked
  1    nothing was done: a wrong argument, a missing file
  2    the command line could not be understood
  3    the rest was imported, but a file could not be read to its end, or a mail
       could not be stored
  130  interrupted
"""


class Command(ArchiveCommand):
    """Reads files of mail and archives what is in them."""

    help = "Import mail from files into the archive of a list."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take HyperKitty's options, and ours."""
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument(
            "-l",
            "--list-address",
            required=True,
            metavar="ADDRESS",
            help="posting address of the list; the list is made if it is new",
        )
        parser.add_argument(
            "--archive-policy",
            choices=POLICIES,
            help="who may read the list, if Mailman does not have it: everybody, its "
            "readers only, or as it was (never also stops archiving new mail)",
        )
        parser.add_argument(
            "--since",
            type=_moment,
            metavar="DATE",
            help="leave out mails that claim this date or an earlier one; by default "
            "every mail is taken that is not here yet",
        )
        parser.add_argument(
            "--include-no-archive",
            action="store_true",
            help="take mails whose author asked for X-No-Archive, too",
        )
        parser.add_argument(
            "--pipermail-dir",
            type=_folder,
            metavar="DIR",
            help="Pipermail's folder of the list: files that it cut out of mails and "
            "left links to are kept with the mails again",
        )
        numbers = parser.add_mutually_exclusive_group()
        numbers.add_argument(
            "--pipermail-numbers",
            dest="numbers",
            action="store_const",
            const=AliasKind.PIPERMAIL,
            help="keep the numbers of Pipermail's pages for old links, by the order of "
            "the mails in LIST.mbox, or as the pages in --pipermail-dir tell them",
        )
        numbers.add_argument(
            "--mhonarc-numbers",
            dest="numbers",
            action="store_const",
            const=AliasKind.MHONARC,
            help="keep MHonArc's numbers (msg00123.html), by the order of the mails",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen, write nothing; a mail that stands in the "
            "files twice is counted twice",
        )
        parser.add_argument(
            "--processes",
            type=_count,
            metavar="N",
            help="how many processes parse mail; default: one for each core",
        )
        parser.add_argument(
            "--delete", action="store_true", help="accepted, deletes nothing"
        )
        for option in ("--ignore-mtime", "--no-sync-mailman"):
            parser.add_argument(option, action="store_true", help=SUPPRESS)

    def run(self, **options: Any) -> None:
        """Import and report."""
        if options["delete"]:
            self.warn("--delete is accepted, but nothing is ever deleted.")
        sources = Sources(options["paths"], sys.stdin.buffer)
        mlist = self._open_list(options)
        report = ImportReport()
        progress = self.progress("mails", sources.size, options)
        try:
            import_mails(
                mlist,
                sources,
                _import_options(options),
                report,
                lambda: progress.update(report.read, sources.done),
            )
        except BrokenProcessPool as error:
            raise CommandError(
                "A parsing process was ended from outside, maybe for want of memory. "
                "Run it again to go on, with --processes 1 if that happens again."
            ) from error
        finally:
            progress.finish()
            if options["verbosity"]:
                self.say(*_report_lines(report, is_dry=options["dry_run"]))
        if options["verbosity"] and not options["dry_run"]:
            self.say(*_advice(mlist, report))
        self._tell_problems(report, sources.problems)

    def _open_list(self, options: dict[str, Any]) -> MailingList:
        address, policy = options["list_address"], options["archive_policy"]
        try:
            mlist = find_list(address)
        except UnknownList:
            mlist = MailingList(name=clean_address(address))
        if policy and is_of_core(mlist):
            raise CommandError(
                f"Mailman has {mlist.name} and says who may read it; "
                "import without --archive-policy."
            )
        if options["dry_run"]:
            return mlist
        if mlist.pk is None:
            mlist = MailingList.objects.ensure(mlist.name)
        if policy:
            set_policy(mlist, POLICIES[policy])
        return mlist

    def _tell_problems(self, report: ImportReport, problems: list[str]) -> None:
        for message_id, error in report.failed.items():
            self.warn(f"<{message_id}> could not be stored: {error}")
        for problem in problems:
            self.warn(f"Not read to its end: {problem}")
        if report.failed or problems:
            raise CommandError("Not everything was imported.", returncode=INCOMPLETE)


def _import_options(options: dict[str, Any]) -> ImportOptions:
    return ImportOptions(
        since=options["since"],
        takes_no_archive=options["include_no_archive"],
        is_dry=options["dry_run"],
        pipermail_dir=options["pipermail_dir"],
        numbers=options["numbers"],
        processes=options["processes"],
    )


def _report_lines(report: ImportReport, *, is_dry: bool) -> list[str]:
    counts = {
        "would be archived" if is_dry else "archived": report.archived,
        "kept although damaged": report.damaged,
        "already there": report.present,
        "further copies kept": report.copies,
        "left out: X-No-Archive": report.no_archive,
        "left out: erased before": report.denied,
        "left out: --since": report.too_old,
        "not stored": len(report.failed),
        "files of Pipermail kept": report.files_kept,
        "files of Pipermail not found": report.files_missing,
        "numbers for old links recorded": report.numbered,
    }
    always = {"archived", "would be archived", "already there"}
    lines = [f"{report.read:>9,} mails read"]
    lines += [
        f"{count:>9,} {name}"
        for name, count in counts.items()
        if count or name in always
    ]
    return lines


def _advice(mlist: MailingList, report: ImportReport) -> list[str]:
    lines = []
    if report.problems:
        reasons = ", ".join(f"{n:,} {p}" for p, n in report.problems.most_common())
        lines += [
            f"What is wrong with the damaged mails: {reasons}.",
            f"To see them: manage.py hyperkitty_audit -l {mlist.name} --damaged",
        ]
    mlist.refresh_from_db()
    if mlist.policy_source == PolicySource.UNKNOWN:
        lines += [
            f"Nobody can read {mlist.name} yet, because nobody said who may. "
            "If Mailman does not have the list, open it:",
            f"manage.py hyperkitty_list set {mlist.name} --archive-policy public",
        ]
    elif mlist.archive_policy == ArchivePolicy.NEVER:
        reader = mlist.reading_policy.name.lower()
        lines.append(
            f"{mlist.name} archives no new mail; what was imported is {reader}."
        )
    return lines


def _moment(value: str) -> datetime:
    """Read a date, a date and time, or a date as mail has it."""
    try:
        moment = parse_datetime(value)
        if moment is None and (day := parse_date(value)):
            moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # set below
    except ValueError:
        moment = None
    if moment is None and (claimed := dates.parse(value)):
        moment = claimed.utc
    if moment is None:
        raise ArgumentTypeError(f"{value!r} is not a date like 2024-12-31.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _folder(value: str) -> Path:
    folder = Path(value)
    if not folder.is_dir():
        raise ArgumentTypeError(f"{value} is not a folder.")
    return folder


def _count(value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise ArgumentTypeError(f"{value} is not a number of processes.")
    return int(value)
