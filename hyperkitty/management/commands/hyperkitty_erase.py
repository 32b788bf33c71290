"""Erase mails for good, or take their author's name out of them."""

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
from hyperkitty.models import Cause, DecisionKind, QuotedText
from hyperkitty.services.finishing import finish
from hyperkitty.services.keeping import change_states

EPILOG = """\
Erased mails keep their URL, place and day, and lose all else, here and in the search
index; with --anonymize they keep their words and lose name and address. They do not
come back, from Mailman or an import. THIS CANNOT BE UNDONE: use --dry-run first.
Replies that quote them are listed for the list's keepers to confirm.

examples:
  manage.py hyperkitty_erase -l dev@example.org --author anne@example.com -n
  manage.py hyperkitty_erase -l dev@example.org --author anne@example.com --anonymize
  manage.py hyperkitty_erase -l dev@example.org --message 5QQ...XA --cause legal

exit codes:
  0    it is done; or with --dry-run, there is something to do
  1    nothing was done: no such list or mail, or it was done before
  2    the command line could not be understood
  130  interrupted: nobody sees the mails; hyperkitty_sweep does the rest
"""


class Command(ArchiveCommand):
    """Erases mails or makes them anonymous."""

    help = "Erase mails of a list for good, or make them anonymous."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a list, which mails, why and how."""
        add_choice(parser)
        parser.set_defaults(cause=Cause.REQUEST)
        parser.add_argument(
            "--anonymize",
            action="store_true",
            help="keep the words; take name and address out",
        )

    def run(self, **options: Any) -> None:
        """Erase, or say what would be erased."""
        mlist, emails = chosen_mails(options)
        kind = DecisionKind.ANONYMIZE if options["anonymize"] else DecisionKind.ERASE
        if options["dry_run"]:
            self.say(*described(emails, kind))
            return
        decision = change_states(mlist, emails, kind, act_of(options))
        progress = self.progress("mails", decision.mails_count, options)
        finish(decision, lambda done: progress.update(done, done))
        progress.finish()
        if options["verbosity"]:
            done = "made anonymous" if options["anonymize"] else "erased"
            self.say(f"{decision.mails_count:,} mails {done}; entry {decision.pk}.")
            if count := QuotedText.objects.filter(decision=decision).count():
                self.say(f"{count:,} replies quote or name them: see the list's pages.")
