"""The commands of script/, run as a stranger runs them in a fresh copy."""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from hyperkitty.mail.message_id import message_id_hash
from tests.mailman.real_core import free_ports, wait_for
from tests.mails import mail

ROOT = Path(__file__).resolve().parent.parent
ALONE = "--no-mailman"
SCRIPTS = [path for path in (ROOT / "script").iterdir() if path.is_file()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy what git would give; only the installed packages are shared."""
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for name in (".venv", ".venv-mailman"):
        if (ROOT / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@contextmanager
def served(copy: Path, port: int, *options: str) -> Iterator[str]:
    """Run script/server until it says that it is ready; end it as Ctrl-C does."""
    with subprocess.Popen(
        ["script/server", "--port", str(port), *options],
        cwd=copy,
        env={name: os.environ[name] for name in ("HOME", "PATH")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        try:
            yield said
        finally:
            # A terminal sends it to everything that runs in the foreground.
            os.killpg(process.pid, signal.SIGINT)
            process.communicate()


@pytest.mark.install
def test_server_fills_and_serves_the_demo(copy: Path, port: int) -> None:
    with served(copy, port, ALONE) as said:
        assert f"http://127.0.0.1:{port}/" in said
        with urlopen(f"http://127.0.0.1:{port}/") as page:
            html = page.read().decode()
            assert page.url == f"http://127.0.0.1:{port}/archives/"
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        (stylesheet, *_) = re.findall(r'href="([^"]+\.[0-9a-f]{12}\.css)"', html)
        with urlopen(f"http://127.0.0.1:{port}{stylesheet}") as response:
            assert "immutable" in response.headers["Cache-Control"]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.install
def test_second_start_keeps_secrets_and_archive(copy: Path, port: int) -> None:
    with served(copy, port, ALONE) as said:
        assert "Writing .env" in said
        assert "Filling the demo archive" in said
    environment = copy / ".env"
    secrets = environment.read_text()
    assert stat.S_IMODE(environment.stat().st_mode) == 0o600

    with served(copy, port, ALONE) as said:
        assert "Writing .env" not in said
        assert "Filling the demo archive" not in said
    assert environment.read_text() == secrets


@pytest.mark.install
def test_server_refuses_a_port_that_is_taken(copy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            ["script/server", "--port", str(taken.getsockname()[1])],
            cwd=copy,
            env={name: os.environ[name] for name in ("HOME", "PATH")},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert "choose a --port" in done.stderr


@pytest.mark.core
def test_mail_to_the_demo_comes_into_its_archive(copy: Path) -> None:
    port = free_ports(5)
    with served(copy, port) as said:
        assert "Mailman Core runs beside it" in said
        to = "To: tidewright@lists.example.org\n"
        raw = mail("hello@example.org", sender="owen@example.org", headers=to)
        raw = raw.replace(b"\n", b"\r\n")
        with smtplib.SMTP("127.0.0.1", port + 3) as relay:
            relay.sendmail("owen@example.org", ["tidewright@lists.example.org"], raw)
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                relay.sendmail("owen@example.org", ["no@lists.example.org"], raw)
        base = f"http://127.0.0.1:{port}/archives/list/tidewright@lists.example.org"
        url = f"{base}/message/{message_id_hash('hello@example.org')}/"
        wait_for(lambda: opens(url), "the mail in the archive")
        delivered = copy / "var" / "mailman" / "delivered" / "new"
        wait_for(
            lambda: any(url in path.read_text() for path in delivered.glob("*")),
            "the mail with its URL in a mailbox",
        )
    for number in range(port, port + 5):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", number)) != 0


@pytest.mark.core
def test_demo_serves_and_says_so_when_mailman_cannot_start(copy: Path) -> None:
    port = free_ports(5)
    with (
        socket.create_server(("127.0.0.1", port + 2)),
        served(copy, port) as said,
    ):
        assert "Mailman Core did not start" in said
        assert f"something else listens on port {port + 2}" in said
        assert opens(f"http://127.0.0.1:{port}/")


def opens(url: str) -> bool:
    """Whether a page is there."""
    try:
        with urlopen(url) as page:
            return bool(page.status == 200)
    except HTTPError as error:
        error.close()
        return False


def test_server_explains_its_options() -> None:
    done = subprocess.run(
        ["script/server", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    for option in ("--host", "--port", "--reset", "--no-mailman"):
        assert option in done.stdout


def test_server_refuses_unknown_options() -> None:
    done = subprocess.run(
        ["script/server", "--prot", "1"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "--port" in done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_is_well_formed(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)


def test_lock_is_installed_again_only_when_it_changed(tmp_path: Path) -> None:
    (tmp_path / "script").mkdir()
    shutil.copy(ROOT / "script" / "_setup.sh", tmp_path / "script")
    (tmp_path / "requirements-build.txt").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(ROOT / ".venv" / "bin")
    install = "set -e; . script/_setup.sh; install_lock lock.txt"

    def said(lock: str) -> str:
        (tmp_path / "lock.txt").write_text(lock)
        return subprocess.run(
            ["bash", "-c", install],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert said("# one\n") == "Installing lock.txt\n"
    assert said("# one\n") == ""
    assert said("# two\n") == "Installing lock.txt\n"
