"""How text becomes words for Whoosh, the same for mails and for what is sought."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from whoosh.lang import NoStemmer, stemmer_for_language

from hyperkitty.search.text import MAX_WORD

# Letters and digits. The vowel signs of India's scripts stand inside words, and so do
# those of Thai, Lao, Burmese and Khmer in the pairs that `search.text` makes.
_WORD = re.compile(
    "(?:[^\\W_]"
    "|[\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0eb1-\u0ebc\u102b-\u103e\u17b4-\u17d3]"
    ")+"
)
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
    }
)
#: Accents of Latin, Greek and Cyrillic letters; marks of other scripts are letters.
_ACCENTS = re.compile("[\u0300-\u036f]")

Stem = Callable[[str], str]


def words_of(text: str, language: str = "") -> list[str]:
    """Return the words of *text*: lower case, without accents, and stemmed."""
    text = text.lower()
    if not text.isascii():
        text = _folded(text)
    found = [word for word in _WORD.findall(text) if len(word) < MAX_WORD]
    stem = _stemmer(language)
    return [stem(word) for word in found] if stem else found


def _folded(text: str) -> str:
    """Return *text* without accents on Latin letters, as tantivy has it."""
    text = unicodedata.normalize("NFD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", text))


@lru_cache(maxsize=32)
def _stemmer(language: str) -> Stem | None:
    """Return the stemmer of a language, which remembers words; None if there is none.

    A mailing list says the same words again and again, and stemming one in Python
    takes longer than all else that is done to it.
    """
    if not language:
        return None
    try:
        stem: Stem = stemmer_for_language(language)
    except NoStemmer:
        return None
    return lru_cache(maxsize=50_000)(stem)
