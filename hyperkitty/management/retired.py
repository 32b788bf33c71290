"""Old commands that other things do now: cron entries that call them go on working."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.core.management import load_command_class
from django.core.management.base import BaseCommand, CommandParser


class RetiredCommand(BaseCommand):
    """Says in one line what replaces it, whatever its arguments, and succeeds.

    A command that was another app's goes to that app where it is installed.
    """

    #: One sentence.
    replaced_by: ClassVar[str]
    #: The app that the command belonged to, if it was not HyperKitty.
    owner: ClassVar[str] = ""
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand over to the command's owner, or say what replaces it."""
        if self.owner and apps.is_installed(self.owner):
            load_command_class(self.owner, argv[1]).run_from_argv(argv)
        else:
            super().run_from_argv([*argv[:2], *self._known(argv[2:])])

    def add_arguments(self, parser: CommandParser) -> None:
        """Take anything."""
        parser.add_argument("ignored", nargs="*")
        parser.epilog = self.replaced_by

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what replaces the command."""
        self.stdout.write(self.replaced_by)

    def _known(self, arguments: list[str]) -> list[str]:
        return [word for word in arguments if word in {"-h", "--help"}]
