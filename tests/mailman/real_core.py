"""A real Mailman Core for tests: started by script/mailman, changed through REST."""

from __future__ import annotations

import mailbox
import os
import re
import shutil
import smtplib
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError

from mailmanclient import Client

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DOMAIN = "lists.example.org"
USER, PASSWORD, ARCHIVER_KEY = "restadmin", "restpass", "archiver-key-for-tests"
#: Where mail waits inside Core, in this order.
QUEUES = ("in", "pipeline", "archive", "virgin", "out")
#: Seconds that a busy machine may take for anything a test waits for.
PATIENCE = 60.0

Found = TypeVar("Found")


class RealCore:
    """A running Core with the interface of `FakeCore`, and its mail."""

    def __init__(self) -> None:
        self.state = Path(tempfile.mkdtemp(prefix="hyperkitty-core-"))
        ports = free_ports(5)
        self.port = ports
        self.archive_port = ports + 4
        self.url = f"http://{HOST}:{self.port}"
        self.base_url = f"http://{HOST}:{self.archive_port}"
        self.start()
        self.client = Client(f"{self.url}/3.1", USER, PASSWORD)
        self.client.create_domain(DOMAIN)

    def start(self) -> None:
        """Start it, with all that it knew when it was stopped."""
        self._script(
            *("start", "--port", str(self.port)),
            *("--archive", f"{self.base_url}/archives/"),
        )

    def stop(self) -> None:
        """End it."""
        self._script("stop")

    def wipe(self) -> None:
        """End it and delete its files."""
        self._script("stop", "--wipe")
        shutil.rmtree(self.state, ignore_errors=True)

    def make_list(self, name: str, **config: Any) -> str:
        """Make a list and return its List-Id."""
        local, _at, domain = name.partition("@")
        mlist = self.client.get_domain(domain).create_list(local)
        # Core writes these rows down when it first needs them. Two of its processes at
        # once write them twice, and then shunt the list's mail (Mailman 3.3.10).
        mlist.archivers["hyperkitty"] = True
        self.change_list(mlist.list_id, send_welcome_message=False, **config)
        return str(mlist.list_id)

    def change_list(self, list_id: str, **config: Any) -> None:
        """Change settings of a list."""
        settings = self.client.get_list(list_id).settings
        for name, value in config.items():
            settings[name] = value
        settings.save()

    def rename_list(self, list_id: str, name: str) -> None:
        """Give a list another address, for which Core has no interface."""
        local, _at, domain = name.partition("@")
        with sqlite3.connect(self.state / "data" / "mailman.db", timeout=30) as rows:
            rows.execute(
                "UPDATE mailinglist SET list_name = ?, mail_host = ? WHERE list_id = ?",
                (local, domain, list_id),
            )
        rows.close()

    def delete_list(self, list_id: str) -> None:
        """Delete a list."""
        self.client.delete_list(list_id)

    def delete_lists(self) -> None:
        """Delete all lists."""
        for mlist in self.client.lists:
            self.delete_list(mlist.list_id)

    def join(
        self, list_id: str, email: str, role: str = "member", *, silent: bool = False
    ) -> None:
        """Give a role to an address; *silent* members get no mail."""
        mlist = self.client.get_list(list_id)
        if role == "member":
            mlist.subscribe(
                email,
                pre_verified=True,
                pre_confirmed=True,
                pre_approved=True,
                send_welcome_message=False,
                delivery_status="by_user" if silent else "enabled",
            )
        else:
            mlist.add_role(role, email)

    def leave(self, list_id: str, email: str) -> None:
        """Take the address off the list."""
        self.client.get_list(list_id).get_member(email).unsubscribe()

    def send(
        self, raw: bytes, sender: str, to: str, *, through_relay: bool = False
    ) -> None:
        """Bring a mail: over LMTP as a mail server does, or as the site does."""
        content = re.sub(rb"\r?\n", b"\r\n", raw)
        door: Callable[[str, int], smtplib.SMTP] = smtplib.LMTP
        port = self.port + 1
        if through_relay:
            door, port = smtplib.SMTP, self.port + 2
        with door(HOST, port) as server:
            server.sendmail(sender, [to], content, ["BODY=8BITMIME"])

    def delivered(self, recipient: str, needle: str) -> Message | None:
        """Return the mail to *recipient* whose bytes hold *needle*, once it is out."""
        for mail in mailbox.Maildir(self.state / "delivered", create=False):
            if mail["X-Envelope-To"] == recipient and needle.encode() in bytes(mail):
                return mail
        return None

    def spooled(self) -> list[Path]:
        """Return the mails that the archive did not take yet."""
        spool = self.state / "archives" / "hyperkitty" / "spool"
        return sorted(spool.glob("*.pck"))

    def settle(self) -> None:
        """Wait until Core has worked off all mail that it took."""
        queues = [self.state / "queue" / name for name in QUEUES]
        wait_for(
            lambda: not any(file for queue in queues for file in queue.glob("*")),
            "empty queues",
        )

    def _script(self, *arguments: str) -> None:
        secrets = {
            "MAILMAN_REST_API_PASS": PASSWORD,
            "MAILMAN_ARCHIVER_KEY": ARCHIVER_KEY,
        }
        subprocess.run(
            [ROOT / "script" / "mailman", *arguments, "--state", self.state],
            env=os.environ | secrets,
            check=True,
        )


def wait_for(find: Callable[[], Found | None], what: str) -> Found:
    """Return what *find* finds, as soon as it finds something."""
    until = time.monotonic() + PATIENCE
    while True:
        if found := find():
            return found
        assert time.monotonic() < until, f"waited too long for {what}"
        time.sleep(0.05)


def is_member(core: RealCore, list_id: str, email: str) -> bool:
    """Whether the address is on the list."""
    try:
        return bool(core.client.get_list(list_id).get_member(email))
    except (HTTPError, ValueError):  # mailmanclient's word for "no member"
        return False


def free_ports(count: int) -> int:
    """Return the first of *count* free ports in a row."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            first = int(probe.getsockname()[1])
        if first + count < 65_000 and all(map(_is_free, range(first, first + count))):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
