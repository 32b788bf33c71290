"""Dates of a mail: what it claims, what others witness, and where it is sorted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hyperkitty.mail import headers

_MAX_LENGTH = 200  # characters of a date that are looked at
_MAX_WITNESSES = 10  # headers of one name that are looked at
_MAX_OFFSET = 14 * 60  # minutes: no place on earth is farther from UTC
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST_AFTER_ARRIVAL = timedelta(days=1)

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan ene gen",
            "feb fev fév",
            "mar mär mrz mrt maa",
            "apr abr avr",
            "may mai maj mei mag",
            "jun giu",
            "jul lug",
            "aug ago aoû",
            "sep set",
            "oct okt ott out",
            "nov",
            "dec dez dic déc",
        ],
        start=1,
    )
    for name in names.split()
}

# Minutes east. RFC 5322 (4.3) and the names that mail programs of all times used.
_ZONES = {
    name: 60 * hours
    for hours, names in {
        0: "UT UTC GMT WET Z",
        1: "CET MET MEZ BST WEST",
        2: "EET CEST MEST MESZ SAST",
        3: "EEST MSK",
        4: "MSD",
        8: "AWST HKT SGT",
        9: "JST KST",
        10: "AEST",
        11: "AEDT",
        12: "NZST NZT",
        13: "NZDT",
        -3: "ADT BRT ART",
        -4: "EDT AST",
        -5: "EST CDT",
        -6: "CST MDT",
        -7: "MST PDT",
        -8: "PST AKDT",
        -9: "AKST",
        -10: "HST",
    }.items()
    for name in names.split()
}

_RFC_5322 = re.compile(
    r"\s*+(?:[A-Z][a-z]{2},\s*+)?([0-9]{1,2})\s++([A-Z][a-z]{2})\s++([0-9]{4})\s++"
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?\s++([+-])([0-9]{4})"
    r"\s*+(?:\([^()]*+\)\s*+)?"
)
_COMMENT = re.compile(r"\([^()]*+\)")
_TIME = re.compile(
    r"(?<![0-9])([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.,][0-9]{1,9})?)?"
    r"(?![0-9])\s{0,3}([AP]\.?M\b)?",
    re.IGNORECASE,
)
_DOTTED_TIME = re.compile(
    r"(?<![0-9.])([0-9]{1,2})\.([0-9]{2})(?:\.([0-9]{2}))?(?![0-9.])()"
)
_YEAR_FIRST = re.compile(
    r"(?<![0-9])([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])"
)
_YEAR_LAST = re.compile(
    r"(?<![0-9])([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9])"
)
_MONTH = re.compile(
    rf"(?<![^\W\d_])({'|'.join(_MONTHS)})[^\W\d_]{{0,12}}", re.IGNORECASE
)
_NUMBER = re.compile(r"[0-9]++")
_OFFSET = re.compile(r"([+-])([0-9]++)(?::([0-9]{2}))?(?![0-9:])")
_ZONE_NAME = re.compile(r"(?<![^\W\d_])[A-Z]{1,5}(?![^\W_])", re.IGNORECASE)
_FROM_LINE_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}[,\s]\s{0,3}[A-Z0-9]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date that could be read."""

    utc: datetime
    offset: int | None = None  # minutes east; None if the date names no zone
    is_odd: bool = False  # its zone is impossible; it was read as UTC


def parse(value: str) -> ParsedDate | None:
    """Read a Date header (RFC 5322 and what else programs write); None if unreadable.

    A date without a zone is read as UTC. Never raises.
    """
    if match := _RFC_5322.fullmatch(value[:_MAX_LENGTH]):
        day, month, year, hour, minute, second, sign, zone = match.groups()
        if month.lower() in _MONTHS:
            return _make(
                int(year),
                _MONTHS[month.lower()],
                int(day),
                (int(hour), int(minute), int(second or 0)),
                _offset(sign, zone, None),
            )
    return _parse_tolerantly(value[:_MAX_LENGTH])


def parse_received(value: str) -> ParsedDate | None:
    """Read the date of a Received header: it follows the last semicolon."""
    _, semicolon, date = value.rpartition(";")
    return parse(date) if semicolon else None


def parse_from_line(line: bytes) -> ParsedDate | None:
    """Read the date of an mbox From_ line, such as ``From a@b Tue Feb  3 …``."""
    text = line[:1000].decode("latin-1")
    starts = [match.start() for match in _FROM_LINE_DATE.finditer(text)]
    return parse(text[starts[-1] :]) if starts else None


def sort_date(
    candidates: Iterable[ParsedDate | None], arrived_at: datetime
) -> datetime:
    """Return the first plausible of the dates, else when the mail arrived.

    Plausible: from 2 January 1970 (earlier is a clock that was never set) to a day
    after arrival. The order of witnesses: X-Original-Date (what Mailman saves before it
    corrects Date), Date, Resent-Date, the newest Received, the From_ line.
    """
    for found in candidates:
        if found and is_plausible(found.utc, arrived_at):
            return found.utc
    return arrived_at


