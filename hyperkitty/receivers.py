"""What happens when something is announced: one line each; services do the work."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in

from hyperkitty.mailman import Core, list_signals
from hyperkitty.mailman.core import SHORT_TIMEOUT
from hyperkitty.models import SyncKind
from hyperkitty.permissions import verified_addresses
from hyperkitty.services import reading, sync
from hyperkitty.signals import list_stale, message_archived


def connect() -> None:
    """Connect the receivers of this module; the app does it once it is ready."""
    list_stale.connect(on_list_stale)
    message_archived.connect(on_message_archived)
    user_logged_in.connect(on_login)
    for signal in list_signals.of_lists():
        signal.connect(on_core_list_changed)
    for signal in list_signals.of_people():
        signal.connect(on_core_person_changed)


def on_list_stale(mlist_id: int, **kwargs: Any) -> None:
    """Have the list read from Mailman by the next run."""
    sync.make_due(SyncKind.LIST, str(mlist_id))


def on_message_archived(mlist_id: int, email_ids: list[int], **kwargs: Any) -> None:
    """Take what people wrote themselves as read by them."""
    reading.mark_own(mlist_id, email_ids)


def on_login(user: AbstractBaseUser, **kwargs: Any) -> None:
    """Learn at once which private lists the person may read."""
    sync.sync_person(verified_addresses(user), Core(SHORT_TIMEOUT))


def on_core_list_changed(list_id: str, **kwargs: Any) -> None:
    """Have the list read that somebody made, changed or deleted in Postorius."""
    sync.make_list_due(list_id)


def on_core_person_changed(user_email: str, **kwargs: Any) -> None:
    """Have the roles read of somebody who joined or left a list in Postorius."""
    sync.make_due(SyncKind.ADDRESS, user_email.lower())
