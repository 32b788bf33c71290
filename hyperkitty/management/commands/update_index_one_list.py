"""HyperKitty's search index of one list."""

from __future__ import annotations

from hyperkitty.management.retired import RetiredCommand


class Command(RetiredCommand):
    """HyperKitty's search index of one list."""

    help = "Retired: There is no search index that an import has to be added to."
    replaced_by = "There is no search index that an import has to be added to."
