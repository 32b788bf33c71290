"""Threads about the same: on a page of their own, and for other pages to take in."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hyperkitty import permissions
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import Thread
from hyperkitty.selectors import conversations
from hyperkitty.selectors.search import scope_of
from hyperkitty.selectors.similar import similar_threads, threads_like

from .authors import for_authors
from .responses import live_page

#: Characters of a draft that are looked at.
MAX_SUBJECT, MAX_TEXT = 300, 10_000


@require_safe
@with_mailing_list
def of_thread(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Show threads about what a thread is about, of all lists that the reader reads."""
    thread = conversations.find_thread(request.mlist, thread_id)
    if thread is None or not thread.emails_count:
        raise Http404(_("There is no such thread in this list."))
    if thread.thread_id != thread_id:
        return redirect("hk_thread_similar", request.mlist.name, thread.thread_id)
    scope = scope_of(permissions.readable_lists(request.user))
    context = {
        "thread": thread,
        "similar": similar_threads(thread, scope),
        "no_index": True,
    }
    template = "hyperkitty/search/similar.html"
    return live_page(request, template, context, mlist=request.mlist)


@require_POST
@for_authors
@with_mailing_list
def of_draft(request: ListRequest) -> HttpResponseBase:
    """Show threads that may answer already what somebody is about to ask."""
    found = similar_to_draft(
        request, request.POST.get("subject", ""), request.POST.get("message", "")
    )
    context = {"similar": found, "mlist": request.mlist}
    return render(request, "hyperkitty/search/includes/similar_draft.html", context)


def similar_to_draft(request: ListRequest, subject: str, text: str) -> list[Thread]:
    """Return threads about what somebody is writing; [] if that is next to nothing."""
    if not subject.strip():
        return []
    scope = scope_of(permissions.readable_lists(request.user))
    return threads_like(subject[:MAX_SUBJECT], text[:MAX_TEXT], scope)
