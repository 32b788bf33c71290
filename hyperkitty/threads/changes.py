"""Telling that mails show something else now, where their threads stay as they are."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F
from django.utils import timezone

from hyperkitty.models import Email, MailingList, Thread
from hyperkitty.search.pending import note_mails

from .bulk import matching
from .counting import note_days, save_counters


def note_changes(
    mlist: MailingList, email_ids: Collection[int], *, in_files: bool = False
) -> None:
    """Move the revisions of these mails, their threads and their list.

    The caller holds the list's lock and has changed what the mails show; *in_files*
    says that they look different in an mbox file, too.
    """
    if not email_ids:
        return
    now = timezone.now()
    emails = Email.objects.filter(mlist=mlist, pk__in=email_ids)
    rows = list(matching(emails.values_list("thread_id", "sort_date"), "pk", email_ids))
    threads = {thread_id for thread_id, _date in rows}
    emails.update(revision=F("revision") + 1, changed_at=now)
    Thread.objects.filter(pk__in=threads).update(
        revision=F("revision") + 1, changed_at=now
    )
    save_counters(mlist)
    if in_files:
        note_days(mlist, (sort_date for _thread_id, sort_date in rows))
    note_mails(email_ids)
