"""Show a plain text as its author meant it. Read this file first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import patches
from .addresses import mask_addresses
from .attributions import is_attribution
from .blocks import Block, Kind, cut_blocks
from .escape import clean, escape
from .fixed import needs_fixed_font
from .lines import Line, join_flowed, split_lines
from .links import HtmlWriter
from .values import Labels, PatchFile, Rendered, RenderOptions
from .wrapping import as_one_line, join_lines

DEFAULT_OPTIONS = RenderOptions()

# Blockquotes of one mail; beyond, quotes keep their markers as text. Else 100,000 lines
# whose depth goes up and down would become a page of 100 MB.
_MAX_QUOTES = 1000

# A paragraph of a flowed text is one line; it counts as what it fills on a page.
_PAGE_WIDTH = 90

# A fixed block that is wider than a small screen can be scrolled by keyboard.
_SCROLLS_FROM = 60

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

#: Blocks that their author wrote for this mail.
OWN_KINDS = frozenset({Kind.PROSE, Kind.FIXED, Kind.DIFF, Kind.PATCH})


def render_text(
    text: str,
    *,
    is_flowed: bool = False,
    is_delsp: bool = False,
    options: RenderOptions = DEFAULT_OPTIONS,
) -> Rendered:
    """Return the body of a plain-text mail as safe HTML."""
    shown = clean(text[: options.max_chars])
    page = TextPage(options, shown)
    for block in cut_blocks(read_lines(shown, is_flowed, is_delsp)):
        page.add(block)
    return page.finish(is_cut=len(text) > options.max_chars)


def read_lines(text: str, is_flowed: bool, is_delsp: bool) -> list[Line]:
    """Return the lines of a cleaned *text* without their quote markers."""
    if is_flowed:
        return join_flowed(text, delsp=is_delsp)
    return split_lines(text)


class TextPage:
    """Writes blocks one by one; quotes wait until what follows them is known."""

    def __init__(self, options: RenderOptions, text: str) -> None:
        self.writer = HtmlWriter(options)
        self.options = options
        self.files: list[PatchFile] = []
        self.quoted: list[Block] = []
        self.quotes = 0
        self.has_own_text = False
        self.in_copy = False
        right_to_left = not text.isascii() and _RIGHT_TO_LEFT.search(text)
        self.dir = ' dir="auto"' if right_to_left else ""
        self.writer.html(f'<div class="m-body" dir="{"auto" if self.dir else "ltr"}">')

    def add(self, block: Block) -> None:
        """Write *block*, or keep it if it is quoted."""
        if block.depth:
            self.quoted.append(block)
            return
        is_own = block.kind in OWN_KINDS
        self.write_quoted(is_answered=is_own)
        if block.kind is Kind.COPY:
            self._open_copy()
        elif block.kind is Kind.FOOTER:
            self._close_copy()
        self._write(block)
        self.has_own_text = self.has_own_text or is_own

    def finish(self, *, is_cut: bool) -> Rendered:
        """Return the whole."""
        self.write_quoted(is_answered=False)
        self._close_copy()
        if is_cut:
            self.writer.html(f'<p class="m-cut">{escape(self.options.labels.cut)}</p>')
        self.writer.html("</div>")
        has_quotes = self.quotes > 0
        return self.writer.finish(has_quotes=has_quotes, files=tuple(self.files))

    def _write(self, block: Block) -> None:
        if block.kind is Kind.PROSE:
            self._paragraph(join_lines(block.lines))
        elif block.kind is Kind.FIXED:
            self._fixed("m-fixed", block.lines)
        elif block.kind is Kind.DIFF:
            self._diff(block.lines)
        elif block.kind is Kind.PATCH:
            self._patch(block.lines)
        elif block.kind is Kind.ARMOR:
            self._armor(block.lines)
        else:
            css_class = _CLASSES[block.kind]
            if needs_fixed_font(block.lines):
                self._fixed(css_class, block.lines)
            else:
                self._paragraph(_joined(block), f' class="{css_class}"')

    def _paragraph(self, text: str, attributes: str = "") -> None:
        self.writer.html(f"<p{attributes}{self.dir}>")
        self.writer.text(text, line_break="<br>")
        self.writer.html("</p>\n")

    def _fixed(self, css_class: str, lines: Sequence[str]) -> None:
        self.writer.html(f'<pre class="{css_class}"{_scrolling(lines)}>')
        self.writer.text("\n".join(lines))
        self.writer.html("</pre>\n")

    def _diff(self, lines: Sequence[str]) -> None:
        self.writer.html(f'<pre class="m-diff"{_scrolling(lines)}>')
        rows = [(patches.line_class(line), line) for line in lines]
        patches.write_rows(self.writer, rows)
        self.writer.html("</pre>\n")

    def _patch(self, lines: Sequence[str]) -> None:
        files, _ = patches.read_patch(lines, 0)
        first = len(self.files) + 1
        self.files += patches.write_patch(self.writer, files, first)

    def _armor(self, lines: Sequence[str]) -> None:
        label = _armor_label(lines[0], self.options.labels)
        self._open_details("m-armor", label)
        text = "\n".join(lines)
        if self.options.mask_addresses:
            text = mask_addresses(text)
        self.writer.html(f"<pre>{escape(text)}</pre></details>\n")

    def _open_copy(self) -> None:
        if self.has_own_text and not self.in_copy:
            self.in_copy = True
            self._open_details("m-copy", self.options.labels.show_copy)

    def _close_copy(self) -> None:
        if self.in_copy:
            self.in_copy = False
            self.writer.html("</details>\n")

    def _open_details(self, css_class: str, label: str) -> None:
        self.writer.html(f'<details class="{css_class}">')
        self.writer.html(f'<summary dir="auto">{escape(label)}</summary>')

    def write_quoted(self, *, is_answered: bool) -> None:
        """Write the blocks that waited, folded if they are long."""
        blocks, self.quoted = self.quoted, []
        if not blocks:
            return
        hidden, shown, ending = self._fold(blocks, is_answered)
        self._folded_quotes(hidden)
        self._quotes(shown)
        self._folded_quotes(ending)

    def _folded_quotes(self, blocks: list[Block]) -> None:
        if blocks:
            count = sum(map(_height, blocks))
            self._open_details("m-fold", self.options.labels.show_quote(count))
            self._quotes(blocks)
            self.writer.html("</details>\n")

    def _fold(
        self, blocks: list[Block], is_answered: bool
    ) -> tuple[list[Block], list[Block], list[Block]]:
        """Return the quoted blocks to fold, to show, and to fold below these."""
        limit = self.options.fold_quotes_over
        if limit and self.has_own_text and all(one.kind in _ENDS for one in blocks):
            return blocks, [], []
        if not limit or sum(map(_height, blocks)) <= limit:
            return [], blocks, []
        if not is_answered:
            return (blocks, [], []) if self.has_own_text else ([], blocks, [])
        # Nobody answers to a signature that was left in.
        end = len(blocks)
        while end > 1 and blocks[end - 1].kind in _ENDS:
            end -= 1
        hidden, shown = _keep_tail(blocks[:end], self.options.keep_quoted_lines)
        return hidden, shown, blocks[end:]

    def _quotes(self, blocks: Sequence[Block]) -> None:
        """Write quoted blocks as nested blockquotes."""
        depth = 0
        for block in blocks:
            wanted = block.depth
            if wanted > depth and self.quotes + wanted - depth > _MAX_QUOTES:
                block = _marked(block, wanted - depth)
                wanted = depth
            if wanted < depth:
                self.writer.html("</blockquote>\n" * (depth - wanted))
            for level in range(depth + 1, wanted + 1):
                self._open_quote(level)
            depth = wanted
            self._write(block)
        self.writer.html("</blockquote>\n" * depth)

    def _open_quote(self, level: int) -> None:
        self.quotes += 1
        label = escape(self.options.labels.quote(level))
        self.writer.html(f'<blockquote class="m-quote"{self.dir}>')
        self.writer.html(f'<span class="m-sr">{label}</span>')


_ENDS = frozenset({Kind.SIGNATURE, Kind.FOOTER, Kind.ARMOR})
_CLASSES = {
    Kind.ATTRIBUTION: "m-attribution",
    Kind.COPY: "m-attribution",
    Kind.SIGNATURE: "m-signature",
    Kind.FOOTER: "m-footer",
}


def _joined(block: Block) -> str:
    """Return the text of a block that is no prose; an attribution is one line."""
    if block.kind is Kind.ATTRIBUTION:
        one = as_one_line(block.lines)
        if is_attribution(one):
            return one
    return join_lines(block.lines)


def _armor_label(line: str, labels: Labels) -> str:
    """Return what to call what begins with the ``-----BEGIN …-----`` *line*."""
    for name, label in (
        ("PGP SIGNED", labels.pgp_signed),
        ("PGP SIGNATURE", labels.pgp_signature),
        ("PGP MESSAGE", labels.pgp_message),
        ("PGP PUBLIC", labels.pgp_key),
    ):
        if name in line:
            return label
    return labels.smime


def _scrolling(lines: Sequence[str]) -> str:
    return ' tabindex="0"' if max(map(len, lines)) > _SCROLLS_FROM else ""


def _height(block: Block) -> int:
    """Return how many lines *block* fills on a page."""
    return sum(len(line) // _PAGE_WIDTH + 1 for line in block.lines)


def _keep_tail(blocks: list[Block], keep: int) -> tuple[list[Block], list[Block]]:
    """Return *blocks* in two parts, of which the second has *keep* lines or so."""
    at = len(blocks)
    room = keep
    while at and _height(blocks[at - 1]) <= room:
        at -= 1
        room -= _height(blocks[at])
    if at and (at == len(blocks) or room > 1):
        block = blocks[at - 1]
        cut = len(block.lines) - room
        if cut > 0 and block.kind in OWN_KINDS:
            head = block._replace(lines=block.lines[:cut])
            tail = block._replace(lines=block.lines[cut:])
            return [*blocks[: at - 1], head], [tail, *blocks[at:]]
        if at == len(blocks):
            at -= 1
    return blocks[:at], blocks[at:]


def _marked(block: Block, missing: int) -> Block:
    """Return *block* with quote markers as text, instead of *missing* levels."""
    marker = ">" * missing
    return block._replace(lines=[f"{marker} {line}" for line in block.lines])
