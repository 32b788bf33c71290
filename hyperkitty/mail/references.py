"""The Message-IDs that a mail refers to, read from References and In-Reply-To."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hyperkitty.mail import headers, message_id
from hyperkitty.mail.values import Reference, ReferenceKind

MAX_EACH_END = 50  # ids kept at either end of a header
_MAX_HEADER = 64 * 1024  # characters of one header that are looked at

_ID = r"<([!#-'*-;=?-~]{1,900})>"
_FIND_ID = re.compile(_ID)
_WELL_FORMED = re.compile(rf"\s*+(?:{_ID}[\s,]*+)*+")
_BRACKETED = re.compile(r"<+([^<>]*+)(>?)")
_BARE = re.compile(
    r"(?<![^\s<>()\[\]\"',;:@])[^\s<>()\[\]\"',;:@]{1,900}+"
    r"@[^\s<>()\[\]\"',;:@]{1,255}+>?"
)
# "Message from Joe <joe@example.com> of …", "Joe <joe@example.com>'s message of …"
_NAMES_AUTHOR = re.compile(
    r"(?:^|\s)(?:from|by|von|de|van|fra|från|mailto)\b:?[^<>@]{0,200}$", re.IGNORECASE
)
_IS_AUTHOR = re.compile(r"\s{0,9}['’]s?\s")
_NOTIFICATION = re.compile(r"n\.[0-9]{1,20}\.[0-9a-f]{8,64}@[^@]+", re.ASCII)


def read(values: Iterable[str]) -> tuple[Reference, ...]:
    """Return the ids that these headers name, oldest first, each once.

    An id stands in angle brackets or is a lone ``id@host``; other text (``Message of
    Tuesday …``) is passed over and never becomes an id. Of very many, the first and the
    last 50 are kept.
    """
    found: dict[str, ReferenceKind] = {}
    for value in values:
        for one, kind in _read_one(value):
            if one and not is_notification(one):
                found.setdefault(one, kind)
    kept = list(found.items())
    if len(kept) > 2 * MAX_EACH_END:
        kept = kept[:MAX_EACH_END] + kept[-MAX_EACH_END:]
    return tuple(Reference(one, kind) for one, kind in kept)


def is_notification(reference: str) -> bool:
    """Whether an id is of a mail by which this archive notified somebody.

    Ours are ``n.<number>.<8 to 64 hex digits>@<site>``. Many people may answer such a
    mail, but no list ever saw it, so it must not tie their mails together.
    """
    return reference.startswith("n.") and bool(_NOTIFICATION.fullmatch(reference))


def _read_one(value: str) -> list[tuple[str, ReferenceKind]]:
    if "=?" not in value and _WELL_FORMED.fullmatch(value):
        return [(one, ReferenceKind.HEADER) for one in _FIND_ID.findall(value)]
    text = headers.decode(value, limit=_MAX_HEADER)
    bracketed = [one for one in _in_brackets(text) if one]
    if bracketed:
        # A bare id beside them is an e-mail address, unless it only lost its "<".
        outside = _BRACKETED.sub(" ", text) if text.count(">") > len(bracketed) else ""
        bare = [one for one in _BARE.findall(outside) if one.endswith(">")]
    else:
        bare = _bare_ids(text)
    return [(one, ReferenceKind.HEADER) for one in bracketed] + [
        (one.rstrip(">."), ReferenceKind.BARE) for one in bare
    ]


def _in_brackets(text: str) -> Iterator[str]:
    before = 0
    for match in _BRACKETED.finditer(text):
        inside, closing = match.groups()
        if not closing:
            # Its ">" is lost: what follows a space is something else.
            inside = inside.partition(" ")[0]
        words = inside.strip().count(" ")
        names_author = _NAMES_AUTHOR.search(
            text, max(before, match.start() - 250), match.start()
        ) or _IS_AUTHOR.match(text, match.end())
        before = match.end()
        if names_author or words > (3 if "@" in inside else 0):
            continue
        yield message_id.clean(f"<{inside}>")


def _bare_ids(text: str) -> list[str]:
    """Return the ids of a header without brackets.

    Where nothing else stands in it, all are ids. Among words an e-mail address is more
    likely, so the part before the "@" must have a digit and no "from" before it.
    """
    found = list(_BARE.finditer(text))
    if not _BARE.sub("", text).strip(" ,;'\"()>"):
        return [match[0] for match in found]
    return [
        match[0]
        for match in found
        if any(char.isdigit() for char in match[0].partition("@")[0])
        and not _NAMES_AUTHOR.search(text, max(0, match.start() - 250), match.start())
    ]
