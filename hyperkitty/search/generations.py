"""Where an index lives: generations side by side, and a pointer to the one in use.

    PATH/current          JSON: which folder is searched, and how it was made
    PATH/building         JSON: a generation that is being built beside it
    PATH/lock             who writes holds it
    PATH/1732567891.5/    the engine's own files

A folder is never renamed or changed by more than its engine: readers go on in the old
one until they see that the pointer moved. Everything survives a kill at any point.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperkitty.exceptions import HyperKittyError

from .languages import Languages

CURRENT = "current"
BUILDING = "building"
LOCK = "lock"
#: Seconds between two tries to get the lock.
PAUSE = 0.05


class IndexUnusable(HyperKittyError):
    """The index cannot be searched or written; the words say why."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One folder of an index and how it was made."""

    name: str
    #: Of the engine's layout: another one cannot be read.
    version: str
    languages: Languages
    #: While it is built: the mails up to this id are in it.
    done_id: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "name": self.name,
            "version": self.version,
            "languages": self.languages.to_json(),
            "done_id": self.done_id,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Generation:
        """Return what `to_json` gave."""
        return cls(
            name=str(stored["name"]),
            version=str(stored["version"]),
            languages=Languages.from_json(stored["languages"]),
            done_id=int(stored["done_id"]),
        )


class Generations:
    """The generations below one path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def current(self) -> Generation | None:
        """Return the one in use. Raises `IndexUnusable` if the pointer is damaged."""
        return self._read(CURRENT)

    def building(self) -> Generation | None:
        """Return the one that is being built, if any."""
        try:
            return self._read(BUILDING)
        except IndexUnusable:
            return None

    def folder(self, generation: Generation) -> Path:
        """Return where the files of *generation* are."""
        return self.path / generation.name

    def begin(self, version: str, languages: Languages) -> Generation:
        """Make an empty folder for a new generation, in place of one half built.

        The caller holds the lock, here and below.
        """
        self._forget_building()
        generation = Generation(f"{time.time():.3f}", version, languages)
        self.folder(generation).mkdir(parents=True)
        self._write(BUILDING, generation)
        return generation

    def note_progress(self, generation: Generation) -> None:
        """Keep how far the generation that is being built has come."""
        self._write(BUILDING, generation)

    def finish(self, generation: Generation) -> None:
        """Use *generation* from now on, and remove all others."""
        self._write(CURRENT, generation)
        (self.path / BUILDING).unlink(missing_ok=True)
        self._remove_but(generation.name)

    def clear(self) -> None:
        """Forget every generation."""
        for name in (CURRENT, BUILDING):
            (self.path / name).unlink(missing_ok=True)
        self._remove_but("")

    @contextmanager
    def lock(self, timeout: float = 0) -> Iterator[bool]:
        """Try for *timeout* seconds to be the one who writes, and say whether it is so.

        The system frees the lock of a process that ends, however it ends.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            yield _acquire(handle, time.monotonic() + timeout)
        finally:
            os.close(handle)

    def size(self) -> int:
        """Return the bytes that all generations take."""
        files = (path for path in self.path.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    def _read(self, name: str) -> Generation | None:
        try:
            stored = json.loads((self.path / name).read_bytes())
            return Generation.from_json(stored)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise IndexUnusable(f"{self.path / name}: {error}") from error

    def _write(self, name: str, generation: Generation) -> None:
        """Replace a pointer in one step that is on the disk afterwards."""
        new = self.path / f"{name}.new"
        with new.open("w") as file:
            json.dump(generation.to_json(), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path / name)
        folder = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _forget_building(self) -> None:
        current = self._read_name()
        (self.path / BUILDING).unlink(missing_ok=True)
        self._remove_but(current)

    def _read_name(self) -> str:
        try:
            current = self.current()
        except IndexUnusable:
            return ""
        return current.name if current else ""

    def _remove_but(self, name: str) -> None:
        for folder in self.path.iterdir():
            if folder.is_dir() and folder.name != name:
                # A reader may still have files open; they go when it closes them.
                shutil.rmtree(folder, ignore_errors=True)


def _acquire(handle: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        else:
            return True
