"""What our commands share: help that keeps its line breaks, errors that read well."""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hyperkitty.exceptions import HyperKittyError
from hyperkitty.management.progress import Progress

#: Exit code of a command that was interrupted, as shells have it.
INTERRUPTED = 130


class ArchiveCommand(BaseCommand):
    """A command with examples in its help; see `run`."""

    #: Shown below the options in ``--help``.
    epilog: ClassVar[str] = ""

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Return a parser whose help keeps the line breaks of the epilog."""
        return super().create_parser(
            prog_name,
            subcommand,
            epilog=self.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **kwargs,
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Call `run`; what the app raises on purpose ends in one line."""
        try:
            self.run(**options)
        except HyperKittyError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. Run it again to go on.", returncode=INTERRUPTED
            ) from None

    def run(self, **options: Any) -> None:
        """Do the work."""
        raise NotImplementedError

    def progress(
        self, noun: str, total: int | None, options: dict[str, Any]
    ) -> Progress:
        """Return a progress display on standard error; reports go to the output."""
        stream: TextIO = options.get("stderr") or sys.stderr
        return Progress(stream, noun, total, verbosity=int(options["verbosity"]))

    def say(self, *lines: str) -> None:
        """Print *lines*."""
        for line in lines:
            self.stdout.write(line)

    def warn(self, line: str) -> None:
        """Print *line* where errors go."""
        self.stderr.write(self.style.WARNING(line))
