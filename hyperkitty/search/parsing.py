"""Read what a person typed into the search box; nothing that is typed is an error."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from .fields import (
    MASKED,
    NAMES,
    QUOTES,
    READER_FILTERS,
    quotable,
    read_field,
    read_words,
)
from .query import Exact, Field, Leaf, Node, Not, Note, NoteKind, Or, Query, Text
from .query import conjunction as conjoin

#: Characters of what was typed that are looked at.
MAX_LENGTH = 10_000
#: Characters of all words together, and of one.
MAX_TEXT = 2_000
MAX_WORD = 300
MAX_TERMS = 50
MAX_DEPTH = 8

_UNSEARCHABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"([A-Za-z]{1,10}):\s*")
_MINUS = re.compile(r"-[^\s>)-]")
_OTHER_NAME = re.compile(r"[A-Za-z]{2,20}:[^\s:/\\0-9]")


_FILTERS = frozenset(Exact("is", name) for name in READER_FILTERS)


def parse(text: str, today: date | None = None) -> Query:
    """Return what *text* asks for, in time that grows with its length alone.

    *today*, in UTC, is what "yesterday" is reckoned from.
    """
    return _Reader(_cleaned(text), today or datetime.now(UTC).date()).read()


@dataclass(slots=True)
class _Frame:
    """What is between two parentheses, as far as it was read."""

    name: str = ""  # of the field before the parenthesis
    is_negated: bool = False
    items: list[list[Node]] = field(default_factory=list)  # all of these, any of those
    is_after_or: bool = False

    def add(self, node: Node) -> None:
        if self.is_after_or and self.items:
            self.items[-1].append(node)
        else:
            self.items.append([node])
        self.is_after_or = False

    def node(self) -> Node | None:
        found = conjoin(tuple(map(_disjoin, self.items)))
        return _negate(found) if found is not None and self.is_negated else found


class _Reader:
    """One pass over the text; what is open stands on a stack."""

    def __init__(self, text: str, today: date) -> None:
        self.text = text[:MAX_LENGTH]
        self.today = today
        self.place = 0
        self.stack = [_Frame()]
        self.too_deep = 0  # parentheses that were passed over and are still open
        self.notes: dict[NoteKind, Note] = {}
        self.filters: set[str] = set()
        self.terms = 0
        self.size = 0
        self.last_quote = max(self.text.rfind(mark) for mark in QUOTES)
        if len(text) > MAX_LENGTH:
            self._note(NoteKind.CUT)

    def read(self) -> Query:
        while self._skip_spaces():
            if self.terms >= MAX_TERMS or self.size >= MAX_TEXT:
                self._note(NoteKind.MANY_TERMS)
                break
            self._token()
        while len(self.stack) > 1:
            self._close()
        root = self._lone_minus(self.stack[0].node())
        if root is None and not self._asks_for_less() and self.text.strip():
            root = self._all_as_words()
        return Query(root, tuple(self.notes.values()), frozenset(self.filters))

    def _token(self) -> None:
        if self.text[self.place] == ")":
            self.place += 1
            self._close()
            return
        is_negated = self._minus()
        name = self._name()
        mark = self.text[self.place]
        if mark == "(":
            self.place += 1
            self._open(_Frame(name or self.stack[-1].name, is_negated))
        elif mark in QUOTES and (phrase := self._phrase()) is not None:
            self._term(name, phrase, is_negated, is_phrase=True)
        else:
            self._term(name, self._word(), is_negated)

    def _asks_for_less(self) -> bool:
        """Whether there is a filter, if only one that cannot be used here."""
        return bool(self.filters) or NoteKind.MISPLACED in self.notes

    def _skip_spaces(self) -> bool:
        """Go to the next token; whether there is one."""
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1
        return self.place < len(self.text)

    def _minus(self) -> bool:
        """Pass over a minus that excludes; ``--this``, ``->that`` and ``-`` do not."""
        if not _MINUS.match(self.text, self.place):
            return False
        self.place += 1
        return True

    def _name(self) -> str:
        """Pass over the name of a field, if a value follows."""
        found = _NAME.match(self.text, self.place)
        if found is None or found[1].lower() not in NAMES:
            return ""
        if found.end() == len(self.text) or self.text[found.end()] == ")":
            return ""
        self.place = found.end()
        return found[1].lower()

    def _phrase(self) -> str | None:
        """Pass over words in quotation marks; None, past the mark, if it stays open."""
        start = self.place + 1
        stop = start
        if self.last_quote > self.place:
            while self.text[stop] not in QUOTES:
                stop += 1
            self.place = stop + 1
            return self.text[start:stop]
        self._note(NoteKind.OPEN_QUOTE)
        self.place = start
        return None

    def _word(self) -> str:
        """Pass over one word; parentheses within it, ``f(x)``, belong to it."""
        start = self.place
        depth = 0
        while self.place < len(self.text):
            sign = self.text[self.place]
            if sign.isspace() or (sign == ")" and not depth):
                break
            depth += (sign == "(") - (sign == ")")
            self.place += 1
        return self.text[start : self.place]

    def _open(self, frame: _Frame) -> None:
        if len(self.stack) > MAX_DEPTH:
            self.too_deep += 1
            self._note(NoteKind.DEEP)
        else:
            self.stack.append(frame)

    def _close(self) -> None:
        if self.too_deep:
            self.too_deep -= 1
        elif len(self.stack) > 1:
            node = self.stack.pop().node()
            if node is not None:
                self.stack[-1].add(node)

    def _term(
        self, name: str, value: str, is_negated: bool, is_phrase: bool = False
    ) -> None:
        frame = self.stack[-1]
        if not (name or is_phrase or is_negated) and value in ("OR", "AND"):
            frame.is_after_or = value == "OR" and bool(frame.items)
            return
        value = self._shortened(value)
        is_phrase = is_phrase or not _is_sure_word(value)
        node = self._leaf(name, quotable(value) if is_phrase else value, is_phrase)
        if node is None:
            return
        if isinstance(node, Exact) and node in _FILTERS:
            self._filter(node.value, frame, is_negated)
            return
        self.terms += 1
        self.size += len(getattr(node, "text", getattr(node, "value", "")))
        frame.add(_negate(node) if is_negated else node)

    def _leaf(self, name: str, value: str, is_phrase: bool) -> Leaf | None:
        if not _has_words(value):
            return None
        typed = f"{name}:{value}" if name else value
        if name := name or self.stack[-1].name:
            found = read_field(name, value, self.today, is_phrase=is_phrase)
        else:
            if not is_phrase and _OTHER_NAME.match(value):
                self._note(NoteKind.UNKNOWN_FIELD, value.partition(":")[0])
            found = read_words(Field.ANY, value, is_phrase=is_phrase)
        if not isinstance(found, NoteKind):
            return found
        self._note(found, typed)
        return self._literal(typed)

    def _literal(self, text: str) -> Text:
        return Text(Field.ANY, quotable(self._shortened(text)), is_phrase=True)

    def _filter(self, value: str, frame: _Frame, is_negated: bool) -> None:
        """Take *value* as a filter of the whole query, which is all it can be."""
        if is_negated or frame.is_after_or or len(self.stack) > 1:
            self._note(NoteKind.MISPLACED, f"is:{value}")
        else:
            self.filters.add(value)
        frame.is_after_or = False

    def _shortened(self, value: str) -> str:
        if len(value) <= MAX_WORD:
            return value
        self._note(NoteKind.CUT)
        head = value[:MAX_WORD]
        # A word that is cut in two is found nowhere.
        while head[-1].isalnum() and len(head) > MAX_WORD // 2:
            head = head[:-1]
        return head

    def _lone_minus(self, root: Node | None) -> Node | None:
        """Read ``-Wall`` as a word where there is nothing to take it away from."""
        match root:
            case Not(Text(Field.ANY, text, is_phrase=False)) if not self.filters:
                self._note(NoteKind.LONE_MINUS, f"-{text}")
                return self._literal(f"-{text}")
        return root

    def _all_as_words(self) -> Node | None:
        """Read the text without any syntax, where reading it left nothing."""
        if _has_words(self.text):
            return self._literal(self.text)
        self._note(NoteKind.NO_WORDS)
        return None

    def _note(self, kind: NoteKind, text: str = "") -> None:
        self.notes.setdefault(kind, Note(kind, text[:MAX_WORD]))


def _cleaned(text: str) -> str:
    """Return *text* in one form of Unicode, controls as spaces, addresses unmasked."""
    text = unicodedata.normalize("NFC", text[: MAX_LENGTH + 1])
    return MASKED.sub("@", _UNSEARCHABLE.sub(" ", text))


def _is_sure_word(value: str) -> bool:
    """Whether *value*, wherever it stands in a query, is read as a word again."""
    name = _NAME.match(value)
    return not (
        value in ("OR", "AND")
        or value[:1] in f"({QUOTES}"
        or _MINUS.match(value)
        or (name and name[1].lower() in NAMES)
        or value.count("(") != value.count(")")
    )


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _negate(node: Node) -> Node:
    return node.part if isinstance(node, Not) else Not(node)


def _disjoin(parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) else (part,)
    return Or(tuple(flat)) if len(flat) > 1 else flat[0]
