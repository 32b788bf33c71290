"""A real Core and the site that it archives into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.site import Site
from tests.mailman.cores import (
    nothing_remembered as nothing_remembered,
)
from tests.mailman.cores import (
    real_core as real_core,
)
from tests.mailman.cores import (
    running_core as running_core,
)
from tests.mailman.real_core import RealCore


@pytest.fixture
def site(real_core: RealCore, transactional_db: None) -> Iterator[Site]:
    """The site, as Core reaches it."""
    site = Site(real_core.archive_port)
    site.start()
    yield site
    real_core.settle()
    site.stop()
