"""Comparing threads and counters as stored with what their mails make of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hyperkitty.models import (
    Email,
    EmailState,
    ListActivity,
    MailingList,
    MissingReference,
    ParentReason,
    Thread,
)

from .bulk import matching
from .counting import utc_days
from .loading import (
    Marks,
    decisions_about,
    marks_of,
    nodes_of_threads,
    ruled_states,
    rulings_of,
)
from .placement import Group, Link, Node, group, link
from .placing import mark, neighborhood, owners_of, summarize

#: Threads that are read at a time.
BATCH = 200

_SUMMARY = (
    "thread_id",
    "subject",
    "started_at",
    "last_date",
    "emails_count",
    "is_decided",
    "is_headless",
    "is_locked",
    "category_id",
    "starting_email_id",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that is not what it should be."""

    #: The thread concerned, by row id; None if there is none.
    thread_pk: int | None
    #: What it is about: a permalink, a thread id, a day.
    about: str
    column: str
    stored: Any
    expected: Any


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the rows of a mail say of its place."""

    thread_pk: int
    link: Link
    state: EmailState


def thread_batches(mlist: MailingList) -> Iterator[list[int]]:
    """Yield the rows of all threads of the list, some hundred at a time."""
    rows = (
        Thread.objects.filter(mlist=mlist).order_by("pk").values_list("pk", flat=True)
    )
    after = 0
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        yield batch
        after = batch[-1]


def compare_threads(
    mlist: MailingList, thread_pks: Collection[int]
) -> list[Difference]:
    """Say what differs in these threads and those that ids connect them with.

    The number of statements does not depend on the number of threads. While the list
    is not locked a mail that arrives may look like a difference.
    """
    pks = neighborhood(mlist, set(thread_pks))
    threads = {t.pk: t for t in matching(Thread.objects.filter(mlist=mlist), "pk", pks)}
    nodes = nodes_of_threads(mlist, pks)
    stored = {
        pk: _Stored(thread_pk, Link(parent_id, ParentReason(reason)), EmailState(state))
        for pk, thread_pk, parent_id, reason, state in matching(
            Email.objects.values_list(
                "id", "thread_id", "parent_id", "parent_reason", "state"
            ),
            "pk",
            (node.key for node in nodes),
        )
    }
    nodes = [node for node in nodes if node.key in stored]
    decisions = decisions_about(mlist, (n.permalink for n in nodes))
    rulings = rulings_of(decisions)
    owners = owners_of(nodes)
    links = link(nodes, owners, rulings)
    groups = group(nodes, owners, links, rulings)
    return [
        *_compare_links(nodes, links, stored),
        *_compare_states(mlist, nodes, stored),
        *_compare_groups(mlist, groups, threads, stored, marks_of(decisions)),
        *_compare_loose(mlist, nodes, expected_loose(groups, owners), stored),
    ]


def expected_loose(
    groups: Sequence[Group], owners: Mapping[str, int]
) -> dict[int, dict[str, bool]]:
    """Return for each mail the ids it names outside its thread: are they archived?"""
    place = {node.key: n for n, found in enumerate(groups) for node in found.members}
    loose: dict[int, dict[str, bool]] = {}
    for n, found in enumerate(groups):
        for node in found.members:
            own = loose[node.key] = {}
            for named in node.named:
                owner = owners.get(named.message_id_hash)
                if owner is None or place[owner] != n:
                    own[named.message_id_hash] = owner is not None
    return loose


def compare_counters(mlist: MailingList) -> list[Difference]:
    """Say which counters of the list differ from a count of its visible mails."""
    days: Counter[date] = Counter()
    first: datetime | None = None
    last: datetime | None = None
    visible = Email.objects.visible().filter(mlist=mlist).order_by()
    for found in visible.values_list("sort_date", flat=True).iterator():
        days.update(utc_days([found], 1))
        first = min(found, first or found)
        last = max(found, last or found)
    listed = Thread.objects.filter(mlist=mlist, emails__state=EmailState.VISIBLE)
    expected = {
        "emails_count": sum(days.values()),
        "threads_count": listed.distinct().count(),
        "first_date": first,
        "last_date": last,
    }
    fresh = MailingList.objects.get(pk=mlist.pk)
    differences = [
        Difference(None, fresh.name, column, getattr(fresh, column), value)
        for column, value in expected.items()
        if getattr(fresh, column) != value
    ]
    activity = dict(
        ListActivity.objects.filter(mlist=mlist).values_list("day", "emails_count")
    )
    differences += [
        Difference(
            None, f"{fresh.name} on {day}", "mails", activity.get(day), days[day]
        )
        for day in sorted(activity.keys() | days.keys())
        if activity.get(day) != days[day]
    ]
    return differences


def _compare_links(
    nodes: Sequence[Node], links: Mapping[int, Link], stored: Mapping[int, _Stored]
) -> Iterator[Difference]:
    permalinks = {node.key: node.permalink for node in nodes}
    for node in nodes:
        found, expected = stored[node.key].link, links[node.key]
        if (found.parent, found.reason) != (expected.parent, expected.reason):
            yield Difference(
                stored[node.key].thread_pk,
                node.permalink,
                "parent",
                _describe(found, permalinks),
                _describe(expected, permalinks),
            )


def _compare_states(
    mlist: MailingList, nodes: Sequence[Node], stored: Mapping[int, _Stored]
) -> Iterator[Difference]:
    """Compare states with decisions; what is erased stays so, whoever decided it."""
    ruled = ruled_states(mlist, (node.permalink for node in nodes))
    for node in nodes:
        state = stored[node.key].state
        expected = ruled.get(node.permalink, EmailState.VISIBLE)
        if state not in (expected, EmailState.ERASED):
            pk = stored[node.key].thread_pk
            yield Difference(pk, node.permalink, "state", state.label, expected.label)


def _describe(found: Link, permalinks: Mapping[int, str]) -> str:
    if found.parent is None:
        return "none"
    parent = permalinks.get(found.parent, f"mail {found.parent} of another thread")
    return f"{parent} ({found.reason})"


def _compare_groups(
    mlist: MailingList,
    groups: Sequence[Group],
    threads: Mapping[int, Thread],
    stored: Mapping[int, _Stored],
    marks: Marks,
) -> Iterator[Difference]:
    seen: dict[int, int] = defaultdict(int)
    for found in groups:
        pks = {stored[node.key].thread_pk for node in found.members}
        for pk in pks:
            seen[pk] += 1
        about = found.start.permalink
        if len(pks) > 1:
            ids = sorted(threads[pk].thread_id for pk in pks if pk in threads)
            yield Difference(min(pks), about, "threads", ids, [about])
            continue
        (pk,) = pks
        if pk in threads:
            yield from _compare_summary(mlist, threads[pk], found, marks)
    for pk, thread in threads.items():
        if seen[pk] != 1:
            yield Difference(pk, thread.thread_id, "threads in it", seen[pk], 1)


def _compare_summary(
    mlist: MailingList, thread: Thread, found: Group, marks: Marks
) -> Iterator[Difference]:
    right = Thread(mlist=mlist)
    summarize(right, mlist, found)
    mark(right, found, marks)
    right.starting_email_id = found.start.key
    for column in _SUMMARY:
        one, other = getattr(thread, column), getattr(right, column)
        if one != other:
            yield Difference(thread.pk, thread.thread_id, column, one, other)


def _compare_loose(
    mlist: MailingList,
    nodes: Sequence[Node],
    expected: Mapping[int, Mapping[str, bool]],
    stored: Mapping[int, _Stored],
) -> Iterator[Difference]:
    rows: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    missing = MissingReference.objects.filter(mlist=mlist)
    for email_id, id_hash, is_archived in matching(
        missing.values_list("email_id", "message_id_hash", "is_archived"),
        "email_id",
        stored,
    ):
        rows[email_id].append((id_hash, is_archived))
    for node in nodes:
        found, right = sorted(rows[node.key]), sorted(expected[node.key].items())
        if found != right:
            yield Difference(
                stored[node.key].thread_pk,
                node.permalink,
                "missing references",
                found,
                right,
            )
