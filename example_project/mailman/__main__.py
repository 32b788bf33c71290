"""The command behind script/mailman."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path

from . import post_office, processes
from .layout import Layout, secret

DEFAULT_STATE = Path(__file__).resolve().parents[2] / "var" / "mailman"


def main() -> None:
    """Do what the command line says."""
    options = _parser().parse_args()
    # Whoever is ended while he starts ends what he has started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    state: Path = options.state.resolve()
    match options.command:
        case "start":
            _start(Layout(state, options.port), options.archive)
        case "stop":
            _stop(state, wipes=options.wipe)
        case "status":
            _status(state)
        case "post-office":
            post_office.serve(_known(state))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/mailman",
        description="A Mailman Core on this machine that archives into the site. "
        "MAILMAN_REST_API_PASS and MAILMAN_ARCHIVER_KEY come from the environment.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start it and wait until it answers")
    start.add_argument(
        "--port",
        type=int,
        default=8001,
        help="the first of four ports: REST API, LMTP, relay (SMTP in), sink (SMTP "
        "out); 8001 by default",
    )
    start.add_argument(
        "--archive",
        default="http://127.0.0.1:8000/archives/",
        help="URL of the archive (%(default)s)",
    )
    stop = commands.add_parser("stop", help="end it")
    stop.add_argument(
        "--wipe", action="store_true", help="at once, and delete its folder"
    )
    commands.add_parser("status", help="say whether it runs")
    commands.add_parser("post-office")
    for command in commands.choices.values():
        command.add_argument(
            "--state", type=Path, default=DEFAULT_STATE, help="its folder (%(default)s)"
        )
    return parser


def _start(layout: Layout, archive_url: str) -> None:
    begun = time.monotonic()
    password = secret("MAILMAN_REST_API_PASS")
    if processes.is_running(layout):
        sys.exit(f"a Mailman Core runs in {layout.state} already")
    layout.write(archive_url, secret("MAILMAN_ARCHIVER_KEY"), password)
    processes.start(layout, password)
    ports = ", ".join(f"{part} {port}" for part, port in layout.ports.items())
    print(f"Mailman Core is up after {time.monotonic() - begun:.0f} s: {ports}")


def _stop(state: Path, *, wipes: bool) -> None:
    layout = Layout.read(state)
    if layout is not None and processes.stop(layout, kills=wipes):
        print("Mailman Core has ended")
    if wipes and layout is not None:
        shutil.rmtree(state)


def _status(state: Path) -> None:
    layout = Layout.read(state)
    if layout is None or not processes.is_running(layout):
        sys.exit("no Mailman Core runs there")
    print(f"Mailman Core runs in {state}: {layout.ports}")


def _known(state: Path) -> Layout:
    layout = Layout.read(state)
    if layout is None:
        sys.exit(f"there is no Mailman Core in {state}")
    return layout


main()
