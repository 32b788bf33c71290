"""What a page says of itself to those who link it and to search engines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from hyperkitty.models import Email, MailingList, Thread

from .archive import absolute, sender, site_name, subject, veiled

register = template.Library()

#: Replies that the description of a thread has.
COMMENTS = 10
# As in Django's `json_script`: nothing in it ends the element or starts a comment.
_ESCAPES = {ord(char): f"\\u{ord(char):04X}" for char in "<>&\u2028\u2029"}


class _Item(Protocol):
    email: Email | None


@register.simple_tag(takes_context=True)
def about_list(context: Context, mlist: MailingList) -> SafeString:
    """Return the Open Graph of a list; nothing for a private one."""
    url = absolute(context, mlist.get_absolute_url())
    return _open_graph(context, "website", mlist.title, mlist.description, url)


@register.simple_tag(takes_context=True)
def about_thread(
    context: Context, thread: Thread, items: Iterable[_Item] = ()
) -> SafeString:
    """Return Open Graph and JSON-LD of a thread with some of the mails on the page."""
    title = subject(context, thread.subject)
    url = absolute(context, thread.get_absolute_url())
    start = thread.starting_email
    first = start if start is not None and start.is_visible else None
    excerpt = veiled(context, first.snippet) if first else ""
    mails = (item.email for item in items if item.email and item.email != first)
    facts: dict[str, Any] = {
        "headline": title,
        "url": url,
        "mainEntityOfPage": url,
        "datePublished": thread.started_at.isoformat(),
        "dateModified": thread.last_date.isoformat(),
        "commentCount": thread.emails_count - 1,
        "isPartOf": _list(context, thread.mlist),
        "comment": [
            {"@type": "Comment", **_mail(context, mail)}
            for mail, _place in zip(mails, range(COMMENTS), strict=False)
        ],
    }
    facts = (_mail(context, first) if first else {}) | facts
    return _open_graph(context, "article", title, excerpt, url) + _posting(
        context, facts
    )


@register.simple_tag(takes_context=True)
def about_message(context: Context, email: Email) -> SafeString:
    """Return Open Graph and JSON-LD of a mail."""
    title = subject(context, email.subject)
    url = absolute(context, email.get_absolute_url())
    thread_url = absolute(context, email.thread.get_absolute_url())
    facts = {
        **_mail(context, email),
        "headline": title,
        "mainEntityOfPage": url,
        "isPartOf": {"@type": "DiscussionForumPosting", "url": thread_url},
    }
    excerpt = veiled(context, email.snippet)
    return _open_graph(context, "article", title, excerpt, url) + _posting(
        context, facts
    )


def _mail(context: Context, email: Email) -> dict[str, Any]:
    mlist: MailingList = context["mlist"]
    email.mlist = mlist
    return {
        "author": {"@type": "Person", "name": sender(context, email)},
        "datePublished": email.sort_date.isoformat(),
        "text": veiled(context, email.snippet),
        "url": absolute(context, email.get_absolute_url()),
    }


def _list(context: Context, mlist: MailingList) -> dict[str, str]:
    url = absolute(context, mlist.get_absolute_url())
    return {"@type": "CollectionPage", "name": mlist.title, "url": url}


def _open_graph(
    context: Context, kind: str, title: str, description: str, url: str
) -> SafeString:
    if _is_hidden(context):
        return SafeString()
    facts = {
        "og:type": kind,
        "og:title": title,
        "og:description": description,
        "og:url": url,
        "og:site_name": site_name(context),
    }
    tags = format_html_join(
        "",
        '<meta property="{}" content="{}">',
        ((name, value) for name, value in facts.items() if value),
    )
    if not description:
        return tags
    return tags + format_html('<meta name="description" content="{}">', description)


def _posting(context: Context, facts: Mapping[str, Any]) -> SafeString:
    """Return a data block, which no browser runs; see `json.dumps` and `_ESCAPES`."""
    if _is_hidden(context):
        return SafeString()
    posting = {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        **facts,
    }
    text = json.dumps(posting, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


def _is_hidden(context: Context) -> bool:
    """Whether the page is for no search engine and for no stranger."""
    return bool(context.get("no_index")) or context["mlist"].is_private
