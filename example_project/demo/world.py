"""The invented world of the demo: instruments, releases and their numbers."""

from __future__ import annotations

import datetime
import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WORLD_FILE = Path(__file__).parent / "pieces" / "world.toml"


@dataclass(frozen=True)
class Release:
    """A version of Tidewright and the day (of the demo's own calendar) it came out."""

    version: str
    on: datetime.date
    name: str = ""
    security: bool = False

    @property
    def major(self) -> bool:
        """Say whether this is a release with new features, which gets a party."""
        return self.version.endswith(".0")


@cache
def releases() -> tuple[Release, ...]:
    """Return every release, oldest first."""
    return tuple(Release(**row) for row in _world()["release"])


def slots(rng: random.Random, day: datetime.date) -> dict[str, str]:
    """Choose what one thread is about: values for the `$names` of its pieces."""
    about = {name: rng.choice(values) for name, values in _world()["about"].items()}
    for name, (low, high) in _world()["numbers"].items():
        about[name] = str(rng.randint(low, high))
    return about | versions(day)


def versions(day: datetime.date) -> dict[str, str]:
    """Return the current, the previous and the next version as of that day."""
    stable = [r for r in releases() if "b" not in r.version and "rc" not in r.version]
    out = [r.version for r in stable if r.on <= day] or ["1.3.4"]
    coming = [r.version for r in stable if r.on > day] or ["2.4.0"]
    previous = out[-2] if len(out) > 1 else "1.3.3"
    return {"version": out[-1], "prev": previous, "next": coming[0]}


def slug(name: str) -> str:
    """Return the file name of a port's station file, without `.toml`."""
    return name.lower().translate(str.maketrans("åáóéüñîõ ", "aaoeunio-"))


@cache
def _world() -> dict[str, Any]:
    return tomllib.loads(WORLD_FILE.read_text(encoding="utf-8"))
