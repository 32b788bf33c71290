"""Splitting, moving and merging; subjects, categories and locks."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hyperkitty.forms import ActForm, CategoryForm, SubjectForm, TargetForm
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import Decision, Email, Thread
from hyperkitty.selectors import conversations
from hyperkitty.selectors.keeping import preview, similar_threads
from hyperkitty.services import keeping
from hyperkitty.services.keeping import Act, KeepingError

from .keepers import ActPage, find_email, find_thread, for_keepers, form_data
from .responses import secured

_MAX_WORDS = 200
_ORDER = {"cause": "order"}


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def split(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Make a message and what answers it a thread of its own."""
    email = find_email(request, message_id_hash)
    moving = preview(keeping.branch(email), is_leaving=False)
    path = email.get_absolute_url()
    return ActPage(
        request,
        title=_("Split off a thread"),
        button=_("Split off"),
        form=ActForm(form_data(request), initial=_ORDER),
        run=lambda form, act: keeping.split(email, act),
        then=path,
        back=path,
        explanation=_("This message starts a thread of its own; its replies follow."),
        previews=[(_("What moves"), moving)],
    ).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def reattach_message(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Hang a message below another one."""
    email = find_email(request, message_id_hash)
    return _reattach(request, email, email.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def reattach_thread(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Hang a thread's first message below another thread's, as HyperKitty does."""
    thread = find_thread(request, thread_id)
    email = thread.starting_email
    if email is None:
        raise Http404(_("There is no such message in this list."))
    email.thread, email.mlist = thread, request.mlist
    back = thread.get_absolute_url()
    return _reattach(request, email, back, similar_threads(thread))


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def merge(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Make one thread of two."""
    thread = find_thread(request, thread_id)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:_MAX_WORDS]
    path = thread.get_absolute_url()

    def run(form: ActForm, act: Act) -> Decision:
        other = _thread_of(request, form.cleaned_data["target"])
        return keeping.merge(thread, other, act)

    return ActPage(
        request,
        title=_("Merge threads"),
        button=_("Merge"),
        form=TargetForm(
            form_data(request),
            initial={**_ORDER, "target": request.GET.get("with", "")},
        ),
        run=run,
        then=path,
        back=path,
        explanation=_("Both become one thread; no message moves below another."),
        suggestions=similar_threads(thread, words),
        more={"q": words},
    ).answer()


@require_safe
@with_mailing_list
def suggest_threads(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Answer a few threads that a thread may belong with, as a part of a page."""
    thread = find_thread(request, thread_id)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:_MAX_WORDS]
    context = {"mlist": request.mlist, "threads": similar_threads(thread, words)}
    answer = render(request, "hyperkitty/keeping/suggestions.html", context)
    return secured(answer, private=True)


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def subject(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Show another subject for a message, and for its thread if it starts it."""
    email = find_email(request, message_id_hash)
    path = email.get_absolute_url()
    return ActPage(
        request,
        title=_("Change the subject"),
        button=_("Change it"),
        form=SubjectForm(
            form_data(request), initial={**_ORDER, "subject": email.subject}
        ),
        run=lambda form, act: keeping.set_subject(
            email, form.cleaned_data["subject"], act
        ),
        then=path,
        back=path,
        explanation=_(
            "Pages show it; the original message keeps the one it came with."
        ),
    ).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def category(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Put a thread into a category."""
    thread = find_thread(request, thread_id)
    data = form_data(request)
    if data is not None and "cause" not in data:
        data = data.copy()
        data["cause"] = _ORDER["cause"]  # as HyperKitty's form, which asks nothing
    path = thread.get_absolute_url()
    return ActPage(
        request,
        title=_("Set the category"),
        button=_("Set it"),
        form=CategoryForm(data, initial={**_ORDER, "category": thread.category_id}),
        run=lambda form, act: keeping.set_category(
            thread, form.cleaned_data["category"], act
        ),
        then=path,
        back=path,
    ).answer()


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def lock(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Close a thread to posts from the web, or open it again."""
    thread = find_thread(request, thread_id)
    path = thread.get_absolute_url()
    locks = not thread.is_locked
    return ActPage(
        request,
        title=_("Lock the thread") if locks else _("Unlock the thread"),
        button=_("Lock it") if locks else _("Unlock it"),
        form=ActForm(form_data(request), initial=_ORDER),
        run=lambda form, act: keeping.set_lock(thread, act, is_locked=locks),
        then=path,
        back=path,
        explanation=_("Nobody can answer here any more; by mail people still can.")
        if locks
        else _("People can answer here again."),
    ).answer()


def _reattach(
    request: ListRequest,
    email: Email,
    back: str,
    suggestions: list[Thread] = (),  # type: ignore[assignment]
) -> HttpResponseBase:
    data = form_data(request)
    if data is not None and "target" not in data:
        # The names of HyperKitty's form.
        data = data.copy()
        data["target"] = data.get("parent") or data.get("parent-manual", "")
        data.setdefault("cause", _ORDER["cause"])

    def run(form: ActForm, act: Act) -> Decision:
        return keeping.reattach(email, _email_of(request, form), act)

    return ActPage(
        request,
        title=_("Move below another message"),
        button=_("Move it"),
        form=TargetForm(
            data, initial={**_ORDER, "target": request.GET.get("with", "")}
        ),
        run=run,
        then=email.get_absolute_url(),
        back=back,
        explanation=_("It will answer that message; its own replies follow."),
        previews=[(_("What moves"), preview(keeping.branch(email), is_leaving=False))],
        suggestions=suggestions,
    ).answer()


def _email_of(request: ListRequest, form: ActForm) -> Email:
    """Return the mail that the form names: its hash, or that of a thread it starts."""
    target = form.cleaned_data["target"]
    email = conversations.find_email(request.mlist, target)
    if email is None:
        thread = conversations.find_thread(request.mlist, target)
        email = thread.starting_email if thread is not None else None
    if email is None:
        raise KeepingError(_("There is no such message in this list."))
    return email


def _thread_of(request: ListRequest, target: str) -> Thread:
    """Return the thread that *target* names, or that has the mail it names."""
    thread = conversations.find_thread(request.mlist, target)
    if thread is None and (email := conversations.find_email(request.mlist, target)):
        thread = email.thread
    if thread is None:
        raise KeepingError(_("There is no such thread in this list."))
    return thread
