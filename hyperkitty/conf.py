"""Every setting of the app: its name, type and default. Nothing else reads settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings

#: Settings of HyperKitty that mean nothing here, and why; a system check says so.
RETIRED: Final = {
    "HYPERKITTY_ATTACHMENT_FOLDER": 'set STORAGES["hyperkitty"] instead',
    "HYPERKITTY_JOBS_UPDATE_INDEX_LOCKFILE": "the index needs no lock file of yours",
    "HYPERKITTY_JOBS_UPDATE_INDEX_LOCK_LIFE": "the index needs no lock file of yours",
    "HYPERKITTY_BATCH_MODE": "imports and single mails take the same way",
    "HYPERKITTY_DISABLE_SINGLETON_TASKS": "there is no task queue to tune",
    "HYPERKITTY_TASK_LOCK_TIMEOUT": "there is no task queue to tune",
}


class AppSettings:
    """Typed view of the ``HYPERKITTY_*`` settings.

    Each property reads the setting when asked, so that ``override_settings`` works.
    """

    prefix = "HYPERKITTY_"

    def _get(self, name: str, default: Any) -> Any:
        return getattr(settings, self.prefix + name, default)

    @property
    def mbox_export(self) -> bool:
        """Whether readers may download mbox files."""
        return bool(self._get("MBOX_EXPORT", True))

    @property
    def raw_access(self) -> str:
        """Who gets original bytes: ``everyone``, ``signed-in`` or ``owners``."""
        return str(self._get("RAW_ACCESS", "everyone"))

    @property
    def role_grace(self) -> timedelta:
        """How long a role read from Core still counts while Core is silent."""
        return timedelta(seconds=int(self._get("ROLE_GRACE", 24 * 3600)))

    @property
    def max_message_size(self) -> int:
        """Bytes above which a mail is kept raw and shown by its headers alone."""
        return int(self._get("MAX_MESSAGE_SIZE", 50 * 1024 * 1024))

    @property
    def thread_page_size(self) -> int:
        """Messages that one page of a thread shows."""
        return int(self._get("THREAD_PAGE_SIZE", 200))

    def known_names(self) -> set[str]:
        """Return the full names of all settings that the app reads."""
        return {
            self.prefix + name.upper()
            for name, member in vars(type(self)).items()
            if isinstance(member, property)
        }


app_settings = AppSettings()
