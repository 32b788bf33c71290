"""Puts the three lists together: which threads there are, and when each one starts."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

from . import figures, timeline
from .chance import stream
from .letter import Letter
from .message_id import permalink
from .script import Script, scripts
from .telling import Told, tell
from .world import Release, releases, slug, versions

PUBLIC, ANNOUNCE, CORE = "tidewright", "tidewright-announce", "tidewright-core"
PUBLIC_TOPICS = ("questions", "bugs", "patches", "talk")


def letters() -> list[Letter]:
    """Return every mail of all lists in the order in which they were delivered."""
    public = [*_public(), *_long_and_odd()]
    announced, discussed = _releases()
    everything = [*public, *discussed, *announced, *_announcements(), *_core()]
    copies = [
        dataclasses.replace(letter, list_key=letter.options["cross"])
        for letter in everything
        if "cross" in letter.options
    ]
    everything = [one for one in everything if one.arrived <= timeline.LAST_MOMENT]
    copies = [one for one in copies if one.arrived <= timeline.LAST_MOMENT]
    return sorted(
        [*everything, *copies],
        key=lambda one: (one.arrived, one.message_id, one.list_key),
    )


def _public() -> Iterator[Letter]:
    for topic in PUBLIC_TOPICS:
        for script in scripts(topic).values():
            yield from _repeated(script, PUBLIC)
    yield from _reports()


def _repeated(script: Script, list_key: str) -> Iterator[Letter]:
    """Tell a script as often as it says, spread over the years."""
    earlier: Told | None = None
    for instance in range(script.times):
        rng = stream(list_key, script.name, instance)
        day = _day(script, (instance + rng.random()) / script.times)
        given = {}
        if script.name == "station":
            place = script.own_slots(instance)["place"]
            given = {"file": slug(place), "constituents": figures.constituents(rng)}
        told = tell(script, list_key, day, rng, instance, earlier, given)
        yield from told.letters
        earlier = told


def _day(script: Script, fraction: float) -> datetime.date:
    """Return when a thread starts: `at` its day, or between `from` and `until`."""
    headers = script.headers
    if "at" in headers:
        return datetime.date.fromisoformat(headers["at"])
    low, high = 0.0, 1.0
    if "from" in headers:
        low = timeline.fraction_at(datetime.date.fromisoformat(headers["from"]))
    if "until" in headers:
        high = timeline.fraction_at(datetime.date.fromisoformat(headers["until"]))
    return timeline.day_at(low + (high - low) * fraction)


def _reports() -> Iterator[Letter]:
    """Let the robot report in the first week of every month."""
    script = scripts("reports")["report"]
    day = _first_sunday_after(timeline.FIRST_DAY)
    for instance in range(script.times):
        rng = stream("report", instance)
        given = figures.accuracy(rng)
        yield from tell(script, PUBLIC, day, rng, instance, given=given).letters
        day = _first_sunday_after(day)


def _first_sunday_after(day: datetime.date) -> datetime.date:
    first = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    return first + datetime.timedelta(days=6 - first.weekday())


def _long_and_odd() -> Iterator[Letter]:
    long_script = scripts("long_thread")["port"]
    day = _day(long_script, 0)
    long_thread = tell(long_script, PUBLIC, day, stream("long thread")).letters
    yield from long_thread
    first = long_thread[0]
    given = {
        "long_link": permalink(first.tag, first.message_id),
        "long_id": first.message_id,
    }
    for script in scripts("odd").values():
        rng = stream("odd", script.name)
        given["longline"] = figures.long_line(rng)
        yield from tell(script, PUBLIC, _day(script, 0), rng, given=given).letters


def _releases() -> tuple[list[Letter], list[Letter]]:
    """Return the release mails of the announce list, and those that went to both.

    Releases with new features are posted to both lists, and celebrated on the busy one.
    """
    pieces = scripts("announce")
    features = [cue.text for cue in scripts("changes")["features"].cues]
    fixes = [cue.text for cue in scripts("changes")["fixes"].cues]
    announced: list[Letter] = []
    discussed: list[Letter] = []
    majors = flaws = 0
    for count, release in enumerate(releases()):
        given = _release_slots(
            release, count, features[majors], fixes[count % len(fixes)]
        )
        rng = stream("release", release.version)
        if release.major:
            script = pieces["release-major"]
            told = tell(script, PUBLIC, release.on, rng, majors, given=given)
            told.letters[0].options = {"cross": ANNOUNCE}
            discussed += told.letters
            majors += 1
        else:
            kind = "release-minor" if release.version[-2:-1] == "." else "release-beta"
            told = tell(pieces[kind], ANNOUNCE, release.on, rng, given=given)
            announced += told.letters
        if release.security:
            given["serial"] = str(flaws + 1)
            script = pieces["security"]
            told = tell(script, ANNOUNCE, release.on, rng, flaws, given=given)
            announced += told.letters
            flaws += 1
    return announced, discussed


def _release_slots(
    release: Release, count: int, features: str, fixes: str
) -> dict[str, str]:
    before = versions(release.on - datetime.timedelta(days=1))["version"]
    rng = stream("stations", release.version)
    ports = sorted(
        rng.sample(list(figures.REPORTED), 2) + rng.sample(figures.RENEWED, 2)
    )
    return {
        "new": release.version,
        "prev": before,
        "codename": release.name,
        "features": _as_list(features),
        "fixes": _as_list(fixes),
        "ports": ", ".join(ports),
    }


def _as_list(text: str) -> str:
    return "\n".join(f"- {line}" for line in text.splitlines() if line)


def _announcements() -> Iterator[Letter]:
    for name in ("event", "misc"):
        script = scripts("announce")[name]
        values = next(v for k, v in script.headers.items() if k in ("$what", "$news"))
        total = len(values.split(" | "))
        for instance in range(total):
            rng = stream(ANNOUNCE, name, instance)
            day = timeline.day_at((instance + rng.random()) / total)
            yield from tell(script, ANNOUNCE, day, rng, instance).letters


def _core() -> Iterator[Letter]:
    everything = list(scripts("core").values())
    for index, script in enumerate(everything):
        for instance in range(script.times):
            rng = stream(CORE, script.name, instance)
            part = (instance + index / len(everything)) / script.times
            day = _day(script, part)
            yield from tell(script, CORE, day, rng, instance).letters
