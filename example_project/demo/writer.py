"""Writes mboxrd files: a line `From `, `>From ` and so on gets one more `>`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

FROM_LIKE = re.compile(rb"^(>*From )", re.MULTILINE)


def write_mboxes(mails: Iterable[tuple[str, bytes, bytes]], folder: Path) -> list[Path]:
    """Write one mbox per list from (list address, From_ line, message); return them."""
    by_list: dict[str, list[bytes]] = {}
    for address, from_line, raw in mails:
        quoted = FROM_LIKE.sub(rb">\1", raw)
        by_list.setdefault(address, []).append(b"%s\n%s\n" % (from_line, quoted))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for address, entries in by_list.items():
        path = folder / f"{address}.mbox"
        path.write_bytes(b"".join(entries))
        written.append(path)
    return written
