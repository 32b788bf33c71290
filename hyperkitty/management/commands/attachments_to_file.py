"""HyperKitty's move of attachments out of the database."""

from __future__ import annotations

from hyperkitty.management.retired import RetiredCommand


class Command(RetiredCommand):
    """HyperKitty's move of attachments out of the database."""

    help = "Retired: STORAGES moves bytes out of the database."
    replaced_by = (
        'Set STORAGES["hyperkitty"]: bytes of new mail then stand outside the database.'
    )
