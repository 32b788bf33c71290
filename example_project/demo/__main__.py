"""Writes the demo archive as one mbox file per list."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from . import generate
from .writer import write_mboxes


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(
        prog="python -m example_project.demo",
        description="Write the three demo lists as mboxrd files, one per list. "
        "The same END gives the same bytes; another END moves the dates by whole "
        "weeks and nothing else.",
        epilog="Example: python -m example_project.demo --end 2026-06-30 --out demo",
    )
    parser.add_argument(
        "--end",
        type=datetime.date.fromisoformat,
        default=datetime.datetime.now(datetime.UTC).date(),
        help="the day on which the archive ends, YYYY-MM-DD (default: today, UTC)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder to write to; made if it does not exist",
    )
    options = parser.parse_args()
    for path in write_mboxes(generate(options.end), options.out):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
