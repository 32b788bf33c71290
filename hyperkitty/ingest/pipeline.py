"""The steps from bytes to archive, in order. Read this file first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from hyperkitty.models import (
    Announcement,
    Email,
    MailingList,
    PendingIndex,
    Sender,
    Source,
)
from hyperkitty.search.pending import pending_rows
from hyperkitty.signals import message_archived
from hyperkitty.threads.arrival import finish_arrival, place_arrivals
from hyperkitty.threads.bulk import insert_rows, reserve_keys
from hyperkitty.threads.counting import count_in
from hyperkitty.threads.locking import locked, retried
from hyperkitty.threads.placement import Node

from .closing import close_posts
from .dictionary import current_dictionary
from .identity import Verdict, judge
from .numbers import store_numbers
from .prepare import prepare
from .replaying import replay
from .store import ensure_senders, place_key, store_copies, store_emails
from .values import Incoming, Outcome, Prepared, Status

#: A mail that is moved between rows of a list is no news a second time.
NEWS = timedelta(hours=1)


def archive(mlist: MailingList, incoming: Iterable[Incoming]) -> list[Outcome]:
    """Archive mails in *mlist* and say what became of each, in order.

    The same for one mail from Mailman and for a batch of an import. Bringing a mail
    again changes nothing. Rows are written in one transaction under the list's lock;
    search follows from `message_archived` after commit.
    """
    trained = current_dictionary()
    return archive_prepared(mlist, prepare(list(incoming), trained))


@retried
def archive_prepared(mlist: MailingList, mails: Sequence[Prepared]) -> list[Outcome]:
    """Archive mails that `prepare` has parsed and packed, maybe in other processes."""
    if not mails:
        return []
    senders = ensure_senders(mails)
    with locked(mlist) as fresh:
        verdicts = judge(fresh, mails)
        replay(fresh, verdicts)
        rows = _store_new(fresh, verdicts, senders)
        _settle_places(verdicts, rows)
        store_copies(
            fresh,
            [
                (_row(verdict), verdict.mail)
                for verdict in verdicts
                if verdict.status == Status.COPY
            ],
        )
        kept = [v for v in verdicts if v.status != Status.DENIED]
        store_numbers(fresh, {n: _row(v) for v in kept for n in v.mail.aliases})
        close_posts(fresh, {v.mail.message_id_hash: _row(v) for v in kept})
        if rows:
            announce = partial(
                message_archived.send_robust,
                MailingList,
                mlist_id=fresh.pk,
                email_ids=list(rows.values()),
            )
            transaction.on_commit(announce)
    return [_outcome(verdict) for verdict in verdicts]


def _store_new(
    mlist: MailingList, verdicts: Sequence[Verdict], senders: dict[str, Sender]
) -> Mapping[int, int]:
    """Place and store what is new; return row ids by key."""
    new = [
        (place_key(place), verdict)
        for place, verdict in enumerate(verdicts)
        if verdict.status == Status.ARCHIVED
    ]
    if not new:
        return {}
    keys = [key for key, _verdict in new]
    reserved = dict(zip(keys, reserve_keys(Email, len(keys)), strict=False))
    nodes = [_node(key, verdict) for key, verdict in new]
    arrival = place_arrivals(mlist, nodes, reserved)
    rows = store_emails(mlist, new, arrival, senders, reserved)
    finish_arrival(mlist, arrival, rows)
    # Nobody waits for one mail of an import; for one that Mailman brings, somebody may.
    is_urgent = any(v.mail.source == Source.ARCHIVER for _key, v in new)
    changed = {*rows.values(), *arrival.touched()}
    insert_rows(PendingIndex, pending_rows(changed, is_urgent=is_urgent))
    shown = [(key, verdict) for key, verdict in new if verdict.is_visible]
    news = [rows[key] for key, verdict in shown if _is_news(verdict.mail)]
    now = timezone.now()
    insert_rows(Announcement, ({"email_id": pk, "due_at": now} for pk in news))
    dates = [verdict.mail.parsed.sort_date for _key, verdict in shown]
    count_in(mlist, dates, arrival.threads_delta)
    return rows


def _node(key: int, verdict: Verdict) -> Node:
    mail = verdict.mail
    return Node(
        key=key,
        permalink=mail.permalink,
        message_id_hash=mail.message_id_hash,
        sort_date=mail.parsed.sort_date,
        named=mail.named,
        subject=mail.parsed.subject,
        is_visible=verdict.is_visible,
        is_twin=verdict.is_twin,
    )


def _is_news(mail: Prepared) -> bool:
    """Whether followers are to be told: Mailman brought it, and just now."""
    return mail.source == Source.ARCHIVER and timezone.now() - mail.arrived_at < NEWS


def _settle_places(verdicts: Sequence[Verdict], rows: Mapping[int, int]) -> None:
    """Give every verdict the row it speaks of, now that new mails have theirs."""
    for place, verdict in enumerate(verdicts):
        if verdict.status == Status.ARCHIVED:
            verdict.email_id = rows[place_key(place)]
        elif verdict.same_as is not None:
            verdict.email_id = verdicts[verdict.same_as].email_id


def _row(verdict: Verdict) -> int:
    if verdict.email_id is None:
        raise AssertionError("Every mail has a row by now.")
    return verdict.email_id


def _outcome(verdict: Verdict) -> Outcome:
    return Outcome(
        status=verdict.status,
        email_id=verdict.email_id,
        permalink=verdict.permalink,
        problems=verdict.mail.parsed.problems,
    )
