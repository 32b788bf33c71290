"""Votes, tags and answers: what readers say about mails and threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseForbidden,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hyperkitty import permissions
from hyperkitty.gates import (
    ListRequest,
    with_mailing_list,
    with_mailing_list_for_machines,
)
from hyperkitty.models import Email, MailingList, Thread
from hyperkitty.selectors import conversations, reactions
from hyperkitty.selectors.reading import place_of
from hyperkitty.selectors.slices import ids_on_page
from hyperkitty.selectors.threads import rows_of
from hyperkitty.selectors.topics import threads_tagged
from hyperkitty.services.reactions import (
    BadTagError,
    TooOftenError,
    add_tags,
    read_tags,
    remove_tag,
    set_answer,
    vote,
)

from .authors import is_htmx
from .paging import read_paging
from .responses import page, secured
from .votes import VoteBars

#: Threads on the page of a tag.
PAGE_SIZE = 50
SUGGESTIONS = 20
_VALUES = {"1": 1, "0": 0, "-1": -1}


@require_POST
@with_mailing_list_for_machines
def vote_on(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Like or dislike a mail, or take that back: ``vote`` is 1, -1 or 0.

    Scripts get the counts as JSON, as from HyperKitty; pages without scripts, which
    send ``next``, are gone back to.
    """
    if not request.user.is_authenticated:
        return _refused(_("Sign in to vote."))
    value = _VALUES.get(request.POST.get("vote", ""))
    if value is None:
        return HttpResponseBadRequest(_("A vote is 1, 0 or -1."))
    email = _find_email(request, message_id_hash)
    try:
        vote(request.user.pk, email, value)
    except TooOftenError:
        return _refused(_("You have voted as often today as one person may."))
    counted = reactions.votes_on([email.pk], request.user)
    found = counted.get(email.pk, reactions.NO_VOTES)
    html = VoteBars(request, request.mlist).bar(email, found)
    if is_htmx(request):
        return secured(HttpResponse(html), private=True)
    if "next" in request.POST:
        return secured(HttpResponseRedirect(place_of(email)), private=True)
    answer = {"like": found.likes, "dislike": found.dislikes, "html": html}
    return secured(JsonResponse(answer), private=True)


@require_POST
@with_mailing_list_for_machines
def tags(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Put tags on a thread or take one off: ``action`` add or rm, and ``tag``."""
    if not request.user.is_authenticated:
        return _refused(_("Sign in to tag."))
    thread = _find_thread(request, thread_id)
    try:
        names = read_tags(request.POST.get("tag", ""))
    except BadTagError:
        return HttpResponseBadRequest(
            _("A tag is made of letters, digits, spaces, hyphens and apostrophes.")
        )
    match request.POST.get("action", ""):
        case "add":
            try:
                add_tags(request.user.pk, thread, names)
            except TooOftenError:
                return _refused(_("You have tagged as often today as one may."))
        case "rm":
            everybody = permissions.moderates(request.user, request.mlist)
            by = None if everybody else {request.user.pk}
            if not remove_tag(thread, names[0], by):
                raise Http404(_("There is no such tag of yours on this thread."))
        case _:
            return HttpResponseBadRequest(_("Unknown action."))
    return _tags_answer(request, thread)


@require_safe
@with_mailing_list_for_machines
def suggest_tags(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Answer a few tags that hold ``term``, of lists that the reader may read."""
    term = request.GET.get("term", "").replace("\x00", "").strip()[:40]
    lists = permissions.readable_lists(request.user)
    found = reactions.suggested_tags(lists, term, SUGGESTIONS) if term else []
    return secured(JsonResponse(found, safe=False), private=True)


@require_safe
@with_mailing_list
def tagged(request: ListRequest, name: str) -> HttpResponseBase:
    """Show the threads of a list that have a tag."""
    mlist, name = request.mlist, name.lower().replace("\x00", "")

    def build() -> Mapping[str, Any]:
        here = MailingList.objects.filter(pk=mlist.pk)
        found = threads_tagged(here, name)
        paging = read_paging(request, total=found.count(), size=PAGE_SIZE)
        ids = ids_on_page(found, paging.offset, paging.size, paging.total)
        rows = rows_of(mlist, ids)
        return {"name": name, "rows": rows, "paging": paging, "no_index": not rows}

    version = (mlist.revision,)
    return page(request, "hyperkitty/tagged.html", build, version=version, mlist=mlist)


@require_POST
@login_required
@with_mailing_list
def answer(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Say which mail answers a thread's question: ``message``, or none."""
    thread = _find_thread(request, thread_id)
    if not may_answer(request, thread):
        return _refused(_("Who started the thread, or looks after the list, says so."))
    name = request.POST.get("message", "")
    email = _find_email(request, name) if name else None
    if email is not None and (
        email.thread_id != thread.pk or email.pk == thread.starting_email_id
    ):
        return HttpResponseBadRequest(_("That message is no answer in this thread."))
    set_answer(thread, email)
    if email is None:
        messages.success(request, _("The thread counts as open again."))
        return secured(HttpResponseRedirect(thread.get_absolute_url()), private=True)
    email.thread = thread
    return secured(HttpResponseRedirect(place_of(email)), private=True)


def may_answer(request: ListRequest, thread: Thread) -> bool:
    """Whether the reader may say what answers *thread*: its starter, and keepers."""
    if not request.user.is_authenticated:
        return False
    starter = thread.starting_email
    mine = permissions.verified_addresses(request.user)
    if starter is not None and starter.sender.address.lower() in mine:
        return True
    return permissions.moderates(request.user, request.mlist)


def _find_email(request: ListRequest, name: str) -> Email:
    email = conversations.find_email(request.mlist, name)
    if email is None or not email.is_visible:
        raise Http404(_("There is no such message in this list."))
    return email


def _find_thread(request: ListRequest, thread_id: str) -> Thread:
    thread = conversations.find_thread(request.mlist, thread_id)
    if thread is None or not thread.emails_count:
        raise Http404(_("There is no such thread in this list."))
    return thread


def _tags_answer(request: ListRequest, thread: Thread) -> HttpResponseBase:
    found = reactions.tags_on(thread, request.user)
    context = {"thread": thread, "mlist": request.mlist, "tags": found}
    bar = render(request, "hyperkitty/includes/tags.html", context)
    if is_htmx(request):
        return secured(bar, private=True)
    if "next" in request.POST:
        path = f"{thread.get_absolute_url()}#tags"
        return secured(HttpResponseRedirect(path), private=True)
    html = SafeString(bar.content.decode())
    answer = {"tags": [one.name for one in found], "html": html}
    return secured(JsonResponse(answer), private=True)


def _refused(reason: str) -> HttpResponseBase:
    return HttpResponseForbidden(reason, content_type="text/plain; charset=utf-8")
