"""Mails arrive: which threads they join, make or merge.

A reply to a thread that is known and undisturbed costs the same whatever the size of
the thread: it becomes a leaf. Only where mails connect threads, fill the place of a
ghost or meet a keeper's decision are the threads concerned read whole and placed
again. Both ways give what placing the whole list at once would give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from hyperkitty.models import Email, MailingList, MissingReference, Thread

from .bulk import insert_rows, update_columns, update_rows
from .loading import decisions_about
from .lookup import Lookup
from .placement import DisjointSets, Group, Link, Node, Rulings, link, starting_mail
from .placing import (
    THREAD_COLUMNS,
    Placed,
    Placing,
    add_alias,
    owners_of,
    place_threads,
    summarize,
    touch,
    write_links,
)

_UNTOUCHED = Rulings()
_THREADS = Lookup(Thread.objects.all(), "pk")
_OWNERS = Lookup(
    Email.objects.filter(twin_of=None).values_list(
        "message_id_hash", "pk", "thread_id"
    ),
    "message_id_hash",
)
_AWAITED = Lookup(
    MissingReference.objects.values_list("message_id_hash", "email__thread_id"),
    "message_id_hash",
)
_THREAD_IDS = Lookup(Thread.objects.values_list("thread_id", "pk"), "thread_id")
_THREADS_OF = Lookup(Email.objects.values_list("permalink", "thread_id"), "permalink")


@dataclass(slots=True)
class Arrival:
    """The places of a batch of new mails; threads have rows, the mails do not yet."""

    nodes: Sequence[Node]
    links: dict[int, Link] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    #: Threads that a new mail starts, by the key of that mail.
    started: dict[int, Thread] = field(default_factory=dict)
    #: Links of stored mails that must be written again.
    relinked: dict[int, Link] = field(default_factory=dict)
    #: See `Placing.loose`.
    loose: dict[int, dict[str, bool]] = field(default_factory=dict)
    threads_delta: int = 0
    #: Hashes of ids that the archive has or awaits, before this batch.
    known: set[str] = field(default_factory=set)
    awaited: set[str] = field(default_factory=set)
    #: Mails that started a thread which another mail starts now.
    superseded: set[int] = field(default_factory=set)

    def touched(self) -> set[int]:
        """Return stored mails of which search knows something else now.

        They have a reply, or start a thread, or no longer do.
        """
        parents = {found.parent for found in self.links.values()}
        starts = set(self.started) | self.superseded
        return {key for key in parents | starts if key is not None and key > 0}


def place_arrivals(
    mlist: MailingList, nodes: Sequence[Node], reserved: Mapping[int, int]
) -> Arrival:
    """Find the place of *nodes*, new mails of *mlist*, and write thread rows.

    New mails have negative keys, because their rows come later: the caller stores
    them with the threads and links found here, then calls `finish_arrival`. It holds
    the lock of the list's row from before until after. *reserved* gives their future
    rows by key, where the database can tell them.
    """
    surroundings = _read_surroundings(mlist, nodes)
    arrival = Arrival(
        nodes, known=set(surroundings.found), awaited=surroundings.awaited
    )
    calm, disturbed = _components(nodes, surroundings)
    _place_calm(mlist, calm, surroundings, arrival, reserved)
    if disturbed:
        _place_disturbed(mlist, disturbed, arrival)
    return arrival


def finish_arrival(
    mlist: MailingList, arrival: Arrival, row_ids: Mapping[int, int]
) -> None:
    """Write what needed the rows of the new mails: links to them, starts and ghosts.

    *row_ids* gives the row of each new mail by its key.
    """
    write_links(arrival.relinked, row_ids)
    _write_starts(arrival, row_ids)
    _update_ghosts(mlist, arrival, row_ids)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the archive knows of the ids that a batch has and names."""

    found: dict[str, int]  # the row of the first mail with an id, by hash
    awaited: set[str]  # hashes of ids that stored mails name
    threads: dict[int, Thread]
    threads_of_hash: dict[str, set[int]]
    threads_of_permalink: dict[str, set[int]]  # tied by a keeper's decision
    ruled: set[str]  # permalinks that decisions name


@dataclass(slots=True)
class Component:
    """New mails that ids connect, with the stored threads they touch."""

    nodes: list[Node] = field(default_factory=list)
    thread_pks: set[int] = field(default_factory=set)
    is_disturbing: bool = False


