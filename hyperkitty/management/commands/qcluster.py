"""django-q's worker."""

from __future__ import annotations

from hyperkitty.management.retired import RetiredCommand


class Command(RetiredCommand):
    """django-q's worker."""

    help = "Retired: There is no django-q queue; hyperkitty_sweep does what is due."
    replaced_by = "There is no django-q queue; hyperkitty_sweep does what is due."
    owner = "django_q"
