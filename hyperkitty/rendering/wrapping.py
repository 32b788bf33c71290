"""Tell line ends that a mail program made at its margin from those the author meant.

Both are kept on a wide page. On a narrow one the first kind would leave a ragged mess
of long and short lines, so the page may flow over them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

#: Line ends within a paragraph: meant; made by a program; the same between characters
#: that are written without spaces. `escape.clean` has taken the latter two out of mail.
MEANT, MADE, MADE_UNSPACED = "\n", "\x0b", "\x0c"

# Paragraphs whose lines are all shorter were not filled up to a margin.
_MIN_MARGIN = 50
_MAX_MARGIN = 100
_WORD = re.compile(r"\S+")
_NEW_ITEM = re.compile(r"(?:\s|[-*+o•·–] |\(?\w{1,3}[.)] |\[\w{1,3}\] )")
# Scripts whose lines break anywhere.
_UNSPACED = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


def join_lines(lines: Sequence[str]) -> str:
    """Return the lines of a paragraph with the kind of line end between them.

    A line end was made by a program if the next word would not have fitted on the line,
    measured by the longest line.
    """
    margin = max(map(len, lines))
    if len(lines) == 1 or not _MIN_MARGIN <= margin <= _MAX_MARGIN:
        return MEANT.join(lines)
    pieces = [lines[0]]
    for above, below in pairwise(lines):
        pieces += _kind(above, below, margin), below
    return "".join(pieces)


def as_one_line(lines: Sequence[str]) -> str:
    """Return the lines of an attribution, which only a margin has cut, as one."""
    return " ".join(lines).replace("< ", "<")


def _kind(above: str, below: str, margin: int) -> str:
    word = _WORD.match(below)
    if word is None or _NEW_ITEM.match(below):
        return MEANT
    if _UNSPACED.match(below):
        is_full = len(above) + 2 > margin
        joins = _UNSPACED.match(above[-1:]) is not None
        return (MADE_UNSPACED if joins else MADE) if is_full else MEANT
    return MADE if len(above) + 1 + word.end() > margin else MEANT
