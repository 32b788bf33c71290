"""Joining and leaving a list, how its mail comes, and who came in by a web post."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hyperkitty import permissions
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import Change, MailDelivery, MembershipChange
from hyperkitty.posting import eligibility, membership, registration
from hyperkitty.posting.people import sender_addresses
from hyperkitty.selectors.posts import last_change, registrations

from .authors import author, for_authors

_CHANGES = {change.value: change for change in Change}


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def subscription(request: ListRequest) -> HttpResponseBase:
    """Join or leave a list with one of one's addresses, or say how its mail comes."""
    mlist, user = request.mlist, author(request)
    addresses = sender_addresses(user, mlist)
    if request.method == "POST":
        return _change(request, addresses)
    roles = mlist.roles.filter(address__in=addresses, role="member")
    context = {
        "mlist": mlist,
        "reason": eligibility.change_refusal(user, mlist),
        "subscribed": list(roles),
        "others": [one for one in addresses if one not in {r.address for r in roles}],
        "last_change": last_change(user, mlist, addresses),
        "deliveries": MailDelivery.choices,
        "no_index": True,
    }
    return render(request, "hyperkitty/posting/subscription.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def registered(request: ListRequest) -> HttpResponseBase:
    """Show a list's owners who was registered by a web post, and remove them."""
    if not permissions.moderates(request.user, request.mlist):
        raise PermissionDenied(_("This page is for the owners of the list."))
    if request.method == "POST":
        return _remove(request)
    context = {
        "mlist": request.mlist,
        "registrations": registrations(request.mlist),
        "no_index": True,
    }
    return render(request, "hyperkitty/posting/registered.html", context)


def _change(request: ListRequest, addresses: list[str]) -> HttpResponseBase:
    mlist, user = request.mlist, author(request)
    change = _CHANGES.get(request.POST.get("action", ""))
    address = request.POST.get("address", "").lower()
    reason = eligibility.change_refusal(user, mlist)
    asked = request.POST.get("delivery", "")
    delivery = MailDelivery(asked) if asked in MailDelivery.values else None
    if reason:
        messages.error(request, reason)
    elif change is None or address not in addresses:
        messages.error(request, _("That address is not one of yours."))
    elif change == Change.DELIVER:
        if delivery is not None:
            membership.ask(user, mlist, address, change, delivery)
    else:
        membership.ask(user, mlist, address, change)
    return redirect("hk_list_subscription", mlist.name)


def _remove(request: ListRequest) -> HttpResponseBase:
    pk = request.POST.get("registration", "")
    rows = MembershipChange.objects.filter(
        mlist=request.mlist, change=Change.REGISTER
    ).select_related("mlist")
    row = rows.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if row is None:
        raise Http404(_("There is no such registration."))
    registration.ask_to_remove(row)
    messages.success(request, _("The registration is being removed."))
    return redirect("hk_list_registered", request.mlist.name)
