"""Placing whole threads again: where mails connect, cut, merge or come late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from hyperkitty.mail.subjects import base_subject, strip_prefix
from hyperkitty.models import Email, MailingList, MissingReference, Thread, ThreadAlias
from hyperkitty.search.pending import note_mails

from .bulk import matching, update_rows
from .loading import Marks, decisions_about, marks_of, nodes_of_threads, rulings_of
from .merging import move_belongings
from .placement import Group, Link, Node, group, link

#: Columns of a thread that placing may change.
THREAD_COLUMNS = (
    "thread_id",
    "subject",
    "started_at",
    "last_date",
    "emails_count",
    "is_decided",
    "is_headless",
    "is_locked",
    "category",
    "revision",
    "changed_at",
)


@dataclass(slots=True)
class Placed:
    """A thread row and the mails that now belong to it."""

    thread: Thread
    group: Group


@dataclass(slots=True)
class Placing:
    """What placing threads again gave."""

    links: dict[int, Link]
    placed: list[Placed] = field(default_factory=list)
    #: Of mails near a keeper's decision: the ids they name outside their thread, and
    #: whether these are archived. For others, what has not arrived is all there is.
    loose: dict[int, dict[str, bool]] = field(default_factory=dict)
    #: Change in the number of threads with visible mails.
    threads_delta: int = 0

    def thread_of(self) -> dict[int, Thread]:
        """Return the thread of every mail by its key."""
        return {
            node.key: placed.thread
            for placed in self.placed
            for node in placed.group.members
        }


def place_threads(
    mlist: MailingList,
    thread_pks: Iterable[int],
    newcomers: Sequence[Node] = (),
    *,
    is_whole: bool = False,
) -> Placing:
    """Read the threads whole, place their mails and *newcomers*, write thread rows.

    Mails that are stored already move between threads here. Links are written by
    `write_links` once newcomers have rows. With *is_whole* these are all threads that
    ids connect, and the missing references of their mails are set too. Costs a fixed
    number of statements for each thread that is absorbed, and for all the rest.
    """
    threads = _read_threads(mlist, thread_pks)
    was_decided = any(thread.is_decided for thread in threads)
    if was_decided:
        around = neighborhood(mlist, {thread.pk for thread in threads}, newcomers)
        threads = _read_threads(mlist, around)
    nodes = [*nodes_of_threads(mlist, [t.pk for t in threads]), *newcomers]
    decisions = decisions_about(mlist, (n.permalink for n in nodes))
    rulings = rulings_of(decisions)
    owners = owners_of(nodes)
    links = link(nodes, owners, rulings)
    placing = Placing(links)
    before = sum(1 for thread in threads if thread.emails_count)
    current = _current_threads(nodes)
    groups = group(nodes, owners, links, rulings)
    spare = _assign(mlist, threads, groups, current, placing)
    _write_threads(mlist, placing, marks_of(decisions))
    _move_mails(placing, current)
    _absorb(mlist, spare, placing, current)
    if was_decided or rulings or is_whole:
        placing.loose = _loose_references(placing, owners)
        _write_loose_references(mlist, placing)
    placing.threads_delta = (
        sum(1 for p in placing.placed if p.thread.emails_count) - before
    )
    return placing


def neighborhood(
    mlist: MailingList, thread_pks: set[int], newcomers: Sequence[Node] = ()
) -> set[int]:
    """Return *thread_pks* and the threads that share an id with them, however far.

    Where a keeper decided, ids lead from one thread into others, and what they lead
    to matters. All is known when no further thread turns up.
    """
    known: set[int] = set()
    new = thread_pks
    nodes = list(newcomers)
    while new:
        known |= new
        nodes += nodes_of_threads(mlist, new)
        new = _threads_with_ids(mlist, nodes) - known
        new |= _threads_tied_to(mlist, {node.permalink for node in nodes}) - known
        nodes = []
    return known


def _threads_with_ids(mlist: MailingList, nodes: Iterable[Node]) -> set[int]:
    """Return the threads that have or await an id that *nodes* have or name."""
    hashes = {named.message_id_hash for node in nodes for named in node.named}
    hashes |= {node.message_id_hash for node in nodes}
    having = Email.objects.filter(mlist=mlist).values_list("thread_id", flat=True)
    awaiting = MissingReference.objects.filter(mlist=mlist).values_list(
        "email__thread_id", flat=True
    )
    return {
        pk
        for rows in (having, awaiting)
        for pk in matching(rows, "message_id_hash", hashes)
    }


def _threads_tied_to(mlist: MailingList, permalinks: set[str]) -> set[int]:
    """Return the threads that keepers' decisions tie to these mails."""
    decisions = decisions_about(mlist, permalinks)
    others = {end for d in decisions for end in (d.permalink, d.target)} - permalinks
    emails = Email.objects.filter(mlist=mlist).values_list("thread_id", flat=True)
    return set(matching(emails, "permalink", others - {""}))


