"""The mails by which readers are told: one message, or a digest of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.mailman import web_hosts
from hyperkitty.models import Delivery, Email, FollowKind, MailingList, Notification
from hyperkitty.posting.compose import references_of
from hyperkitty.posting.encoding import (
    address_field,
    folded,
    html_part,
    multipart,
    text_field,
    text_part,
)
from hyperkitty.posting.flowing import clean_text, to_flowed
from hyperkitty.posting.queueing import parent_of, site_address
from hyperkitty.rendering.own_text import split_text

from .tokens import Stop, notification_id, stop_token

#: Characters of a message that its notification has; the rest is read on the site.
MAX_TEXT = 20_000
#: Messages of a digest; more are counted.
MAX_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in a digest."""

    email: Email
    subject: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """The messages of one list in a digest."""

    mlist: MailingList
    url: str
    entries: Sequence[Entry]


def notification(row: Notification, to: str) -> bytes:
    """Return the mail about one message, threaded below it in a mail program.

    *row* comes with its mail, the mail's list, sender and text. 2 queries.
    """
    email, mlist = row.email, row.email.mlist
    base = base_url(mlist)
    stop = Stop(row.user_id, row.follow.target if row.follow else "")
    with override(settings.LANGUAGE_CODE):
        context = {
            "name": _name(email),
            "date": localize(email.sender_date or email.sort_date),
            "list": mlist,
            "text": _own_text(email),
            "url": base + email.get_absolute_url(),
            "reason": _reason(row),
            **_ways_out(base, stop),
        }
        ids = [f"<{one}>" for one in references_of(parent_of(email))]
        name, address = site_address()
        via = _("%(name)s via %(site)s") % {"name": _name(email), "site": name}
        subject = strip_prefix(email.subject, mlist.subject_prefix)
        head = [
            address_field("From", (via, address)),
            address_field("Reply-To", (mlist.display_name, mlist.name)),
            text_field("Subject", f"[{mlist.title}] {subject or _('(no subject)')}"),
            folded("In-Reply-To", ids[-1:]) if ids else "",
            folded("References", ids) if ids else "",
            text_field("List-Id", f"<{mlist.list_id}>"),
            folded("Archived-At", [f"<{context['url']}>"]),
        ]
        body = _body("notification", context)
    return _mail(row.pk, to, base, head, stop, body)


def digest(rows: Sequence[Notification], to: str) -> bytes:
    """Return the mail about several messages; all are one person's, of one kind."""
    first = rows[0]
    base = base_url(first.email.mlist)
    stop = Stop(first.user_id, f"digest-{first.delivery}")
    count = len(rows)
    with override(settings.LANGUAGE_CODE):
        subject = ngettext("%(count)s new message", "%(count)s new messages", count) % {
            "count": count
        }
        sections = _sections(rows[:MAX_ENTRIES])
        context = {
            "sections": sections,
            "left_out": max(count - MAX_ENTRIES, 0),
            "url": base + reverse("hk_notifications"),
            "is_weekly": first.delivery == Delivery.WEEKLY,
            **_ways_out(base, stop),
        }
        titles = ", ".join(section.mlist.title for section in sections)
        head = [
            address_field("From", site_address()),
            text_field("Subject", f"{subject}: {titles}"[:200]),
            text_field("List-Id", f"<digest.{_host(base)}>"),
        ]
        body = _body("digest", context)
    return _mail(first.pk, to, base, head, stop, body)


def base_url(mlist: MailingList) -> str:
    """Return scheme and host of the pages of a list; no query as a rule."""
    return web_hosts.base_url(mlist.name.rpartition("@")[2])


def _mail(
    number: int, to: str, base: str, head: Sequence[str], stop: Stop, body: bytes
) -> bytes:
    """Return the mail with what all of ours have (RFC 3834, RFC 8058)."""
    url = _stop_url(base, stop)
    fields = [
        *head,
        address_field("To", ("", to)),
        f"Date: {format_datetime(timezone.now().replace(microsecond=0))}\r\n",
        folded("Message-ID", [f"<{notification_id(number, _host(base))}>"]),
        folded("List-Unsubscribe", [f"<{url}>"]),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Auto-Response-Suppress: All\r\n",
    ]
    return "".join(fields).encode() + b"MIME-Version: 1.0\r\n" + body


def _body(name: str, context: Mapping[str, Any]) -> bytes:
    text, html = (
        render_to_string(f"hyperkitty/mail/{name}.{ending}", dict(context))
        for ending in ("txt", "html")
    )
    plain = text_part(to_flowed(clean_text(text)))
    return multipart("alternative", [plain, html_part(html)])


def _ways_out(base: str, stop: Stop) -> dict[str, str]:
    return {
        "follows_url": base + reverse("hk_follows"),
        "stop_url": _stop_url(base, stop),
    }


def _stop_url(base: str, stop: Stop) -> str:
    return base + reverse("hk_unsubscribe", args=[stop_token(stop)])


def _sections(rows: Sequence[Notification]) -> list[Section]:
    emails = sorted(
        (row.email for row in rows),
        key=lambda one: (one.mlist.name, one.thread_id, one.sort_date, one.pk),
    )
    sections = []
    for mlist, found in groupby(emails, key=lambda one: one.mlist):
        base = base_url(mlist)
        entries = [_entry(email, base) for email in found]
        url = base + mlist.get_absolute_url()
        sections.append(Section(mlist, url, entries))
    return sections


def _entry(email: Email, base: str) -> Entry:
    subject = strip_prefix(email.subject, email.mlist.subject_prefix)
    return Entry(email, subject, base + email.get_absolute_url())


def _own_text(email: Email) -> str:
    """Return what the author wrote, without what is quoted."""
    try:
        text = email.text_row.text
    except (ArchiveCorrupt, Email.text_row.RelatedObjectDoesNotExist):
        return email.snippet
    own, _quoted = split_text(text, is_flowed=email.is_flowed, is_delsp=email.is_delsp)
    return own[:MAX_TEXT]


def _reason(row: Notification) -> str:
    match row.kind:
        case FollowKind.THREAD:
            return _("You follow this thread.")
        case FollowKind.PERSON:
            return _("You follow what this person writes.")
        case FollowKind.SEARCH:
            query = row.follow.query if row.follow else ""
            return _("You follow the search %(query)s.") % {"query": query}
        case _:
            return _("You follow this list.")


def _name(email: Email) -> str:
    return email.sender_name or email.sender.address


def _host(base: str) -> str:
    return quote(urlsplit(base).hostname or "localhost")
