"""Where the keepers of a list add categories, and change names and colors."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hyperkitty.gates import ListRequest
from hyperkitty.models import Category
from hyperkitty.services.categories import save_category
from hyperkitty.services.keeping import KeepingError

from .keepers import for_keepers

_MAX_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
@for_keepers
def categories(request: ListRequest) -> HttpResponseBase:
    """Show the site's categories to a keeper, who adds or changes one."""
    if request.method == "POST":
        return _save(request)
    context = {
        "mlist": request.mlist,
        "categories": Category.objects.order_by("name"),
        "no_index": True,
    }
    return render(request, "hyperkitty/keeping/categories.html", context)


def _save(request: ListRequest) -> HttpResponseBase:
    category, key = None, request.POST.get("category", "")
    if key:
        if not (key.isascii() and key.isdigit() and len(key) <= _MAX_DIGITS):
            raise Http404(_("There is no such category."))
        category = Category.objects.filter(pk=int(key)).first()
        if category is None:
            raise Http404(_("There is no such category."))
    name, color = request.POST.get("name", ""), request.POST.get("color", "")
    try:
        save_category(category, name, color)
    except KeepingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The category is saved."))
    return redirect("hk_list_categories", request.mlist.name)
