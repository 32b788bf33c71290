"""Carrying out for good what keepers and authors decided, when its time has come."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.utils import timezone

from hyperkitty.mail.redaction import without_names
from hyperkitty.models import (
    IRREVERSIBLE,
    OF_STATES,
    DecidedMail,
    Decision,
    DecisionKind,
    Email,
    EmailState,
    MailingList,
)
from hyperkitty.threads.expunging import expunge, forget_senders
from hyperkitty.threads.locking import locked, retried
from hyperkitty.threads.states import StateChanges

from .quotes import find_quotes
from .rewriting import anonymize, names_of

logger = logging.getLogger(__name__)

#: Mails of one transaction: short, so that mail from Mailman gets its turn.
BATCH = 100
#: Mails that one run takes; the next run takes the rest.
MAX_MAILS = 20_000


def finish_due() -> int:
    """Carry out what is due; return how many mails were concerned."""
    done = 0
    now = timezone.now()
    due = Decision.objects.active().filter(due_at__lte=now).order_by("due_at", "pk")
    for decision in due.select_related("mlist"):
        try:
            done += finish(decision)
        except Exception:
            # A mail that cannot be rewritten must not keep others from going.
            logger.exception("Could not carry out entry %s of the log", decision.pk)
        if done >= MAX_MAILS:
            break
    return done


def finish(
    decision: Decision, on_progress: Callable[[int], None] = lambda count: None
) -> int:
    """Carry out *decision* for good, now; return how many mails were concerned.

    In short transactions; may be interrupted and run again.
    """
    after = done = 0
    while True:
        last, count = _finish_batch(decision, after)
        if not last:
            return done
        after, done = last, done + count
        on_progress(done)


@retried
def _finish_batch(decision: Decision, after: int) -> tuple[int, int]:
    """Carry out a batch beyond row *after*; return the last row and how many went."""
    with locked(decision.mlist) as fresh:
        found = Decision.objects.get(pk=decision.pk)
        if found.undone_at is not None or found.due_at is None:
            return 0, 0
        rows = DecidedMail.objects.filter(decision=found, is_done=False, pk__gt=after)
        batch = list(rows.order_by("pk")[:BATCH])
        if not batch:
            Decision.objects.filter(pk=found.pk).update(due_at=None)
            return 0, 0
        names = _still_meant(found, [row.permalink for row in batch])
        emails = Email.objects.filter(mlist=fresh, permalink__in=names)
        emails = emails.exclude(state=EmailState.ERASED).select_related("sender")
        _carry_out(fresh, found, list(emails.order_by("pk")))
        pks = [row.pk for row in batch if row.permalink in names]
        DecidedMail.objects.filter(pk__in=pks).update(is_done=True)
        if found.kind == DecisionKind.ANONYMIZE:
            changes = StateChanges(fresh)
            changes.follow_decisions(sorted(names))
            changes.finish()
    return batch[-1].pk, len(pks)


def _still_meant(decision: Decision, permalinks: list[str]) -> set[str]:
    """Keep the mails about which nobody said anything else since.

    Somebody may have brought a deleted mail back, or deleted it anew; what authors
    asked to be erased goes in any case.
    """
    names = set(permalinks)
    if decision.kind in IRREVERSIBLE:
        return names
    later = DecidedMail.objects.filter(
        permalink__in=permalinks,
        decision__mlist=decision.mlist_id,
        decision__gt=decision.pk,
        decision__undone_at=None,
        decision__kind__in=OF_STATES,
    )
    return names - set(later.values_list("permalink", flat=True))


def _carry_out(mlist: MailingList, decision: Decision, emails: list[Email]) -> None:
    if not emails:
        return
    if decision.kind in IRREVERSIBLE:
        find_quotes(mlist, decision, emails)
    _clean_log(mlist, emails)
    senders = {email.sender_id for email in emails}
    if decision.kind == DecisionKind.ANONYMIZE:
        for email in emails:
            anonymize(mlist, email)
    else:
        expunge(mlist, emails)
    forget_senders(senders)


def _clean_log(mlist: MailingList, emails: list[Email]) -> None:
    """Take out of the log what keepers wrote there of these mails and their authors."""
    names = {name for email in emails for name in names_of(email)}
    permalinks = [email.permalink for email in emails]
    entries = Decision.objects.filter(mlist=mlist, mails__permalink__in=permalinks)
    for entry in entries.distinct():
        if entry.kind == DecisionKind.SUBJECT:
            entry.details = {}
        entry.reason = without_names(entry.reason, names)
        entry.save(update_fields=["details", "reason"])
