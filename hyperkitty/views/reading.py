"""What is new to a reader: noting visits, marking as read, and going on reading."""

from __future__ import annotations

from base64 import b64decode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseForbidden,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.gates import (
    ListRequest,
    with_mailing_list,
    with_mailing_list_for_machines,
)
from hyperkitty.models.reading import parse_ranges
from hyperkitty.selectors import conversations, reading
from hyperkitty.services.reading import mark_read, visit

from .responses import page, secured

#: Threads on the page of what is new.
NEW_THREADS = 100
_MAX_KEYS = 20_000
#: A picture of one transparent dot.
_DOT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@with_mailing_list_for_machines
def seen(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Note that the reader has the mails ``seen`` of a thread before the eyes.

    A page sends it when it has loaded. Browsers without JavaScript ask for a picture
    instead: a GET that writes nothing but the reader's own visit, for this site's
    pages alone.
    """
    if not request.user.is_authenticated:
        return HttpResponseForbidden(_("Sign in first."), content_type="text/plain")
    if request.method not in ("GET", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    if request.method == "GET" and not _is_from_here(request):
        return HttpResponseForbidden(_("Not from another site."))
    found = conversations.find_thread(request.mlist, thread_id)
    if found is None:
        raise Http404(_("There is no such thread in this list."))
    asked = request.POST if request.method == "POST" else request.GET
    limit = min(_MAX_KEYS, app_settings.thread_page_size)
    visit(request.user.pk, found, parse_ranges(asked.get("seen", ""), limit))
    answer = HttpResponse(_DOT, content_type="image/gif")
    if request.method == "POST":
        answer = HttpResponse(status=204)
    return secured(answer, private=True)


@require_POST
@login_required
@with_mailing_list
def mark_list_read(request: ListRequest) -> HttpResponseBase:
    """Take all mails of a list as read."""
    mark_read(request.user.pk or 0, [request.mlist])
    messages.success(request, _("All messages of this list count as read now."))
    return redirect(request.mlist)


@require_POST
@login_required
def mark_all_read(request: HttpRequest) -> HttpResponseBase:
    """Take all mails of the lists that the reader has looked at as read."""
    mark_read(request.user.pk or 0, reading.lists_with_state(request.user))
    messages.success(request, _("All messages count as read now."))
    return redirect("hk_new")


@require_safe
@login_required
@with_mailing_list
def next_new(request: ListRequest) -> HttpResponseBase:
    """Go to the next mail of a list that is new to the reader, in order of arrival."""
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found = reading.next_unread(request.user, request.mlist, key)
    if found is None:
        messages.info(request, _("There is nothing new for you in this list."))
        return secured(redirect(request.mlist), private=True)
    return secured(HttpResponseRedirect(reading.place_of(found)), private=True)


@require_safe
@login_required
def new(request: HttpRequest) -> HttpResponseBase:
    """Show what is new to the reader over all lists."""
    lists = permissions.readable_lists(request.user)

    def build() -> dict[str, object]:
        return {"found": reading.new_for(request.user, lists, NEW_THREADS)}

    return page(request, "hyperkitty/new.html", build, version=())


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site asks; old ones say nothing."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