def _read_surroundings(mlist: MailingList, nodes: Sequence[Node]) -> Surroundings:
    hashes = {node.message_id_hash for node in nodes}
    hashes |= {named.message_id_hash for node in nodes for named in node.named}
    threads_of_hash: dict[str, set[int]] = defaultdict(set)
    found = {}
    for id_hash, email_pk, thread_pk in _OWNERS.find(hashes, mlist):
        found[id_hash] = email_pk
        threads_of_hash[id_hash].add(thread_pk)
    awaited = set()
    for id_hash, thread_pk in _AWAITED.find(hashes, mlist):
        awaited.add(id_hash)
        threads_of_hash[id_hash].add(thread_pk)
    ruled, threads_of_permalink = _read_decisions(mlist, nodes)
    pks = set().union(*threads_of_hash.values(), *threads_of_permalink.values())
    threads = {thread.pk: thread for thread in _THREADS.find(pks, mlist)}
    return Surroundings(
        found, awaited, threads, threads_of_hash, threads_of_permalink, ruled
    )


def _read_decisions(
    mlist: MailingList, nodes: Sequence[Node]
) -> tuple[set[str], dict[str, set[int]]]:
    """Return the new permalinks that decisions name, and the threads these tie to.

    Without a statement where no keeper ever acted.
    """
    if not mlist.has_decisions:
        return set(), {}
    own = {node.permalink for node in nodes}
    tied: dict[str, set[str]] = defaultdict(set)
    for decision in decisions_about(mlist, own):
        tied[decision.permalink].add(decision.target)
        tied[decision.target].add(decision.permalink)
    others = {other for ends in tied.values() for other in ends} - own - {""}
    thread_of = dict(_THREADS_OF.find(others, mlist))
    threads = {
        permalink: {thread_of[other] for other in tied[permalink] if other in thread_of}
        for permalink in own & tied.keys()
    }
    return own & tied.keys(), threads


def _components(
    nodes: Sequence[Node], surroundings: Surroundings
) -> tuple[list[Component], list[Component]]:
    """Return the components of the batch: those that disturb nothing, and others."""
    sets = DisjointSets()
    for node in nodes:
        touched: list[Hashable] = [node.message_id_hash]
        touched += [named.message_id_hash for named in node.named]
        for item in touched:
            sets.union(("node", node.key), item)
        for pk in surroundings.threads_of_permalink.get(node.permalink, ()):
            sets.union(("node", node.key), ("thread", pk))
    for id_hash, pks in surroundings.threads_of_hash.items():
        for pk in pks:
            sets.union(id_hash, ("thread", pk))
    components: dict[Hashable, Component] = defaultdict(Component)
    for node in nodes:
        component = components[sets.find(("node", node.key))]
        component.nodes.append(node)
        component.is_disturbing |= (
            node.message_id_hash in surroundings.awaited
            or node.permalink in surroundings.ruled
            or not node.is_visible
        )
    for pk, thread in surroundings.threads.items():
        component = components[sets.find(("thread", pk))]
        component.thread_pks.add(pk)
        component.is_disturbing |= thread.is_decided or thread.is_headless
    calm: list[Component] = []
    disturbed: list[Component] = []
    for component in components.values():
        alone = len(component.thread_pks) <= 1 and not component.is_disturbing
        (calm if alone else disturbed).append(component)
    return calm, disturbed


def _place_calm(
    mlist: MailingList,
    components: Sequence[Component],
    surroundings: Surroundings,
    arrival: Arrival,
    reserved: Mapping[int, int],
) -> None:
    """Place mails that start a thread of their own or become leaves of one."""
    nodes = [node for component in components for node in component.nodes]
    owners = surroundings.found | owners_of(nodes)
    arrival.links |= link(nodes, owners, _UNTOUCHED)
    new, grown, renamed = [], [], []
    for component in components:
        if component.thread_pks:
            (pk,) = component.thread_pks
            thread = surroundings.threads[pk]
            former = thread.thread_id
            _grow(mlist, thread, component.nodes, arrival)
            grown.append(thread)
            if thread.thread_id != former:
                renamed.append((former, thread))
        else:
            thread = _begin(mlist, component.nodes, arrival, reserved)
            new.append(thread)
        arrival.threads |= {node.key: thread for node in component.nodes}
    update_rows(Thread, grown, THREAD_COLUMNS)
    _create(mlist, new)
    for former, thread in renamed:
        add_alias(mlist, former, thread)


