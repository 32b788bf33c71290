"""A real Core, the site that it archives into, and the site's worker."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from pytest_django.fixtures import Settings

from hyperkitty.tasks import keep_sweeping
from tests.core.site import Site
from tests.mailman.real_core import RealCore


@pytest.fixture
def site(real_core: RealCore, transactional_db: None) -> Iterator[Site]:
    """The site, as Core reaches it."""
    site = Site(real_core.archive_port)
    site.start()
    yield site
    real_core.settle()
    site.stop()


@pytest.fixture
def relay(real_core: RealCore, settings: Settings) -> None:
    """Send as the site does: by SMTP to the relay in front of Core."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = real_core.port + 2


@pytest.fixture
def worker(site: Site, relay: None) -> Iterator[None]:
    """The site's worker, running beside it."""
    ended = Event()
    thread = Thread(target=keep_sweeping, args=(0.2, ended))
    thread.start()
    yield
    ended.set()
    thread.join()
