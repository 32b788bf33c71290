"""What is new to a reader: in threads, in lists, and over all lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import F, QuerySet

from hyperkitty.conf import app_settings
from hyperkitty.models import Email, MailingList, ReadState, Thread

Reader = AbstractBaseUser | AnonymousUser

#: Mails that are counted for one page; the oldest beyond count as read there.
MAX_COUNTED = 20_000
#: Mails that are looked at at a time when the next new one is sought.
STEP = 1_000


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread with mails that are new to the reader."""

    thread: Thread
    unread_count: int
    #: The first of them, where the reader goes on.
    first: Email

    @property
    def url(self) -> str:
        """Where to go on."""
        return place_of(self.first)


@dataclass(frozen=True, slots=True)
class NewInList:
    """What is new in one list."""

    mlist: MailingList
    unread_count: int
    threads: Sequence[NewThread]


def place_of(email: Email) -> str:
    """Return what leads to a mail in its thread, whichever part of that has it."""
    path = email.thread.get_absolute_url()
    if email.thread.emails_count > app_settings.thread_page_size:
        path = f"{path}?at={email.permalink}"
    return f"{path}#{email.permalink}"


def read_state(reader: Reader, mlist: MailingList) -> ReadState | None:
    """Return what *reader* has seen of *mlist*; None before the first visit.

    One query for people who are signed in; nothing is new to others.
    """
    if not reader.is_authenticated:
        return None
    return ReadState.objects.filter(user_id=reader.pk, mlist=mlist).first()


def unread_by_thread(reader: Reader, threads: Iterable[Thread]) -> dict[int, int]:
    """Return how many mails of these threads are new; threads with none are left out.

    At most 2 queries, however many lists the threads are of.
    """
    by_list = {thread.pk: thread.mlist_id for thread in threads}
    unread = _unread(_states(reader, set(by_list.values())), list(by_list))
    counts: Counter[int] = Counter()
    for found in unread.values():
        counts.update(found.values())
    return dict(counts)


def unread_among(reader: Reader, mails: Iterable[tuple[int, int]]) -> set[int]:
    """Return which of *mails*, given by their keys and their lists', are new.

    One query. In lists that the reader never looked at nothing is.
    """
    by_list: dict[int, list[int]] = {}
    for pk, mlist_id in mails:
        by_list.setdefault(mlist_id, []).append(pk)
    states = ReadState.objects.filter(user_id=reader.pk or 0, mlist__in=by_list)
    return {pk for state in states for pk in state.unread(by_list[state.mlist_id])}


def unread_by_list(reader: Reader, lists: Iterable[MailingList]) -> dict[int, int]:
    """Return how many mails of *lists* are new; lists with none are left out.

    At most 2 queries.
    """
    unread = _unread(_states(reader, lists))
    return {pk: len(found) for pk, found in unread.items() if found}


def unread_in_list(reader: Reader, mlist: MailingList) -> dict[int, int]:
    """Return how many mails of a list are new, by the key of their thread.

    At most 2 queries.
    """
    unread = _unread(_states(reader, [mlist]))
    return dict(Counter(unread.get(mlist.pk, {}).values()))


def next_unread(reader: Reader, mlist: MailingList, after: int = 0) -> Email | None:
    """Return the first new mail that arrived after the mail *after*, else the first.

    2 queries as a rule; one more for each `STEP` mails that were seen out of order.
    """
    state = read_state(reader, mlist)
    if state is None:
        return None
    found = _first(state, max(after, state.read_up_to))
    if found is None and after:
        found = _first(state, state.read_up_to)
    if found is not None:
        found.mlist = found.thread.mlist = mlist
    return found


def lists_with_state(reader: Reader) -> QuerySet[MailingList]:
    """Return the lists that *reader* has looked at."""
    states = ReadState.objects.filter(user_id=reader.pk or 0)
    return MailingList.objects.filter(pk__in=states.values("mlist"))


def new_for(
    reader: Reader, lists: QuerySet[MailingList], limit: int
) -> list[NewInList]:
    """Return what is new in *lists*, the list with the latest mail first. 4 queries.

    At most *limit* threads in all, the most recently active; the counts are whole.
    """
    unread = _unread(_states(reader, lists))
    first: dict[int, int] = {}
    counts: Counter[int] = Counter()
    for found in unread.values():
        counts.update(found.values())
        for pk, thread_id in sorted(found.items(), reverse=True):
            first[thread_id] = pk
    threads = Thread.objects.select_related("mlist").filter(pk__in=counts)
    shown = list(threads.order_by("-last_date", "-pk")[:limit])
    emails = Email.objects.select_related("sender").in_bulk(
        [first[thread.pk] for thread in shown]
    )
    rows: dict[MailingList, list[NewThread]] = {}
    for thread in shown:
        email = emails[first[thread.pk]]
        email.thread, email.mlist = thread, thread.mlist
        row = NewThread(thread, counts[thread.pk], email)
        rows.setdefault(thread.mlist, []).append(row)
    return [NewInList(mlist, len(unread[mlist.pk]), rows[mlist]) for mlist in rows]


def _states(
    reader: Reader, lists: Iterable[MailingList] | Collection[int]
) -> list[ReadState]:
    if not reader.is_authenticated:
        return []
    return list(ReadState.objects.filter(user_id=reader.pk, mlist__in=lists))


def _unread(
    states: Iterable[ReadState], thread_ids: Collection[int] | None = None
) -> dict[int, dict[int, int]]:
    """Return by list the new mails, of these threads if any are named. One query."""
    by_list = {state.mlist_id: state for state in states}
    if not by_list:
        return {}
    rows = Email.objects.visible().filter(
        mlist__read_states__in=[state.pk for state in by_list.values()],
        pk__gt=F("mlist__read_states__read_up_to"),
    )
    rows = rows.order_by("-pk")
    if thread_ids is not None:
        rows = rows.filter(thread__in=thread_ids)
    unread: dict[int, dict[int, int]] = {pk: {} for pk in by_list}
    seen = {pk: state.seen_ids for pk, state in by_list.items()}
    found = rows.values_list("mlist_id", "pk", "thread_id")[:MAX_COUNTED]
    for mlist_id, pk, thread_id in found:
        if pk not in seen[mlist_id]:
            unread[mlist_id][pk] = thread_id
    return unread


def _after(state: ReadState) -> QuerySet[Email]:
    return Email.objects.visible().filter(mlist=state.mlist_id, pk__gt=state.read_up_to)


def _first(state: ReadState, after: int) -> Email | None:
    """Return the first new mail with a key above *after*."""
    while True:
        rows = _after(state).filter(pk__gt=after).order_by("pk")
        keys = list(rows.values_list("pk", flat=True)[:STEP])
        if unread := state.unread(keys):
            emails = Email.objects.select_related("thread", "sender")
            return emails.get(pk=min(unread))
        if len(keys) < STEP:
            return None
        after = keys[-1]
