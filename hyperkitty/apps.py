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
        """Connect what reacts to signals; it needs the models, which are here now."""
        import_module("hyperkitty.receivers").connect()
