"""The engine that the site runs, ours or another one of Haystack's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from haystack import connections
from haystack.backends import BaseSearchBackend
from haystack.constants import DEFAULT_ALIAS

from .engines.backend import ArchiveBackend

#: Haystack's stand-in for an engine: it has no index and knows no fields.
SIMPLE = "haystack.backends.simple_backend.SimpleEngine"


def backend() -> BaseSearchBackend:
    """Return the engine of the default connection; cheap, one for each thread."""
    return connections[DEFAULT_ALIAS].get_backend()


def archive_backend() -> ArchiveBackend | None:
    """Return the engine if it is one of ours."""
    found = backend()
    return found if isinstance(found, ArchiveBackend) else None


def has_index() -> bool:
    """Whether the engine keeps an index at all."""
    config: dict[str, Any] = settings.HAYSTACK_CONNECTIONS[DEFAULT_ALIAS]
    return bool(config["ENGINE"] != SIMPLE)
