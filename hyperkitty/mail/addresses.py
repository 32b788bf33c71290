"""Who wrote a mail: one name and one address, from whatever stands in its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hyperkitty.mail import headers

MAX_NAME = 250  # characters
MAX_ADDRESS = 254  # characters (RFC 5321, 4.5.3.1.3)
_MAX_HEADER = 10_000  # characters of an address header that are looked at
_MAX_MAILBOXES = 100

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
# The forms that nearly all mail has: "Jane Doe <jane@example.org>" and bare addresses.
_PLAIN = re.compile(
    rf'\s*+(?:"([^"\\<>@=]*+)"|([^"\\<>@=,;:()]*+))\s*+'
    rf"<({_ATOM}{{1,64}}@[A-Za-z0-9.-]{{1,189}})>\s*+"
)
_PLAIN_BARE = re.compile(rf"\s*+({_ATOM}{{1,64}}@[A-Za-z0-9.-]{{1,189}})\s*+")

# Each alternative matches wherever it can start, so that scanning is linear.
_TOKEN = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))'
    r"|(?P<word>=\?[^?\s]{0,75}\?[bBqQ]\?[^?]*+\?=)"
    r"|(?P<angle><[^<>]*+>*+)"
    r"|(?P<open>\()|(?P<close>\))|(?P<end>[,;])|(?P<colon>:)"
    r'|(?P<text>[^"=<>(),;:\\]++|.)',
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@<>()\"',;:][^\s@<>()\",;:]{0,254}@[^\s@<>()\"',;:]{1,255}")
_EMPTY_ANGLE = re.compile(r"<\s{0,9}>")
_OBFUSCATED = re.compile(
    r"([^\s@<>()\[\],;:\"]{1,64})\s{0,9}"
    r"(?:\sat\s|\(at\)|\[at\]|\(a\)|\{at\}|<at>)\s{0,9}"
    r"([^\s@<>()\[\],;:\"]{1,190})",
    re.IGNORECASE,
)
_VIA = re.compile(r"(.{1,200}?)\s(?:via|durch|par|por)\s(.{1,200})", re.IGNORECASE)
_LIST_WORDS = re.compile(r"[^\W_]++")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, either of which may be ""."""

    name: str = ""
    address: str = ""


def read_mailboxes(value: str, charset: str | None = None) -> list[Mailbox]:
    """Return the mailboxes of an address header, however badly it is written.

    The first hundred; groups are flattened; entries that hold nothing are left out.
    """
    if value.isascii() and "=?" not in value:
        if match := _PLAIN.fullmatch(value):
            return [_mailbox(match[1] or match[2] or "", match[3])]
        if match := _PLAIN_BARE.fullmatch(value):
            return [_mailbox("", match[1])]
    value = " ".join(value[:_MAX_HEADER].split())
    if value.replace('\\"', "").count('"') % 2:
        value = value.replace('"', " ")  # one quote has lost its partner
    entries = (_read_entry(entry, charset) for entry in _entries(value))
    found = (mailbox for mailbox in entries if mailbox.name or mailbox.address)
    return [mailbox for _, mailbox in zip(range(_MAX_MAILBOXES), found, strict=False)]


def read_author(
    from_values: Sequence[str],
    other: Mapping[str, Sequence[str]],
    charset: str | None = None,
) -> Mailbox:
    """Return the author: the first usable mailbox of From, "via list" undone.

    *other* has the values of further headers by lower-case name, of which Reply-To,
    X-Original-From, List-Post and List-Id tell who is behind ``Jane via Dev <dev@…>``.
    """
    mailboxes = [
        mailbox
        for value in from_values[:_MAX_MAILBOXES]
        for mailbox in read_mailboxes(value, charset)
    ]
    author = next((one for one in mailboxes if one.address), None)
    if author is None:
        return mailboxes[0] if mailboxes else Mailbox()
    if " " in author.name and (via := _VIA.fullmatch(author.name)):
        return _behind_list(author, via[1], via[2], other, charset)
    return author


