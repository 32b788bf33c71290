"""One web post: what became of it, and what its author can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.mail.thread_tree import Node
from hyperkitty.models import Email, OutgoingPost, PostState
from hyperkitty.posting import queueing
from hyperkitty.selectors import conversations
from hyperkitty.selectors.posts import find_post
from hyperkitty.selectors.reading import place_of

from .authors import for_authors, is_htmx
from .bodies import bodies
from .cards import Cards
from .conversation import NOTHING, Item
from .pending import post_item

_ACTIONS = {
    "cancel": queueing.cancel,
    "resend": queueing.resend,
    "dismiss": queueing.dismiss,
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def post(request: ListRequest, pk: int) -> HttpResponseBase:
    """Show a post to its author; take it back, send it again, or put it away."""
    found = find_post(request.user, request.mlist, pk)
    if found is None:
        raise Http404(_("You have no such message on its way."))
    if request.method == "POST":
        return _act(request, found)
    if is_htmx(request):
        return _fragment(request, found)
    if found.state == PostState.ARCHIVED and found.email is not None:
        return redirect(_place(found.email, request))
    context = {
        "mlist": request.mlist,
        "item": post_item(found, request.user),
        "no_index": True,
    }
    return render(request, "hyperkitty/posting/post.html", context)


def _act(request: ListRequest, found: OutgoingPost) -> HttpResponseBase:
    action = _ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return HttpResponse(_("There is no such action."), status=400)
    done = action(found)
    found.refresh_from_db()
    if is_htmx(request):
        return _fragment(request, found)
    if not done:
        messages.warning(request, _("It is too late for that: see what became of it."))
    if found.is_open or found.state == PostState.ARCHIVED:
        return redirect(found)
    messages.success(request, _("Your message was not sent."))
    if found.parent is not None:
        return redirect(_place(found.parent, request))
    return redirect(request.mlist)


def _fragment(request: ListRequest, found: OutgoingPost) -> HttpResponseBase:
    """Answer with the post as it is now: on its way, in the archive, or gone."""
    indent = request.GET.get("indent", "")
    depth = int(indent) if indent.isdecimal() and len(indent) < 3 else 0
    if found.state == PostState.ARCHIVED and found.email is not None:
        if _stands_alone(request, found):
            there = _place(found.email, request)
            return HttpResponse(headers={"HX-Redirect": there})
        return _archived(request, found.email, depth)
    context = {"mlist": request.mlist, "item": post_item(found, request.user, depth)}
    return render(request, "hyperkitty/posting/includes/post.html", context)


def _stands_alone(request: ListRequest, found: OutgoingPost) -> bool:
    """Whether the post is shown on its own page, not in its thread."""
    shown_on = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return shown_on == found.get_absolute_url()


def _archived(request: ListRequest, email: Email, depth: int) -> HttpResponseBase:
    mlist = request.mlist
    shown = conversations.emails_with_text(email.thread, [email.pk]).get(
        email.permalink
    )
    if shown is None:
        return HttpResponse()
    shown.mlist = mlist
    order = conversations.outline(email.thread).in_tree_order
    cards = Cards(request, mlist)
    number = order.index(email.permalink) + 1
    item = Item(
        Node(email.permalink, depth, None),
        shown,
        bodies([shown], request).get(email.permalink, NOTHING),
        cards.card(shown),
        cards.words,
        number=mark_safe(str(number)),  # noqa: S308
    )
    context: Mapping[str, Any] = {"mlist": mlist, "item": item, "has_arrived": True}
    return render(request, "hyperkitty/includes/mail.html", context)


def _place(email: Email, request: ListRequest) -> str:
    email.thread.mlist = request.mlist
    return place_of(email)
