"""Making a list take the post of somebody who is not subscribed, and taking it back."""

from __future__ import annotations

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.exceptions import HyperKittyError
from hyperkitty.mailman.members import Joining, MembersCore
from hyperkitty.models import (
    Change,
    ChangeState,
    MembershipChange,
    OutgoingPost,
    SyncKind,
)
from hyperkitty.services.sync import make_due

from .eligibility import Way, is_on_trial, way_in
from .people import shown_name


def let_through(post: OutgoingPost) -> MembershipChange | None:
    """Make the list take *post*; return the registration if one was made for it.

    Raises `MailmanRefused` for a banned address, else `MailmanUnavailable`.
    """
    mlist, address = post.mlist, post.sender.lower()
    way = way_in(mlist, address)
    if way not in (Way.REGISTERED, Way.ACCEPTED):
        return None  # what Core does with it is Core's to say
    core = MembersCore()
    if core.find_member(mlist.list_id, address):
        return None
    if way == Way.ACCEPTED:
        if app_settings.posting_register == "nonmember":
            core.accept_nonmember(mlist.list_id, address)
        return None
    return _register(post, core)


def take_back(registration: MembershipChange) -> None:
    """Undo a registration: no mail followed it. Raises `HyperKittyError`."""
    core = MembersCore()
    core.unsubscribe(registration.mlist.list_id, registration.address, asks=False)
    registration.delete()


def ask_to_remove(registration: MembershipChange) -> None:
    """Have the sweep end a registration, as an owner wants."""
    registration.state = ChangeState.REMOVING
    registration.on_trial = False
    registration.due_at = timezone.now()
    registration.save(update_fields=["state", "on_trial", "due_at"])


def _register(post: OutgoingPost, core: MembersCore) -> MembershipChange | None:
    mlist, address = post.mlist, post.sender.lower()
    list_id = mlist.list_id
    joining = core.subscribe(list_id, address, shown_name(post.user), silent=True)
    if joining == Joining.MEMBER:
        return None
    on_trial = joining == Joining.JOINED and is_on_trial(mlist, address)
    if on_trial:
        try:
            core.set_moderation(list_id, address, "hold")
        except HyperKittyError:
            core.unsubscribe(list_id, address, asks=False)
            raise
    joined = joining == Joining.JOINED
    registration = MembershipChange(
        mlist=mlist,
        user=post.user,
        address=address,
        change=Change.REGISTER,
        state=ChangeState.DONE if joined else ChangeState.PENDING,
        on_trial=on_trial,
    )
    if not on_trial:
        registration.due_at = None
    registration.save()
    make_due(SyncKind.ADDRESS, address)
    return registration if joined else None
