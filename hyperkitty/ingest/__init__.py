"""From bytes to the archive: one pipeline for one mail and for a million."""

from __future__ import annotations

from .pipeline import archive, archive_prepared
from .prepare import prepare, raw_digest
from .values import Incoming, Outcome, Prepared, Status

__all__ = [
    "Incoming",
    "Outcome",
    "Prepared",
    "Status",
    "archive",
    "archive_prepared",
    "prepare",
    "raw_digest",
]
