"""Invitations: what a text/calendar part (RFC 5545) says of its first event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_MAX_CHARS = 200_000
_MAX_LINES = 2_000
_MAX_VALUE = 1_000
_YEARS = range(1900, 9999)  # with room for every zone around them
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)")
_ZONE = re.compile(r";TZID=\"?([A-Za-z0-9_+/-]{1,60})\"?", re.IGNORECASE)
_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$")
_ESCAPED = re.compile(r"\\([nN,;\\])")
_SHOWN = frozenset({"SUMMARY", "LOCATION", "STATUS", "DESCRIPTION"})


@dataclass(frozen=True, slots=True)
class Event:
    """What an invitation is for. Texts are "" where it does not say."""

    method: str = ""  # upper case: REQUEST, CANCEL, REPLY …
    summary: str = ""
    location: str = ""
    description: str = ""
    organizer: str = ""
    status: str = ""
    #: A date for events of whole days; naive where the zone is unknown.
    start: datetime | date | None = None
    end: datetime | date | None = None
    is_repeated: bool = False


def read_event(text: str) -> Event | None:
    """Return the first event of a calendar; None if there is none. Never raises."""
    values: dict[str, str] = {}
    times: dict[str, datetime | date] = {}
    inside = found = False
    for name, parameters, value in _properties(text):
        if name == "BEGIN" and value.upper() == "VEVENT":
            inside = found = True
        elif name == "END" and value.upper() == "VEVENT":
            break
        elif name == "METHOD" and not inside:
            values.setdefault(name, value.upper())
        elif inside and name in ("DTSTART", "DTEND"):
            moment = _moment(parameters, value)
            if moment is not None:
                times.setdefault(name, moment)
        elif inside and name == "ORGANIZER":
            values.setdefault(name, _person(parameters, value))
        elif inside and (name in _SHOWN or name == "RRULE"):
            values.setdefault(name, _plain(value))
    if not found:
        return None
    return Event(
        method=values.get("METHOD", "")[:20],
        summary=values.get("SUMMARY", ""),
        location=values.get("LOCATION", ""),
        description=values.get("DESCRIPTION", ""),
        organizer=values.get("ORGANIZER", ""),
        status=values.get("STATUS", "").upper(),
        start=times.get("DTSTART"),
        end=times.get("DTEND"),
        is_repeated="RRULE" in values,
    )


def _properties(text: str) -> list[tuple[str, str, str]]:
    """Return name, parameters and value of each line, folded lines put together."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text[:_MAX_CHARS])
    found = []
    for line in unfolded.splitlines()[:_MAX_LINES]:
        match = _LINE.match(line[:8_000])
        if match is not None:
            found.append((match[1].upper(), match[2], match[3].strip()))
    return found


def _moment(parameters: str, value: str) -> datetime | date | None:
    match = _TIME.match(value)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if year not in _YEARS:
        return None
    try:
        if match[4] is None:
            return date(year, month, day)
        clock = int(match[4]), int(match[5]), min(int(match[6]), 59)
        moment = datetime(year, month, day, *clock)  # noqa: DTZ001  # the zone follows
    except ValueError:  # there is no such day
        return None
    if match[7]:
        return moment.replace(tzinfo=UTC)
    zone = _ZONE.search(parameters)
    return moment.replace(tzinfo=_zone(zone[1])) if zone else moment


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # Outlook has names of its own
        return None


def _person(parameters: str, value: str) -> str:
    name = _NAME.search(parameters)
    shown = (name[1] or name[2] or "").strip() if name else ""
    return (shown or re.sub(r"(?i)^mailto:", "", value))[:_MAX_VALUE]


def _plain(value: str) -> str:
    """Return a text value without its escapes."""
    unescaped = _ESCAPED.sub(
        lambda match: "\n" if match[1] in "nN" else match[1], value
    )
    return unescaped[:_MAX_VALUE].strip()
