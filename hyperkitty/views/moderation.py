"""Reports, held mail and wishes of authors, for the keepers of a list."""

from __future__ import annotations

from collections.abc import Callable

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hyperkitty.forms import ReportForm
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import (
    Cause,
    ErasureWish,
    HeldAction,
    HeldMail,
    QuotedText,
    WishState,
)
from hyperkitty.selectors import moderation
from hyperkitty.services import privacy, quotes
from hyperkitty.services.held import decide_held, want_held
from hyperkitty.services.keeping import Act, KeepingError
from hyperkitty.services.reports import report as report_mail
from hyperkitty.services.reports import settle_reports

from .authors import author, for_authors
from .keepers import find_email, for_keepers, form_data

_MAX_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
@with_mailing_list
def report(request: ListRequest, message_id_hash: str) -> HttpResponseBase:
    """Tell the list's owners that something is wrong with a message."""
    email = find_email(request, message_id_hash)
    if not email.is_visible:
        raise Http404(_("This message was taken out of the archive."))
    form = ReportForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        cause = Cause(form.cleaned_data["cause"])
        try:
            report_mail(author(request), email, cause, form.cleaned_data["note"])
        except KeepingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Thank you: the owners of the list see it."))
            return redirect(email)
    context = {
        "mlist": request.mlist,
        "email": email,
        "form": form,
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/report.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def reports(request: ListRequest) -> HttpResponseBase:
    """Show what readers reported; say that nothing is wrong with a message."""
    if request.method == "POST":
        email = find_email(request, request.POST.get("message", "")[:64])
        settle_reports(request.mlist, email)
        messages.success(request, _("The reports are settled."))
        return redirect("hk_list_reports", request.mlist.name)
    context = {
        "mlist": request.mlist,
        "reported": moderation.reported_mails(request.mlist),
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def held(request: ListRequest) -> HttpResponseBase:
    """Show the mail that Mailman holds, beside what it answers; decide about it.

    Asks Mailman nothing: the worker reads what is held and tells what was decided.
    """
    mlist = request.mlist
    if request.method == "POST":
        return _decide(request)
    want_held(mlist)
    rows = moderation.held_mails(mlist)
    counts = moderation.archived_counts(mlist, rows)
    context = {
        "mlist": mlist,
        "rows": [(row, counts.get(row.sender.lower(), 0)) for row in rows],
        "in_postorius": apps.is_installed("postorius"),
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/held.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def wishes(request: ListRequest) -> HttpResponseBase:
    """Show what authors ask to erase, and replies that quote what was erased."""
    if request.method == "POST":
        return _answer(request)
    found = moderation.wishes(request.mlist)
    texts = moderation.quoted_texts(request.mlist)
    context = {
        "mlist": request.mlist,
        "wishes": [(wish, privacy.wished(wish).count()) for wish in found],
        "quotes": [(text, quotes.quoted_lines(text)) for text in texts],
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/wishes.html", context)


def _decide(request: ListRequest) -> HttpResponseBase:
    found = HeldMail.objects.filter(mlist=request.mlist, pk=_key(request, "held"))
    row = found.first()
    action = request.POST.get("action", "")
    if row is None or action not in HeldAction.values:
        raise Http404(_("There is no such held message."))
    comment = request.POST.get("comment", "")
    decide_held(row, HeldAction(action), comment, author(request))
    messages.success(request, _("Mailman is being told."))
    return redirect("hk_list_held", request.mlist.name)


def _answer(request: ListRequest) -> HttpResponseBase:
    done = _settled(request)
    try:
        done()
    except KeepingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Done."))
    return redirect("hk_list_wishes", request.mlist.name)


def _settled(request: ListRequest) -> Callable[[], None]:
    """Return what the form asks for: about a wish, or about quoted lines."""
    action = request.POST.get("action", "")
    if action in ("confirm", "dismiss"):
        texts = QuotedText.objects.select_related("email__mlist")
        pk = _key(request, "quote")
        text = texts.filter(email__mlist=request.mlist, pk=pk).first()
        if text is None:
            raise Http404(_("There is no such reply."))
        change = quotes.confirm if action == "confirm" else quotes.dismiss
        return lambda: change(text)
    waiting = ErasureWish.objects.filter(mlist=request.mlist, state=WishState.WAITING)
    wish = waiting.filter(pk=_key(request, "wish")).first()
    if wish is None or action not in ("grant", "refuse"):
        raise Http404(_("There is no such wish."))
    if action == "refuse":
        return lambda: privacy.refuse(wish, request.POST.get("answer", ""))
    act = Act(user=author(request), cause=Cause.REQUEST)
    return lambda: privacy.grant(wish, act)


def _key(request: ListRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else 0
