"""Starting a Core with its post office, and ending exactly what was started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import psutil

from .layout import HOST, REST_USER, Layout

#: Seconds that Core may take to start: it is a dozen processes on a busy machine.
PATIENCE = 180.0
STOP_PATIENCE = 30.0


def start(layout: Layout, rest_password: str) -> None:
    """Start everything; return when Core answers. Ends what it began if that fails."""
    stop(layout)
    for part, port in layout.ports.items():
        if _is_open(port):
            sys.exit(f"something else listens on port {port}, wanted for {part}")
    try:
        _start_post_office(layout)
        _start_core(layout)
        _wait("Core's REST API", lambda: _answers(layout, rest_password))
        for part, port in layout.ports.items():
            _wait(part, partial(_is_open, port))
    except BaseException:
        stop(layout)
        raise


def stop(layout: Layout, *, kills: bool = False) -> bool:
    """End what `start` began, by its process ids; return whether anything ran.

    It may finish what it does, which takes seconds, unless *kills*.
    """
    found = _processes(layout)
    for process in found:
        _end(process, 0.0 if kills else STOP_PATIENCE)
    for path in (layout.master_pid, layout.post_office_pid):
        path.unlink(missing_ok=True)
    return bool(found)


def is_running(layout: Layout) -> bool:
    """Whether Core runs."""
    return _process(layout.master_pid, layout) is not None


def _start_post_office(layout: Layout) -> None:
    log = (layout.state / "logs" / "post_office.log").open("ab")
    with log:
        process = subprocess.Popen(  # noqa: S603  # our own module
            [
                *(sys.executable, "-m", "example_project.mailman"),
                *("post-office", "--state", str(layout.state)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    layout.post_office_pid.write_text(str(process.pid))


def _start_core(layout: Layout) -> None:
    command = [str(Path(sys.executable).with_name("mailman"))]
    if os.geteuid() == 0:
        command.append("--run-as-root")
    log_path = layout.state / "logs" / "start.log"
    with log_path.open("ab") as log:
        result = subprocess.run(  # noqa: S603  # installed beside this Python
            [*command, "-C", str(layout.config), "start", "--force"],
            cwd=layout.state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    if result.returncode:
        sys.exit(f"Mailman Core did not start: see {log_path}")


def _wait(what: str, is_there: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_there():
        if time.monotonic() > until:
            sys.exit(f"{what} did not come up within {PATIENCE:.0f} s")
        time.sleep(0.1)


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _answers(layout: Layout, rest_password: str) -> bool:
    key = b64encode(f"{REST_USER}:{rest_password}".encode()).decode()
    url = f"http://{HOST}:{layout.ports['rest']}/3.1/system/versions"
    request = Request(url, headers={"Authorization": f"Basic {key}"})  # http
    with suppress(OSError), urlopen(request, timeout=5) as answer:  # noqa: S310  # http
        return bool(answer.status == 200)
    return False


def _process(path: Path, layout: Layout) -> psutil.Process | None:
    """Return the running process whose id stands in the file, if it is ours still."""
    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(path.read_text()))
        if str(layout.state) in " ".join(process.cmdline()):
            return process
    return None


def _processes(layout: Layout) -> list[psutil.Process]:
    """Return the master, the post office, and what a start that failed left behind.

    All of them name the files of this very Core in their command lines.
    """
    own = (str(layout.config), f"post-office --state {layout.state}")
    master = _process(layout.master_pid, layout)
    found = [] if master is None else [master]
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = " ".join(process.cmdline()) + " "
            if any(f"{name} " in command for name in own) and process != master:
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def _end(process: psutil.Process, patience: float) -> None:
    """Ask the process to end, with its children; insist after a while."""
    with suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        process.terminate()
        _gone, alive = psutil.wait_procs(family, timeout=patience)
        for one in alive:
            with suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(alive, timeout=5)
