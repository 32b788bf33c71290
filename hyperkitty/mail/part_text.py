"""One MIME part as text: transfer encoding, charset, markup and line ends undone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hyperkitty.mail.charsets import decode
from hyperkitty.mail.enriched import enriched_to_text, richtext_to_text
from hyperkitty.mail.html_text import html_to_text
from hyperkitty.mail.parts import Part
from hyperkitty.mail.uuencode import EmbeddedFile, split_files
from hyperkitty.mail.values import Problem

_HTML_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_.:-]{2,40})")
_HTML_HEAD = 2048  # bytes in which a charset is looked for


@dataclass(frozen=True, slots=True)
class PartText:
    """The text of one part, "\\n" line ends, and what was met on the way."""

    text: str
    is_flowed: bool = False
    is_delsp: bool = False
    files: tuple[EmbeddedFile, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_plain(part: Part, limit: int) -> PartText:
    """Return the text of a text/plain part; files that stand in it are taken out."""
    content, is_sound = part.content()
    content, files = split_files(content)
    text, problems = _decoded(content, part.charset, limit, is_sound)
    parameters = part.parameters or {}
    is_flowed = parameters.get("format", "").lower() == "flowed"
    is_delsp = is_flowed and parameters.get("delsp", "").lower() == "yes"
    return PartText(text, is_flowed, is_delsp, files, problems)


def read_rich(part: Part, limit: int) -> PartText:
    """Return the text of a text/enriched or text/richtext part."""
    content, is_sound = part.content()
    source, problems = _decoded(content, part.charset, limit, is_sound)
    is_richtext = part.content_type == "text/richtext"
    text = richtext_to_text(source) if is_richtext else enriched_to_text(source)
    return PartText(text, problems=problems)


def read_html(part: Part, limit: int) -> PartText:
    """Return the text of an HTML part."""
    content, is_sound = part.content()
    charset = part.charset
    if not charset and (match := _HTML_CHARSET.search(content, 0, _HTML_HEAD)):
        charset = match[1].decode("ascii")
    source, problems = _decoded(content, charset, 4 * limit, is_sound)
    return PartText(html_to_text(source, limit), problems=problems)


def unix_lines(text: str) -> str:
    """Return text with "\\n" line ends, whatever it had."""
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return text


def _decoded(
    content: bytes, charset: str, limit: int, is_sound: bool
) -> tuple[str, tuple[Problem, ...]]:
    problems = [] if is_sound else [Problem.BAD_ENCODING]
    is_whole = len(content) <= limit
    if not is_whole:
        problems.append(Problem.TOO_LARGE)
        # At the end of a line, unless that line is the most of it.
        content = content[: content.rfind(b"\n", limit // 2, limit) + 1 or limit]
    text, fits = decode(content, charset)
    if not fits and is_whole:  # a cut may have gone through a character
        problems.append(Problem.BAD_CHARSET)
    return unix_lines(text), tuple(problems)
