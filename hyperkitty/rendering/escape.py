"""The one way for text of a mail to enter HTML."""

from __future__ import annotations

import html
import re

_LINE_ENDS = re.compile("\r\n?|\x0b|\f|\x85|\u2028|\u2029")

# Control characters (tab and line feed apart), lone surrogates and noncharacters cannot
# stand in an HTML page; terminals and encoders choke on them too.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def escape(text: str) -> str:
    """Return *text* for use between tags or inside a double-quoted attribute."""
    return html.escape(text, quote=True)


def clean(text: str) -> str:
    """Return *text* with plain line feeds and without what cannot be shown."""
    text = _LINE_ENDS.sub("\n", text)
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
