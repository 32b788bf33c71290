"""Twenty mails that Core passes on and that are not as mails should be."""

from __future__ import annotations

import email
from collections.abc import Iterator
from pathlib import Path

RECORDED = Path(__file__).resolve().parents[1] / "recorded"
#: What Core adds; a mail that has it already would be a loop.
_ADDED = (
    "Message-ID-Hash",
    "X-Message-ID-Hash",
    "X-MailFrom",
    "X-Mailman-Rule-Misses",
    "X-Mailman-Version",
    "Precedence",
    "Archived-At",
)
_HEAD = "From: Anne <anne@example.org>\nTo: dev@lists.example.org\n"


def letters() -> Iterator[tuple[str, bytes]]:
    """Yield names and mails; in each stands its name once, to find it by."""
    for path in sorted(RECORDED.glob("*POST-archive.raw")):
        name = "recorded" + path.name[:2]
        yield name, _as_sent(path, name)
    for number, message_id in enumerate(
        [
            "odd{}@example.org",
            "<<odd{}@example.org>>",
            "<odd{}@example.org> (by hand)",
            "<odd {} @example.org>",
            "<odd{}/%41+?#&@example.org>",
            "<" + "long" * 120 + "odd{}@example.org>",
            "\n <odd{}@example.org>",
            "<ODD{}@Example.ORG>",
        ]
    ):
        name = f"odd{number}x"
        head = _HEAD + f"Subject: {name}\nMessage-ID: {message_id.format(number)}\n"
        yield name, f"{head}\nAn odd id: {name}\n".encode()
    for number, (head, body) in enumerate(
        [
            ("", "no id, no subject, no date\n"),
            ("Date: Thu, 31 Feb 2199 99:99:99 +9999\n", "from another time\n"),
            ("Subject: caf\udce9\n", "a raw subject\n"),
            ("Subject:" + "\n long subject" * 200 + "\n", "a long subject\n"),
            ("Content-Type: text/html\n", "<p>Only <b>HTML</b><script>x</script>\n"),
            ("Content-Type: text/plain; charset=klingon\n", "no such charset\n"),
            ("Subject: bytes\n", "raw \udce4\udcf6\udcfc\n"),
            ("Content-Transfer-Encoding: base64\n", "!!!! not base64 at all ====\n"),
            ("Subject: long line\n", "x" * 900 + "\n"),
            ("References:" + "\n <a@b>" * 300 + "\n", "many references\n"),
        ]
    ):
        name = f"strange{number}x"
        text = f"{_HEAD}X-Name: {name}\nMessage-ID: <{name}@example.org>\n{head}"
        if "Subject" not in head:
            text += "Subject: hello\n"  # or else Core holds it
        yield name, f"{text}\n{body}{name}\n".encode("utf-8", "surrogateescape")


def _as_sent(path: Path, name: str) -> bytes:
    """Return a recorded mail as it was before Core had it."""
    body = path.read_bytes().split(b'filename="message.txt"\r\n\r\n', 1)[1]
    message = email.message_from_bytes(body.rpartition(b"\r\n--")[0])
    for header in {key for key in message if key.lower().startswith("list-")}:
        del message[header]
    for header in _ADDED:
        del message[header]
    message["X-Name"] = name
    del message["Message-ID"]
    message["Message-ID"] = f"<{name}@example.org>"
    message.replace_header("From", "Anne <anne@example.org>")
    return message.as_bytes()
