"""Hits as the page of results shows them: marked, masked, cut to what matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.mail.subjects import base_subject, strip_prefix
from hyperkitty.models import Email, Thread
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.rendering.excerpts import Marker, Sought
from hyperkitty.search.query import Field, Query, Text, leaves
from hyperkitty.selectors.reading import place_of
from hyperkitty.templatetags.archive import NO_HOST, grouped
from hyperkitty.templatetags.times import day

#: Words that are marked: those that a mail must have, not those of its sender.
_MARKED = frozenset({Field.ANY, Field.SUBJECT, Field.BODY, Field.QUOTED})


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A mail in the results."""

    url: str
    author: str
    #: HTML: when, and its place in the thread.
    facts: SafeString
    #: HTML.
    excerpt: SafeString


@dataclass(frozen=True, slots=True)
class ShownThread:
    """The hits of one thread, best first."""

    thread: Thread
    #: HTML.
    subject: SafeString
    size: str
    hits: Sequence[ShownHit]
    #: Further hits in the thread.
    more_count: int = 0
    more_url: str = ""


class HitWriter:
    """Writes hits of one query for one reader."""

    def __init__(self, query: Query, *, is_masked: bool) -> None:
        self.is_masked = is_masked
        self.marker = Marker(
            Sought(leaf.text, leaf.is_prefix)
            for leaf, is_wanted in leaves(query.root)
            if is_wanted and isinstance(leaf, Text) and leaf.field in _MARKED
        )
        self.separator = mark_safe(" · ")

    def thread(
        self, emails: Iterable[Email], more_count: int = 0, more_url: str = ""
    ) -> ShownThread:
        """Return mails of one thread, at least one, as the page shows them."""
        emails = list(emails)
        thread = emails[0].thread
        count = thread.emails_count
        size = ngettext("%(count)s message", "thread of %(count)s messages", count)
        return ShownThread(
            thread=thread,
            subject=self._subject(thread.subject, emails[0]),
            size=size % {"count": grouped(count)},
            hits=[self._hit(email) for email in emails],
            more_count=more_count,
            more_url=more_url,
        )

    def _hit(self, email: Email) -> ShownHit:
        excerpt = self.marker.excerpt(_text(email)) or email.snippet
        return ShownHit(
            url=place_of(email),
            author=self._author(email),
            facts=self._facts(email),
            excerpt=self._marked(excerpt),
        )

    def _facts(self, email: Email) -> SafeString:
        facts = ((fact,) for fact in self._each_fact(email))
        return format_html_join(self.separator, "{}", facts)

    def _each_fact(self, email: Email) -> Iterator[str]:
        thread, parent = email.thread, email.parent
        yield day(email.sort_date)
        if parent is not None and parent.is_visible:
            # Isolated: a name of another direction must not turn what follows it.
            name = f"\u2068{self._author(parent)}\u2069"
            yield _("answers %(name)s") % {"name": name}
        elif thread.emails_count > 1 and thread.starting_email_id == email.pk:
            yield _("starts the thread")
        if thread.answer_id == email.pk:
            yield format_html('<span class="mark answer-mark">{}</span>', _("answer"))
        if email.has_attachments:
            yield format_html('<span class="mark">{}</span>', _("files"))
        prefix = email.mlist.subject_prefix
        if email.subject != thread.subject and base_subject(
            email.subject, prefix
        ) != base_subject(thread.subject, prefix):
            yield self._subject(email.subject, email)

    def _author(self, email: Email) -> str:
        address = email.sender.address
        known = "" if address.endswith(NO_HOST) else address
        return self._veiled(email.sender_name or known) or _("(unknown sender)")

    def _subject(self, subject: str, email: Email) -> SafeString:
        shown = strip_prefix(subject, email.mlist.subject_prefix)
        return self._marked(shown or _("(no subject)"))

    def _marked(self, text: str) -> SafeString:
        # The marker escapes all but its own marks.
        return mark_safe(self.marker.mark(self._veiled(text)))  # noqa: S308

    def _veiled(self, text: str) -> str:
        return mask_addresses(text) if self.is_masked else text


def _text(email: Email) -> str:
    try:
        return email.text_row.text
    except (ArchiveCorrupt, Email.text_row.RelatedObjectDoesNotExist):
        return ""
