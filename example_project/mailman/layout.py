"""Where a Core keeps its files, on which ports it listens, and how it is configured."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

HOST = "127.0.0.1"
REST_USER = "restadmin"
#: How the parts follow each other from the first port on.
PARTS = ("rest", "lmtp", "relay", "sink")
TEMPLATE = Path(__file__).with_name("mailman.cfg")


@dataclass(frozen=True)
class Layout:
    """One Core: its folder and its ports."""

    state: Path
    first_port: int

    @property
    def ports(self) -> dict[str, int]:
        """The port of each part."""
        return {part: self.first_port + at for at, part in enumerate(PARTS)}

    @property
    def config(self) -> Path:
        """What Core reads first."""
        return self.state / "etc" / "mailman.cfg"

    @property
    def master_pid(self) -> Path:
        """Where Core's master process writes its id."""
        return self.state / "master.pid"

    @property
    def post_office_pid(self) -> Path:
        """Where the id of relay and sink stands."""
        return self.state / "post_office.pid"

    @property
    def delivered(self) -> Path:
        """The Maildir with the mail that Core sent."""
        return self.state / "delivered"

    def write(self, archive_url: str, archiver_key: str, rest_password: str) -> None:
        """Write the configuration; the secrets are readable for nobody else."""
        for folder in ("etc", "logs", "data"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        values = {
            "state": self.state,
            "bin": Path(sys.executable).parent,
            "host": HOST,
            "rest_user": REST_USER,
            "rest_password": rest_password,
            **{f"{part}_port": port for part, port in self.ports.items()},
        }
        etc = self.state / "etc"
        self.config.write_text(Template(TEMPLATE.read_text()).substitute(values))
        (etc / "gunicorn.cfg").write_text(
            # Its control socket is one for all gunicorns of a user, ours among them.
            "[gunicorn]\ngraceful_timeout = 10\ncontrol_socket_disable = true\n"
        )
        (etc / "hyperkitty.cfg").write_text(
            f"[general]\nbase_url: {_escaped(archive_url)}\n"
            f"api_key: {_escaped(archiver_key)}\n"
        )
        (self.state / "layout.json").write_text(json.dumps(asdict(self), default=str))

    @classmethod
    def read(cls, state: Path) -> Layout | None:
        """Return the layout of the Core that was started there last."""
        try:
            known = json.loads((state / "layout.json").read_text())
        except (OSError, ValueError):
            return None
        return cls(state, known["first_port"])


def secret(name: str) -> str:
    """Return the secret *name* from the environment."""
    value = os.environ.get(name, "")
    if not value:
        sys.exit(f"{name} has to be set in the environment")
    return value


def _escaped(value: str) -> str:
    """Return a value as the plugin's parser, which expands ``%``, reads it back."""
    return value.replace("%", "%%")
