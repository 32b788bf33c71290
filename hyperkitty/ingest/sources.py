"""Files and folders of mail: what kind they are, and the mails in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from hyperkitty.exceptions import HyperKittyError
from hyperkitty.mail.mbox import DamagedFileError, open_mbox

#: The path that means standard input.
STDIN = "-"
_MAIL_FILE = ".eml"


class UnknownSource(HyperKittyError):
    """A path that holds no mail we can read; give another."""


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A mail as it stands in a file."""

    raw: bytes
    #: The mbox separator line, without its line end; empty outside an mbox.
    from_line: bytes = b""


class Sources:
    """The mails of mbox files, maildirs, folders of .eml files and a stream, in order.

    Raises `UnknownSource` at once for a path that is none of these. What turns out on
    the way that it cannot be read is noted in *problems*, and the rest is read on.
    """

    def __init__(self, paths: Sequence[str], stdin: BinaryIO) -> None:
        self._sources = [_source(path, stdin) for path in paths]
        self.problems: list[str] = []

    def __iter__(self) -> Iterator[FoundMail]:
        for source in self._sources:
            yield from source.mails(self.problems)

    @property
    def size(self) -> int | None:
        """Bytes of all files; None if a stream is among them."""
        sizes = [source.size for source in self._sources]
        return None if None in sizes else sum(filter(None, sizes))

    @property
    def done(self) -> int:
        """Bytes that were read so far, as they stand on disk."""
        return sum(source.done for source in self._sources)


class _Source(Protocol):
    size: int | None
    done: int

    def mails(self, problems: list[str]) -> Iterator[FoundMail]: ...


class _Mbox:
    """An mbox file, maybe compressed, or a stream of one."""

    def __init__(self, name: str, stdin: BinaryIO) -> None:
        self.name = name
        self.stdin = stdin
        self.size = None if name == STDIN else Path(name).stat().st_size
        self.done = 0

    def mails(self, problems: list[str]) -> Iterator[FoundMail]:
        """Yield its mails; what is wrong with the file comes last."""
        try:
            if self.name == STDIN:
                yield from self._read(self.stdin)
            else:
                with open(self.name, "rb") as file:
                    yield from self._read(file)
        except (OSError, DamagedFileError) as error:
            problems.append(f"{self.name}: {error}")

    def _read(self, stream: BinaryIO) -> Iterator[FoundMail]:
        counted = _Counted(stream, self)
        for mail in open_mbox(cast(BinaryIO, counted)):
            yield FoundMail(mail.raw, mail.from_line)


class _Counted:
    """A stream that notes how far it was read."""

    def __init__(self, stream: BinaryIO, source: _Mbox) -> None:
        self.stream = stream
        self.source = source

    def read(self, size: int = -1, /) -> bytes:
        """Read on."""
        data = self.stream.read(size)
        self.source.done += len(data)
        return data


class _Files:
    """Files with one mail each."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files
        self.size: int | None = sum(file.stat().st_size for file in files)
        self.done = 0

    def mails(self, problems: list[str]) -> Iterator[FoundMail]:
        """Yield them; a file that vanished meanwhile is a problem."""
        for file in self.files:
            try:
                content = file.read_bytes()
            except OSError as error:
                problems.append(str(error))
                continue
            self.done += len(content)
            from_line, raw = b"", content
            if content.startswith(b"From "):
                from_line, _end, raw = content.partition(b"\n")
            yield FoundMail(raw, from_line.rstrip(b"\r"))


def _source(path: str, stdin: BinaryIO) -> _Source:
    found = Path(path)
    if path == STDIN:
        return _Mbox(path, stdin)
    if found.is_dir():
        return _Files(_files_of_folder(found))
    if not found.exists():
        raise UnknownSource(f"{path} does not exist.")
    if not os.access(found, os.R_OK):
        raise UnknownSource(f"{path} may not be read by this user.")
    if found.suffix.lower() == _MAIL_FILE:
        return _Files([found])
    return _Mbox(path, stdin)


def _files_of_folder(folder: Path) -> list[Path]:
    boxes = [folder / name for name in ("cur", "new") if (folder / name).is_dir()]
    if boxes:
        return [file for box in boxes for file in sorted(box.iterdir())]
    files = sorted(folder.rglob("*"))
    mails = [f for f in files if f.suffix.lower() == _MAIL_FILE and f.is_file()]
    if not mails:
        raise UnknownSource(
            f"{folder} is neither a maildir nor a folder with {_MAIL_FILE} files. "
            f"Name mbox files one by one: {folder}/*.mbox"
        )
    return mails
