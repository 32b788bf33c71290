"""Mails become visible or invisible; threads, counters and pages follow at once."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.utils import timezone

from hyperkitty.models import Email, EmailState, MailingList
from hyperkitty.search.pending import note_mails
from hyperkitty.signals import visibility_changed

from .bulk import matching, update_rows
from .counting import change_count, recount_threads, utc_days
from .locking import locked, retried


@retried
def set_state(mlist: MailingList, email_ids: Collection[int], state: EmailState) -> int:
    """Give the mails of *mlist* this state and return how many changed.

    Their rows stay, so that the thread keeps its shape around them.
    """
    with locked(mlist) as fresh:
        emails = Email.objects.filter(mlist=fresh).exclude(state=state)
        changed = list(matching(emails, "pk", email_ids))
        gone = [e.sort_date for e in changed if e.is_visible]
        come = [e.sort_date for e in changed if state == EmailState.VISIBLE]
        for email in changed:
            email.state = state
            email.revision += 1
            email.changed_at = timezone.now()
        update_rows(Email, changed, ("state", "revision", "changed_at"))
        parents = (email.parent_id for email in changed if email.parent_id)
        note_mails({*(email.pk for email in changed), *parents})
        recount_threads(fresh, {email.thread_id for email in changed})
        change_count(fresh, utc_days(come, 1) if come else utc_days(gone, -1))
        announce = partial(
            visibility_changed.send_robust, MailingList, mlist_id=fresh.pk
        )
        transaction.on_commit(announce)
    return len(changed)
