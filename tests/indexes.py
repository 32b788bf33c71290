"""A search index of its own for a test, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings
from haystack import connections

from example_project.search import search_engine


@contextmanager
def search_at(url: str) -> Iterator[None]:
    """Search with the engine at *url* within the block."""
    before = connections.connections_info
    found = {"default": search_engine(url)}
    try:
        with override_settings(HAYSTACK_CONNECTIONS=found):
            connections.connections_info = found
            connections.reload("default")
            yield
    finally:
        # After the settings are back, for an engine reads them.
        connections.connections_info = before
        connections.reload("default")