def _read_threads(mlist: MailingList, pks: Iterable[int]) -> list[Thread]:
    return list(matching(Thread.objects.filter(mlist=mlist), "pk", pks))


def owners_of(nodes: Iterable[Node]) -> dict[str, int]:
    """Return which mail each Message-ID hash names: the first with that id."""
    return {n.message_id_hash: n.key for n in nodes if not n.is_twin}


def write_links(links: Mapping[int, Link], row_ids: Mapping[int, int]) -> None:
    """Write the links of stored mails where they changed.

    *row_ids* gives the rows of newcomers by their key.
    """
    stored = Email.objects.only("id", "parent_id", "parent_reason", "revision")
    changed: list[Email] = []
    parents: set[int | None] = set()
    keys = {row_ids.get(key, key): found for key, found in links.items()}
    for email in matching(stored, "pk", keys):
        found = keys[email.pk]
        parent = found.parent
        parent_id = None if parent is None else row_ids.get(parent, parent)
        if (email.parent_id, email.parent_reason) != (parent_id, found.reason):
            parents |= {email.parent_id, parent_id}
            email.parent_id = parent_id
            email.parent_reason = found.reason
            email.revision += 1
            email.changed_at = timezone.now()
            changed.append(email)
    update_rows(Email, changed, ("parent", "parent_reason", "revision", "changed_at"))
    note_mails({*(email.pk for email in changed), *(pk for pk in parents if pk)})


def summarize(thread: Thread, mlist: MailingList, found: Group) -> None:
    """Set the columns of *thread* that follow from its mails."""
    visible = [node for node in found.members if node.is_visible]
    thread.thread_id = found.start.permalink
    thread.subject = _title(mlist, found)
    thread.is_headless = not found.start.is_visible
    thread.started_at = found.start.sort_date
    thread.last_date = max(node.sort_date for node in visible or found.members)
    thread.emails_count = len(visible)
    thread.is_decided = found.is_decided
    touch(thread)


def stand_in_title(mlist: MailingList, subject: str) -> str:
    """Return the subject of a thread whose start nobody sees, from another mail's."""
    return base_subject(subject, mlist.subject_prefix)


def _title(mlist: MailingList, found: Group) -> str:
    """Return the subject of the thread: nothing of a mail that readers do not see."""
    if found.start.is_visible:
        return strip_prefix(found.start.subject, mlist.subject_prefix)
    shown = (node for node in found.members if node.is_visible)
    first = min(shown, key=lambda node: node.rank, default=None)
    return stand_in_title(mlist, first.subject) if first else ""


def mark(thread: Thread, found: Group, marks: Marks) -> None:
    """Set category and lock of *thread*, which follow from decisions alone."""
    names = (node.permalink for node in found.members)
    thread.category_id, thread.is_locked = marks.of(names)


def touch(thread: Thread) -> None:
    """Note that what the thread's pages show has changed."""
    thread.revision += 1
    thread.changed_at = timezone.now()


def _current_threads(nodes: Iterable[Node]) -> dict[int, int]:
    keys = [node.key for node in nodes if node.key > 0]
    rows = Email.objects.values_list("id", "thread_id")
    return dict(matching(rows, "pk", keys))


def _assign(
    mlist: MailingList,
    threads: Sequence[Thread],
    groups: Sequence[Group],
    current: Mapping[int, int],
    placing: Placing,
) -> list[Thread]:
    """Give each group a thread row, its own where it had one; return rows left over.

    The row that already has the group's id is the best, then the oldest row of its
    mails: favorites and visits stay where most of the thread stays.
    """
    free = {thread.pk: thread for thread in threads}
    by_id = {thread.thread_id: thread for thread in threads}
    orphans = []
    for found in groups:
        own = by_id.get(found.start.permalink)
        if own is not None and own.pk in free:
            placing.placed.append(Placed(free.pop(own.pk), found))
        else:
            orphans.append(found)
    for found in orphans:
        pks = {current[node.key] for node in found.members if node.key in current}
        pk = min(pks & free.keys(), default=None)
        thread = Thread(mlist=mlist) if pk is None else free.pop(pk)
        placing.placed.append(Placed(thread, found))
    return list(free.values())


