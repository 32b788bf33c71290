"""Attachments in words, and what a page can show of them."""

from __future__ import annotations

from enum import StrEnum

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hyperkitty.mail.html_part import PICTURE_TYPES
from hyperkitty.mail.tnef import TYPES as TNEF_TYPES
from hyperkitty.models import Attachment

register = template.Library()

#: Larger files are for saving.
MAX_LOOK = 1024 * 1024
# Browsers without JavaScript load folded pictures, too.
MAX_PICTURE = 1024 * 1024

_PATCHES = frozenset({"text/x-patch", "text/x-diff"})
_EVENTS = frozenset({"text/calendar", "application/ics"})
_ARCHIVES = frozenset(
    {
        *("application/zip", "application/gzip", "application/x-gzip"),
        *("application/x-tar", "application/x-bzip2", "application/x-xz"),
        *("application/x-7z-compressed", "application/x-compressed-tar"),
        *("application/x-zip-compressed", "application/vnd.rar", "application/zstd"),
    }
)
_SIGNATURES = frozenset(
    {
        *("application/pgp-signature", "application/pkcs7-signature"),
        "application/x-pkcs7-signature",
    }
)
#: Parts of the names of types, the first that fits says what to call them.
_OFFICE = (
    ("spreadsheet", gettext_lazy("spreadsheet")),
    ("excel", gettext_lazy("spreadsheet")),
    ("presentation", gettext_lazy("presentation")),
    ("powerpoint", gettext_lazy("presentation")),
    ("wordprocessing", gettext_lazy("text document")),
    ("msword", gettext_lazy("text document")),
    ("opendocument.text", gettext_lazy("text document")),
)
_FAMILIES = {
    "image": gettext_lazy("picture"),
    "audio": gettext_lazy("sound"),
    "video": gettext_lazy("film"),
    "text": gettext_lazy("text"),
}


class Look(StrEnum):
    """How a page shows what is in a file."""

    TEXT = "text"
    EVENT = "event"
    MAIL = "mail"


def look_of(file: Attachment) -> Look | None:
    """Return how the file can be shown on a page; None if it is for saving alone."""
    kind = file.content_type
    if file.size > MAX_LOOK:
        return None
    if kind in _EVENTS:
        return Look.EVENT
    if kind == "message/rfc822":
        return Look.MAIL
    is_text = kind.startswith("text/") and kind not in ("text/html", "text/rtf")
    if is_text or file.name.lower().endswith((".patch", ".diff", ".txt", ".log")):
        return Look.TEXT
    return None


@register.filter
def can_be_read(file: Attachment) -> bool:
    """Whether the page of the mail can show what is in the file."""
    return look_of(file) is not None


@register.filter
def is_picture(file: Attachment) -> bool:
    """Whether a browser may show the file as it is, scaled."""
    return file.content_type in PICTURE_TYPES and file.size <= MAX_PICTURE


@register.filter
def in_words(file: Attachment) -> str:
    """Return what kind of file it is, for people; the type's own name if unknown."""
    kind, name = file.content_type, file.name.lower()
    if kind in _EVENTS:
        return _("calendar invitation")
    if kind == "message/rfc822":
        return _("message")
    if kind in TNEF_TYPES or name == "winmail.dat":
        return _("package by Outlook; the files inside are listed with it")
    if kind in _PATCHES or name.endswith((".patch", ".diff")):
        return _("patch")
    if kind == "application/pdf":
        return _("PDF document")
    if kind in _SIGNATURES:
        return _("digital signature")
    if kind in ("application/pgp-keys", "text/vcard", "text/x-vcard"):
        return _("PGP key") if "pgp" in kind else _("address card")
    if kind == "text/html":
        return _("web page")
    if kind in _ARCHIVES:
        return _("archive of files")
    return _broadly(kind)


def _broadly(kind: str) -> str:
    for part, words in _OFFICE:
        if part in kind:
            return str(words)
    family, _slash, subtype = kind.partition("/")
    if family not in _FAMILIES:
        return _("file") if kind == "application/octet-stream" else kind
    if family == "text":
        return str(_FAMILIES[family])
    return f"{subtype.removeprefix('x-').upper()} {_FAMILIES[family]}"
