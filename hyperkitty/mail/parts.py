"""The MIME parts of a mail in walk order, with their Content headers and bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from hyperkitty.mail.parameters import read_parameters
from hyperkitty.mail.transfer import undo_transfer_encoding

MAX_PARTS = 1000  # that are looked at; see `attachments` for why not more

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_CONTENT_HEADERS = frozenset(
    [
        *("content-type", "content-transfer-encoding"),
        *("content-disposition", "content-id"),
    ]
)


@dataclass(slots=True, eq=False)
class Part:
    """One MIME part, with its Content headers read."""

    message: Message
    counter: int  # number in walk order, as in attachment URLs
    parent: Part | None
    content_type: str = "text/plain"
    parameters: dict[str, str] | None = None  # of Content-Type
    encoding: str = ""  # Content-Transfer-Encoding
    disposition: str = ""  # "attachment", "inline" or ""
    disposition_parameters: dict[str, str] | None = None
    content_id: str = ""

    def __post_init__(self) -> None:
        found: dict[str, str] = {}
        for name, value in self.message.raw_items():
            if name[:1] in "cC" and (lowered := name.lower()) in _CONTENT_HEADERS:
                found.setdefault(lowered, value)
        self._read_type(found.get("content-type"))
        self.encoding = _first_word(found.get("content-transfer-encoding", ""))
        self.content_id = found.get("content-id", "")
        if disposition := found.get("content-disposition"):
            self.disposition, self.disposition_parameters = read_parameters(disposition)

    def _read_type(self, header: str | None) -> None:
        if header is None:
            parent = self.parent
            if parent is not None and parent.content_type == "multipart/digest":
                self.content_type = "message/rfc822"
            return
        self.content_type, self.parameters = read_parameters(header)
        if self.content_type.count("/") != 1:
            self.content_type = "text/plain"  # RFC 2045 §5.2

    @property
    def has_valid_type(self) -> bool:
        """Whether the type is of a form that may be sent to a browser."""
        return _TYPE.fullmatch(self.content_type) is not None

    def parameter(self, name: str) -> str:
        """Return a parameter of Content-Type, or ""."""
        return self.parameters.get(name, "") if self.parameters else ""

    @property
    def charset(self) -> str:
        """The declared charset, lower case, or ""."""
        declared = self.parameter("charset")
        return _first_word(declared)[:80] if declared else ""

    @property
    def children(self) -> list[Message]:
        """The parts inside this one; for message/rfc822 the one message."""
        payload = _payload(self.message)
        return payload if isinstance(payload, list) else []

    @property
    def is_leaf(self) -> bool:
        """Whether this part has content of its own instead of parts."""
        return not isinstance(_payload(self.message), list)

    @property
    def undecoded(self) -> str:
        """The content as the parser keeps it: bytes above 127 as lone surrogates."""
        payload = _payload(self.message)
        return payload if isinstance(payload, str) else ""

    def content(self) -> tuple[bytes, bool]:
        """Return the decoded bytes, and whether the encoding was as declared.

        The bytes of a nested message are written anew from its headers and parts.
        """
        data = to_bytes(self.undecoded) if self.is_leaf else _serialize(self.children)
        return undo_transfer_encoding(data, self.encoding)


def walk(message: Message) -> Iterator[Part]:
    """Yield all parts in the order of `Message.walk`, without recursion."""
    stack: list[tuple[Message, Part | None]] = [(message, None)]
    counter = 0
    while stack and counter < MAX_PARTS:
        current, parent = stack.pop()
        part = Part(current, counter, parent)
        yield part
        stack.extend((child, part) for child in reversed(part.children))
        counter += 1


def to_bytes(text: str) -> bytes:
    """Return the bytes that the parser read as *text*."""
    return text.encode("utf-8", "surrogateescape")


def _payload(message: Message) -> object:
    # `get_payload` would decode by the declared charset, and raise on odd ones.
    return vars(message)["_payload"]


def _first_word(value: str) -> str:
    words = value.replace('"', " ").replace("'", " ").replace(";", " ").split(None, 1)
    return words[0].lower() if words else ""


def _serialize(messages: list[Message]) -> bytes:
    """Write messages with headers, parts and boundaries."""
    out: list[str] = []
    todo: list[Message | str] = list(reversed(messages))
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        headers = list(item.raw_items())
        payload = _payload(item)
        end = "\r\n" if isinstance(payload, str) and "\r\n" in payload else "\n"
        out.extend(f"{name}: {value}{end}" for name, value in headers)
        out.append(end)
        if isinstance(payload, list):
            todo.extend(reversed(_framed(item, payload, end)))
        elif isinstance(payload, str):
            out.append(payload)
    return to_bytes("".join(out))


def _framed(message: Message, parts: list[Message], end: str) -> list[Message | str]:
    """Return the parts of a message with what stands between them."""
    boundary = Part(message, 0, None).parameter("boundary")
    if not boundary:
        return list(parts)
    framed: list[Message | str] = []
    if message.preamble:
        framed += [message.preamble, "" if message.preamble.endswith("\n") else end]
    for part in parts:
        framed += [f"--{boundary}{end}", part, end]
    if message.epilogue is None:  # the last part ran to the end of the mail
        return framed[:-1]
    return [*framed, f"--{boundary}--{end}", message.epilogue]
