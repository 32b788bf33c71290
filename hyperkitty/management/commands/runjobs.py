"""django-extensions' runner of periodic jobs."""

from __future__ import annotations

from hyperkitty.management.retired import RetiredCommand


class Command(RetiredCommand):
    """django-extensions' runner of periodic jobs."""

    help = "Retired: Periodic work is done by hyperkitty_sweep; call that instead."
    replaced_by = "Periodic work is done by hyperkitty_sweep; call that instead."
    owner = "django_extensions"
