"""Authors ask that what they wrote be made anonymous or erased."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.conf import app_settings
from hyperkitty.models import (
    Cause,
    DecisionKind,
    Email,
    EmailState,
    ErasureWish,
    MailingList,
    WishState,
)

from .keeping import Act, KeepingError, change_states

MAX_NOTE = 2_000
KINDS = (DecisionKind.ANONYMIZE, DecisionKind.ERASE)


def mails_by(addresses: Collection[str]) -> QuerySet[Email]:
    """Return all mails that were sent from *addresses* and are not erased."""
    emails = Email.objects.filter(sender__address__in=list(addresses))
    emails = emails.filter(mlist__deleted_at=None)
    return emails.exclude(state=EmailState.ERASED)


def ask(
    user: AbstractBaseUser,
    addresses: Collection[str],
    mlist: MailingList,
    kind: DecisionKind,
    *,
    email: Email | None = None,
    note: str = "",
) -> ErasureWish:
    """Ask for what was written from *addresses* on *mlist*, or for one mail of it.

    *addresses* are those that the author has proved to own. Asking twice asks once.
    Granted at once where `HYPERKITTY_ERASURE` is ``automatic``; else by the list's
    keepers. Raises `KeepingError` if there is nothing of the author's.
    """
    mine = mails_by(addresses).filter(mlist=mlist)
    if email is not None:
        mine = mine.filter(pk=email.pk)
    if kind not in KINDS or not mine.exists():
        raise KeepingError(_("There is nothing of yours to erase."))
    waiting = ErasureWish.objects.filter(
        mlist=mlist, user_id=user.pk, email=email, kind=kind, state=WishState.WAITING
    ).first()
    wish = waiting or ErasureWish.objects.create(
        mlist=mlist,
        user_id=user.pk,
        email=email,
        addresses=sorted(addresses),
        kind=kind,
        note=note.replace("\x00", "")[:MAX_NOTE],
    )
    if app_settings.erasure == "automatic":
        grant(wish, Act(user=user, cause=Cause.REQUEST))
    return wish


def wished(wish: ErasureWish) -> QuerySet[Email]:
    """Return the mails that the author means."""
    if wish.email_id is not None:
        return Email.objects.filter(pk=wish.email_id)
    return mails_by(wish.addresses).filter(mlist=wish.mlist_id)


def grant(wish: ErasureWish, act: Act) -> None:
    """Do what the author asked for; it cannot be undone.

    The addresses are forgotten with it. Raises `KeepingError` if nothing is left.
    """
    decision = change_states(wish.mlist, wished(wish), DecisionKind(wish.kind), act)
    _settle(wish, WishState.GRANTED, decision=decision)


def refuse(wish: ErasureWish, answer: str) -> None:
    """Leave the mails as they are, and tell the author why."""
    _settle(wish, WishState.REFUSED, answer=answer.replace("\x00", "")[:MAX_NOTE])


def _settle(wish: ErasureWish, state: WishState, **columns: Any) -> None:
    waiting = ErasureWish.objects.filter(pk=wish.pk, state=WishState.WAITING)
    waiting.update(
        state=state, settled_at=timezone.now(), addresses=[], note="", **columns
    )
