"""Dates and times as pages show them; the words of a day are made once."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.utils import formats
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def moment(value: datetime | None, sent: datetime | None = None) -> SafeString:
    """Return date and time; *sent*, on the sender's own clock, shows on hover."""
    if value is None:
        return mark_safe("")
    local = localtime(value)
    clock = f"{local.hour:02}:{local.minute:02}"
    text = _in_words(get_language(), local.date()) % {"time": clock}
    if sent is None:
        return _element(local, text)
    own = f"{sent.hour:02}:{sent.minute:02}:{sent.second:02} {sent:%z}".rstrip()
    title = _of_sender(get_language(), sent.date()) % {"time": own}
    # Where both are the same instant, the markup tells it as the sender would.
    return _element(sent if sent == value else local, text, title)


def day(value: datetime | None) -> SafeString:
    """Return the date alone, for listings; its markup has the time."""
    if value is None:
        return mark_safe("")
    local = localtime(value)
    return _element(local, _day(get_language(), local.date()), kind="day")


def clock(value: datetime | None) -> SafeString:
    """Return the time of day alone, where a heading has the date."""
    if value is None:
        return mark_safe("")
    local = localtime(value)
    return _element(local, f"{local.hour:02}:{local.minute:02}", kind="clock")


def when(value: date) -> SafeString:
    """Return when an event is: a day, or a time; on its own clock without a zone."""
    if not isinstance(value, datetime):
        return _element_of_day(value)
    if is_aware(value):
        return moment(value)
    words = _in_words(get_language(), value.date())
    return escape(words % {"time": f"{value.hour:02}:{value.minute:02}"})


def brief(value: datetime, year: int) -> SafeString:
    """Return date and time for an outline: without the year if it is *year*."""
    local = localtime(value)
    words = _brief_words(get_language(), local.date(), local.year == year)
    text = words % {"time": f"{local.hour:02}:{local.minute:02}"}
    return _element(local, text, kind="brief")


def _element(value: datetime, text: str, title: str = "", kind: str = "") -> SafeString:
    # All of it is ours, but a catalog may have quotes.
    shown = f' title="{escape(title)}"' if title else ""
    data = f' data-show="{kind}"' if kind else ""
    stamp = value.isoformat(timespec="seconds")
    return mark_safe(  # noqa: S308
        f'<time datetime="{stamp}"{data}{shown}>{escape(text)}</time>'
    )


def _element_of_day(value: date) -> SafeString:
    words = escape(_day(get_language(), value))
    return mark_safe(f"<time>{words}</time>")  # noqa: S308


@lru_cache(maxsize=4096)
def _day(language: str | None, value: date) -> str:
    return formats.date_format(value, _("j M Y"))


@lru_cache(maxsize=4096)
def _in_words(language: str | None, value: date) -> str:
    """Return a date as words, with ``%(time)s`` where the time goes."""
    words = {"date": _literal(_day(language, value)), "time": "%(time)s"}
    return _("%(date)s, %(time)s") % words


@lru_cache(maxsize=4096)
def _of_sender(language: str | None, value: date) -> str:
    date_words = _literal(formats.date_format(value, _("l, j F Y")))
    time = _("%(date)s, %(time)s") % {"date": date_words, "time": "%(time)s"}
    return _("Sent %(time)s on the sender's clock") % {"time": time}


@lru_cache(maxsize=4096)
def _brief_words(language: str | None, value: date, same_year: bool) -> str:
    pattern = _("j M") if same_year else _("j M Y")
    words = _literal(formats.date_format(value, pattern))
    return _("%(date)s, %(time)s") % {"date": words, "time": "%(time)s"}


def _literal(text: str) -> str:
    return text.replace("%", "%%")
