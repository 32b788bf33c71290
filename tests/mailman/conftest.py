"""The Cores that these tests talk to."""

from __future__ import annotations

from tests.mailman.cores import (
    fake_core as fake_core,
)
from tests.mailman.cores import (
    fake_server as fake_server,
)
from tests.mailman.cores import (
    nothing_remembered as nothing_remembered,
)
from tests.mailman.cores import (
    real_core as real_core,
)
from tests.mailman.cores import (
    running_core as running_core,
)
