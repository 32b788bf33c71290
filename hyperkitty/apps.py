"""The app's entry in INSTALLED_APPS."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class HyperKittyConfig(AppConfig):
    """Mailing-list archive and web forum for Mailman 3."""

    name = "hyperkitty"
    label = "hyperkitty"
    verbose_name = "Mailing-list archive"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect signals and register checks; they need the models, which are here."""
        import_module("hyperkitty.checks")
        import_module("hyperkitty.receivers").connect()
        import_module("hyperkitty.mailman.accounts").make_safe()
