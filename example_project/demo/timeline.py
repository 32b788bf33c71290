"""When things happen on the demo lists.

The demo has a calendar of its own that ends on `LAST_DAY`. `generate` moves all of it
by whole weeks so that it ends on the wanted day or up to six days before: weekdays and
times stay true, and no text has to change.
"""

from __future__ import annotations

import datetime
import math
import random
from bisect import bisect
from functools import cache
from itertools import accumulate

from .world import releases

FIRST_DAY = datetime.date(2023, 7, 3)
LAST_DAY = datetime.date(2026, 6, 30)
LAST_MOMENT = datetime.datetime(2026, 6, 30, 11, 0, tzinfo=datetime.UTC)
WEEKDAYS = (1.0, 1.1, 1.1, 1.0, 0.85, 0.45, 0.55)
SEASONS = (1.0, 1.1, 1.2, 1.05, 0.95, 0.85, 0.75, 0.55, 1.05, 1.2, 1.2, 0.85)


def shift_to(end: datetime.date) -> datetime.timedelta:
    """Return how far to move the demo's calendar for an archive that ends on `end`."""
    return datetime.timedelta(weeks=(end - LAST_DAY).days // 7)


def day_at(fraction: float) -> datetime.date:
    """Return the day by which this fraction of the list's life has been written."""
    reached = _reached()
    index = bisect(reached, min(fraction, 0.999999) * reached[-1])
    return FIRST_DAY + datetime.timedelta(days=index)


def fraction_at(day: datetime.date) -> float:
    """Return which fraction of the list's life has been written by that day."""
    reached = _reached()
    return reached[(day - FIRST_DAY).days] / reached[-1]


def moment(
    day: datetime.date, zone: float, rng: random.Random, hour: float | None = None
) -> datetime.datetime:
    """Return a time on that day at which a person in that zone writes mail."""
    if hour is None:
        hour = rng.triangular(7, 23.5, rng.choice((10, 14.5, 20.5)))
    seconds = int(hour * 3600) + rng.randint(0, 59)
    midnight = datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC)
    return midnight + datetime.timedelta(seconds=seconds, hours=-zone)


def reply_time(
    after: datetime.datetime, zone: float, rng: random.Random, hours: float | None
) -> datetime.datetime:
    """Return when somebody in that zone answers a mail, typically `hours` later.

    Nobody answers while asleep: such an answer waits for the morning.
    """
    typical = 2.6 if hours is None else hours
    spread = 1.25 if hours is None else 0.3
    wait = typical * math.exp(rng.gauss(0, spread))
    if typical < 0.1:
        wait = typical  # a script sends a patch series, not a person
    elif hours is None:
        wait = min(max(wait, 0.1), 24 * 12)
    when = after + datetime.timedelta(seconds=int(wait * 3600))
    clock = when + datetime.timedelta(hours=zone)
    if clock.hour < 7:
        wake = clock.replace(hour=7, minute=0, second=0)
        sleepy = datetime.timedelta(seconds=rng.randint(300, 3 * 3600))
        when = wake + sleepy - datetime.timedelta(hours=zone)
    return when


@cache
def _reached() -> list[float]:
    days = (LAST_DAY - FIRST_DAY).days + 1
    each = (
        _liveliness(FIRST_DAY + datetime.timedelta(days=index)) for index in range(days)
    )
    return list(accumulate(each))


def _liveliness(day: datetime.date) -> float:
    age = (day - FIRST_DAY).days / (LAST_DAY - FIRST_DAY).days
    value = WEEKDAYS[day.weekday()] * SEASONS[day.month - 1] * (0.75 + 0.6 * age)
    if (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 3):
        value *= 0.35
    for release in releases():
        since = (day - release.on).days
        if 0 <= since < 7:
            value *= 2.0 if release.major else 1.25
    return value
