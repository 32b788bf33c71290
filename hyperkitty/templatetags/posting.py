"""Tags that ask whether, and where, the reader can write. None needs a query."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context

from hyperkitty.conf import app_settings
from hyperkitty.models import Email, MailingList
from hyperkitty.posting.eligibility import closed_reason

register = template.Library()


@register.filter
def takes_posts(mlist: MailingList) -> bool:
    """Whether people can write to the list here."""
    return not closed_reason(mlist)


@register.filter
def why_closed(mlist: MailingList) -> str:
    """Return why nobody can write to the list here; "" if people can."""
    return closed_reason(mlist)


@register.filter
def join_address(mlist: MailingList) -> str:
    """Return the address of Mailman that subscribes whoever writes to it."""
    return _address_beside(mlist.name, "join")


@register.filter
def owner_address(name: str) -> str:
    """Return the address of the owners of the list *name*."""
    return _address_beside(name, "owner")


@register.simple_tag(takes_context=True)
def reply_actions(
    context: Context, mlist: MailingList, email: Email
) -> dict[str, bool]:
    """Return what the reader can do to answer *email*."""
    request = context.get("request")
    signed_in = isinstance(request, HttpRequest) and request.user.is_authenticated
    return {
        "reply": not closed_reason(mlist),
        "write": signed_in
        and app_settings.write_to_author
        and not email.sender.address.endswith("@invalid"),
    }


def _address_beside(name: str, what: str) -> str:
    local, _at, domain = name.rpartition("@")
    return f"{local}-{what}@{domain}"