def _write_threads(mlist: MailingList, placing: Placing, marks: Marks) -> None:
    former = {p.thread.pk: p.thread.thread_id for p in placing.placed if p.thread.pk}
    for placed in placing.placed:
        summarize(placed.thread, mlist, placed.group)
        mark(placed.thread, placed.group, marks)
    old = [p.thread for p in placing.placed if p.thread.pk]
    new = [p.thread for p in placing.placed if not p.thread.pk]
    renamed = [t for t in old if former[t.pk] != t.thread_id]
    _free_ids(renamed)
    update_rows(Thread, old, THREAD_COLUMNS)
    Thread.objects.bulk_create(new)
    for thread in renamed:
        add_alias(mlist, former[thread.pk], thread)


def _free_ids(renamed: Iterable[Thread]) -> None:
    """Put ids aside that rows are about to exchange: they are unique at all times."""
    for thread in renamed:
        Thread.objects.filter(pk=thread.pk).update(thread_id=f"-{thread.pk}")


def add_alias(mlist: MailingList, former_id: str, thread: Thread) -> None:
    """Let URLs with *former_id* lead to *thread*."""
    ThreadAlias.objects.update_or_create(
        mlist=mlist, former_id=former_id, defaults={"thread": thread}
    )


def _move_mails(placing: Placing, current: Mapping[int, int]) -> None:
    moved: dict[int, list[int]] = defaultdict(list)
    for key, thread in placing.thread_of().items():
        if key in current and current[key] != thread.pk:
            moved[thread.pk].append(key)
    emails = [Email(pk=key, thread_id=pk) for pk, keys in moved.items() for key in keys]
    update_rows(Email, emails, ("thread",))
    note_mails(email.pk for email in emails)


def _loose_references(
    placing: Placing, owners: Mapping[str, int]
) -> dict[int, dict[str, bool]]:
    """Return for each mail the ids it names outside its thread: are they archived?"""
    threads = placing.thread_of()
    loose: dict[int, dict[str, bool]] = {}
    for placed in placing.placed:
        for node in placed.group.members:
            found = loose[node.key] = {}
            for named in node.named:
                owner = owners.get(named.message_id_hash)
                if owner is None or threads[owner] is not placed.thread:
                    found[named.message_id_hash] = owner is not None
    return loose


def _write_loose_references(mlist: MailingList, placing: Placing) -> None:
    """Make the rows of stored mails say what `Placing.loose` says."""
    wanted = {
        (key, id_hash): is_archived
        for key, found in placing.loose.items()
        if key > 0
        for id_hash, is_archived in found.items()
    }
    stale, changed = [], []
    rows = MissingReference.objects.filter(mlist=mlist)
    for row in matching(rows, "email_id", (key for key in placing.loose if key > 0)):
        is_archived = wanted.pop((row.email_id, row.message_id_hash), None)
        if is_archived is None:
            stale.append(row.pk)
        elif is_archived != row.is_archived:
            row.is_archived = is_archived
            changed.append(row)
    MissingReference.objects.filter(pk__in=stale).delete()
    update_rows(MissingReference, changed, ("is_archived",))
    MissingReference.objects.bulk_create(
        MissingReference(
            mlist=mlist, email_id=key, message_id_hash=id_hash, is_archived=is_archived
        )
        for (key, id_hash), is_archived in wanted.items()
    )


def _absorb(
    mlist: MailingList,
    spare: Iterable[Thread],
    placing: Placing,
    current: Mapping[int, int],
) -> None:
    """Remove rows that lost all their mails, to the heir of their starting mail."""
    heirs = placing.thread_of()
    for gone in spare:
        start = gone.starting_email_id
        keys = (key for key, pk in current.items() if pk == gone.pk)
        heir = heirs[start if start in heirs else min(keys)]
        move_belongings(gone, heir)
        add_alias(mlist, gone.thread_id, heir)
        gone.delete()
