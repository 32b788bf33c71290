"""What every test may ask for; folders have their own conftest for what is theirs."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, settings

# A busy machine must not fail a test, so no example has a deadline.
settings.register_profile(
    "archive",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("archive")

# A Core to talk to, for whatever folder a test lies in: a real one is started once.
pytest_plugins = ["tests.mailman.cores"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    """Drive the machine's own Chromium; Playwright's download is not needed."""
    # Playwright keeps an event loop running in the thread that also asks the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM_NAMES)), None
    )
    args = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox
    return browser_type_launch_args | {"executable_path": found, "args": args}


@pytest.fixture(autouse=True)
def _no_search_index() -> None:
    """Begin without what a sweep of an earlier test has put into the search index."""
    path = django_settings.HAYSTACK_CONNECTIONS["default"].get("PATH", "")
    shutil.rmtree(path, ignore_errors=True)
