"""Atom (RFC 4287) and RSS 2.0: mails as feed readers want them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.feedgenerator import (
    Atom1Feed,
    Rss201rev2Feed,
    SyndicationFeed,
)
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator

#: What XML 1.0 cannot hold, in any form.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_THREADING = "http://purl.org/syndication/thread/1.0"


class FeedFormat(StrEnum):
    """How a feed is written; the names stand in URLs."""

    RSS = "rss"
    ATOM = "atom"


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself; its URLs are absolute."""

    title: str
    description: str
    page_url: str
    feed_url: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One mail; its URLs are absolute."""

    permalink: str
    url: str
    thread_url: str
    title: str
    author: str
    text: str
    is_cut: bool
    #: What stands below a text that was cut.
    read_on: str
    sent_at: datetime
    #: Permalink and URL of the mail that it answers.
    answers: tuple[str, str] | None


def write_feed(form: FeedFormat, head: FeedHead, entries: Iterable[FeedEntry]) -> bytes:
    """Return the feed as XML, which is valid whatever mails hold."""
    kind = _Atom if form == FeedFormat.ATOM else _Rss
    feed: SyndicationFeed = kind(
        title=_clean(head.title),
        link=head.page_url,
        description=_clean(head.description or head.title),
        subtitle=_clean(head.description) or None,
        feed_url=head.feed_url,
        language=get_language(),
        changed_at=head.changed_at,
    )
    for entry in entries:
        feed.add_item(
            title=_clean(entry.title),
            link=entry.url,
            description=_clean(_html(entry)),
            author_name=_clean(entry.author),
            pubdate=entry.sent_at,
            # A mail never changes; that it is gone shows by its absence.
            updateddate=entry.sent_at,
            comments=entry.thread_url,
            **kind.identity(entry),
            answers=entry.answers,
        )
    return feed.writeString("utf-8").encode()


def content_type(form: FeedFormat) -> str:
    """Return the media type of a feed."""
    return (_Atom if form == FeedFormat.ATOM else _Rss).content_type


class _Changed(SyndicationFeed):
    """A feed that says when it changed: also when a mail was taken out of it."""

    def latest_post_date(self) -> datetime:
        """Return what `FeedHead` says."""
        changed_at: datetime = self.feed["changed_at"]
        return changed_at


class _Rss(_Changed, Rss201rev2Feed):
    """RSS 2.0, with the permalink as guid, as HyperKitty's feeds have it."""

    @staticmethod
    def identity(entry: FeedEntry) -> dict[str, Any]:
        return {"unique_id": entry.url, "unique_id_is_permalink": True}


class _Atom(_Changed, Atom1Feed):
    """Atom, with what mails answer (RFC 4685)."""

    @staticmethod
    def identity(entry: FeedEntry) -> dict[str, Any]:
        # The SHA-1 of the Message-ID stays when host or mount change.
        return {"unique_id": _urn(entry.permalink)}

    def root_attributes(self) -> dict[str, str]:
        """Name the namespace of replies too."""
        return {**super().root_attributes(), "xmlns:thr": _THREADING}

    def add_item_elements(
        self, handler: SimplerXMLGenerator, item: dict[str, Any]
    ) -> None:
        """Write the text as content: it is no summary."""
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})
        if item["answers"]:
            permalink, url = item["answers"]
            facts = {"ref": _urn(permalink), "href": url, "type": "text/html"}
            handler.addQuickElement("thr:in-reply-to", "", facts)
        replies = {"rel": "related", "href": item["comments"], "type": "text/html"}
        handler.addQuickElement("link", "", replies)


def _urn(permalink: str) -> str:
    return f"urn:sha1:{permalink}"


def _html(entry: FeedEntry) -> str:
    text = format_html("<pre>{}</pre>", entry.text)
    if entry.is_cut:
        text += format_html('<p><a href="{}">{}</a></p>', entry.url, entry.read_on)
    return text


def _clean(text: str) -> str:
    """Return *text* with a mark for each character that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
