"""Menus of keepers. One question to the database for a page, none for strangers."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hyperkitty import permissions
from hyperkitty.models import Email, MailingList

register = template.Library()

_KEPT, _MINE = "_hyperkitty_keeps", "_hyperkitty_addresses"


@register.simple_tag(takes_context=True)
def keeps(context: Context, mlist: MailingList) -> bool:
    """Return whether the reader may act on the mails of *mlist*."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not request.user.is_authenticated:
        return False
    known: dict[int, bool] = getattr(request, _KEPT, {})
    if mlist.pk not in known:
        known[mlist.pk] = permissions.keeps(request.user, mlist)
        setattr(request, _KEPT, known)
    return known[mlist.pk]


@register.simple_tag(takes_context=True)
def mail_menu(context: Context, mlist: MailingList, email: Email) -> SafeString | str:
    """Return what the reader can do about *email*, as an item of a list of actions.

    Report it, or look after it.
    """
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not request.user.is_authenticated:
        return ""
    args = [mlist.name, email.permalink]
    own = _own_link(request, email)
    if not keeps(context, mlist):
        links = own or [("hk_message_report", _("Report"))]
        return _linked(links, args)
    links = [
        ("hk_message_delete", _("Hide or delete")),
        ("hk_message_split", _("Split off")),
        ("hk_message_reattach", _("Move")),
        ("hk_message_subject", _("Change the subject")),
        *own,
    ]
    return format_html(
        '<li><details class="keeper-menu"><summary>{}</summary>'
        '<ul class="plain-list mail-actions">{}</ul></details></li>',
        _("Moderate"),
        _linked(links, args),
    )


def _own_link(request: HttpRequest, email: Email) -> list[tuple[str, str]]:
    """Return the link for an author who wants the mail to go."""
    known: frozenset[str] | None = getattr(request, _MINE, None)
    if known is None:
        known = permissions.verified_addresses(request.user)
        setattr(request, _MINE, known)
    if email.sender.address not in known:
        return []
    return [("hk_message_erase", _("Remove my message"))]


def _linked(links: list[tuple[str, str]], args: list[str]) -> SafeString:
    return format_html_join(
        " ",
        '<li><a href="{}" rel="nofollow">{}</a></li>',
        ((reverse(name, args=args), words) for name, words in links),
    )
