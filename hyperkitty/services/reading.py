"""Writing down what readers have seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.models import (
    Email,
    LastView,
    MailingList,
    Notification,
    ReadState,
    Thread,
)
from hyperkitty.models.reading import format_ranges
from hyperkitty.permissions import owners_of
from hyperkitty.threads.bulk import matching
from hyperkitty.threads.locking import retried

#: Mails above the mark that a state keeps; beyond, the oldest gaps count as read.
MAX_SEEN = 20_000
#: States that one run looks at; the next run takes the rest.
BATCH = 500
#: How often it is looked whether a mark lags behind.
LOOK_AGAIN = timedelta(days=1)


@retried
def visit(user_id: int, thread: Thread, shown: Collection[int]) -> None:
    """Note that the person looked at *thread* and saw its mails *shown*.

    Others among *shown* are passed over, since browsers name them. The first visit to
    a list takes all that is archived by then as read.
    """
    emails = Email.objects.filter(thread=thread)
    seen = set(matching(emails.values_list("pk", flat=True), "pk", shown))
    with transaction.atomic():
        LastView.objects.update_or_create(
            user_id=user_id, thread=thread, defaults={"view_date": timezone.now()}
        )
        _add(_locked_state(user_id, thread.mlist_id), seen)
        told = Notification.objects.filter(user_id=user_id, seen_at=None)
        keys = list(matching(told.values_list("pk", flat=True), "email", seen))
        Notification.objects.filter(pk__in=keys).update(seen_at=timezone.now())


@retried
def mark_read(user_id: int, lists: Iterable[MailingList]) -> None:
    """Take all mails of *lists* as read by a person."""
    for mlist in lists:
        with transaction.atomic():
            state = _locked_state(user_id, mlist.pk)
            _raise_mark(state, _newest(mlist.pk))
            state.save(update_fields=["read_up_to", "seen"])


def mark_own(mlist_id: int, email_ids: Collection[int]) -> None:
    """Take new mails as read by those who wrote them and read the list here."""
    readers = ReadState.objects.filter(mlist=mlist_id)
    if not readers.exists():
        return
    emails = Email.objects.filter(mlist=mlist_id)
    sent = dict(matching(emails.values_list("pk", "sender__address"), "pk", email_ids))
    owners = owners_of(sent.values())
    for pk, address in sent.items():
        if address in owners:
            _mark_seen(owners[address], mlist_id, {pk})


def lapse_due() -> int:
    """Take as read what waits for too long; return how many states were looked at.

    So a state stays short, however long somebody is away.
    """
    now = timezone.now()
    due = ReadState.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    keys = list(due.values_list("pk", flat=True)[:BATCH])
    for pk in keys:
        _lapse(pk, now)
    return len(keys)


@retried
def _mark_seen(user_id: int, mlist_id: int, pks: set[int]) -> None:
    with transaction.atomic():
        states = ReadState.objects.select_for_update()
        state = states.filter(user=user_id, mlist=mlist_id).first()
        if state is not None:
            _add(state, pks)


@retried
def _lapse(pk: int, now: datetime) -> None:
    with transaction.atomic():
        state = ReadState.objects.select_for_update().filter(pk=pk).first()
        if state is None:
            return
        old = Email.objects.filter(
            mlist=state.mlist_id,
            pk__gt=state.read_up_to,
            arrived_at__lt=now - app_settings.unread_days,
        )
        mark = old.aggregate(newest=Max("pk"))["newest"]
        if mark is not None:
            _raise_mark(state, mark)
        state.due_at = now + LOOK_AGAIN
        state.save(update_fields=["read_up_to", "seen", "due_at"])


def _locked_state(user_id: int, mlist_id: int) -> ReadState:
    """Return a person's state, locked; begin one if there is none."""
    states = ReadState.objects.select_for_update()
    state = states.filter(user_id=user_id, mlist=mlist_id).first()
    if state is None:
        ReadState.objects.get_or_create(
            user_id=user_id,
            mlist_id=mlist_id,
            defaults={"read_up_to": _newest(mlist_id)},
        )
        state = states.get(user_id=user_id, mlist=mlist_id)
    return state


def _add(state: ReadState, pks: Collection[int]) -> None:
    """Add mails to what was seen, and move the mark up to the first gap."""
    new = state.unread(pks)
    if not new:
        return
    seen = state.seen_ids | new
    mark = _first_unread(state, seen) - 1
    if len(seen) > MAX_SEEN:
        mark = max(mark, sorted(seen)[-MAX_SEEN] - 1)
    state.seen = format_ranges(seen)
    _raise_mark(state, mark)
    state.save(update_fields=["read_up_to", "seen"])


def _raise_mark(state: ReadState, mark: int) -> None:
    """Take all up to *mark* as read; what was seen below need not be told any more."""
    state.read_up_to = max(state.read_up_to, mark)
    state.seen = format_ranges([pk for pk in state.seen_ids if pk > state.read_up_to])


def _first_unread(state: ReadState, seen: Collection[int]) -> int:
    """Return the key of the first mail that was not seen, else one past the last."""
    after = Email.objects.visible().filter(
        mlist=state.mlist_id, pk__gt=state.read_up_to
    )
    last = state.read_up_to
    for pk in after.order_by("pk").values_list("pk", flat=True)[: len(seen) + 1]:
        if pk not in seen:
            return pk
        last = pk
    return last + 1


def _newest(mlist_id: int) -> int:
    found = Email.objects.filter(mlist=mlist_id).aggregate(newest=Max("pk"))
    return found["newest"] or 0
