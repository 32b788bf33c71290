"""The addresses of pages that Pipermail and MHonArc made, read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hyperkitty.models import AliasKind

#: No archive is older than mail, and dates must leave room for a year.
YEARS = range(1970, 9000)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_PERIODS = {
    "month": re.compile(r"(\d{4})-([a-z]{3,9})", re.ASCII),
    "quarter": re.compile(r"(\d{4})q([1-4])", re.ASCII),
    "week": re.compile(r"week-of-mon-(\d{8})", re.ASCII),
    "day": re.compile(r"(\d{8})", re.ASCII),
    "year": re.compile(r"(\d{4})", re.ASCII),
}
_FILE = re.compile(r"([^/]{1,40})\.(txt|txt\.gz)")
_MESSAGE = re.compile(r"(?:([^/]{1,40})/)?(msg)?([0-9]{1,9})\.html?")
_INDEX = re.compile(r"([^/]{1,40})(?:/[A-Za-z]{0,20}(?:\.html?)?)?")
_SCRUBBED = re.compile(r"attachments/([0-9]{8}/[0-9a-f]{4,40}/[^/\x00]{1,200})")
_FRONT = re.compile(r"(?:[a-z]{1,20}\.html?)?")


class OldFile(StrEnum):
    """Downloads of a period."""

    TEXT = "txt"
    GZIP = "txt.gz"


@dataclass(frozen=True, slots=True)
class Period:
    """The days that one of Pipermail's volumes is about, the last one excluded."""

    start: date
    end: date

    @property
    def is_month(self) -> bool:
        """Whether it is a month, as by default."""
        return (self.start + timedelta(days=31)).replace(day=1) == self.end

    @property
    def is_long(self) -> bool:
        """Whether it is a year."""
        return self.end - self.start > timedelta(days=100)


@dataclass(frozen=True, slots=True)
class OldPage:
    """What an old address means; without anything in it, the whole list."""

    period: Period | None = None
    number: tuple[AliasKind, str] | None = None
    file: OldFile | None = None
    #: A file that Pipermail cut out of a mail, below its folder.
    scrubbed: str = ""


def read_old_page(path: str) -> OldPage | None:
    """Return what *path*, below the address of a list, meant; None if nothing."""
    path = path.strip("/")
    if _FRONT.fullmatch(path):
        return OldPage()
    if found := _SCRUBBED.fullmatch(path):
        return OldPage(scrubbed=found[1])
    if found := _MESSAGE.fullmatch(path):
        kind = AliasKind.MHONARC if found[2] else AliasKind.PIPERMAIL
        period = read_period(found[1]) if found[1] else None
        return OldPage(period, (kind, kind.written(int(found[3]))))
    if (found := _FILE.fullmatch(path)) and (period := read_period(found[1])):
        return OldPage(period, file=OldFile(found[2]))
    if (found := _INDEX.fullmatch(path)) and (period := read_period(found[1])):
        return OldPage(period)
    return None


def read_period(name: str) -> Period | None:
    """Return the days of a volume: 2003-May, 2003q2, Week-of-Mon-20030505, 2003, …"""
    for kind, pattern in _PERIODS.items():
        if found := pattern.fullmatch(name.lower()):
            try:
                return _period(kind, found)
            except ValueError:
                return None
    return None


def _period(kind: str, found: re.Match[str]) -> Period:
    """Return the days; raises ValueError if there are no such."""
    year = int(found[1][:4])
    if year not in YEARS:
        raise ValueError(found[0])
    match kind:
        case "month":
            return _months(year, _month(found[2]), 1)
        case "quarter":
            return _months(year, 3 * int(found[2]) - 2, 3)
        case "year":
            return _months(year, 1, 12)
    first = date(year, int(found[1][4:6]), int(found[1][6:]))
    return Period(first, first + timedelta(days=7 if kind == "week" else 1))


def _month(name: str) -> int:
    for number, known in enumerate(_MONTHS, 1):
        if known == name or known[:3] == name:
            return number
    raise ValueError(name)


def _months(year: int, first: int, count: int) -> Period:
    past = first - 1 + count
    return Period(date(year, first, 1), date(year + past // 12, past % 12 + 1, 1))
