"""django-extensions' runner of one job."""

from __future__ import annotations

from hyperkitty.management.retired import RetiredCommand


class Command(RetiredCommand):
    """django-extensions' runner of one job."""

    help = "Retired: Periodic work is done by hyperkitty_sweep; call that instead."
    replaced_by = "Periodic work is done by hyperkitty_sweep; call that instead."
    owner = "django_extensions"
