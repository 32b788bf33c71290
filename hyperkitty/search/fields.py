"""The names that a query may put before a colon, and what a value makes of them."""

from __future__ import annotations

import re
from datetime import date

from .dates import Span, read_day, read_span, tidy
from .query import Dates, Exact, Field, Leaf, NoteKind, Text

#: Other names of fields; the short ones are public-inbox's.
SYNONYMS = {
    "b": "body",
    "d": "date",
    "f": "from",
    "file": "filename",
    "l": "list",
    "m": "msgid",
    "mid": "msgid",
    "n": "filename",
    "q": "quoted",
    "s": "subject",
    "since": "after",
    "t": "list",
    "to": "list",
    "until": "before",
}
TEXT_FIELDS = {
    "subject": Field.SUBJECT,
    "body": Field.BODY,
    "nq": Field.BODY,
    "quoted": Field.QUOTED,
    "from": Field.FROM,
    "filename": Field.FILENAME,
}
HAS = {
    "attachment": "attachment",
    "attachments": "attachment",
    "file": "attachment",
    "files": "attachment",
    "html": "html",
    "patch": "patch",
    "patches": "patch",
    "replies": "reply",
    "reply": "reply",
}
IS = frozenset({"answer", "answered", "starter", "unanswered"})
#: Filters that only the database can answer, for one reader.
READER_FILTERS = frozenset({"unread", "mine"})
NAMES = frozenset(
    {*TEXT_FIELDS, *SYNONYMS, "list", "thread", "msgid", "tag", "has", "is"}
    | {"after", "before", "date", "year"}
)

#: Quotation marks, as keyboards and phones write them.
QUOTES = '"“”„‟'
#: An address as pages show it to readers who are not signed in.
MASKED = re.compile(rf"(?<=[^\s()@{QUOTES}])(?:\(a\)| \(a\) )(?=[\w-]+\.[\w-])")

_SPACES = re.compile(r"\s+")
_ADDRESS = re.compile(r"<?([^\s()@<>]+@[\w-]+(?:\.[\w-]+)+)>?")
_MESSAGE_ID = re.compile(r"<*[^\s<>]+>*")
_PREFIX = re.compile(r"([\w.@/+#-]*\w)\*")
_MAX_ADDRESS = 255


def read_field(
    name: str, value: str, today: date, *, is_phrase: bool = False
) -> Leaf | NoteKind:
    """Return what the field *name* with *value* asks for, or why that is nothing."""
    name = SYNONYMS.get(name, name)
    if field := TEXT_FIELDS.get(name):
        if field is Field.FROM and not is_phrase and (address := _address(value)):
            return Exact("address", address)
        return read_words(field, value, is_phrase=is_phrase, nq=name == "nq")
    value = quotable(value)
    match name:
        case "after" | "before" | "date" | "year":
            return _dates(name, value, today)
        case "has":
            found = HAS.get(value.lower(), "")
        case "is":
            found = value.lower() if value.lower() in IS | READER_FILTERS else ""
        case "msgid":
            found = value.strip("<>") if _MESSAGE_ID.fullmatch(value) else ""
        case "thread":
            found = value if re.fullmatch("[A-Za-z0-9_]{1,64}", value) else ""
        case _:
            found = value.lower()
    if not found:
        return NoteKind.UNKNOWN_VALUE
    return Exact(name, found)


def read_words(
    field: Field, value: str, *, is_phrase: bool = False, nq: bool = False
) -> Text | NoteKind:
    """Return words for *field*; a star at their end asks for all that begins so."""
    prefix = _PREFIX.fullmatch(value) if not is_phrase else None
    if prefix is None:
        return Text(field, value, is_phrase=is_phrase, without_quoted=nq)
    if len(prefix[1]) == 1 and prefix[1].isascii():
        return NoteKind.SHORT_PREFIX
    return Text(field, prefix[1], is_prefix=True, without_quoted=nq)


def quotable(text: str) -> str:
    """Return *text* as it can stand between quotation marks."""
    for mark in QUOTES:
        text = text.replace(mark, " ")
    return MASKED.sub("@", _SPACES.sub(" ", text)).strip()


def _address(value: str) -> str:
    found = _ADDRESS.fullmatch(value)
    if found is None or len(found[1]) > _MAX_ADDRESS:
        return ""
    return found[1].lower()


def _dates(name: str, value: str, today: date) -> Dates | NoteKind:
    read = read_day if name in ("after", "before") else read_span
    span = read(value, today)
    if span is None:
        return NoteKind.BAD_DATE
    if name == "after":
        span = Span(span.start, None)
    elif name == "before":
        span = Span(None, span.start)
    return Dates(*span, typed=f"{name}:{tidy(value)}")
