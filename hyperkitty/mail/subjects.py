"""Subjects: one clean line, without the list's prefix, without "Re:" and "Fwd:"."""

from __future__ import annotations

import re
from functools import lru_cache

from hyperkitty.mail import headers

_REPLY = (
    "re|aw|antw|antwort|sv|vs|odp|rif|ref|réf|rép|res|ynt|bls|atb|vá|απ|σχετ|отв|отв.|"
    "ответ|回复|回覆|答复|答覆|回信|返信|답장|תגובה|رد"
)
_FORWARD = (
    "fwd|fw|wg|tr|rv|enc|vb|vl|doorst|pd|i̇lt|ilt|trs|προωθ|пересл|転送|转发|轉寄|"
    "הועבר|إعادة توجيه"
)
# "Re:", "RE :", "Re[2]:", "Re(3):", "Re^2:", "Re2:", "回复：".
_COUNT = r"\s{0,3}(?:\[\s?[0-9]{1,4}\s?\]|\([0-9]{1,4}\)|\^?[0-9]{1,4}|\*[0-9]{1,4})?"
_COLON = r"\s{0,3}[:：]\s*+"
_REPLY_MARK = re.compile(rf"(?:{_REPLY}){_COUNT}{_COLON}", re.IGNORECASE)
_MARK = re.compile(rf"(?:{_REPLY}|{_FORWARD}){_COUNT}{_COLON}", re.IGNORECASE)
_LEADING_BLOB = re.compile(r"\s*+\[[^\[\]]{0,100}\]\s*+")
_MAX_MARKS = 100


def clean_subject(value: str, charset: str | None = None) -> str:
    """Return a Subject header's text on one line; the list's prefix stays."""
    return headers.decode(value, charset)


def strip_prefix(subject: str, list_prefix: str) -> str:
    """Return the subject without the list's prefix, also behind "Re:".

    *list_prefix* is Mailman's, such as ``"[Dev] "``; a ``%d`` in it stands for any
    number.
    """
    pattern = _prefix_pattern(list_prefix)
    if pattern is None:
        return subject
    marks = []
    rest = subject
    for _ in range(_MAX_MARKS):
        if prefix := pattern.match(rest):
            rest = rest[prefix.end() :]
        elif mark := _MARK.match(rest):
            marks.append(mark[0])
            rest = rest[mark.end() :]
        else:
            break
    return "".join([*marks, rest]).strip()


def base_subject(subject: str, list_prefix: str = "") -> str:
    """Return what the conversation is about: no prefix, no "Re:", no "(fwd)".

    Two subjects of one conversation are equal when compared without regard to case.
    """
    pattern = _prefix_pattern(list_prefix)
    rest = subject.strip()
    for _ in range(_MAX_MARKS):
        if match := (pattern and pattern.match(rest)) or _MARK.match(rest):
            rest = rest[match.end() :]
        elif rest[-5:].lower() == "(fwd)":
            rest = rest[:-5].rstrip()
        elif rest[:5].lower() == "[fwd:" and rest.endswith("]"):
            rest = rest[5:-1].strip()
        else:
            break
    return rest


def is_reply(subject: str) -> bool:
    """Whether the subject starts as a reply's does, a list prefix aside."""
    blob = _LEADING_BLOB.match(subject)
    at = blob.end() if blob else len(subject) - len(subject.lstrip())
    return _REPLY_MARK.match(subject, at) is not None


@lru_cache(maxsize=1024)
def _prefix_pattern(list_prefix: str) -> re.Pattern[str] | None:
    words = list_prefix.split()
    if not words:
        return None
    pattern = r"\s{1,9}".join(re.escape(word) for word in words)
    pattern = pattern.replace("%d", "[0-9]{1,9}")
    return re.compile(rf"\s*+{pattern}\s*+", re.IGNORECASE)
