"""How the site does: a word for monitors, and what waits for those who run it."""

from __future__ import annotations

from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.selectors.due import mailman_contact, waiting_work

from .responses import secured


@require_safe
def health(request: HttpRequest) -> HttpResponseBase:
    """Answer 200 while the database does; show staff how old the oldest work is."""
    try:
        work, contact = waiting_work(), mailman_contact()
        is_staff = permissions.runs_site(request.user)
    except Error:
        return secured(_word("The database does not answer.\n", 503), private=True)
    if not is_staff:
        return secured(_word("ok\n"), private=True)
    context = {"work": work, "contact": contact, "now": timezone.now()}
    return secured(render(request, "hyperkitty/health.html", context), private=True)


def _word(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
