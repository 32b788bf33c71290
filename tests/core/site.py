"""The web site that a real Core archives into; it can be stopped and started again."""

from __future__ import annotations

import threading
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler

from tests.mailman.real_core import HOST


class Site:
    """Serves the test's database on a port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._server: Any = None

    def start(self) -> None:
        """Begin to answer."""
        self._server = ThreadedWSGIServer(
            (HOST, self.port), QuietWSGIRequestHandler, allow_reuse_address=True
        )
        self._server.set_app(StaticFilesHandler(WSGIHandler()))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more; connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
