"""Delete or hide mails of a list, as its keepers do, from a script."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.management.choosing import (
    act_of,
    add_choice,
    chosen_mails,
    described,
)
from hyperkitty.models import DecisionKind
from hyperkitty.services.finishing import finish
from hyperkitty.services.keeping import change_states

EPILOG = """\
Pages follow at once. The act stands in the list's log, where it can be undone until
HYPERKITTY_EXPUNGE_AFTER days are over; then the bytes go for good. Use --dry-run first.

examples:
  manage.py hyperkitty_delete -l dev@example.org --author spam@example.net --cause spam
  manage.py hyperkitty_delete -l dev@example.org --message-id "<x@example.com>" --now
  manage.py hyperkitty_delete -l dev@example.org --thread 5QQ...XA --hide -n

exit codes:
  0    it is done; or with --dry-run, there is something to do
  1    nothing was done: no such list or mail, or it was done before
  2    the command line could not be understood
  130  interrupted; with --now, run hyperkitty_sweep to go on
"""


class Command(ArchiveCommand):
    """Deletes or hides mails."""

    help = "Delete or hide mails of a list, so that it can be undone."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a list, which mails, why and how."""
        add_choice(parser)
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--hide", action="store_true", help="hide them; nothing is lost"
        )
        how.add_argument(
            "--now",
            action="store_true",
            help="let the bytes go now; that cannot be undone",
        )

    def run(self, **options: Any) -> None:
        """Delete, or say what would be deleted."""
        mlist, emails = chosen_mails(options)
        kind = DecisionKind.HIDE if options["hide"] else DecisionKind.DELETE
        if options["dry_run"]:
            self.say(*described(emails, kind))
            return
        decision = change_states(mlist, emails, kind, act_of(options))
        if options["now"]:
            progress = self.progress("mails", decision.mails_count, options)
            finish(decision, lambda done: progress.update(done, done))
            progress.finish()
        if options["verbosity"]:
            done = "hidden" if options["hide"] else "deleted"
            self.say(f"{decision.mails_count:,} mails {done}; entry {decision.pk}.")