def _create(mlist: MailingList, threads: Sequence[Thread]) -> None:
    """Insert *threads* and give them their keys."""
    columns = [f.attname for f in Thread._meta.concrete_fields if not f.primary_key]
    insert_rows(Thread, ({c: getattr(t, c) for c in columns} for t in threads))
    keys = dict(_THREAD_IDS.find((thread.thread_id for thread in threads), mlist))
    for thread in threads:
        thread.pk = keys[thread.thread_id]


def _begin(
    mlist: MailingList,
    nodes: Sequence[Node],
    arrival: Arrival,
    reserved: Mapping[int, int],
) -> Thread:
    start = starting_mail(nodes, arrival.links)
    thread = Thread(mlist=mlist)
    summarize(thread, mlist, Group(tuple(nodes), start, is_decided=False))
    # Its row comes in the same transaction, at whose end the database asks for it.
    thread.starting_email_id = reserved.get(start.key)
    if thread.starting_email_id is None:
        arrival.started[start.key] = thread
    arrival.threads_delta += bool(thread.emails_count)
    return thread


def _grow(
    mlist: MailingList, thread: Thread, nodes: Sequence[Node], arrival: Arrival
) -> None:
    """Count *nodes* in; one of them may be an earlier root than the present start."""
    visible = [node for node in nodes if node.is_visible]
    was_empty = not thread.emails_count
    thread.emails_count += len(visible)
    if visible:
        newest = max(node.sort_date for node in visible)
        thread.last_date = newest if was_empty else max(thread.last_date, newest)
    touch(thread)
    arrival.threads_delta += was_empty and bool(visible)
    roots = [node for node in nodes if arrival.links[node.key].parent is None]
    start = min(roots, key=lambda node: node.rank, default=None)
    if start and start.rank < (thread.started_at, thread.thread_id):
        rest = thread.emails_count, thread.last_date
        summarize(thread, mlist, Group(tuple(nodes), start, is_decided=False))
        thread.emails_count, thread.last_date = rest
        arrival.started[start.key] = thread


def _place_disturbed(
    mlist: MailingList, components: Sequence[Component], arrival: Arrival
) -> None:
    newcomers = [node for component in components for node in component.nodes]
    pks = {pk for component in components for pk in component.thread_pks}
    placing = place_threads(mlist, pks, newcomers)
    threads = placing.thread_of()
    for key, found in placing.links.items():
        (arrival.relinked if key > 0 else arrival.links)[key] = found
    arrival.threads |= {node.key: threads[node.key] for node in newcomers}
    arrival.started |= starts_of(placing)
    arrival.loose = placing.loose
    arrival.threads_delta += placing.threads_delta


def starts_of(placing: Placing) -> dict[int, Thread]:
    """Return the threads whose starting email changed, by the key of the new one."""

    def is_new(placed: Placed) -> bool:
        return placed.thread.starting_email_id != placed.group.start.key

    return {p.group.start.key: p.thread for p in placing.placed if is_new(p)}


def _write_starts(arrival: Arrival, row_ids: Mapping[int, int]) -> None:
    """Name the starting email of threads that have another one now."""
    # It is unique at all times: first no thread has one that another will get.
    had_one = [t.pk for t in arrival.started.values() if t.starting_email_id]
    update_columns(Thread, ({"id": pk, "starting_email_id": None} for pk in had_one))
    for key, thread in arrival.started.items():
        if thread.starting_email_id:
            arrival.superseded.add(thread.starting_email_id)
        thread.starting_email_id = row_ids.get(key, key)
    update_rows(Thread, arrival.started.values(), ("starting_email",))


def _update_ghosts(
    mlist: MailingList, arrival: Arrival, row_ids: Mapping[int, int]
) -> None:
    come = {node.message_id_hash for node in arrival.nodes}
    if come & arrival.awaited:
        MissingReference.objects.filter(
            mlist=mlist, message_id_hash__in=come & arrival.awaited, is_archived=False
        ).delete()
    present = come | arrival.known
    rows = []
    for node in arrival.nodes:
        named = dict.fromkeys(n.message_id_hash for n in node.named)
        loose = arrival.loose.get(
            node.key, {id_hash: False for id_hash in named if id_hash not in present}
        )
        rows += [
            {
                "mlist_id": mlist.pk,
                "message_id_hash": id_hash,
                "email_id": row_ids[node.key],
                "is_archived": is_archived,
            }
            for id_hash, is_archived in loose.items()
        ]
    insert_rows(MissingReference, rows)
