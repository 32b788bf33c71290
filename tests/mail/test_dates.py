"""Dates: whatever a program wrote, and where the mail is sorted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.dates import (
    ParsedDate,
    parse,
    parse_from_line,
    parse_received,
    sort_date,
)

NOON = datetime(2004, 2, 3, 12, 34, 56, tzinfo=UTC)
ARRIVED = datetime(2004, 2, 10, tzinfo=UTC)


def at(hour: int, minute: int = 34, second: int = 56, day: int = 3) -> datetime:
    return datetime(2004, 2, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "utc", "offset"),
    [
        ("Tue, 3 Feb 2004 12:34:56 +0000", NOON, 0),
        ("Tue, 3 Feb 2004 12:34:56 +0100 (CET)", at(11), 60),
        ("Tue, 03 Feb 2004 12:34 -0330", at(16, 4, 0), -210),
        ("\n 3 Feb 2004 12:34:56 +0000", NOON, 0),
        ("Mon, 3 Feb 2004 12:34:56 +0000", NOON, 0),  # it was a Tuesday
        ("tue, 3 FEB 2004 12:34:56 gmt", NOON, 0),
        ("Tuesday, 3 February 2004 12:34:56 +0000", NOON, 0),
        ("February 3, 2004 12:34:56 PM", NOON, None),
        ("Tue, 3 Feb 2004 12:34 AM -0500", at(5, 34, 0), -300),
        ("3-Feb-2004 12:34:56 +0000", NOON, 0),
        ("3 Feb 04 12:34:56 EST", at(17), -300),
        ("3 Feb 104 12:34:56 +0000", NOON, 0),
        ("3 Feb 19104 12:34:56 +0000", NOON, 0),
        ("Tue, 3 Feb 2004 12:34:56", NOON, None),
        ("Tue, 3 Feb 2004 12:34:56 -0000", NOON, None),
        ("Tue, 3 Feb 2004 12:34:56 XYZ", NOON, None),
        ("Tue, 3 Feb 2004 12:34:56 +01:00", at(11), 60),
        ("Tue, 3 Feb 2004 12:34:56 +1", at(11), 60),
        ("Tue, 3 Feb 2004 12:34:56 GMT+0100", at(11), 60),
        ("Tue, 3 Feb 2004 12:34:56 --0400", at(16), -240),
        ("Tue, 3 Feb 2004 12:34:56 +1400", at(22, day=2), 840),
        ("Tue Feb  3 12:34:56 2004", NOON, None),
        ("Tue Feb  3 12:34:56 CET 2004", at(11), 60),
        ("Tue, 3 Feb 2004 12.34.56 +0000", NOON, 0),
        ("(a (nested) comment) 3 Feb 2004 12:34:56 +0000", NOON, 0),
        ("2004-02-03T12:34:56Z", NOON, 0),
        ("2004-02-03 12:34:56.789 +02:00", at(10), 120),
        ("03.02.2004 12:34:56", NOON, None),
        ("2/3/2004 12:34:56", NOON, None),
        ("23/2/2004 12:34:56", at(12, day=23), None),
        ("mar, 3 fév 2004 12:34:56 +0000", NOON, 0),
        ("Di, 3 Feb 2004 12:34:56 MEZ", at(11), 60),
        ("=?utf-8?q?Tue=2C_3_Feb_2004_12=3A34=3A56?=", NOON, None),
        ("Tue, 3 Feb 2004 12:34:60 +0000", at(12, 34, 59), 0),
        ("Tue, 3 Feb 2004 24:00:00 +0000", at(0, 0, 0, day=4), 0),
        ("2004-02-03", at(0, 0, 0), None),
    ],
)
def test_date_is_read(value: str, utc: datetime, offset: int | None) -> None:
    assert parse(value) == ParsedDate(utc, offset)


@pytest.mark.parametrize(
    "zone", ["+1401", "+2500", "-9999", "+0075", "+00100", "+12:75"]
)
def test_impossible_zone_is_read_as_utc_and_noted(zone: str) -> None:
    assert parse(f"Tue, 3 Feb 2004 12:34:56 {zone}") == ParsedDate(NOON, None, True)


@pytest.mark.parametrize(
    ("year", "expected"), [("49", 2049), ("50", 1950), ("99", 1999), ("00", 2000)]
)
def test_two_digit_years_follow_rfc_5322(year: str, expected: int) -> None:
    found = parse(f"3 Feb {year} 12:34:56 +0000")
    assert found is not None
    assert found.utc.year == expected


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "yesterday", "31 Feb 2004 12:00:00 +0000", "0 Feb 2004 12:00:00"),
        *("3 Feb 2004 25:00:00 +0000", "3 Feb 2004 12:61:00", "Feb 2004", "12:34:56"),
        *("1 Jan 0000 00:00:00 +0000", "1 Jan 0001 00:00:00 +1400", "\udcff\udcfe"),
        "3 Feb 2004 12:34:61 +0000",
    ],
)
def test_what_is_no_date_gives_none(value: str) -> None:
    assert parse(value) is None


@given(st.text(max_size=80))
def test_any_text_gives_a_date_or_none(value: str) -> None:
    found = parse(value)
    assert found is None or found.utc.tzinfo is UTC


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(-840, 840).filter(bool),
)
def test_every_rfc_5322_date_comes_back(moment: datetime, offset: int) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    local = moment + timedelta(minutes=offset)
    sign, east = "-+"[offset > 0], abs(offset)
    zone = f"{sign}{east // 60:02}{east % 60:02}"
    assert parse(f"{local:%a, %d %b %Y %H:%M:%S} {zone}") == ParsedDate(moment, offset)


@pytest.mark.parametrize(
    "line",
    [
        b"From jane@example.org Tue Feb  3 12:34:56 2004",
        b"From jane at example.org  Tue Feb  3 12:34:56 2004",
        b"From jane@example.org Tue Feb  3 13:34:56 CET 2004",
        b"From jane@example.org Tue, 3 Feb 2004 13:34:56 +0100",
        b"From - Tue Feb 03 12:34:56 2004",
        b"From Mon Tue Feb  3 12:34:56 2004 remote from host",
    ],
)
def test_from_line_date_is_read(line: bytes) -> None:
    found = parse_from_line(line)
    assert found is not None
    assert found.utc == NOON


@pytest.mark.parametrize("line", [b"", b"From jane@example.org", b"From \xff\xfe Sat"])
def test_from_line_without_date_gives_none(line: bytes) -> None:
    assert parse_from_line(line) is None


def test_received_date_follows_the_last_semicolon() -> None:
    value = "from a (b; c)\n\tby d; for <e@f>;\n\tTue, 3 Feb 2004 12:34:56 +0000 (UTC)"
    assert parse_received(value) == ParsedDate(NOON, 0)
    assert parse_received("from a by b 3 Feb 2004 12:34:56") is None


def test_sort_date_is_the_first_plausible() -> None:
    future = ParsedDate(ARRIVED + timedelta(days=1, seconds=1))
    tomorrow = ParsedDate(ARRIVED + timedelta(days=1))
    unset_clock = ParsedDate(datetime(1970, 1, 1, 12, tzinfo=UTC))
    good = ParsedDate(NOON)
    assert sort_date([future, None, unset_clock, good, tomorrow], ARRIVED) == NOON
    assert sort_date([tomorrow, good], ARRIVED) == tomorrow.utc
    assert sort_date([future, None], ARRIVED) == ARRIVED
    assert sort_date([], ARRIVED) == ARRIVED
