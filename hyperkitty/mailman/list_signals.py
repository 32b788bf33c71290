"""What Postorius announces about lists and people, if django-mailman3 is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.dispatch import Signal

_OF_LISTS = ("mailinglist_created", "mailinglist_modified", "mailinglist_deleted")
_OF_PEOPLE = ("user_subscribed", "user_unsubscribed")


def of_lists() -> Iterator[Signal]:
    """Yield the signals that a list was made, changed or deleted; they name its id."""
    yield from _found(_OF_LISTS)


def of_people() -> Iterator[Signal]:
    """Yield the signals that somebody joined or left; they name the ``user_email``."""
    yield from _found(_OF_PEOPLE)


def _found(names: tuple[str, ...]) -> Iterator[Signal]:
    if apps.is_installed("django_mailman3"):
        module = import_module("django_mailman3.signals")
        yield from (getattr(module, name) for name in names)
