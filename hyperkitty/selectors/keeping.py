"""What keepers see: what an act would change, the log of a list, tombstones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet

from hyperkitty.mail.subjects import base_subject
from hyperkitty.models import (
    OF_STATES,
    DecidedMail,
    Decision,
    DecisionKind,
    Email,
    MailingList,
    Thread,
)

from .search import scope_of
from .similar import similar_threads as alike_by_search

#: Mails that a preview names.
EXAMPLES = 8
#: Threads that are suggested.
SUGGESTIONS = 10
#: Threads of the list that suggestions look at, latest first.
LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act on many mails would change."""

    mails_count: int
    threads_count: int
    #: Threads of which readers would see nothing any more.
    vanishing_count: int
    first: datetime | None
    last: datetime | None
    examples: list[Email]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log with the mails it names, as far as they are here."""

    decision: Decision
    email: Email | None
    target: Email | None
    #: Later entry about the same mails: this one cannot be undone before it.
    later: int | None
    is_done: bool

    @property
    def can_undo(self) -> bool:
        """Whether it can be taken back now."""
        undone = self.decision.undone_at is not None
        return not (undone or self.is_done or self.later or self.is_final)

    @property
    def is_final(self) -> bool:
        """Whether it never can be taken back."""
        return self.decision.kind in (DecisionKind.ERASE, DecisionKind.ANONYMIZE)


def preview(emails: QuerySet[Email], *, is_leaving: bool = True) -> Preview:
    """Return what happens if *emails* go from readers' sight. 2 or 3 queries."""
    found = emails.order_by().aggregate(
        mails=Count("pk"),
        threads=Count("thread", distinct=True),
        first=Min("sort_date"),
        last=Max("sort_date"),
    )
    vanishing = 0
    if is_leaving:
        staying = Email.objects.visible().filter(thread=OuterRef("pk"))
        staying = staying.exclude(pk__in=emails.order_by().values("pk"))
        threads = Thread.objects.filter(pk__in=emails.order_by().values("thread"))
        listed = threads.filter(emails_count__gt=0)
        vanishing = listed.exclude(Exists(staying)).count()
    examples = emails.select_related("sender").order_by("-sort_date", "-pk")
    return Preview(
        found["mails"],
        found["threads"],
        vanishing,
        found["first"],
        found["last"],
        list(examples[:EXAMPLES]),
    )


def log(mlist: MailingList) -> QuerySet[Decision]:
    """Return the entries of the list's log, newest first."""
    decisions = Decision.objects.filter(mlist=mlist).select_related("user", "undone_by")
    return decisions.order_by("-pk")


def entries(mlist: MailingList, decisions: list[Decision]) -> list[Entry]:
    """Return what the log shows of *decisions*. 4 queries."""
    names = {name for d in decisions for name in (d.permalink, d.target)} - {""}
    emails = Email.objects.filter(mlist=mlist, permalink__in=names)
    known = {email.permalink: email for email in emails.select_related("sender")}
    for email in known.values():
        email.mlist = mlist
    pks = [decision.pk for decision in decisions]
    done = DecidedMail.objects.filter(decision__in=pks, is_done=True)
    finished = set(done.values_list("decision_id", flat=True).distinct())
    later = _later(mlist, pks)
    return [
        Entry(
            decision,
            known.get(decision.permalink),
            known.get(decision.target),
            later.get(decision.pk),
            decision.pk in finished,
        )
        for decision in decisions
    ]


def tombstone(email: Email) -> Decision | None:
    """Return why readers do not see *email*; None if nobody decided it. 1 query."""
    named = DecidedMail.objects.filter(
        permalink=email.permalink,
        decision__mlist=email.mlist_id,
        decision__undone_at=None,
        decision__kind__in=OF_STATES,
    ).exclude(decision__kind=DecisionKind.SHOW)
    found = named.select_related("decision").order_by("decision_id").last()
    return found.decision if found else None


def similar_threads(thread: Thread, words: str = "") -> list[Thread]:
    """Return threads that *thread* may belong with, the likeliest first.

    By their subjects and who takes part, then by what search finds alike; *words*
    look for other subjects. 6 queries at most.
    """
    others = Thread.objects.filter(mlist=thread.mlist_id, emails_count__gt=0)
    others = others.exclude(pk=thread.pk).order_by("-last_date", "-pk")
    if words:
        return list(others.filter(subject__icontains=words)[:SUGGESTIONS])
    prefix = thread.mlist.subject_prefix
    wanted = _words(base_subject(thread.subject, prefix))
    people = Email.objects.visible().filter(thread=thread).values("sender")
    shared = Email.objects.visible().filter(thread=OuterRef("pk"), sender__in=people)
    rated: list[tuple[int, bool, Thread]] = []
    for other in others.annotate(is_shared=Exists(shared))[:LOOKED_AT]:
        alike = len(wanted & _words(base_subject(other.subject, prefix)))
        if alike:
            rated.append((alike, bool(other.is_shared), other))
    rated.sort(key=lambda row: row[:2], reverse=True)
    found: dict[int, Thread] = {}
    for _alike, _shared, similar in rated[:SUGGESTIONS]:
        found[similar.pk] = similar
    own_list = MailingList.objects.filter(pk=thread.mlist_id)
    for similar in alike_by_search(thread, scope_of(own_list)):
        found.setdefault(similar.pk, similar)
    return list(found.values())[:SUGGESTIONS]


def _words(text: str) -> set[str]:
    return {word for word in text.casefold().split() if len(word) > 2}


def _later(mlist: MailingList, pks: list[int]) -> dict[int, int]:
    """Return, for each of these entries, a later standing one about a mail of it."""
    standing = DecidedMail.objects.filter(
        permalink=OuterRef("permalink"),
        decision__mlist=mlist,
        decision__undone_at=None,
        decision__gt=OuterRef("decision"),
    )
    first = standing.order_by("decision_id").values("decision_id")[:1]
    rows = DecidedMail.objects.filter(decision__in=pks).annotate(later=first)
    found: dict[int, int] = {}
    pairs = rows.filter(later__isnull=False).order_by()
    for pk, later in pairs.values_list("decision_id", "later").distinct():
        found[pk] = min(later, found.get(pk, later))
    return found
