"""Every setting of the app: its name, type and default. Nothing else reads settings."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

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
    def enable_gravatar(self) -> bool:
        """Whether pages show people's pictures from Gravatar or a server like it.

        Readers' browsers then ask a third party, with hashes of people's addresses.
        """
        return bool(self._get("ENABLE_GRAVATAR", False))

    @property
    def gravatar_url(self) -> str:
        """The server of pictures; by default what django-gravatar2 is told to use."""
        theirs = getattr(settings, "GRAVATAR_SECURE_URL", "https://secure.gravatar.com")
        return str(self._get("GRAVATAR_URL", theirs)).rstrip("/")

    @property
    def logo(self) -> str:
        """A picture beside the site's name: a static file, or a URL of this site."""
        return str(self._get("LOGO", ""))

    @property
    def stylesheet(self) -> str:
        """A style sheet after ours: a static file, or a URL of this site."""
        return str(self._get("STYLESHEET", ""))

    @property
    def raw_access(self) -> str:
        """Who gets original bytes: ``everyone``, ``signed-in`` or ``owners``."""
        return str(self._get("RAW_ACCESS", "everyone"))

    @property
    def role_grace(self) -> timedelta:
        """How long what Core said still opens a list while Core is silent.

        A role, and that a list is public.
        """
        return timedelta(seconds=int(self._get("ROLE_GRACE", 24 * 3600)))

    @property
    def max_message_size(self) -> int:
        """Bytes above which a mail is kept raw and shown by its headers alone."""
        return int(self._get("MAX_MESSAGE_SIZE", 50 * 1024 * 1024))

    @property
    def thread_page_size(self) -> int:
        """Messages that one page of a thread shows."""
        return int(self._get("THREAD_PAGE_SIZE", 200))

    @property
    def bug_patterns(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """How each list writes bug numbers, and where they lead; ``*`` for all lists.

        For instance ``{"dev@lists.example.org": [(r"#([0-9]+)", "https://…/{}")]}``.
        """
        found = self._get("BUG_PATTERNS", {})
        return {
            str(name).lower(): tuple((str(regex), str(url)) for regex, url in pairs)
            for name, pairs in found.items()
        }

    @property
    def mlist_feed_length(self) -> int:
        """Mails that a feed has."""
        return int(self._get("MLIST_FEED_LENGTH", 30))

    @property
    def base_url(self) -> str:
        """Scheme and host of the URLs that Mailman prints; "" to ask django-mailman3.

        For instance ``https://lists.example.org``.
        """
        return str(self._get("BASE_URL", "")).rstrip("/")

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Addresses or networks of proxies whose ``X-Forwarded-For`` is believed.

        ``unix`` stands for whoever connects through a Unix socket.
        """
        return _several(self._get("TRUSTED_PROXIES", ()))

    @property
    def mailman_timeout(self) -> float:
        """Seconds that the worker waits for an answer of Mailman Core."""
        return float(self._get("MAILMAN_TIMEOUT", 10))

    @property
    def sync_interval(self) -> timedelta:
        """How often lists and roles are read from Mailman Core."""
        return timedelta(seconds=int(self._get("SYNC_INTERVAL", 300)))

    @property
    def allow_web_posting(self) -> bool:
        """Whether people may write to lists from these pages."""
        return bool(self._get("ALLOW_WEB_POSTING", True))

    @property
    def posting_from(self) -> str:
        """Whose address stands in From: ``author``, or ``site`` with Reply-To."""
        return str(self._get("POSTING_FROM", "author"))

    @property
    def posting_transport(self) -> str:
        """How posts get to Mailman: ``smtp``, Django's e-mail backend, or ``rest``."""
        return str(self._get("POSTING_TRANSPORT", "smtp"))

    @property
    def posting_register(self) -> str:
        """What makes a list take a stranger's post.

        ``member``: registered without delivery; ``nonmember``: accepted as one.
        """
        return str(self._get("POSTING_REGISTER", "member"))

    @property
    def first_posts(self) -> str:
        """What becomes of the first post of an address: ``accept`` or ``hold``."""
        return str(self._get("FIRST_POSTS", "accept"))

    @property
    def posts_per_day(self) -> int:
        """Posts that a person may write to one list in 24 hours."""
        return int(self._get("POSTS_PER_DAY", 50))

    @property
    def new_posts_per_day(self) -> int:
        """Posts in 24 hours from an address that nothing is archived of yet."""
        return int(self._get("NEW_POSTS_PER_DAY", 5))

    @property
    def new_posts_links(self) -> int:
        """Links that a post from such an address may hold."""
        return int(self._get("NEW_POSTS_LINKS", 5))

    @property
    def posting_max_size(self) -> int:
        """Bytes that a web post may have with its attachments."""
        return int(self._get("POSTING_MAX_SIZE", 10 * 1024 * 1024))

    @property
    def posting_lost_after(self) -> timedelta:
        """How long after it was sent a post counts as lost if nothing is seen of it."""
        return timedelta(seconds=int(self._get("POSTING_LOST_AFTER", 3600)))

    @property
    def write_to_author(self) -> bool:
        """Whether people who are signed in may write to an author through the site."""
        return bool(self._get("WRITE_TO_AUTHOR", True))

    @property
    def letters_per_day(self) -> int:
        """Letters to authors that a person may write in 24 hours."""
        return int(self._get("LETTERS_PER_DAY", 10))

    @property
    def unread_days(self) -> timedelta:
        """How long after its arrival a mail that was not looked at counts as new."""
        return timedelta(days=int(self._get("UNREAD_DAYS", 90)))

    @property
    def search_language(self) -> str:
        """Language whose endings search leaves out of account; "" for none."""
        return str(self._get("SEARCH_LANGUAGE", "en"))

    @property
    def search_languages(self) -> dict[str, str]:
        """Languages of lists that differ from the site's, by posting address."""
        found = dict(self._get("SEARCH_LANGUAGES", {}))
        return {str(name).lower(): str(code) for name, code in found.items()}

    @property
    def search_attachment_size(self) -> int:
        """Bytes of a text attachment up to which its text is searched; 0 for none."""
        return int(self._get("SEARCH_ATTACHMENT_SIZE", 100_000))

    @property
    def max_follows(self) -> int:
        """Threads, lists, people and searches that a person may follow."""
        return int(self._get("MAX_FOLLOWS", 2000))

    @property
    def bounce_address(self) -> str:
        """Where mails of ours that cannot be delivered return to; "" for nowhere.

        An address whose mail server passes ``local+anything@host`` to
        `hyperkitty_bounce`.
        """
        return str(self._get("BOUNCE_ADDRESS", ""))

    @property
    def notification_days(self) -> timedelta:
        """How long notifications are kept."""
        return timedelta(days=int(self._get("NOTIFICATION_DAYS", 180)))

    @property
    def erasure(self) -> str:
        """Who decides about what authors ask to erase: ``owners`` or ``automatic``."""
        return str(self._get("ERASURE", "owners"))

    @property
    def reports_per_day(self) -> int:
        """Messages that a reader may report in 24 hours."""
        return int(self._get("REPORTS_PER_DAY", 20))

    @property
    def log_days(self) -> timedelta:
        """How long settled reports, wishes and undone entries of logs are kept."""
        return timedelta(days=int(self._get("LOG_DAYS", 365)))

    @property
    def view_days(self) -> timedelta:
        """How long it is kept when a reader last looked at a thread."""
        return timedelta(days=int(self._get("VIEW_DAYS", 730)))

    @property
    def expunge_after(self) -> timedelta:
        """How long what was deleted can be brought back before its bytes go."""
        return timedelta(days=float(self._get("EXPUNGE_AFTER", 30)))

    @property
    def deny_key(self) -> bytes:
        """The key that tells erased mails when they come again; keep it for ever.

        Without one it follows from ``SECRET_KEY``, which sites change.
        """
        own = str(self._get("DENY_KEY", ""))
        if own:
            return own.encode()
        return hmac.digest(settings.SECRET_KEY.encode(), b"hyperkitty deny", "sha256")

    @property
    def votes_per_day(self) -> int:
        """Mails that a person may vote on in 24 hours."""
        return int(self._get("VOTES_PER_DAY", 200))

    @property
    def tags_per_day(self) -> int:
        """Tags that a person may put on threads in 24 hours."""
        return int(self._get("TAGS_PER_DAY", 50))

    def known_names(self) -> set[str]:
        """Return the full names of all settings that the app reads."""
        return {
            self.prefix + name.upper()
            for name, member in vars(type(self)).items()
            if isinstance(member, property)
        }


class IndexSettings:
    """Typed view of settings of the index of lists, which HyperKitty named so."""

    @property
    def filter_vhost(self) -> bool:
        """Whether the index shows only the lists of the host that is asked."""
        return bool(getattr(settings, "FILTER_VHOST", False))

    @property
    def hides_quiet_lists(self) -> bool:
        """Whether quiet lists are hidden at first: HyperKitty's setting means that."""
        return bool(getattr(settings, "SHOW_INACTIVE_LISTS_DEFAULT", False))


class MailmanSettings:
    """Typed view of the ``MAILMAN_*`` settings, which Postorius reads too."""

    @property
    def rest_api_url(self) -> str:
        """Where Mailman Core's REST API is, without version."""
        return str(self._get("REST_API_URL")).rstrip("/")

    @property
    def rest_api_user(self) -> str:
        """The user for it."""
        return str(self._get("REST_API_USER"))

    @property
    def rest_api_pass(self) -> str:
        """The password for it."""
        return str(self._get("REST_API_PASS"))

    @property
    def archiver_key(self) -> str:
        """The key that Mailman's archiver shows."""
        return str(self._get("ARCHIVER_KEY"))

    @property
    def archiver_from(self) -> tuple[str, ...]:
        """Addresses and networks that the archiver may call from; ``*`` for all."""
        return _several(self._get("ARCHIVER_FROM"))

    def _get(self, name: str) -> Any:
        try:
            return getattr(settings, f"MAILMAN_{name}")
        except AttributeError:
            raise ImproperlyConfigured(f"MAILMAN_{name} is not set.") from None


def _several(value: Any) -> tuple[str, ...]:
    """Return the setting as a tuple; a lone string is one entry."""
    return (value,) if isinstance(value, str) else tuple(value)


app_settings = AppSettings()
index_settings = IndexSettings()
mailman_settings = MailmanSettings()
