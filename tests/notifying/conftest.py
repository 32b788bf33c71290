"""A mail server, for what only a real one says."""

from __future__ import annotations

from tests.posting.conftest import mail_server as mail_server
