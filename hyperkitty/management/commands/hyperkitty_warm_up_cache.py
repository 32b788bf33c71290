"""HyperKitty's filling of caches."""

from __future__ import annotations

from hyperkitty.management.retired import RetiredCommand


class Command(RetiredCommand):
    """HyperKitty's filling of caches."""

    help = "Retired: Nothing to warm up: what pages show is counted when mail comes."
    replaced_by = "Nothing to warm up: what pages show is counted when mail comes."
