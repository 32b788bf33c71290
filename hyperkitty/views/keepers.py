"""The door of keepers' pages, and the one page on which all their acts are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hyperkitty import permissions
from hyperkitty.forms import ActForm
from hyperkitty.gates import ListRequest, with_mailing_list
from hyperkitty.models import Cause, Decision, Email, Thread
from hyperkitty.selectors import conversations
from hyperkitty.selectors.keeping import Preview
from hyperkitty.services.keeping import Act, KeepingError

from .authors import author, for_authors

View = Callable[..., HttpResponseBase]


def for_keepers(view: View) -> View:
    """Open *view* to those who look after the list: moderators, owners and staff."""

    @for_authors
    @with_mailing_list
    @wraps(view)
    def gate(request: ListRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not permissions.keeps(request.user, request.mlist):
            raise PermissionDenied(_("This page is for those who look after the list."))
        return view(request, *args, **kwargs)

    return gate


@dataclass(frozen=True)
class ActPage:
    """One act: what it is, what it would change, and how it is done."""

    request: ListRequest
    title: str
    button: str
    form: ActForm
    run: Callable[[ActForm, Act], Decision]
    #: Where to go when it is done, and where to go back to.
    then: str
    back: str
    explanation: str = ""
    previews: Sequence[tuple[str, Preview]] = ()
    subject: Email | Thread | None = None
    suggestions: Sequence[Thread] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def answer(self) -> HttpResponseBase:
        """Show what will change and ask why, or do it."""
        if self.request.method == "POST" and self.form.is_valid():
            try:
                decision = self.run(self.form, act_of(self.request, self.form))
            except KeepingError as error:
                self.form.add_error(None, str(error))
            else:
                words = _("Done. It is entry %(number)s of the log.")
                messages.success(self.request, words % {"number": decision.pk})
                return redirect(self.then)
        context = {"page": self, "mlist": self.request.mlist, "no_index": True}
        return render(self.request, "hyperkitty/keeping/act.html", context)

    def data(self) -> Any:
        """What was typed, if anything."""
        return form_data(self.request)


def act_of(request: ListRequest, form: forms.Form) -> Act:
    """Return who acts and why, from a form that is valid."""
    return Act(
        user=author(request),
        cause=Cause(form.cleaned_data["cause"]),
        reason=form.cleaned_data["reason"],
    )


def form_data(request: ListRequest) -> Any:
    """Return what was typed; None when the page is asked for."""
    return request.POST if request.method == "POST" else None


def find_email(request: ListRequest, name: str) -> Email:
    """Return a mail of the list, of any state; else raise Http404."""
    # What was typed may be nothing that an id could be compared with.
    is_hash = name.isascii() and name.isalnum()
    email = conversations.find_email(request.mlist, name) if is_hash else None
    if email is None:
        raise Http404(_("There is no such message in this list."))
    return email


def find_thread(request: ListRequest, name: str) -> Thread:
    """Return a thread of the list; else raise Http404."""
    thread = conversations.find_thread(request.mlist, name)
    if thread is None:
        raise Http404(_("There is no such thread in this list."))
    return thread
