"""Tells a script: makes the letters of one thread out of it."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field

from . import message_id, patches, quoting, timeline, world
from .cast import Person, choose
from .letter import Letter, Para
from .lists import BY_KEY
from .script import Cue, Script, fill, scripts

ANYWHERE = ("Dover", "Durban", "Reykjavik", "Vancouver")


@dataclass
class Told:
    """A thread that has been told: its letters and what its slots stood for."""

    script: Script
    slots: dict[str, str]
    cast: dict[str, Person]
    earlier: Told | None = None
    letters: list[Letter] = field(default_factory=list)


def tell(
    script: Script,
    list_key: str,
    day: datetime.date,
    rng: random.Random,
    instance: int = 0,
    earlier: Told | None = None,
    given: dict[str, str] | None = None,
) -> Told:
    """Make one thread of a script, started on that day.

    `earlier` is an older thread of the same script, to which people can point. `given`
    are slots that the caller knows better than chance.
    """
    slots = world.slots(rng, day) | script.own_slots(instance) | (given or {})
    slots = {name: fill(value, slots, rng) for name, value in slots.items()}
    wanted = {role: fill(want, slots, rng) for role, want in script.cast.items()}
    cast = choose(wanted, rng)
    starter = cast[script.cues[0].role]
    slots["port"] = rng.choice(starter.ports or ANYWHERE)
    slots["slug"] = world.slug(slots["port"])
    slots |= {role: person.first_name for role, person in cast.items()}
    slots |= {role.upper(): person.name for role, person in cast.items()}
    slots |= _pointer(earlier)
    told = Told(script, slots, cast, earlier)
    by_number: dict[int, Letter] = {}
    for cue in script.cues:
        parent = by_number.get(cue.parent or 0)
        missing = cue.parent is not None and parent is None
        unheard = "earlier" in cue.options and earlier is None
        if missing or unheard or rng.random() >= cue.chance:
            continue
        subject = script.headers.get("subject", "") if parent is None else ""
        letter = _letter(told, cue, cue.subject or subject, parent, list_key, day, rng)
        by_number[cue.number] = letter
        told.letters.append(letter)
    _codas(told, rng)
    return told


def _letter(
    told: Told,
    cue: Cue,
    subject: str,
    parent: Letter | None,
    list_key: str,
    day: datetime.date,
    rng: random.Random,
) -> Letter:
    author = told.cast[cue.role]
    if parent is None:
        hour = told.script.headers.get("hour")
        when = timeline.moment(day, author.zone, rng, float(hour) if hour else None)
    else:
        when = timeline.reply_time(parent.sent, author.zone, rng, cue.hours)
    core = fill(subject, told.slots, rng) if subject else ""
    text = fill(cue.text, told.slots | {"port2": _home(author, told, rng)}, rng)
    options = cue.options
    if "refs" in told.script.headers:
        options = {"refs": told.script.headers["refs"]} | options
    return write(author, text, core, parent, list_key, when, options, rng)


def write(
    author: Person,
    text: str,
    subject: str,
    parent: Letter | None,
    list_key: str,
    when: datetime.datetime,
    options: dict[str, str],
    rng: random.Random,
) -> Letter:
    """Make one letter; without a subject it keeps that of the letter it answers."""
    late = float(options.get("late", "0"))
    diff: tuple[str, ...] = ()
    if patches.is_patch(text):
        text, diff = patches.render(text)
    body = quoting.compose(author, text, parent, options, rng)
    if diff:
        trailer = f"Signed-off-by: {author.name} <{author.address}>"
        body.append(Para("fixed", (trailer, *diff)))
    if subject or parent is None:
        core, marker = subject, options.get("marker", "")
    else:
        core, marker = parent.core, author.marker
    return Letter(
        list_key=list_key,
        author=author,
        core=core,
        marker=marker,
        message_id=message_id.make(author, rng),
        sent=when,
        arrived=when + datetime.timedelta(hours=late, seconds=rng.randint(4, 95)),
        body=body,
        parent=parent,
        tag=BY_KEY[list_key].address,
        options=options,
    )


def _codas(told: Told, rng: random.Random) -> None:
    """Add what people add to any thread: thanks, me-too, a pointer, a late revival."""
    words = told.script.headers.get("codas", "").split()
    if told.earlier is not None and told.script.topic in ("questions", "bugs"):
        words.append("before=.2")
    for word in words:
        name, _, chance = word.partition("=")
        if rng.random() < float(chance or "1"):
            _coda(told, scripts("codas")[name], rng)


def _coda(told: Told, coda: Script, rng: random.Random) -> None:
    first, last = told.letters[0], told.letters[-1]
    parent = first if coda.headers["answers"] == "first" else last
    if coda.headers["answers"] == "last-by-starter":
        if last.author is first.author:
            return  # the starter has had the last word already
        author = first.author
    else:
        taken = {letter.author.key for letter in told.letters}
        author = choose({"a": coda.headers["who"]}, rng, taken)["a"]
    cue = rng.choice(coda.cues)
    slots = told.slots | {
        "starter": first.author.first_name,
        "parent": parent.author.first_name,
        "here": _home(author, told, rng),
        "word": f'"{first.core.split()[-1].strip("?!.,:")}"',
    }
    after = last if cue.hours else parent
    when = timeline.reply_time(after.sent, author.zone, rng, cue.hours)
    text = fill(cue.text, slots, rng)
    letter = write(author, text, "", parent, parent.list_key, when, cue.options, rng)
    told.letters.append(letter)


def _home(author: Person, told: Told, rng: random.Random) -> str:
    """Return a port of this person, another one than the thread is about."""
    return rng.choice([p for p in author.ports if p != told.slots["port"]] or ANYWHERE)


def _pointer(earlier: Told | None) -> dict[str, str]:
    if earlier is None:
        return {}
    first = earlier.letters[0]
    return {
        "earlier": first.core,
        "earlier_link": message_id.permalink(first.tag, first.message_id),
        "earlier_id": first.message_id,
    }
