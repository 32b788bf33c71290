"""What django-mailman3 does when people sign in or change their account, made safe.

It asks Core in the middle of the request, without a time limit, and lets some errors
through: then a Core that hangs or stumbles would keep people from signing in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any
from urllib.error import HTTPError

from django.apps import apps
from django.db.models.signals import post_save
from django.dispatch import Signal
from mailmanclient.restbase.connection import MailmanConnectionError

from .core import SHORT_TIMEOUT

logger = logging.getLogger(__name__)

Receiver = Callable[..., Any]


def make_safe() -> None:
    """Give django-mailman3's calls a time limit, and keep their errors from people."""
    if not apps.is_installed("django_mailman3"):
        return
    hook = import_module("django_mailman3.lib.mailman").mailmanclient_request_hook
    hook(_with_timeout)
    theirs = import_module("django_mailman3.signals")
    accounts = import_module("allauth.account.signals")
    for signal, receiver in (
        (accounts.user_logged_in, theirs.on_user_logged_in),
        (accounts.user_signed_up, theirs.on_user_signed_up),
        (accounts.email_confirmed, theirs.on_email_confirmed),
        (accounts.email_changed, theirs.on_email_changed),
        (accounts.email_removed, theirs.on_email_removed),
        (post_save, theirs.create_profile),
    ):
        _replace(signal, receiver)


def _replace(signal: Signal, receiver: Receiver) -> None:
    sender = {}
    if signal is post_save:
        sender = {"sender": import_module("django.contrib.auth").get_user_model()}
    if signal.disconnect(receiver, **sender):
        signal.connect(_forgiving(receiver), weak=False, **sender)


def _forgiving(receiver: Receiver) -> Receiver:
    @wraps(receiver)
    def receive(*args: Any, **kwargs: Any) -> Any:
        try:
            return receiver(*args, **kwargs)
        except (HTTPError, MailmanConnectionError) as error:
            # It looks again at the next sign-in.
            logger.warning("Could not tell Mailman of an account: %s", error)
            return None

    return receive


def _with_timeout(params: dict[str, Any]) -> dict[str, Any]:
    params["timeout"] = SHORT_TIMEOUT
    return params
