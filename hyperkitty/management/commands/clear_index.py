"""Remove the search index."""

from __future__ import annotations

from typing import Any

from hyperkitty.management.index_command import IndexCommand
from hyperkitty.search.upkeep import exclusive

EPILOG = """\
Search finds nothing until the index is there again: hyperkitty_sweep builds it anew on
one core, rebuild_index on all. To build it anew there is no need to remove it first.
"""


class Command(IndexCommand):
    """Removes all generations."""

    help = "Remove the search index."
    epilog = EPILOG
    replaces = "clear_index"

    def run(self, **options: Any) -> None:
        """Ask, and remove."""
        if options["interactive"]:
            answer = input("Remove the search index? It can be built anew. [y/N] ")
            if not answer.lower().startswith("y"):
                self.say("Nothing was removed.")
                return
        engine = self.engine()
        with exclusive(engine):
            engine.generations.clear()
        if options["verbosity"]:
            self.say("The search index was removed.")
