"""Where the demo archive takes its random choices from."""

from __future__ import annotations

import random


def stream(*names: object) -> random.Random:
    """Return the stream of choices that belongs to these names, always the same one.

    Every thread has its own stream, so that changing one thread leaves the others, and
    their Message-IDs, as they were.
    """
    return random.Random("/".join(map(str, names)))  # noqa: S311 - demo, not secrets
