"""Following and being told: the buttons, one's follows, one's notifications."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseForbidden,
)
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
)

from hyperkitty import permissions
from hyperkitty.gates import (
    ListRequest,
    find_list,
    with_mailing_list,
    with_mailing_list_for_machines,
)
from hyperkitty.models import Delivery, Follow, Notification
from hyperkitty.notifying import following
from hyperkitty.notifying.mailing import resume_mail
from hyperkitty.notifying.stopping import stop
from hyperkitty.notifying.tokens import read_stop_token
from hyperkitty.selectors import conversations, people
from hyperkitty.selectors.following import follows_of, notifications_of

from .paging import read_paging
from .responses import secured

#: Notifications on a page.
PAGE_SIZE = 50
_MAX_KEY = 18


@require_POST
@with_mailing_list_for_machines
def favorite(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Follow a thread or no more, as HyperKitty's favorites: ``action`` add or rm.

    Scripts get "success"; a page that names itself in ``next`` is gone back to.
    """
    if not request.user.is_authenticated:
        return HttpResponseForbidden(_("Sign in first."), content_type="text/plain")
    found = conversations.find_thread(request.mlist, thread_id)
    if found is None:
        raise Http404(_("There is no such thread in this list."))
    return _followed(request, found)


@require_POST
@login_required
@with_mailing_list
def follow_list(request: ListRequest) -> HttpResponseBase:
    """Follow a list, mute it, or neither."""
    return _followed(request, request.mlist)


@require_POST
@login_required
@with_mailing_list
def follow_author(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Follow what the author of a mail writes, mute it, or neither."""
    email = conversations.find_email(request.mlist, message_id_hash)
    if email is None or not email.is_visible:
        raise Http404(_("There is no such message in this list."))
    return _followed(request, email.sender)


@require_POST
@login_required
def follow_person(request: HttpRequest, handle: str) -> HttpResponseBase:
    """Follow what somebody writes, mute it, or neither."""
    person = people.find_person(handle)
    lists = permissions.readable_lists(request.user)
    if person is None or not people.mails_of(person, lists).exists():
        raise Http404(_("There is nobody here by that name."))
    return _followed(request, person.senders[0])


@require_POST
@login_required
def follow_search(request: HttpRequest) -> HttpResponseBase:
    """Follow a search: be told of new mails that it finds."""
    query = " ".join(request.POST.get("q", "").replace("\x00", "").split())
    name = request.POST.get("mlist", "")
    mlist = find_list(name) if name else None
    if mlist is not None and not permissions.can_read(request.user, mlist):
        raise Http404(_("There is no such list here."))
    if not query or len(query) > following.MAX_QUERY:
        return HttpResponseBadRequest(_("There is nothing to search for."))
    return _followed(request, following.Search(query, mlist))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def follows(request: HttpRequest) -> HttpResponseBase:
    """Show what the reader follows; change how to be told, or end it."""
    if request.method == "POST":
        _change_follows(request)
        return redirect("hk_follows")
    lists = permissions.readable_lists(request.user)
    context = {
        "follows": list(follows_of(request.user, lists)),
        "deliveries": Delivery.choices,
        "mine": following.profile_of(request.user.pk or 0),
        "no_index": True,
    }
    return secured(render(request, "hyperkitty/follows.html", context), private=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notifications(request: HttpRequest) -> HttpResponseBase:
    """Show what the reader was told; take all of it as seen."""
    if request.method == "POST":
        waiting = Notification.objects.filter(
            user_id=request.user.pk or 0, seen_at=None
        )
        waiting.update(seen_at=timezone.now(), due_at=None)
        return redirect("hk_notifications")
    rows = notifications_of(request.user, permissions.readable_lists(request.user))
    paging = read_paging(request, total=rows.count(), size=PAGE_SIZE)
    shown = list(rows[paging.offset : paging.offset + paging.size])
    context = {"rows": shown, "paging": paging, "no_index": True}
    page = render(request, "hyperkitty/notifications.html", context)
    return secured(page, private=True)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """End mails by the link that they carry: no login, no CSRF token (RFC 8058)."""
    wish = read_stop_token(token)
    if wish is None:
        raise PermissionDenied(_("This link is not complete."))
    if request.method == "POST":
        stop(wish)
    context = {"is_done": request.method == "POST", "no_index": True}
    return secured(
        render(request, "hyperkitty/unsubscribe.html", context), private=True
    )


def _followed(request: HttpRequest, thing: following.Thing) -> HttpResponseBase:
    """Do what the form says with *thing*, and go back or say "success"."""
    user_id = request.user.pk or 0
    action = request.POST.get("action", "")
    asked = request.POST.get("delivery", "")
    if action == "mute":
        action, asked = "add", Delivery.MUTE
    match action:
        case "add" if not asked or asked in Delivery.values:
            try:
                following.follow(user_id, thing, Delivery(asked) if asked else None)
            except following.TooManyFollowsError:
                return HttpResponseForbidden(
                    _("You follow as much as one person may."),
                    content_type="text/plain",
                )
        case "rm":
            following.unfollow(user_id, thing)
        case _:
            return HttpResponseBadRequest(_("Unknown action."))
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return secured(redirect(back), private=True)
    return secured(HttpResponse("success", content_type="text/plain"), private=True)


def _change_follows(request: HttpRequest) -> None:
    """Do what one of the forms of the page asks."""
    user_id = request.user.pk or 0
    asked = request.POST.get("delivery", "")
    match request.POST.get("action", ""):
        case "change" if asked in Delivery.values:
            if (one := _own_follow(request)) is not None:
                following.set_delivery(one, Delivery(asked))
        case "remove":
            if (one := _own_follow(request)) is not None:
                one.delete()
        case "own" if asked in Delivery.values:
            wants = request.POST.get("follows_own") == "on"
            following.set_own(user_id, follows_own=wants, delivery=Delivery(asked))
        case "resume":
            resume_mail(user_id)
        case _:
            messages.error(request, _("Unknown action."))


def _own_follow(request: HttpRequest) -> Follow | None:
    key = request.POST.get("follow", "")
    if not (key.isascii() and key.isdigit() and len(key) <= _MAX_KEY):
        return None
    return Follow.objects.filter(user_id=request.user.pk or 0, pk=int(key)).first()
