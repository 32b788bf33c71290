"""Deleting the archive of a whole list: hidden at once, gone when its time is up."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.conf import app_settings
from hyperkitty.models import Email, MailingList, RawMessage, Thread
from hyperkitty.search.pending import note_mails
from hyperkitty.signals import visibility_changed
from hyperkitty.threads.expunging import drop_files, forget_senders
from hyperkitty.threads.locking import locked, retried

from .keeping import KeepingError

#: Mails or threads that one transaction deletes.
BATCH = 500


@retried
def delete_list(mlist: MailingList, typed: str, user: Any = None) -> None:
    """Hide the archive of *mlist* from everybody; its bytes go later.

    Raises `KeepingError` unless *typed* is its address.
    """
    if typed.strip().lower() != mlist.name:
        raise KeepingError(_("Type the address of the list to delete its archive."))
    with locked(mlist) as fresh:
        if fresh.deleted_at is None:
            _set(fresh, deleted_at=timezone.now(), deleted_by=user)


@retried
def restore_list(mlist: MailingList) -> None:
    """Show the archive again, whole; it is there until its bytes go."""
    with locked(mlist) as fresh:
        _set(fresh, deleted_at=None, deleted_by=None)


def expunge_lists_due() -> int:
    """Expunge the lists whose time is up; return how many."""
    oldest = timezone.now() - app_settings.expunge_after
    lists = list(MailingList.objects.filter(deleted_at__lte=oldest))
    for mlist in lists:
        expunge_list(mlist)
    return len(lists)


def expunge_list(mlist: MailingList) -> None:
    """Delete all rows and files of a deleted list, in short transactions.

    What was erased in it stays on the deny list, should the list come back. May be
    interrupted and run again.
    """
    while _expunge_batch(mlist):
        pass


@retried
def _expunge_batch(mlist: MailingList) -> bool:
    """Delete a batch; the list itself at last. Returns whether anything is left."""
    with locked(mlist) as fresh:
        if fresh.deleted_at is None:
            return False
        emails = Email.objects.filter(mlist=fresh).order_by("pk")
        if pks := list(emails.values_list("pk", flat=True)[:BATCH]):
            senders = set(emails.filter(pk__in=pks).values_list("sender_id", flat=True))
            drop_files(RawMessage.objects.filter(email__in=pks).defer("data"))
            Email.objects.filter(pk__in=pks).delete()
            forget_senders(senders)
            note_mails(pks, is_urgent=False)
            return True
        threads = Thread.objects.filter(mlist=fresh).order_by("pk")
        if pks := list(threads.values_list("pk", flat=True)[:BATCH]):
            Thread.objects.filter(pk__in=pks).delete()
            return True
        fresh.delete()
    return False


def _set(mlist: MailingList, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(mlist, name, value)
    mlist.revision += 1
    mlist.changed_at = timezone.now()
    mlist.save()
    announce = partial(visibility_changed.send_robust, MailingList, mlist_id=mlist.pk)
    transaction.on_commit(announce)
