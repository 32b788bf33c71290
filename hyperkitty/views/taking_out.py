"""Hiding, deleting and bringing back: a message, a branch, a thread, an author."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hyperkitty.conf import app_settings
from hyperkitty.forms import ActForm, TakeOutForm
from hyperkitty.gates import ListRequest
from hyperkitty.models import Decision, DecisionKind, Email
from hyperkitty.selectors.keeping import preview
from hyperkitty.services.keeping import Act, affected, branch, change_states

from .keepers import ActPage, find_email, find_thread, for_keepers, form_data

#: Digits of a row id that is believed.
_MAX_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def delete_message(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Take a message out; or with what answers it, or all that its author wrote."""
    email = find_email(request, message_id_hash)
    mine = Email.objects.filter(mlist=request.mlist)
    scopes = {
        "message": mine.filter(pk__in=_chosen(request) or [email.pk]),
        "branch": branch(email),
        "author": mine.filter(sender=email.sender_id),
    }
    return _take_out(request, scopes, back=email.get_absolute_url(), subject=email)


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def delete_thread(request: ListRequest, thread_id: str) -> HttpResponseBase:
    """Take a whole thread out; or those of its messages whose ids are given."""
    thread = find_thread(request, thread_id)
    emails = Email.objects.filter(thread=thread)
    if chosen := _chosen(request):
        emails = emails.filter(pk__in=chosen)
    back = thread.get_absolute_url()
    return _take_out(request, {"thread": emails}, back=back, subject=thread)


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def show_message(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Show a message again that was hidden or deleted."""
    email = find_email(request, message_id_hash)
    emails = Email.objects.filter(pk=email.pk)
    path = email.get_absolute_url()

    def run(form: ActForm, act: Act) -> Decision:
        return change_states(request.mlist, emails, DecisionKind.SHOW, act)

    return ActPage(
        request,
        title=_("Show the message again"),
        button=_("Show it again"),
        form=ActForm(form_data(request), initial={"cause": "order"}),
        run=run,
        then=path,
        back=path,
    ).answer()


def _take_out(
    request: ListRequest,
    scopes: Mapping[str, QuerySet[Email]],
    *,
    back: str,
    subject: object,
) -> HttpResponseBase:
    previews = {
        name: preview(affected(emails, DecisionKind.DELETE))
        for name, emails in scopes.items()
    }
    previews = {name: found for name, found in previews.items() if found.mails_count}
    if "message" in previews:
        one = previews["message"].mails_count
        previews = {
            name: found
            for name, found in previews.items()
            if name == "message" or found.mails_count > one
        }
    labels = {name: _label(name, found.mails_count) for name, found in previews.items()}
    choices = list(labels.items()) if len(labels) > 1 else []
    days = app_settings.expunge_after.days
    actions = [
        (
            "delete",
            ngettext(
                "Delete: gone for good after %(days)s day",
                "Delete: gone for good after %(days)s days",
                days,
            )
            % {"days": days},
        ),
        ("hide", _("Hide: nobody sees it, and nothing is lost")),
    ]
    asked = request.GET.get("scope", "")
    form = TakeOutForm(
        form_data(request),
        actions=actions,
        scopes=choices,
        initial={
            "scope": asked if asked in labels else "message",
            "action": "delete",
            "cause": request.GET.get("cause", ""),
        },
    )

    def run(form: ActForm, act: Act) -> Decision:
        scope = form.cleaned_data.get("scope") or next(iter(labels), "")
        kind = DecisionKind(form.cleaned_data["action"])
        emails = scopes.get(scope, Email.objects.none())
        return change_states(request.mlist, emails, kind, act)

    return ActPage(
        request,
        title=_("Take out of the archive"),
        button=_("Take it out"),
        form=form,
        run=run,
        then=reverse("hk_list_log", args=[request.mlist.name]),
        back=back,
        previews=[(labels[name], found) for name, found in previews.items()],
    ).answer()


def _label(scope: str, count: int) -> str:
    match scope:
        case "message":
            words = ngettext("This message", "These %(count)s messages", count)
        case "branch":
            words = ngettext(
                "%(count)s message: this one and what answers it",
                "%(count)s messages: this one and what answers it",
                count,
            )
        case "author":
            words = ngettext(
                "%(count)s message: everything by this author on this list",
                "%(count)s messages: everything by this author on this list",
                count,
            )
        case _:
            words = ngettext(
                "The thread with its %(count)s message",
                "The thread with its %(count)s messages",
                count,
            )
    return words % {"count": count}


def _chosen(request: ListRequest) -> list[int]:
    """Return the rows that the form names, as HyperKitty's forms did."""
    names = request.POST.getlist("email")[:5_000]
    return [int(n) for n in names if n.isdecimal() and len(n) <= _MAX_DIGITS]
