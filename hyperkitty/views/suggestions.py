"""Suggestions while somebody types into the search box."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.models import Email, MailingList, Sender
from hyperkitty.rendering.addresses import mask_address, mask_addresses
from hyperkitty.search.query import Exact, Field, Query, Text
from hyperkitty.selectors.reading import place_of
from hyperkitty.selectors.search import scope_of
from hyperkitty.selectors.suggestions import suggestions

from .responses import secured
from .search import list_in_query
from .search_links import Search

#: Letters that are looked at, and how few are too few.
MAX_TEXT, MIN_TEXT = 100, 2


@require_safe
def suggest(request: HttpRequest) -> HttpResponseBase:
    """Answer what `q` may be the beginning of, as JSON: groups of labels and places."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:MAX_TEXT]
    readable = permissions.readable_lists(request.user)
    mlist = list_in_query(request, is_machine=True)
    if isinstance(mlist, HttpResponseBase):
        return mlist
    # Whoever writes in the language of queries knows what he wants.
    if len(text) < MIN_TEXT or any(sign in text for sign in ':"()*'):
        return _answer([])
    found = suggestions(text, scope_of(readable, mlist))
    is_masked = not permissions.sees_addresses(request.user)
    groups = [
        _group(
            _("Lists"), [(row.title, row.get_absolute_url()) for row in found.lists]
        ),
        _group(
            _("People"),
            [_person(name, who, mlist, is_masked) for name, who in found.people],
        ),
        _group(_("Threads"), [_thread(email, is_masked) for email in found.emails]),
    ]
    return _answer([group for group in groups if group["items"]])


def _person(
    name: str, sender: Sender, mlist: MailingList | None, is_masked: bool
) -> tuple[str, str]:
    """Return how somebody is called, and the search for what he wrote."""
    address = sender.address
    search = Search(Query(), "score", mlist, is_masked)
    shown = mask_addresses(name) if is_masked else name
    if address.endswith("@invalid"):
        part: Exact | Text = Text(Field.FROM, name, is_phrase=True)
        return shown, search.narrowed(part)
    behind = mask_address(address) if is_masked else address
    label = behind if name == address else f"{shown} <{behind}>"
    return label, search.narrowed(Exact("address", address))


def _thread(email: Email, is_masked: bool) -> tuple[str, str]:
    email.thread.mlist = email.mlist
    subject = strip_prefix(email.subject, email.mlist.subject_prefix)
    return mask_addresses(subject) if is_masked else subject, place_of(email)


def _group(label: str, items: list[tuple[str, str]]) -> dict[str, object]:
    return {
        "label": label,
        "items": [{"label": text, "url": url} for text, url in items if text],
    }


def _answer(groups: list[dict[str, object]]) -> HttpResponseBase:
    return secured(JsonResponse({"groups": groups}), private=True)
