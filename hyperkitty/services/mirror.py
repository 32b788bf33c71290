"""Bringing our row of a list up to what Mailman Core says of it.

Core knows a list by its List-Id, which survives renaming; mail and old URLs know it by
its posting address. Nothing here opens a list that Core does not call public.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.mailman import CoreList
from hyperkitty.models import (
    ArchivePolicy,
    Denied,
    ListAlias,
    MailingList,
    PolicySource,
)
from hyperkitty.signals import visibility_changed
from hyperkitty.threads.locking import locked, retried

from .moving import move_mails

#: Columns that are Core's words.
_COLUMNS = (
    "list_id",
    "display_name",
    "description",
    "subject_prefix",
    "archive_policy",
    "rendering_mode",
    "subscription_policy",
    "default_member_action",
    "default_nonmember_action",
    "allow_list_posts",
    "max_message_size",
)


def mirror(found: CoreList) -> MailingList:
    """Make our row say what Core says of a list, and return it."""
    mlist = _row_of(found)
    _update(mlist, found)
    mlist.refresh_from_db()
    return mlist


@retried
def mark_gone(mlist: MailingList) -> None:
    """Note that Core does not have the list any more; its archive stays as it is.

    A list that Core never had is none of its business.
    """
    with locked(mlist) as fresh:
        if fresh.synced_at is not None and fresh.gone_from_core_at is None:
            fresh.gone_from_core_at = timezone.now()
            _save_changed(fresh)


@retried
def doubt_policy(mlist: MailingList) -> None:
    """Close a public list whose policy Core has not confirmed for too long."""
    oldest = timezone.now() - app_settings.role_grace
    with locked(mlist) as fresh:
        is_doubtful = (
            fresh.policy_source == PolicySource.CORE
            and fresh.gone_from_core_at is None
            and fresh.synced_at is not None
            and fresh.synced_at < oldest
        )
        if is_doubtful and not fresh.is_private:
            fresh.policy_source = PolicySource.UNKNOWN
            _save_changed(fresh)
            _announce(fresh)


def _row_of(found: CoreList) -> MailingList:
    """Return the row for a list of Core: ours by List-Id, else by address, else new.

    Whoever else stands under its address gives way: a row that Core never confirmed
    is the same list, met before we could ask; a confirmed one is another list.
    """
    own = MailingList.objects.filter(list_id=found.list_id).first()
    holder = MailingList.objects.filter(name=found.name).first()
    if holder is not None and holder != own:
        if holder.synced_at is not None:
            _make_way(holder)
        elif own is None:
            return holder
        else:
            move_mails(holder, own)
    return own or MailingList.objects.ensure(found.name)


@retried
def _update(mlist: MailingList, found: CoreList) -> None:
    with locked(mlist) as fresh:
        was_private = fresh.is_private
        wanted: dict[str, Any] = {name: getattr(found, name) for name in _COLUMNS}
        wanted |= {"policy_source": PolicySource.CORE, "gone_from_core_at": None}
        if found.created_at is not None:
            wanted["created_at"] = found.created_at
        if ArchivePolicy.NEVER == found.archive_policy != fresh.archive_policy:
            wanted["policy_before_never"] = fresh.archive_policy
        changed = {n: v for n, v in wanted.items() if getattr(fresh, n) != v}
        if "list_id" in changed:
            former = Denied.objects.filter(list_id=fresh.list_id)
            former.update(list_id=found.list_id)
        for name, value in changed.items():
            setattr(fresh, name, value)
        is_renamed = fresh.name != found.name
        if is_renamed:
            _rename(fresh, found.name)
        fresh.synced_at = timezone.now()
        if not changed and not is_renamed:
            fresh.save(update_fields=["synced_at"])
            return
        _save_changed(fresh)
        if is_renamed or fresh.is_private != was_private:
            _announce(fresh)


def _rename(mlist: MailingList, name: str) -> None:
    """Give the row its new address; URLs with the old one redirect."""
    ListAlias.objects.filter(name__in=[name, mlist.name]).delete()
    ListAlias.objects.create(name=mlist.name, mlist=mlist)
    mlist.name = name


@retried
def _make_way(holder: MailingList) -> None:
    """Free the address of a list that Core now calls something else, or deleted.

    The address belongs to another list from now on, so nothing redirects from it.
    """
    with locked(holder) as fresh:
        local, _at, domain = fresh.name.rpartition("@")
        fresh.name = f"{local[:180]}+former-{fresh.pk}@{domain}"[:255]
        _save_changed(fresh)
        _announce(fresh)


def _save_changed(mlist: MailingList) -> None:
    mlist.revision += 1
    mlist.changed_at = timezone.now()
    mlist.save()


def _announce(mlist: MailingList) -> None:
    announce = partial(visibility_changed.send_robust, MailingList, mlist_id=mlist.pk)
    transaction.on_commit(announce)
