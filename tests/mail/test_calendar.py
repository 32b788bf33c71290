"""Invitations in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.calendar import read_event

EVENT = """\
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
DTSTART:19700101T000000
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20240304T150000
DTEND;TZID=Europe/Berlin:20240304T160000
SUMMARY:Tea\\, and
  talk
LOCATION:Kitchen\\nfirst floor
ORGANIZER;CN="Anne; Archer":mailto:anne@example.com
RRULE:FREQ=WEEKLY
END:VEVENT
BEGIN:VEVENT
SUMMARY:Another
END:VEVENT
END:VCALENDAR
"""


def test_what_when_and_where_are_read() -> None:
    event = read_event(EVENT.replace("\n", "\r\n"))
    assert event is not None
    berlin = ZoneInfo("Europe/Berlin")
    assert event.summary == "Tea, and talk"
    assert event.location == "Kitchen\nfirst floor"
    assert event.organizer == "Anne; Archer"
    assert event.method == "REQUEST"
    assert event.start == datetime(2024, 3, 4, 15, tzinfo=berlin)
    assert event.end == datetime(2024, 3, 4, 16, tzinfo=berlin)
    assert event.is_repeated


def start_of(line: str) -> object:
    event = read_event(f"BEGIN:VEVENT\n{line}\nEND:VEVENT\n")
    assert event is not None
    return event.start


def test_times_come_in_many_forms() -> None:
    assert start_of("DTSTART:20240304T150000Z") == datetime(2024, 3, 4, 15, tzinfo=UTC)
    assert start_of("DTSTART;VALUE=DATE:20240304") == date(2024, 3, 4)
    naive = datetime(2024, 3, 4, 15)  # noqa: DTZ001
    assert start_of("DTSTART;TZID=W. Europe Standard Time:20240304T150000") == naive
    assert start_of("DTSTART;TZID=../../etc/passwd:20240304T150000") == naive
    assert start_of("DTSTART:20241304T150000Z") is None
    assert start_of("DTSTART:soon") is None
    # Readers' clocks differ: no zone has another year for these.
    assert start_of("DTSTART:00010101T000000Z") is None
    assert start_of("DTSTART:99991231T235959Z") is None


def test_what_is_no_calendar_is_no_event() -> None:
    assert read_event("") is None
    assert read_event("BEGIN:VCALENDAR\nSUMMARY:Tea\nEND:VCALENDAR\n") is None


@given(st.text() | st.lists(st.sampled_from(EVENT.split("\n"))).map("\n".join))
def test_nothing_raises(text: str) -> None:
    read_event(f"BEGIN:VEVENT\n{text}")


def test_long_calendar_takes_no_longer_than_its_beginning() -> None:
    assert read_event("BEGIN:VEVENT\n" + "SUMMARY:x\n" * 1_000_000) is not None
    assert read_event("BEGIN:VEVENT\nORGANIZER" + ';CN="' * 100_000) is not None
