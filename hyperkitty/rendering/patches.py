"""Patches in the text of a mail: their extent, their files, their colors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_for_filename
from pygments.token import STANDARD_TYPES

from .addresses import mask_addresses
from .escape import escape
from .links import HtmlWriter
from .values import PatchFile

#: Pygments' classes for the lines of a patch; "" is context.
HEADING, HUNK, ADDED, REMOVED, CONTEXT = "gh", "gu", "gi", "gd", ""

_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_GIT = re.compile(r'diff --git "?a/(.+?)"? "?b/(?:.+?)"?$')
_NAMED = re.compile(r"(?:---|\+\+\+|Index:|rename to) (.*)")
_DATED = re.compile(r"\t| \d{4}-\d\d-\d\d | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
_FILE_STARTS = ("diff ", "Index: ")
_HEADER_STARTS = (
    *_FILE_STARTS,
    *("--- ", "+++ ", "index ", "=======", "RCS file: ", "retrieving revision "),
    *("old mode ", "new mode ", "new file mode ", "deleted file mode "),
    *("similarity index ", "dissimilarity index ", "Binary files "),
    *("rename from ", "rename to ", "copy from ", "copy to ", "GIT binary patch"),
)
_CHANGE_MARKS = ("+", "-", "@")
_DIFF_MARKS = (*_CHANGE_MARKS, " ", "\t")
_MAX_HEADER_LINES = 16
_MAX_LISTED = 200

# Lexers are slow, and slower than linear on some text: line by line, short lines only.
_MAX_HIGHLIGHTED = 40_000
_MAX_HIGHLIGHTED_LINE = 300


@dataclass(slots=True)
class FileDiff:
    """The part of a patch that changes one file: its lines, each with its class."""

    name: str = ""
    added: int = 0
    removed: int = 0
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, css_class: str, line: str) -> None:
        """Append *line*."""
        self.added += css_class == ADDED
        self.removed += css_class == REMOVED
        self.rows.append((css_class, line))


def begins_patch(line: str) -> bool:
    """Return whether a patch may begin with *line*; `read_patch` knows."""
    return line.startswith(("diff ", "Index: ", "--- ", "@@ -"))


def is_hunk(line: str) -> bool:
    """Return whether *line* is the ``@@`` line above a hunk."""
    return line.startswith("@@ -") and _HUNK.match(line) is not None


def read_patch(lines: Sequence[str], start: int) -> tuple[list[FileDiff], int]:
    """
    Return the files of the patch that begins at *start*, and where it ends.

    Hunks are as long as their ``@@`` line says, so prose and signatures below a patch
    stay out of it. Without a patch the list is empty and the end is *start*.
    """
    files: list[FileDiff] = []
    end = at = start
    while at < len(lines):
        below = _header_end(lines, at)
        hunk = _HUNK.match(lines[below]) if below < len(lines) else None
        git = _GIT.match(lines[at])
        if hunk is None and git is None:
            break
        if below > at or not files:
            files.append(_open_file(lines[at:below], git))
        at = below
        if hunk is not None:
            at = _read_hunk(lines, below, hunk, files[-1])
        elif lines[below - 1].startswith("GIT binary patch"):
            at = _read_binary(lines, below, files[-1])
        end = at
        if _is_gap(lines, at):
            files[-1].add(CONTEXT, lines[at])
            at += 1
    return files, end


def looks_like_diff(lines: Sequence[str]) -> bool:
    """Return whether *lines*, quoted from a patch, are lines of a diff."""
    if not all(line.startswith(_DIFF_MARKS) for line in lines if line):
        return False
    return any(line.startswith(_CHANGE_MARKS) for line in lines)


def line_class(line: str) -> str:
    """Return the class of *line* of a diff, as far as it shows by itself."""
    if line.startswith(("+++ ", "--- ", "diff ", "Index: ")):
        return HEADING
    return {"+": ADDED, "-": REMOVED, "@": HUNK}.get(line[:1], CONTEXT)


def write_patch(
    writer: HtmlWriter, files: Sequence[FileDiff], first: int
) -> tuple[PatchFile, ...]:
    """Write *files*, numbered from *first*, and return what they are."""
    anchor = writer.options.anchor
    listed = tuple(
        PatchFile(file.name, file.added, file.removed, f"{anchor}-f{number}")
        for number, file in enumerate(files, first)
    )
    writer.html('<div class="m-patch">')
    if len(files) > 1:
        _write_list(writer, listed)
    budget = _MAX_HIGHLIGHTED if writer.options.highlight else 0
    for file, entry in zip(files, listed, strict=True):
        size = sum(len(line) for _, line in file.rows)
        lexer = _lexer(file.name) if size <= budget else None
        budget -= size if lexer else 0
        writer.html(f'<pre class="m-diff" id="{escape(entry.anchor)}">')
        write_rows(writer, file.rows, lexer)
        writer.html("</pre>")
    writer.html("</div>")
    return listed


def write_rows(
    writer: HtmlWriter, rows: Sequence[tuple[str, str]], lexer: Lexer | None = None
) -> None:
    """Write lines of a patch, each in its class; addresses masked as anywhere."""
    masks = writer.options.mask_addresses
    for css_class, text in rows:
        line = mask_addresses(text) if masks else text
        if lexer is not None and css_class in (ADDED, REMOVED, CONTEXT):
            markup = escape(line[:1]) + _highlight(lexer, line[1:])
        else:
            markup = escape(line)
        if css_class:
            markup = f'<span class="{css_class}">{markup}</span>'
        writer.html(markup + "\n")


def _header_end(lines: Sequence[str], start: int) -> int:
    """Return where the lines about one file, that begin at *start*, end."""
    at = start
    highest = min(len(lines), start + _MAX_HEADER_LINES)
    while at < highest and lines[at].startswith(_HEADER_STARTS):
        if at > start and lines[at].startswith("diff --git "):
            break
        at += 1
    return at


def _open_file(header: Sequence[str], git: re.Match[str] | None) -> FileDiff:
    file = FileDiff(git[1] if git else "")
    for line in header:
        file.add(HEADING, line)
        if named := _NAMED.match(line):
            path = _DATED.split(named[1], maxsplit=1)[0].strip()
            if path != "/dev/null":
                file.name = path.removeprefix("a/").removeprefix("b/")
    return file


def _read_hunk(
    lines: Sequence[str], start: int, hunk: re.Match[str], file: FileDiff
) -> int:
    """Add the hunk that begins at *start* to *file* and return where it ends."""
    old, new = (int(count or 1) for count in hunk.groups())
    file.add(HUNK, lines[start])
    at = start + 1
    while at < len(lines) and (old > 0 or new > 0 or lines[at][:1] == "\\"):
        line = lines[at]
        mark = line[:1]
        if mark == "+":
            new -= 1
        elif mark == "-":
            old -= 1
        elif mark in (" ", ""):
            old -= 1
            new -= 1
        elif mark != "\\":
            break  # a mail program has wrapped the lines
        file.add(line_class(mark), line)
        at += 1
    return at


def _is_gap(lines: Sequence[str], at: int) -> bool:
    """Return whether *at* is the blank line that Subversion puts between files."""
    below = lines[at + 1 : at + 2]
    return bool(below) and not lines[at].strip() and below[0].startswith(_FILE_STARTS)


def _read_binary(lines: Sequence[str], start: int, file: FileDiff) -> int:
    at = start
    while at < len(lines) and (
        lines[at].strip() or lines[at + 1 : at + 2][:1] in (["literal 0"], ["delta 0"])
    ):
        file.add(CONTEXT, lines[at])
        at += 1
    return at


def _write_list(writer: HtmlWriter, files: Sequence[PatchFile]) -> None:
    labels = writer.options.labels
    writer.html('<details class="m-files" open><summary>')
    writer.html(f"{escape(labels.files(len(files)))}</summary><ul>")
    for file in files[:_MAX_LISTED]:
        added = f"{escape(labels.added(file.added))}"
        removed = f"{escape(labels.removed(file.removed))}"
        writer.html(
            f'<li><a href="#{escape(file.anchor)}">{escape(file.name or "?")}</a> '
            f'<span class="m-added" title="{added}">+{file.added}</span> '
            f'<span class="m-removed" title="{removed}">\N{MINUS SIGN}{file.removed}'
            "</span></li>"
        )
    writer.html("</ul></details>")


def _lexer(name: str) -> Lexer | None:
    lexer_class = find_lexer_class_for_filename(name.rpartition("/")[2])
    return None if lexer_class is None else lexer_class()


def _highlight(lexer: Lexer, line: str) -> str:
    if len(line) > _MAX_HIGHLIGHTED_LINE:
        return escape(line)
    return "".join(_spans(lexer, line))


def _spans(lexer: Lexer, line: str) -> Iterator[str]:
    for _, token_type, text in lexer.get_tokens_unprocessed(line):
        css_class = STANDARD_TYPES.get(token_type, "")
        if css_class and css_class not in ("w", "err"):
            yield f'<span class="{css_class}">{escape(text)}</span>'
        else:
            yield escape(text)
