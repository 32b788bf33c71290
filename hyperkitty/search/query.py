"""What a reader asks for, as a tree of frozen values; no engine and no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Field(StrEnum):
    """Where the words of a `Text` are looked for."""

    ANY = "any"  # everything below, and the text of attachments
    SUBJECT = "subject"
    BODY = "body"  # what the author wrote and, below it in rank, what was quoted
    QUOTED = "quoted"  # only what was quoted
    FROM = "from"  # the sender's name and address
    FILENAME = "filename"  # names of attachments


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they were typed; never syntax of any engine.

    One word may be several to an engine (``std::vector``); they then stand together.
    """

    field: Field
    text: str
    is_phrase: bool = False
    is_prefix: bool = False
    #: With `Field.ANY` and `Field.BODY`: what was quoted does not count.
    without_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """A property that a mail has or lacks.

    ``list``: the id of a list's row, once a selector has put it in place of the name
    that was typed. ``thread``: a thread's id. ``msgid``: a Message-ID without brackets.
    ``tag``: in lower case. ``address``: the sender's, whole, in lower case. ``has``:
    attachment, patch, html or reply. ``is``: starter, unanswered, answered (by a mail
    that was marked as the answer) or answer (that mail).
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Dates:
    """A span of time by `sort_date`: from *start* until before *end*, in UTC."""

    start: datetime | None
    end: datetime | None
    #: How it was typed (``last-month``), for writing the query back.
    typed: str = ""


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Every mail that is not what the part asks for."""

    part: Node


Leaf = Text | Exact | Dates
Node = Text | Exact | Dates | And | Or | Not


class NoteKind(StrEnum):
    """Why a query was not read in the way its author may have meant."""

    CUT = "cut"  # it was too long
    MANY_TERMS = "many terms"
    DEEP = "deep"  # parentheses within parentheses
    OPEN_QUOTE = "open quote"
    UNKNOWN_FIELD = "unknown field"
    UNKNOWN_VALUE = "unknown value"  # has:something
    BAD_DATE = "bad date"
    SHORT_PREFIX = "short prefix"
    LONE_MINUS = "lone minus"
    NO_WORDS = "no words"  # signs that no index has
    MISPLACED = "misplaced"  # is:unread in an OR or behind a minus


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell the reader about how the query was read."""

    kind: NoteKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. An empty one (`root` is None) asks for nothing."""

    root: Node | None = None
    notes: tuple[Note, ...] = ()
    #: "unread", "mine": what only the database knows, and only of one reader.
    reader_filters: frozenset[str] = frozenset()

    @property
    def parts(self) -> tuple[Node, ...]:
        """What must all be true of a mail; each part can be taken away by itself."""
        if self.root is None:
            return ()
        return self.root.parts if isinstance(self.root, And) else (self.root,)


def leaves(node: Node | None) -> Iterator[tuple[Leaf, bool]]:
    """Yield the words and properties of *node*, and whether mails must have them.

    False for what stands under an odd number of `Not`.
    """
    waiting = [(node, True)] if node is not None else []
    while waiting:
        found, is_wanted = waiting.pop()
        match found:
            case And(parts) | Or(parts):
                waiting += [(part, is_wanted) for part in reversed(parts)]
            case Not(part):
                waiting.append((part, not is_wanted))
            case leaf:
                yield leaf, is_wanted


def conjunction(parts: tuple[Node, ...]) -> Node | None:
    """Return *parts* as one node, flat; None if there are none."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else (part,)
    if len(flat) > 1:
        return And(tuple(flat))
    return flat[0] if flat else None
