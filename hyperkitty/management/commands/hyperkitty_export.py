"""Write mails of a list to an mbox file, with their original bytes."""

from __future__ import annotations

import gzip
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.selectors.conversations import find_email, find_thread
from hyperkitty.selectors.mbox import emails_to_export
from hyperkitty.services.export import export_mails
from hyperkitty.services.lists import find_list

EPILOG = """\
The file is an mboxrd: one ">" is put before lines that would read as a separator, and
comes off again when the file is imported. Between these every mail has exactly the
bytes that arrived. Mails that are hidden or deleted are left out.

examples:
  manage.py hyperkitty_export -l test@example.org test.mbox.gz
  manage.py hyperkitty_export -l test@example.org --month 2024-05 2024-05.mbox
  manage.py hyperkitty_export -l test@example.org --thread 5QQ...XA - | less

exit codes:
  0    everything was written
  1    nothing was written: no such list, thread or message, or a file in the way
  2    the command line could not be understood
  130  interrupted; a file that was begun is removed
"""


class Command(ArchiveCommand):
    """Writes an mbox file."""

    help = "Write mails of a list to an mbox file, with their original bytes."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a list, a part of it, and a file."""
        parser.add_argument("path", metavar="FILE", help="- for standard output")
        parser.add_argument("-l", "--list-address", required=True, metavar="ADDRESS")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--month", type=_month, metavar="YYYY-MM", help="one month")
        part.add_argument("--thread", metavar="ID", help="one thread, as in its URL")
        part.add_argument("--message", metavar="HASH", help="one mail, as in its URL")
        parser.add_argument(
            "--copies",
            action="store_true",
            help="also further copies of a mail that came with another text",
        )
        parser.add_argument(
            "--force", action="store_true", help="write over a file that is there"
        )

    def run(self, **options: Any) -> None:
        """Write the file."""
        mlist = find_list(options["list_address"])
        start, end = options["month"] or (None, None)
        thread = email = None
        if options["thread"] and not (thread := find_thread(mlist, options["thread"])):
            raise CommandError(f"{mlist.name} has no thread {options['thread']}.")
        if options["message"] and not (email := find_email(mlist, options["message"])):
            raise CommandError(f"{mlist.name} has no message {options['message']}.")
        emails = emails_to_export(
            mlist, start=start, end=end, thread=thread, email=email
        )
        total = emails.count()
        progress = self.progress("mails", total, options)
        with _opened(options["path"], force=options["force"]) as out:
            count = export_mails(
                emails,
                out,
                with_copies=options["copies"],
                on_progress=lambda done: progress.update(done, done),
            )
        progress.finish()
        if options["path"] != "-" and options["verbosity"]:
            self.say(f"{count:,} mails written to {options['path']}.")


@contextmanager
def _opened(path: str, *, force: bool) -> Iterator[BinaryIO]:
    """Open the file to write, packed if its name ends with .gz."""
    if path == "-":
        yield sys.stdout.buffer
        return
    file = Path(path)
    try:
        plain = file.open("wb" if force else "xb")
    except FileExistsError:
        raise CommandError(
            f"{path} is there already; --force writes over it."
        ) from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with plain:
            if file.suffix == ".gz":
                # Without a time in it the same mails always give the same file.
                with gzip.GzipFile("", "wb", fileobj=plain, mtime=0) as packed:
                    yield packed  # type: ignore[misc]  # a GzipFile writes like a file
            else:
                yield plain
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _month(value: str) -> tuple[datetime, datetime]:
    try:
        start = datetime.strptime(value, "%Y-%m").replace(tzinfo=UTC)
        end = start.replace(
            year=start.year + start.month // 12, month=start.month % 12 + 1
        )
    except ValueError:
        raise ArgumentTypeError(f"{value!r} is not a month like 2024-05.") from None
    return start, end
