"""Which web site shows the archives of a mail domain.

Mailman waits for these answers while it delivers mail, so they come from memory. The
map is read from the database at the first question of a process and refreshed at most
once a minute outside the answers; while the database is away the old one serves.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import Error, connection

from hyperkitty.conf import app_settings

logger = logging.getLogger(__name__)

#: Seconds after which the map is read again.
MAX_AGE = 60.0
_APP: str = "django_mailman3"


def base_url(mail_domain: str) -> str:
    """Return scheme and host of the archives of a mail domain; no database."""
    return app_settings.base_url or f"https://{web_host(mail_domain)}"


def web_host(mail_domain: str) -> str:
    """Return the web host for a mail domain: the domain itself if none is known."""
    mail_domain = mail_domain.lower()
    return _hosts.current().get(mail_domain, mail_domain)


def refresh() -> None:
    """Read the map again now if it is a minute old; for whoever may wait for it."""
    _hosts.refresh_if_old()


def forget() -> None:
    """Drop the map of this process: the next question reads it."""
    _hosts.forget()


class _Hosts:
    """The map and its age. One reader at a time; nobody waits for a second one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._map: Mapping[str, str] | None = None
        self._tried_at = float("-inf")

    def current(self) -> Mapping[str, str]:
        if self._map is None:
            self.refresh_if_old()
        elif self._is_old():
            threading.Thread(target=self._refresh_apart, daemon=True).start()
        return self._map or {}

    def refresh_if_old(self) -> None:
        if not self._is_old() or not self._lock.acquire(blocking=self._map is None):
            return
        try:
            if self._is_old():
                self._tried_at = time.monotonic()
                self._map = _read()
        except Error as error:
            self._map = self._map or {}
            logger.warning("Cannot read the web sites of mail domains: %s", error)
        finally:
            self._lock.release()

    def _refresh_apart(self) -> None:
        """Refresh in a thread, whose connection nobody else would close."""
        try:
            self.refresh_if_old()
        finally:
            connection.close()

    def _is_old(self) -> bool:
        return time.monotonic() - self._tried_at >= MAX_AGE


def _read() -> Mapping[str, str]:
    if not apps.is_installed(_APP):
        return {}
    domains: Any = apps.get_model(_APP, "MailDomain")
    found = domains.objects.values_list("mail_domain", "site__domain")
    return {mail_domain.lower(): host for mail_domain, host in found}


_hosts = _Hosts()