def is_plausible(date: datetime, arrived_at: datetime) -> bool:
    """Whether a mail that arrived then can be of that date."""
    return date >= _EARLIEST and date - _LATEST_AFTER_ARRIVAL <= arrived_at


def witnesses(
    resent: Iterable[str], received: Iterable[str], from_line: bytes
) -> Iterator[ParsedDate | None]:
    """Yield the dates that others than the author put on a mail, best first."""
    for _, value in zip(range(_MAX_WITNESSES), resent, strict=False):
        yield parse(value)
    for _, value in zip(range(_MAX_WITNESSES), received, strict=False):
        yield parse_received(value)
    yield parse_from_line(from_line)


def _parse_tolerantly(value: str) -> ParsedDate | None:
    """Read a date by its pieces, in whatever order they stand."""
    text = headers.decode(value) if "=?" in value else value
    for _ in range(4):  # comments within comments
        text = _COMMENT.sub(" ", text)
    match = _TIME.search(text) or _DOTTED_TIME.search(text)
    if match is None:
        time, zone, day_text = (0, 0, 0), None, text
    else:
        time = _time(match)
        after = text[match.end() :]
        zone = _find_zone(after)
        day_text = f"{text[: match.start()]} {_OFFSET.sub(' ', after)}"
    day = _find_day(day_text)
    return _make(*day, time, zone) if day else None


def _time(match: re.Match[str]) -> tuple[int, int, int]:
    hour = int(match[1])
    if match[4] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match[4][0] in "pP" else 0)
    return hour, int(match[2]), int(match[3] or 0)


def _find_day(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day."""
    if iso := _YEAR_FIRST.search(text):
        return int(iso[1]), int(iso[2]), int(iso[3])
    if numeric := _YEAR_LAST.search(text):
        day, month = int(numeric[1]), int(numeric[3])
        # With slashes the American order is meant, where it can be.
        if numeric[2] == "/" and day <= 12:
            day, month = month, day
        return _full_year(numeric[4]), month, day
    months = list(_MONTH.finditer(text))
    if not months:
        return None
    # The last: "mar" is also Tuesday in French, Italian and Spanish.
    month_name = months[-1]
    text = f"{text[: month_name.start()]} {text[month_name.end() :]}"
    numbers = [number for number in _NUMBER.findall(text) if len(number) <= 5]
    if len(numbers) < 2:
        return None
    first, second = numbers[:2]
    day_number, year = (first, second) if len(first) <= 2 else (second, first)
    return _full_year(year), _MONTHS[month_name[1].lower()], int(day_number)


def _full_year(year: str) -> int:
    """Return the year that two, three or five digits mean (RFC 5322, 4.3)."""
    number = int(year)
    if len(year) <= 2:
        return number + (2000 if number < 50 else 1900)
    if len(year) == 3:
        return number + 1900
    # "19103": programs that put "19" before the years since 1900.
    return number - 17100 if 19100 <= number <= 19199 else number


def _find_zone(after: str) -> int | None:
    """Return minutes east that the text after the time of day names."""
    if match := _OFFSET.search(after):
        return _offset(*match.groups())
    for match in _ZONE_NAME.finditer(after):
        if match[0].upper() in _ZONES:
            return _ZONES[match[0].upper()]
    return None


def _offset(sign: str, digits: str, minutes: str | None) -> int | None:
    """Return minutes east; an impossible number if it is one; None for "-0000".

    RFC 5322 has "-0000" for a time in UTC of which the zone is not known.
    """
    if len(digits) > 4 or (minutes and len(digits) > 2):
        return _MAX_OFFSET + 1
    if minutes is None and len(digits) > 2:
        digits, minutes = digits[:-2], digits[-2:]
    east = 60 * int(digits) + int(minutes or 0)
    if int(minutes or 0) > 59:
        return _MAX_OFFSET + 1
    if sign == "-":
        return -east if east else None
    return east


def _make(
    year: int,
    month: int,
    day: int,
    time: tuple[int, int, int],
    offset: int | None,
) -> ParsedDate | None:
    """Return the date if there is such a day and time."""
    hour, minute, second = time
    is_midnight_24 = time == (24, 0, 0)
    if second > 60:
        return None
    is_odd = offset is not None and abs(offset) > _MAX_OFFSET
    if is_odd:
        offset = None
    try:
        # Python knows no leap seconds: 60 becomes 59.
        utc = datetime(
            year,
            month,
            day,
            hour % 24 if is_midnight_24 else hour,
            minute,
            min(second, 59),
            tzinfo=UTC,
        )
        if offset or is_midnight_24:
            utc += timedelta(days=is_midnight_24, minutes=-(offset or 0))
    except (ValueError, OverflowError):
        return None
    return ParsedDate(utc, offset, is_odd)
