"""Held mail of Mailman: mirrored for pages, and what moderators decided sent back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from hyperkitty.exceptions import MailmanRefused, MailmanUnavailable
from hyperkitty.ingest import Incoming, prepare
from hyperkitty.mail.message_id import clean, message_id_hash
from hyperkitty.mailman.held import HeldCore, HeldEntry
from hyperkitty.models import (
    Email,
    HeldAction,
    HeldMail,
    MailingList,
    Source,
    Sync,
    SyncKind,
)
from hyperkitty.threads.references import to_named

logger = logging.getLogger(__name__)

#: Characters of a held mail that moderators see here, and held mails of a list.
MAX_TEXT, MAX_MAILS = 4_000, 500
MAX_COMMENT = 2_000
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
MAX_ROWS = 200


def mirror_held(mlist: MailingList, core: HeldCore) -> int:
    """Make our rows say what Core holds for the list; return how many there are.

    What somebody decided here stays as decided. Raises `MailmanUnavailable`.
    """
    found = {}
    for entry in core.held_mails(mlist.list_id):
        found[entry.request_id] = entry
        if len(found) == MAX_MAILS:
            break
    rows = HeldMail.objects.filter(mlist=mlist)
    known = set(rows.values_list("request_id", flat=True))
    new = [_row(mlist, entry) for n, entry in found.items() if n not in known]
    with transaction.atomic():
        rows.exclude(request_id__in=found).delete()
        for row in new:
            HeldMail.objects.update_or_create(
                mlist=mlist, request_id=row.pop("request_id"), defaults=row
            )
    return len(found)


def want_held(mlist: MailingList) -> None:
    """Have the list's held mail read again, at most once a minute."""
    just_now = timezone.now() - timedelta(minutes=1)
    rows = Sync.objects.filter(kind=SyncKind.HELD, subject=str(mlist.pk))
    if not rows.filter(wanted_at__gte=just_now).exists():
        row, is_new = Sync.objects.get_or_create(
            kind=SyncKind.HELD, subject=str(mlist.pk)
        )
        if not is_new:
            now = timezone.now()
            Sync.objects.filter(pk=row.pk).update(due_at=now, wanted_at=now)


def decide_held(held: HeldMail, action: HeldAction, comment: str, user: Any) -> bool:
    """Have the worker tell Core what becomes of *held*; False if it was decided."""
    undecided = HeldMail.objects.filter(pk=held.pk, due_at=None)
    return bool(
        undecided.update(
            action=action,
            comment=comment.replace("\x00", "")[:MAX_COMMENT],
            decided_by=user,
            due_at=timezone.now(),
        )
    )


def held_due() -> int:
    """Tell Core what was decided; return how much was."""
    now = timezone.now()
    rows = HeldMail.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    core = HeldCore()
    done = 0
    for row in rows.select_related("mlist")[:MAX_ROWS]:
        try:
            core.moderate(row.mlist.list_id, row.request_id, row.action, row.comment)
        except MailmanUnavailable as error:
            logger.warning("Mailman is not available: %s", error)
            _put_off(row, now)
            continue
        except MailmanRefused as error:
            logger.warning("Mailman did not take a decision about %s: %s", row, error)
        row.delete()
        done += 1
    return done


def _put_off(row: HeldMail, now: datetime) -> None:
    row.attempts += 1
    doublings = min(row.attempts - 1, 20)
    row.due_at = now + min(SHORTEST * (1 << doublings), LONGEST)
    row.save(update_fields=["attempts", "due_at"])


def _row(mlist: MailingList, entry: HeldEntry) -> dict[str, Any]:
    raw = entry.raw.encode("utf-8", "replace")
    arrived_at = entry.held_at or timezone.now()
    (mail,) = prepare([Incoming(raw, arrived_at, Source.ARCHIVER)])
    own_id = clean(entry.message_id) or mail.parsed.message_id
    return {
        "request_id": entry.request_id,
        "message_id_hash": message_id_hash(own_id),
        "sender": (entry.sender or mail.parsed.from_address)[:255],
        "subject": entry.subject or mail.parsed.subject,
        "text": mail.parsed.text[:MAX_TEXT],
        "why": entry.reason,
        "held_at": arrived_at,
        "parent": _parent(mlist, mail.references),
    }


def _parent(mlist: MailingList, references: str) -> Email | None:
    """Return the archived mail that a held one answers."""
    hashes = [named.message_id_hash for named in reversed(to_named(references))]
    emails = Email.objects.visible().filter(mlist=mlist, message_id_hash__in=hashes)
    known = {email.message_id_hash: email for email in emails.filter(twin_of=None)}
    return next((known[found] for found in hashes if found in known), None)
