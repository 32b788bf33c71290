"""Which search engine a URL names, and which one a machine can have."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ

ENGINES = {
    "tantivy": "hyperkitty.search.engines.tantivy_backend.TantivyEngine",
    "whoosh": "hyperkitty.search.engines.whoosh_backend.WhooshEngine",
}


def search_engine(url: str) -> dict[str, Any]:
    """Return Haystack's settings for the engine at *url*.

    ``tantivy:///path`` and ``whoosh:///path`` are the archive's own; other schemes are
    those of django-environ. A machine without tantivy gets Whoosh beside its path.
    """
    scheme, _, path = url.partition("://")
    if scheme == "tantivy" and find_spec("tantivy") is None:
        scheme, path = "whoosh", f"{path.rstrip('/')}-whoosh"
    if scheme in ENGINES:
        return {"ENGINE": ENGINES[scheme], "PATH": str(Path(path))}
    config: dict[str, Any] = environ.Env.search_url_config(url)
    return config
