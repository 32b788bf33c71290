"""A small HTTP server that speaks the part of Core's REST API that the archive uses.

`tests/mailman/test_core.py` runs against this and against a real Core, so that what
other tests believe of Core is true.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

USER, PASSWORD = "restadmin", "restpass"
CONFIG = {
    "allow_list_posts": True,
    "archive_policy": "public",
    "archive_rendering_mode": "text",
    "created_at": "2024-02-03T04:05:06",
    "default_member_action": "defer",
    "default_nonmember_action": "hold",
    "description": "",
    "max_message_size": 40,
    "subscription_policy": "confirm",
}


@dataclass
class FakeMember:
    """One role of one address."""

    list_id: str
    email: str
    role: str
    delivery_mode: str = "regular"
    delivery_status: str = "enabled"
    moderation_action: str = ""

    @property
    def member_id(self) -> str:
        """What names it in Core's URLs."""
        return f"{self.role}-{self.list_id}-{self.email}"


@dataclass
class FakeCore:
    """What the Core has; tests change it as they like."""

    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: list[FakeMember] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    #: Addresses that may not subscribe.
    banned: set[str] = field(default_factory=set)
    #: Message-ID and reason of each mail that waits for a moderator, by list.
    held: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    #: What moderators decided: request id, action and comment.
    moderated: list[tuple[int, str, str]] = field(default_factory=list)
    #: Mail that was put into the incoming queue.
    queued: list[dict[str, str]] = field(default_factory=list)
    takes_mail: bool = True
    #: Seconds before each answer; answers that wait come at once when it is set to 0.
    delay: float = 0
    #: What every request is answered with, instead of what it asked for.
    status: int = 200
    body: bytes | None = None
    requests: list[str] = field(default_factory=list)

    def make_list(self, name: str, **config: Any) -> str:
        """Add a list and return its List-Id."""
        list_id = name.replace("@", ".")
        local = name.partition("@")[0]
        self.lists[list_id] = {
            **CONFIG,
            "fqdn_listname": name,
            "display_name": local.capitalize(),
            "subject_prefix": f"[{local.capitalize()}] ",
            **config,
        }
        return list_id

    def change_list(self, list_id: str, **config: Any) -> None:
        """Change settings of a list."""
        self.lists[list_id].update(config)

    def rename_list(self, list_id: str, name: str) -> None:
        """Give a list another address; its List-Id stays."""
        self.lists[list_id]["fqdn_listname"] = name

    def delete_list(self, list_id: str) -> None:
        """Delete a list and its members."""
        del self.lists[list_id]
        self.members = [one for one in self.members if one.list_id != list_id]

    def join(
        self, list_id: str, email: str, role: str = "member", *, silent: bool = False
    ) -> None:
        """Give a role to an address; *silent* members get no mail."""
        status = "by_user" if silent else "enabled"
        self.members.append(FakeMember(list_id, email, role, delivery_status=status))

    def leave(self, list_id: str, email: str) -> None:
        """Take the address' roles on the list."""
        self.members = [
            one for one in self.members if (one.list_id, one.email) != (list_id, email)
        ]

    def hesitate(self) -> None:
        """Take `delay` seconds."""
        until = time.monotonic() + self.delay
        while self.delay and time.monotonic() < until:
            time.sleep(0.02)

    def answer(self, path: str, asked: dict[str, list[str]]) -> Any:
        """Return what a GET gives, None for a 404."""
        match path.split("/"):
            case ["lists"]:
                return _page([_entry(i, c) for i, c in self.lists.items()], asked)
            case ["lists", name]:
                list_id = self._list_id(name)
                return list_id and _entry(list_id, self.lists[list_id])
            case ["lists", name, "config"]:
                list_id = self._list_id(name)
                return list_id and self.lists[list_id]
            case ["lists", name, "roster", role]:
                list_id = self._list_id(name)
                found = [
                    {"email": one.email}
                    for one in self.members
                    if (one.list_id, one.role) == (list_id, role)
                ]
                return list_id and _page(found, asked)
            case ["lists", name, "member", email]:
                found = self._member("member", name, email)
                return found and {"member_id": found.member_id}
            case ["lists", name, "held"]:
                held = self.held.get(self._list_id(name) or "", [])
                rows = [
                    {
                        "request_id": number,
                        "message_id": i,
                        "reason": why,
                        "sender": "zoe@example.com",
                        "subject": f"Held {number}",
                        "hold_date": "2024-05-01T10:00:00",
                        "msg": f"Message-ID: {i}\nSubject: Held {number}\n"
                        "In-Reply-To: <a@x>\n\nSome text.\n",
                    }
                    for number, (i, why) in enumerate(held, 1)
                ]
                return _page(rows, asked)
            case ["members", "find"]:
                return _page(self._found(asked), asked)
            case ["addresses"]:
                found = [
                    {"email": email, "user": f"http://core/3.1/users/{user_id}"}
                    for email, user_id in self.users.items()
                ]
                return _page(found, asked)
        return None

    def change(self, method: str, path: str, sent: dict[str, str]) -> tuple[int, Any]:
        """Return status and body of the answer to a request that changes something."""
        match method, path.split("/"):
            case "POST", ["members"]:
                return self._subscribe(sent)
            case "POST", ["queues", "in"]:
                if not self.takes_mail:
                    return 400, {"title": "400 Bad Request"}
                self.queued.append(sent)
                return 201, None
            case "PATCH", ["members", member_id, *_preferences]:
                for name, value in sent.items():
                    for member in self._with_id(member_id):
                        setattr(member, name, value)
                return 204, None
            case "POST", ["lists", name, "held", number]:
                return self._moderate(name, int(number), sent)
            case "DELETE", ["members", member_id]:
                gone = self._with_id(member_id)
                self.members = [one for one in self.members if one not in gone]
                return (204, None) if gone else (404, None)
        return 404, None

    def _moderate(
        self, name: str, number: int, sent: dict[str, str]
    ) -> tuple[int, Any]:
        held = self.held.get(self._list_id(name) or "", [])
        if not 1 <= number <= len(held):
            return 404, None
        comment = sent.get("comment", "")
        self.moderated.append((number, sent["action"], comment))
        return 204, None

    def _subscribe(self, sent: dict[str, str]) -> tuple[int, Any]:
        list_id, email = sent["list_id"], sent["subscriber"].lower()
        role = sent.get("role", "member")
        if email in self.banned:
            return 400, {
                "title": "400 Bad Request",
                "description": "Membership is banned",
            }
        if self._member(role, list_id, email):
            return 409, {
                "title": "409 Conflict",
                "description": "Member already subscribed",
            }
        policy = self.lists[list_id]["subscription_policy"]
        if role == "member" and "moderate" in policy:
            return 202, {"token": "abc", "token_owner": "moderator"}
        status = sent.get("delivery_status", "enabled")
        self.members.append(FakeMember(list_id, email, role, delivery_status=status))
        return 201, None

    def _member(self, role: str, list_id: str, email: str) -> FakeMember | None:
        key = (role, list_id, email)
        same = (m for m in self.members if (m.role, m.list_id, m.email) == key)
        return next(same, None)

    def _with_id(self, member_id: str) -> list[FakeMember]:
        return [one for one in self.members if one.member_id == member_id]

    def _list_id(self, name: str) -> str | None:
        if name in self.lists:
            return name
        return next(
            (i for i, c in self.lists.items() if c["fqdn_listname"] == name), None
        )

    def _found(self, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        """Find members as Core does, with its wildcard in addresses."""
        pattern = asked["subscriber"][0].lower()
        status = asked.get("delivery_status", [None])[0]
        role = asked.get("role", [None])[0]
        list_id = asked.get("list_id", [None])[0]
        return [
            {
                "member_id": one.member_id,
                **({"moderation_action": m} if (m := one.moderation_action) else {}),
                "list_id": one.list_id,
                "email": one.email,
                "role": one.role,
                "delivery_mode": one.delivery_mode,
            }
            for one in self.members
            if ("*" in pattern or one.email == pattern)
            and status in (None, one.delivery_status)
            and role in (None, one.role)
            and list_id in (None, one.list_id)
        ]


class FakeCoreServer:
    """Serves a `FakeCore` on a free port of the loopback interface."""

    def __init__(self) -> None:
        self.core = FakeCore()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Stop listening: from now on connections are refused."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        core = self.core
        key = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                path = unquote(url.path.removeprefix("/3.1/"))
                core.requests.append(path)
                core.hesitate()
                if core.status != 200 or core.body is not None:
                    return self.send(core.status, core.body or b"{}")
                if self.headers["Authorization"] != key:
                    return self.send(401, b'{"title": "401 Unauthorized"}')
                found = core.answer(path, parse_qs(url.query))
                if found is None:
                    return self.send(404, b'{"title": "404 Not Found"}')
                return self.send(200, json.dumps(found).encode())

            def do_POST(self) -> None:
                path = unquote(urlsplit(self.path).path.removeprefix("/3.1/"))
                length = int(self.headers.get("Content-Length") or 0)
                sent = parse_qs(
                    self.rfile.read(length).decode(), keep_blank_values=True
                )
                core.requests.append(f"{self.command} {path}")
                if core.status != 200:
                    return self.send(core.status, b"{}")
                values = {name: values[0] for name, values in sent.items()}
                status, answer = core.change(self.command, path, values)
                body = json.dumps(answer).encode() if answer is not None else b""
                return self.send(status, body)

            do_PATCH = do_DELETE = do_POST

            def send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                # Whoever ran out of patience has hung up.
                with suppress(ConnectionError):
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


def _entry(list_id: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"list_id": list_id, "fqdn_listname": config["fqdn_listname"]}


def _page(entries: list[Any], asked: dict[str, list[str]]) -> dict[str, Any]:
    """Return a page as Core does: without ``entries`` if there are none."""
    count, number = int(asked["count"][0]), int(asked["page"][0])
    first = (number - 1) * count
    found = entries[first : first + count]
    answer: dict[str, Any] = {"start": first, "total_size": len(entries)}
    return answer | ({"entries": found} if found else {})
