"""Joining and leaving lists, how their mail comes, and the end of a trial."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.exceptions import MailmanRefused, MailmanUnavailable
from hyperkitty.mailman.members import Joining, MembersCore
from hyperkitty.models import (
    Change,
    ChangeState,
    MailDelivery,
    MailingList,
    MembershipChange,
    SyncKind,
)
from hyperkitty.services.sync import make_due

from .eligibility import is_on_trial
from .people import shown_name

logger = logging.getLogger(__name__)

SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
#: How often it is asked whether a newcomer's first post was accepted.
TRIAL_LOOK = timedelta(minutes=1)
MAX_CHANGES = 200


def ask(
    user: AbstractBaseUser,
    mlist: MailingList,
    address: str,
    change: Change,
    delivery: MailDelivery | None = None,
) -> MembershipChange:
    """Have Mailman change what an address is on a list; asking twice asks once.

    *delivery* is what `Change.DELIVER` sets; the last one asked for counts.
    """
    if delivery is not None:
        MembershipChange.objects.filter(
            mlist=mlist, address=address, change=change, state=ChangeState.QUEUED
        ).update(delivery=delivery)
    waiting = MembershipChange.objects.filter(
        mlist=mlist, address=address, change=change, state=ChangeState.QUEUED
    ).first()
    return waiting or MembershipChange.objects.create(
        mlist=mlist,
        user_id=user.pk,
        address=address,
        change=change,
        delivery=delivery or "",
    )


def membership_due() -> int:
    """Carry out what is due; return how much was."""
    now = timezone.now()
    rows = MembershipChange.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    done = 0
    for row in rows.select_related("mlist", "user")[:MAX_CHANGES]:
        try:
            done += _end_trial(row, now) if row.on_trial else _carry_out(row)
        except MailmanUnavailable as error:
            logger.warning("Mailman is not available: %s", error)
            row.attempts += 1
            doublings = min(row.attempts - 1, 20)
            row.due_at = now + min(SHORTEST * (1 << doublings), LONGEST)
            row.save(update_fields=["attempts", "due_at"])
    return done


def _carry_out(row: MembershipChange) -> bool:
    core = MembersCore()
    try:
        row.state = _way(row)(row, core)
        row.reason = ""
    except MailmanRefused as error:
        row.state, row.reason = ChangeState.REFUSED, str(error)
    row.due_at = timezone.now() + TRIAL_LOOK if row.on_trial else None
    row.save()
    make_due(SyncKind.ADDRESS, row.address)
    return True


def _way(row: MembershipChange) -> Callable[..., ChangeState]:
    if row.state == ChangeState.REMOVING:
        return _remove
    return {
        Change.JOIN: _join,
        Change.LEAVE: _leave,
        Change.REGISTER: _register,
        Change.DELIVER: _deliver,
    }[Change(row.change)]


def _remove(row: MembershipChange, core: MembersCore) -> ChangeState:
    core.unsubscribe(row.mlist.list_id, row.address, asks=False)
    return ChangeState.REMOVED


def _join(row: MembershipChange, core: MembersCore) -> ChangeState:
    name = shown_name(row.user) if row.user is not None else ""
    list_id = row.mlist.list_id
    joining = core.subscribe(list_id, row.address, name, silent=False)
    if joining == Joining.MEMBER:
        core.set_delivery(list_id, row.address)
    # After an attempt that failed halfway the newcomer is a member already.
    is_new = joining == Joining.JOINED or (joining == Joining.MEMBER and row.attempts)
    if is_new and is_on_trial(row.mlist, row.address):
        core.set_moderation(list_id, row.address, "hold")
        row.on_trial = True
    return ChangeState.PENDING if joining == Joining.PENDING else ChangeState.DONE


def _register(row: MembershipChange, core: MembersCore) -> ChangeState:
    """Register without delivery, so that the list takes answers from the address."""
    name = shown_name(row.user) if row.user is not None else ""
    list_id = row.mlist.list_id
    joining = core.subscribe(list_id, row.address, name, silent=True)
    if joining == Joining.JOINED and app_settings.first_posts == "hold":
        core.set_moderation(list_id, row.address, "hold")
        row.on_trial = True
    return ChangeState.PENDING if joining == Joining.PENDING else ChangeState.DONE


def _leave(row: MembershipChange, core: MembersCore) -> ChangeState:
    left = core.unsubscribe(row.mlist.list_id, row.address, asks=True)
    return ChangeState.DONE if left else ChangeState.PENDING


def _deliver(row: MembershipChange, core: MembersCore) -> ChangeState:
    core.set_delivery(row.mlist.list_id, row.address, MailDelivery(row.delivery))
    return ChangeState.DONE


def _end_trial(row: MembershipChange, now: datetime) -> bool:
    """Let the posts of a newcomer through once a moderator accepted one."""
    if is_on_trial(row.mlist, row.address):
        age = now - row.created_at
        row.due_at = now + max(TRIAL_LOOK, age / 10)
        row.save(update_fields=["due_at"])
        return False
    try:
        MembersCore().set_moderation(row.mlist.list_id, row.address, "")
    except MailmanRefused as error:
        logger.warning("Could not end the trial of %s: %s", row, error)
    row.on_trial, row.due_at = False, None
    row.save(update_fields=["on_trial", "due_at"])
    return True
