"""Text as it goes to an engine's tokenizer: the same for mails and for what is sought.

Engines split at whatever is neither letter nor digit. Three things happen before that:
characters that only look different become one (NFKC), runs of scripts that put no
spaces between words become pairs of letters, and the signs that tell C, C++ and C#
apart become words.
"""

from __future__ import annotations

import re
import unicodedata

#: Letters longer than this in one word are no word: engines leave them out.
MAX_WORD = 72

# Thai, Lao, Burmese, Khmer; Hangul; kana and Han.
_UNSPACED = (
    "\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u104f\u1780-\u17ef"
    "\u1100-\u11ff\uac00-\ud7a3"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_UNSPACED}]+")
# Marks of tone in Thai and Lao: tokenizers split at them, and writers leave them out.
_TONES = re.compile("[\u0e47-\u0e4e\u0ec8-\u0ecd]")
_PLUSES = re.compile(r"(?<=\w)\+\+(?!\w)")
_SHARP = re.compile(r"(?<![^\W_])([A-Za-z])#(?!\w)")


def to_index(text: str) -> str:
    """Return *text* of a mail, ready to be tokenized."""
    if not text.isascii():
        text = _RUN.sub(_pairs, unicodedata.normalize("NFKC", text))
    return _signs(text)


def to_find(text: str) -> tuple[str, bool]:
    """Return *text* that is sought, and whether its last word is only a beginning.

    It is for a single letter of a script without spaces: the index has pairs.
    """
    is_beginning = False
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        bare = _TONES.sub("", text.strip())
        is_beginning = len(bare) == 1 and _RUN.fullmatch(bare) is not None
        text = _RUN.sub(_sought_pairs, text)
    return _signs(text), is_beginning


def _pairs(run: re.Match[str]) -> str:
    """Return the pairs of letters of a run, and its last letter.

    The letter alone is found as the beginning of a pair, but for the last one; and it
    keeps the pairs of two runs apart.
    """
    letters = _TONES.sub("", run[0])
    pairs = [letters[at : at + 2] for at in range(len(letters))]
    return f" {' '.join(pairs)} "


def _sought_pairs(run: re.Match[str]) -> str:
    letters = _TONES.sub("", run[0])
    if len(letters) < 2:
        return f" {letters} "
    pairs = [letters[at : at + 2] for at in range(len(letters) - 1)]
    return f" {' '.join(pairs)} "


def _signs(text: str) -> str:
    if "++" in text:
        text = _PLUSES.sub(" plusplus", text)
    if "#" in text:
        text = _SHARP.sub(r"\1 sharp", text)
    return text
