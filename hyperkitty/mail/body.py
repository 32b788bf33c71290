"""The readable text of a mail and the list of its attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from hyperkitty.mail import attachments, charsets, flowed, headers
from hyperkitty.mail.part_kinds import RICH_TYPES, Kind, chosen_branches, items_of
from hyperkitty.mail.part_text import (
    PartText,
    read_html,
    read_plain,
    read_rich,
    unix_lines,
)
from hyperkitty.mail.parts import MAX_PARTS, Part, to_bytes, walk
from hyperkitty.mail.tnef import tnef_files
from hyperkitty.mail.values import ParsedAttachment, Problem

MAX_TEXT = 2_000_000  # characters shown; the rest is read in the raw mail

_PATCH_TYPES = frozenset(["text/x-patch", "text/x-diff"])
_PATCH_NAMES = (".patch", ".diff")
_PATCH = re.compile(
    r"^(?:diff --git |@@ -[0-9]+(?:,[0-9]+)? \+[0-9]+(?:,[0-9]+)? @@|\*{15}$)",
    re.MULTILINE,
)
_SHOWN_HEADERS = ("from", "to", "date", "subject")
_MESSAGE_RULE = "-" * 30  # between the mails of a digest (RFC 1153)


@dataclass(frozen=True, slots=True)
class Body:
    """What a reader sees below the headers; see `ParsedMessage` for the fields."""

    text: str = ""
    is_flowed: bool = False
    is_delsp: bool = False
    text_from_html: bool = False
    html_part: int | None = None
    attachments: tuple[ParsedAttachment, ...] = ()
    has_patch: bool = False
    problems: tuple[Problem, ...] = ()


def read_body(message: Message, raw: bytes) -> Body:
    """Choose the readable text of a mail and list its attachments; never raises.

    *message* is the mail *raw* as `mime.read_message` gives it. Of alternatives the
    plain text is shown, else the HTML made into text; several texts are joined. A
    forwarded mail is an attachment, and shown if there is nothing else to read. The
    mails of a digest are shown one below the other.
    """
    parts = list(walk(message))
    draft = _Draft()
    draft.read(parts)
    if not draft.texts:
        draft.show_forwarded(parts)
    if not draft.texts and not draft.attachments:
        draft.show_outside_of_parts(message)
    if len(parts) == MAX_PARTS:
        draft.add_problems(Problem.TOO_MANY_PARTS)
    return draft.body()


class _Draft:
    """A body that is being put together."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.room = MAX_TEXT
        self.is_flowed = False
        self.is_delsp = False
        self.text_from_html = False
        self.html_part: int | None = None
        self.attachments: list[ParsedAttachment] = []
        self.problems: dict[Problem, None] = {}

    def read(self, parts: list[Part]) -> None:
        """Show the texts and list the attachments of these parts."""
        items = items_of(parts)
        texts = {
            item.part.counter: self.read_text(item.part)
            for item in items
            if item.kind is Kind.TEXT
        }
        chosen = chosen_branches(
            items, {counter for counter, found in texts.items() if found.text.strip()}
        )
        for item in items:
            is_chosen = chosen.get(item.group, item.branch) == item.branch
            if item.kind is Kind.TEXT:
                self.take_text(item.part, texts[item.part.counter], is_chosen)
            elif item.kind is Kind.HTML:
                self.take_html(item.part, is_chosen)
            elif item.kind is Kind.HEADERS:
                self.take_headers(item.part.children[0])
            else:
                self.take_file(item.part)
        if any(item.is_broken for item in items):
            self.add_problems(Problem.BAD_STRUCTURE)

    def read_text(self, part: Part) -> PartText:
        """Decode a part that is or may be shown."""
        is_rich = part.content_type in RICH_TYPES
        return (read_rich if is_rich else read_plain)(part, self.room)

    def take_text(self, part: Part, found: PartText, is_chosen: bool) -> None:
        """Show a plain text; list the files in it, and itself if it is a named file."""
        if is_chosen:
            is_file = bool(self.texts and attachments.declared_name(part))
            self.add_text(found)
            if is_file:
                self.take_file(part)
        self.attachments += attachments.describe_embedded(part, found.files)

    def take_html(self, part: Part, is_chosen: bool) -> None:
        """Show an HTML part as text, unless its text stands there already."""
        if self.html_part is None:
            self.html_part = part.counter
        if not is_chosen:
            return
        found = read_html(part, self.room)
        if self.texts and _folded(found.text) == _folded("\n".join(self.texts)):
            return
        if found.text:
            self.text_from_html = True
        self.add_text(found)

    def take_headers(self, message: Message) -> None:
        """Show the main headers of a mail that is part of this one."""
        shown: dict[str, str] = {}
        for name, value in message.raw_items():
            lowered = name.lower()
            if lowered in _SHOWN_HEADERS and lowered not in shown:
                shown[lowered] = headers.decode(value)
        lines = [
            f"{name.capitalize()}: {shown[name]}"
            for name in _SHOWN_HEADERS
            if shown.get(name)
        ]
        if self.texts:
            lines.insert(0, _MESSAGE_RULE)
        self.add_text(PartText("\n".join(lines)))

    def take_file(self, part: Part) -> None:
        """List a part as an attachment, with the files that it packs."""
        content, is_sound = part.content()
        if not is_sound:
            self.add_problems(Problem.BAD_ENCODING)
        self.attachments.append(attachments.describe(part, content))
        if attachments.is_tnef(part):
            files = tnef_files(content)
            self.attachments += attachments.describe_embedded(part, files)

    def add_text(self, found: PartText) -> None:
        """Add a text below those that are shown, in their format."""
        self.add_problems(*found.problems)
        text = found.text.strip("\n")
        if not text or text.isspace():
            return
        if len(text) > self.room:  # quote marks may have made it longer
            self.add_problems(Problem.TOO_LARGE)
            text = text[: self.room]
        if not self.texts:
            self.is_flowed, self.is_delsp = found.is_flowed, found.is_delsp
        elif (self.is_flowed, self.is_delsp) != (found.is_flowed, found.is_delsp):
            if found.is_flowed:
                text = flowed.unflow(text, found.is_delsp)
            if self.is_flowed:
                text = flowed.as_flowed(text)
        self.texts.append(text)
        self.room = max(self.room - len(text), 0)

    def add_problems(self, *problems: Problem) -> None:
        """Note problems, each once."""
        self.problems.update(dict.fromkeys(problems))

    def show_forwarded(self, parts: list[Part]) -> None:
        """Show the first forwarded mail, for there is nothing else to read."""
        for part in parts:
            if part.content_type == "message/rfc822" and part.children:
                inner = _Draft()
                inner.take_headers(part.children[0])
                inner.read(list(walk(part.children[0])))
                self.texts = inner.texts
                self.is_flowed, self.is_delsp = inner.is_flowed, inner.is_delsp
                self.text_from_html = inner.text_from_html
                self.add_problems(*inner.problems)
                return

    def show_outside_of_parts(self, message: Message) -> None:
        """Show what stands before and after the parts, for nothing stands in them."""
        for text in (message.preamble, message.epilogue):
            if text and text.strip():
                decoded, _ = charsets.decode(to_bytes(text[: self.room]), None)
                self.add_text(PartText(unix_lines(decoded)))
                self.add_problems(Problem.BAD_STRUCTURE)

    def body(self) -> Body:
        """Return the finished body."""
        text = "\n\n".join(self.texts)
        return Body(
            text=text,
            is_flowed=self.is_flowed,
            is_delsp=self.is_delsp,
            text_from_html=self.text_from_html,
            html_part=self.html_part,
            attachments=tuple(self.attachments),
            has_patch=_has_patch(text, self.attachments),
            problems=tuple(self.problems),
        )


def _folded(text: str) -> str:
    return "".join(text.split())


def _has_patch(text: str, files: list[ParsedAttachment]) -> bool:
    if any(
        file.content_type in _PATCH_TYPES or file.name.endswith(_PATCH_NAMES)
        for file in files
    ):
        return True
    may_have = "diff --git " in text or "@@ -" in text or "*" * 15 in text
    return may_have and _PATCH.search(text) is not None
