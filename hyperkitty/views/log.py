"""The log of a list, where acts are undone, and the deletion of a whole list."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.forms import ListDeletionForm
from hyperkitty.gates import ListRequest, find_list
from hyperkitty.models import Decision
from hyperkitty.selectors import keeping
from hyperkitty.services.keeping import KeepingError
from hyperkitty.services.list_deletion import delete_list, restore_list
from hyperkitty.services.lists import is_of_core
from hyperkitty.services.undoing import undo

from .authors import author, for_authors
from .keepers import for_keepers
from .paging import read_paging

PAGE_SIZE = 50


@require_safe
@for_keepers
def log(request: ListRequest) -> HttpResponseBase:
    """Show what keepers did on the list, newest first."""
    found = keeping.log(request.mlist)
    paging = read_paging(request, total=found.count(), size=PAGE_SIZE)
    rows = list(found[paging.offset : paging.offset + paging.size])
    context = {
        "mlist": request.mlist,
        "entries": keeping.entries(request.mlist, rows),
        "paging": paging,
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/log.html", context)


@require_POST
@for_keepers
def undo_entry(request: ListRequest, pk: int) -> HttpResponseBase:
    """Take an act back."""
    found = Decision.objects.filter(mlist=request.mlist, pk=pk).first()
    if found is None:
        raise Http404(_("There is no such entry."))
    try:
        undo(found, author(request))
    except KeepingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is undone."))
    return redirect("hk_list_log", request.mlist.name)


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
def delete(request: HttpRequest, mlist_fqdn: str) -> HttpResponseBase:
    """Delete the archive of a whole list, or bring it back; for who runs the site."""
    mlist = find_list(mlist_fqdn)
    if not permissions.may_delete(request.user, mlist):
        raise PermissionDenied(_("This page is for those who run the site."))
    form = ListDeletionForm(request.POST if "typed" in request.POST else None)
    if request.method == "POST":
        if request.POST.get("action") == "restore":
            restore_list(mlist)
            messages.success(request, _("The archive is back."))
            return redirect(mlist)
        if form.is_valid():
            try:
                delete_list(mlist, form.cleaned_data["typed"], author(request))
            except KeepingError as error:
                form.add_error("typed", str(error))
            else:
                messages.success(request, _("The archive is hidden, and will go."))
                return redirect("hk_list_delete", mlist.name)
    context = {
        "about": mlist,
        "form": form,
        "days": app_settings.expunge_after.days,
        "is_of_core": is_of_core(mlist),
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/delete_list.html", context)
