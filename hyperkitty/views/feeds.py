"""Feeds of a site, a list, a thread, a person: masked, bounded, cached."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.sites.shortcuts import get_current_site
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.gates import ListRequest, with_mailing_list_for_machines
from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.models import Email, MailingList
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.selectors import conversations, feeds, people
from hyperkitty.selectors.lists import lists_version

from .feed_formats import FeedEntry, FeedFormat, FeedHead, content_type, write_feed
from .responses import document

#: Characters of a mail's text that a feed has.
MAX_TEXT = 10_000
_EPOCH = datetime.fromtimestamp(0, UTC)


@require_safe
def of_site(request: HttpRequest, form: FeedFormat) -> HttpResponseBase:
    """Send the newest mails of all lists on the reader's index."""
    lists = permissions.listed_lists(request.user)
    version = lists_version(lists)
    name = get_current_site(request).name
    changed_at = lists.order_by("-changed_at").values_list("changed_at", flat=True)

    def build() -> bytes:
        head = FeedHead(
            title=name or _("Mailing lists"),
            description=_("New messages of all lists"),
            page_url=_absolute(request, reverse("hk_root")),
            feed_url=_absolute(request, request.path),
            changed_at=changed_at.first() or _EPOCH,
        )
        emails = feeds.newest_in_lists(lists, app_settings.mlist_feed_length)
        return write_feed(form, head, [feed_entry(request, email) for email in emails])

    # No Last-Modified: when a list becomes private, that of the others is older.
    return document(request, build, content_type(form), version=(*version, name))


@require_safe
@with_mailing_list_for_machines
def of_list(request: ListRequest, form: FeedFormat) -> HttpResponseBase:
    """Send the newest mails of a list."""
    mlist = request.mlist
    return _of_part(
        request,
        form,
        version=(mlist.revision,),
        changed_at=mlist.changed_at,
        page_url=mlist.get_absolute_url(),
        title=mlist.title,
        description=mlist.description,
        emails=Email.objects.visible().filter(mlist=mlist),
    )


@require_safe
@with_mailing_list_for_machines
def of_thread(
    request: ListRequest, thread_id: str, form: FeedFormat
) -> HttpResponseBase:
    """Send the newest mails of a thread."""
    mlist = request.mlist
    thread = conversations.find_thread(mlist, thread_id)
    if thread is None or not thread.emails_count:
        raise Http404(_("There is no such thread in this list."))
    if thread.thread_id != thread_id:
        name = request.resolver_match.view_name if request.resolver_match else ""
        return HttpResponseRedirect(reverse(name, args=[mlist.name, thread.thread_id]))
    return _of_part(
        request,
        form,
        version=(mlist.title, mlist.subject_prefix, thread.pk, thread.revision),
        changed_at=thread.changed_at,
        page_url=thread.get_absolute_url(),
        title=f"{_subject(thread.subject, mlist)} – {mlist.title}",
        description="",
        emails=Email.objects.visible().filter(thread=thread),
    )


@require_safe
@with_mailing_list_for_machines
def of_person(request: ListRequest, handle: str, form: FeedFormat) -> HttpResponseBase:
    """Send the newest mails of somebody in a list."""
    mlist = request.mlist
    person = people.find_person(handle)
    emails = people.mails_of_in(person, mlist) if person else Email.objects.none()
    if person is None or not emails.exists():
        raise Http404(
            _("There is nobody here by that name whose messages you may read.")
        )
    name = people.name_of(emails) or person.senders[0].address
    posts = reverse("hk_user_posts", args=[person.handle])
    return _of_part(
        request,
        form,
        version=(mlist.revision,),
        changed_at=mlist.changed_at,
        page_url=f"{posts}?{urlencode({'list': mlist.name})}",
        title=f"{mask_addresses(name)} – {mlist.title}",
        description="",
        emails=emails,
    )


def _of_part(
    request: ListRequest,
    form: FeedFormat,
    *,
    version: tuple[object, ...],
    changed_at: datetime,
    page_url: str,
    title: str,
    description: str,
    emails: QuerySet[Email],
) -> HttpResponseBase:
    """Send a feed of one list or of a part of it."""

    def build() -> bytes:
        head = FeedHead(
            title=title,
            description=description,
            page_url=_absolute(request, page_url),
            feed_url=_absolute(request, request.path),
            changed_at=changed_at,
        )
        found = feeds.newest(emails, app_settings.mlist_feed_length)
        return write_feed(form, head, [feed_entry(request, email) for email in found])

    return document(
        request,
        build,
        content_type(form),
        version=version,
        changed_at=changed_at,
        mlist=request.mlist,
    )


def feed_entry(request: HttpRequest, email: Email) -> FeedEntry:
    """Return a mail as feeds have it, with addresses masked for everybody.

    Feeds are read by services too, which show them to others.
    """
    mlist = email.mlist
    email.thread.mlist = mlist
    text = _text(email)
    parent = email.parent
    answers = None
    if parent is not None and parent.is_visible:
        parent.mlist = mlist
        answers = parent.permalink, _absolute(request, parent.get_absolute_url())
    return FeedEntry(
        permalink=email.permalink,
        url=_absolute(request, email.get_absolute_url()),
        thread_url=_absolute(request, email.thread.get_absolute_url()),
        title=_subject(email.subject, mlist),
        author=_author(email),
        text=mask_addresses(text[:MAX_TEXT]),
        is_cut=len(text) > MAX_TEXT,
        read_on=_("Read the whole message"),
        sent_at=email.sort_date,
        answers=answers,
    )


def _text(email: Email) -> str:
    try:
        return email.text_row.text
    except (ArchiveCorrupt, Email.text_row.RelatedObjectDoesNotExist):
        return ""


def _subject(subject: str, mlist: MailingList) -> str:
    shown = strip_prefix(subject, mlist.subject_prefix)
    return mask_addresses(shown) or _("(no subject)")


def _author(email: Email) -> str:
    address = email.sender.address
    known = "" if address.endswith("@invalid") else address
    return mask_addresses(email.sender_name or known) or _("(unknown sender)")


def _absolute(request: HttpRequest, path: str) -> str:
    return request.build_absolute_uri(path)
