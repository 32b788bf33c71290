"""Fixtures: a Core to talk to, the fake one or a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from hyperkitty.mailman import web_hosts
from hyperkitty.services import arriving

from .fake_core import PASSWORD, USER, FakeCore, FakeCoreServer
from .real_core import RealCore


@pytest.fixture
def fake_server(settings: Settings) -> Iterator[FakeCoreServer]:
    """A fake Core that the settings point to."""
    server = FakeCoreServer()
    _point_to(settings, server.url)
    yield server
    server.stop()


@pytest.fixture
def fake_core(fake_server: FakeCoreServer) -> FakeCore:
    """What the fake Core has."""
    return fake_server.core


@pytest.fixture(scope="session")
def running_core() -> Iterator[RealCore]:
    """A real Core; starting it takes seconds, so there is one for all tests."""
    core = RealCore()
    yield core
    core.wipe()


@pytest.fixture
def real_core(running_core: RealCore, settings: Settings) -> Iterator[RealCore]:
    """The real Core, without lists, that the settings point to."""
    _point_to(settings, running_core.url)
    settings.HYPERKITTY_BASE_URL = running_core.base_url
    running_core.delete_lists()
    yield running_core
    running_core.delete_lists()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Drop what the process remembers between requests."""
    web_hosts.forget()
    arriving.pause.forget()


def _point_to(settings: Settings, url: str) -> None:
    settings.MAILMAN_REST_API_URL = url
    settings.MAILMAN_REST_API_USER = USER
    settings.MAILMAN_REST_API_PASS = PASSWORD