def _behind_list(
    shown: Mailbox,
    name: str,
    list_name: str,
    other: Mapping[str, Sequence[str]],
    charset: str | None,
) -> Mailbox:
    """Undo what lists do to From because of DMARC, if it was a list that did it."""
    name = _unquoted(name)

    def mailboxes(header: str) -> Iterator[Mailbox]:
        for value in other.get(header, ())[:3]:
            yield from read_mailboxes(value, charset)

    for original in mailboxes("x-original-from"):
        if original.address:
            return Mailbox(original.name or name, original.address)
    replies = [one for one in mailboxes("reply-to") if one.address]
    replies = [one for one in replies if one.address != shown.address]
    named = [one for one in replies if one.name.casefold() == name.casefold()]
    is_list = _is_list(shown.address, list_name, other)
    if named:
        return Mailbox(name, named[0].address)
    if not is_list:
        return shown
    if len(replies) == 1:
        return Mailbox(name, replies[0].address)
    return Mailbox(name, shown.address)


def _is_list(address: str, list_name: str, other: Mapping[str, Sequence[str]]) -> bool:
    """Whether the address is a list's: the mail says so, or it has the list's name."""
    local, _, domain = address.lower().partition("@")
    for value in [*other.get("list-post", ())[:3], *other.get("list-id", ())[:3]]:
        lowered = value[:1000].lower()
        if address.lower() in lowered or f"{local}.{domain}" in lowered:
            return True
    words = {word.casefold() for word in _LIST_WORDS.findall(list_name)}
    return bool(words & {word.casefold() for word in _LIST_WORDS.findall(address)})


@dataclass(slots=True)
class _Entry:
    """The pieces of one mailbox; words are still encoded."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    has_name: bool = False
    has_address: bool = False

    def add_word(self, word: str) -> None:
        self.words.append(word)
        self.has_name = self.has_name or bool(word.strip())
        self.has_address = self.has_address or "@" in word or " at " in word

    def add_angle(self, text: str) -> None:
        self.angles.append(text.strip("<>"))
        self.has_address = True


def _entries(value: str) -> Iterator[_Entry]:
    """Cut an address header into its mailboxes."""
    entry = _Entry()
    depth = 0
    comment: list[str] = []
    for token in _TOKEN.finditer(value):
        kind, text = token.lastgroup, token[0]
        if kind == "open" or depth:
            depth += (kind == "open") - (kind == "close")
            comment.append(text)
            if not depth:
                entry.comments.append("".join(comment)[1:-1])
                comment = []
        elif kind == "angle":
            entry.add_angle(text)
        elif kind == "quoted":
            entry.add_word(_QUOTED_PAIR.sub(r"\1", text[1:].removesuffix('"')))
        elif text == "," and entry.has_name and not entry.has_address:
            entry.add_word(text)  # "Doe, Jane <jane@example.org>" without quotes
        elif kind == "end":
            yield entry
            entry = _Entry()
        elif kind == "colon" and not entry.has_address:
            entry = _Entry()  # what stood before was the name of a group
        elif kind != "close":
            entry.add_word(text)
    if comment:
        entry.comments.append("".join(comment)[1:])
    yield entry


def _read_entry(entry: _Entry, charset: str | None) -> Mailbox:
    name = headers.decode("".join(entry.words), charset, _MAX_HEADER)
    comment = headers.decode(" ".join(entry.comments), charset, _MAX_HEADER)
    for angle in entry.angles:
        if address := _find_address(headers.decode(angle, charset), strict=False):
            return _mailbox(name or comment, address)
    if address := _find_address(name, strict=True):
        rest = _EMPTY_ANGLE.sub("", name.replace(address, ""), count=1)
        rest = _OBFUSCATED.sub("", rest, count=1)
        return _mailbox(headers.one_line(rest) or comment, address)
    return _mailbox(name or comment, "")


def _find_address(text: str, strict: bool) -> str:
    """Return the address in *text*; *strict* where it may be a name as well."""
    if "@" in text:
        found = _ADDRESS.search(text)
        return found[0] if found else "" if strict else text
    if "at" in text.lower() or "(a)" in text.lower():
        found = _OBFUSCATED.fullmatch(text) if strict else _OBFUSCATED.search(text)
        if found and (not strict or "." in found[2]):
            return f"{found[1]}@{found[2]}"
    return "" if strict else "".join(text.split())


def _mailbox(name: str, address: str) -> Mailbox:
    local, at, domain = address.strip(" .").rpartition("@")
    address = (local + at + domain.lower())[:MAX_ADDRESS]
    name = _unquoted(headers.one_line(name).strip(" ,"))[:MAX_NAME].strip()
    return Mailbox("" if name.lower() == address.lower() else name, address)


def _unquoted(name: str) -> str:
    """Drop the quotes around a name, also those that lists put into it."""
    name = name.strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name
