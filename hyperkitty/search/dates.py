"""Read the dates of a query: years, months, days, spans, and "last month"."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_NUMBERS = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_YEARS = re.compile(r"([0-9]{4})-([0-9]{4})")
_NAMED = re.compile(r"(?:([a-z]{3,9})-([0-9]{4})|([0-9]{4})-([a-z]{3,9}))")
_THIS_OR_LAST = re.compile(r"(this|last)-(week|month|year)")
_AGO = re.compile(r"([0-9]{1,4})-?(d|day|w|week|m|month|y|year)s?(?:-ago)?")
_LAST_FEW = re.compile(r"(?:last|past)-([0-9]{1,4})-(day|week|month|year)s?")
_BOUND = re.compile(r"(>=|<=|>|<)(.+)")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Span(NamedTuple):
    """From one moment until before another, in UTC; None where it is open."""

    start: datetime | None
    end: datetime | None


def read_span(text: str, today: date) -> Span | None:
    """Return the span that `date:` means; None if *text* is no date.

    ``2019``, ``2019-05``, ``2019-05-17``, ``20190517``, ``may-2019``, ``2019..2021``,
    ``2019..``, ``..2021``, ``>2019``, ``last-month``, ``this-year``, ``yesterday``,
    ``3-weeks-ago``, ``last-7-days``.
    """
    text = tidy(text)
    if bound := _BOUND.fullmatch(text):
        return _from_bound(bound[1], _period(bound[2], today))
    if years := _YEARS.fullmatch(text):
        text = f"{years[1]}..{years[2]}"
    first, dots, last = text.partition("..")
    if not dots:
        return _period(text, today)
    start = _period(first, today) if first else Span(None, None)
    end = _period(last, today) if last else Span(None, None)
    if start is None or end is None or not (first or last):
        return None
    if start.start and end.end and start.start >= end.end:
        start, end = end, start
    return Span(start.start, end.end)


def read_day(text: str, today: date) -> Span | None:
    """Return the one period that *text* names, for `after:` and `before:`."""
    return _period(tidy(text), today)


def tidy(text: str) -> str:
    """Return *text* as it is read: lower case, words joined by hyphens."""
    text = re.sub(r"[\s_-]+", "-", text.strip().lower())
    if not text[:1].isdigit() or re.search("[a-z]", text):
        # "last.week" and "2.weeks.ago" are how git writes it.
        text = re.sub(r"(?<!\.)\.(?!\.)", "-", text)
    return text


def name_of(start: datetime | None, end: datetime | None) -> str:
    """Return the shortest `date:` that means the span between two midnights."""
    first = start.date() if start else None
    last = end.date() - timedelta(days=1) if end else None
    if first and last and first.day == 1 and last.day == monthrange(*_month(last))[1]:
        if (first.month, last.month) == (1, 12):
            years = (f"{first.year:04}", f"{last.year:04}")
            return years[0] if first.year == last.year else "..".join(years)
        months = (f"{first:%Y-%m}", f"{last:%Y-%m}")
        return months[0] if _month(first) == _month(last) else "..".join(months)
    if first and first == last:
        return first.isoformat()
    return f"{first or ''}..{last or ''}"


def days(first: date, stop: date) -> Span:
    """Return the span from the day *first* until before the day *stop*."""
    return Span(*(datetime.combine(day, time(), UTC) for day in (first, stop)))


def _period(text: str, today: date) -> Span | None:
    try:
        return _fixed(text) or _relative(text, today)
    except (ValueError, OverflowError):
        return None


def _fixed(text: str) -> Span | None:
    found = _NUMBERS.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        year, month, day = (int(part) if part else None for part in found.groups())
        return _span_of(year or 0, month, day)
    if named := _NAMED.fullmatch(text):
        name, year_text = named[1] or named[4], named[2] or named[3]
        for number, month_name in enumerate(_MONTHS, start=1):
            if month_name.startswith(name):
                return _span_of(int(year_text), number, None)
    return None


def _span_of(year: int, month: int | None, day: int | None) -> Span | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    if day is not None:
        first = date(year, month or 0, day)
        return days(first, first + timedelta(days=1))
    if month is not None:
        return days(date(year, month, 1), _months_later(date(year, month, 1), 1))
    return days(date(year, 1, 1), date(year + 1, 1, 1))


def _relative(text: str, today: date) -> Span | None:
    tomorrow = today + timedelta(days=1)
    if text == "today":
        return days(today, tomorrow)
    if text == "yesterday":
        return days(today - timedelta(days=1), today)
    if found := _THIS_OR_LAST.fullmatch(text):
        back = 1 if found[1] == "last" else 0
        if found[2] == "week":
            monday = today - timedelta(days=today.weekday() + 7 * back)
            return days(monday, monday + timedelta(days=7))
        if found[2] == "year":
            return _span_of(today.year - back, None, None)
        first = _months_later(today.replace(day=1), -back)
        return days(first, _months_later(first, 1))
    if found := _AGO.fullmatch(text):
        day = _ago(int(found[1]), found[2], today)
        return days(day, day + timedelta(days=1))
    if found := _LAST_FEW.fullmatch(text):
        return days(_ago(int(found[1]), found[2], today), tomorrow)
    return None


def _ago(number: int, unit: str, today: date) -> date:
    match unit[0]:
        case "d":
            return today - timedelta(days=number)
        case "w":
            return today - timedelta(weeks=number)
        case "m":
            return _months_later(today, -number)
        case _:
            return _months_later(today, -12 * number)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _from_bound(sign: str, period: Span | None) -> Span | None:
    if period is None:
        return None
    match sign:
        case ">":
            return Span(period.end, None)
        case ">=":
            return Span(period.start, None)
        case "<":
            return Span(None, period.start)
        case _:
            return Span(None, period.end)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
