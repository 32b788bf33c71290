"""Threads that may belong together though no header says so: a guess, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from hyperkitty.mail.subjects import base_subject, is_reply, strip_prefix
from hyperkitty.models import MailingList, MissingReference, Thread

#: How long after a thread began one with the same subject may belong to it.
REPLY_WINDOW = timedelta(days=30)
PLAIN_WINDOW = timedelta(days=2)
#: Shorter subjects ("Hi", "Test") say nothing.
MIN_SUBJECT = 6
#: A subject that more threads share within these days is a report's, and says nothing.
MAX_ALIKE = 20
MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Guesses:
    """Threads that a thread may go on from, and that may go on from it."""

    earlier: tuple[Thread, ...] = ()
    later: tuple[Thread, ...] = ()


def related_threads(thread: Thread) -> Guesses:
    """Return what *thread* may belong to by its subject alone. One query at most.

    A thread may continue another one if its first mail names no other mail at all and
    came within 30 days, with "Re:", or within 2 days without.
    """
    prefix = thread.mlist.subject_prefix
    wanted = base_subject(thread.subject, prefix)
    if len(wanted) < MIN_SUBJECT:
        return Guesses()
    ghosts = MissingReference.objects.filter(email=OuterRef("starting_email"))
    near = Thread.objects.filter(
        mlist=thread.mlist,
        emails_count__gt=0,
        started_at__gte=thread.started_at - REPLY_WINDOW,
        started_at__lte=thread.started_at + REPLY_WINDOW,
    )
    # Where texts are compared byte by byte, so is what Django calls `icontains`.
    near = near.annotate(lowered=Lower("subject")).filter(
        Q(subject__icontains=wanted) | Q(lowered__contains=wanted.lower())
    )
    rows = near.annotate(names_others=Exists(ghosts)).order_by("started_at", "pk")
    same: list[tuple[Thread, bool]] = []
    for row in rows[: MAX_ALIKE + 1]:
        row.mlist = thread.mlist
        found = base_subject(row.subject, prefix)
        if found.casefold() == wanted.casefold():
            same.append((row, row.names_others))
    if len(same) > MAX_ALIKE:
        return Guesses()
    is_free = any(row.pk == thread.pk and not names for row, names in same)
    earlier = [row for row, _ in same if is_free and _continues(thread, row)]
    later = [row for row, names in same if not names and _continues(row, thread)]
    return Guesses(tuple(earlier[-MAX_SHOWN:]), tuple(later[:MAX_SHOWN]))


def _continues(later: Thread, earlier: Thread) -> bool:
    if (later.started_at, later.pk) <= (earlier.started_at, earlier.pk):
        return False
    mlist: MailingList = earlier.mlist
    answers = is_reply(strip_prefix(later.subject, mlist.subject_prefix))
    window = REPLY_WINDOW if answers else PLAIN_WINDOW
    return later.started_at - earlier.started_at <= window
