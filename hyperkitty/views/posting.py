"""Writing to lists: new threads, answers, and letters to authors."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import Email
from hyperkitty.selectors import conversations

from .authors import for_authors
from .desk import Desk


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def new_message(request: ListRequest) -> HttpResponseBase:
    """Write the first message of a thread."""
    return Desk(request).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def reply(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Answer a mail, to its list and others that it was on."""
    return Desk(request, _visible(request, message_id_hash)).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def write_to_author(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Write to the author of a mail alone; the address is not shown."""
    return Desk(request, _visible(request, message_id_hash), is_letter=True).answer()


def _visible(request: ListRequest, name: str) -> Email:
    email = conversations.find_email(request.mlist, name)
    if email is None or not email.is_visible:
        raise Http404(_("There is no such message in this list."))
    return email
