"""The door of every page of a list: find the list, ask whether it may be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from hyperkitty import permissions
from hyperkitty.models import ListAlias, MailingList

P = ParamSpec("P")


class ListRequest(HttpRequest):
    """A request that passed the gate of a list."""

    mlist: MailingList


ListView = Callable[Concatenate[ListRequest, P], HttpResponseBase]
#: Django passes what the URL holds by name, so no signature can say more.
GatedView = Callable[..., HttpResponseBase]


def with_mailing_list(view: ListView[P]) -> GatedView:
    """Open *view*, a page that people read, to readers of the list in its URL.

    Strangers to a private list are sent to the login; signed-in people are told what
    to do. Nothing behind the gate is looked up before it, so that the answer says
    nothing about what exists there.
    """
    return _gated(view, refuse=_refuse_page)


def with_mailing_list_for_machines(view: ListView[P]) -> GatedView:
    """Open *view*, a download or an endpoint, as `with_mailing_list` does.

    Programs do not log in on a page: who may not read gets 403.
    """
    return _gated(view, refuse=_refuse)


def admit(
    request: HttpRequest, name: str, *, is_machine: bool = False
) -> MailingList | HttpResponseBase:
    """Return the list *name* if the reader may read it, else what to answer.

    For views whose list stands in the query: as `with_mailing_list` does or, with
    *is_machine*, as `with_mailing_list_for_machines`; raises Http404.
    """
    mlist = find_list(name)
    if permissions.can_read(request.user, mlist):
        return mlist
    return _refuse(request, name) if is_machine else _refuse_page(request, name)


def find_list(name: str) -> MailingList:
    """Return the list that *name* names in full; else raise Http404.

    A posting address, present or former, or a List-Id; in any case of letters.
    """
    name = name.strip().lower()
    if "\x00" in name:  # which PostgreSQL does not take for text
        raise Http404(_("There is no such list here."))
    column = "name" if "@" in name else "list_id"
    mlist = MailingList.objects.filter(**{column: name}).first()
    if mlist is not None:
        return mlist
    former = ListAlias.objects.select_related("mlist").filter(name=name).first()
    if former is None:
        raise Http404(_("There is no such list here."))
    return former.mlist


def absent(request: HttpRequest) -> HttpResponseBase:
    """Answer for a list that was asked for by part of its name and not found.

    Among the lists that the reader may read, that is: whether there is another, the
    answer does not say. Strangers are sent to the login, for an old link to a private
    list is good once they are in. Raises Http404 for everybody else.
    """
    if request.method == "GET" and not request.user.is_authenticated:
        return _login(request)
    raise Http404(_("There is no such list here."))


def _gated(
    view: ListView[P], *, refuse: Callable[[HttpRequest, str], HttpResponseBase]
) -> GatedView:
    def gate(
        request: HttpRequest, mlist_fqdn: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        mlist = find_list(mlist_fqdn)
        if mlist.deleted_at is not None:
            return _gone(request, mlist_fqdn)
        if not permissions.can_read(request.user, mlist):
            return refuse(request, mlist_fqdn)
        if mlist.name != mlist_fqdn:
            return _under_present_name(request, mlist)
        request.mlist = mlist  # type: ignore[attr-defined]  # makes it a ListRequest
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    update_wrapper(gate, view)
    return gate


def _refuse_page(request: HttpRequest, asked: str) -> HttpResponseBase:
    if request.method == "GET" and not request.user.is_authenticated:
        return _login(request)
    return _refuse(request, asked)


def _login(request: HttpRequest) -> HttpResponseBase:
    login: HttpResponseBase = redirect_to_login(request.get_full_path())
    return _private(login)


def _refuse(request: HttpRequest, asked: str) -> HttpResponseBase:
    """Answer 403; the page shows no more of the list than the address *asked* for."""
    context = {"asked": asked, "no_index": True}
    return _private(render(request, "hyperkitty/private.html", context, status=403))


def _gone(request: HttpRequest, asked: str) -> HttpResponseBase:
    """Answer 410: the archive was deleted, and is the same to everybody."""
    context = {"asked": asked, "no_index": True}
    return _private(render(request, "hyperkitty/gone_list.html", context, status=410))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def _under_present_name(request: HttpRequest, mlist: MailingList) -> HttpResponseBase:
    """Send a request that used a former name, or capitals, to the same page."""
    match = resolve(request.path_info)
    path = reverse(match.view_name, kwargs=match.kwargs | {"mlist_fqdn": mlist.name})
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{path}?{query}" if query else path)
