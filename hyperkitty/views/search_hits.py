"""Hits as the page of results shows them: marked, masked, cut to what matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.mail.subjects import base_subject, strip_prefix
from hyperkitty.models import Email, Thread
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.rendering.excerpts import Marker, Sought
from hyperkitty.search.query import Field, Query, Text, leaves
from hyperkitty.selectors.reading import place_of

#: Words that are marked: those that a mail must have, not those of its sender.
_MARKED = frozenset({Field.ANY, Field.SUBJECT, Field.BODY, Field.QUOTED})


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A mail in the results."""

    email: Email
    url: str
    #: HTML.
    excerpt: SafeString
    #: Its own subject as HTML, where that is not the thread's.
    subject: SafeString


@dataclass(frozen=True, slots=True)
class ShownThread:
    """The hits of one thread, best first."""

    thread: Thread
    #: HTML.
    subject: SafeString
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

    def thread(
        self, emails: Iterable[Email], more_count: int = 0, more_url: str = ""
    ) -> ShownThread:
        """Return mails of one thread, at least one, as the page shows them."""
        emails = list(emails)
        thread = emails[0].thread
        hits = [self._hit(email) for email in emails]
        subject = self._subject(thread.subject, emails[0])
        return ShownThread(thread, subject, hits, more_count, more_url)

    def _hit(self, email: Email) -> ShownHit:
        prefix = email.mlist.subject_prefix
        is_same = base_subject(email.subject, prefix) == base_subject(
            email.thread.subject, prefix
        )
        excerpt = self.marker.excerpt(_text(email)) or email.snippet
        return ShownHit(
            email=email,
            url=place_of(email),
            excerpt=self._marked(excerpt),
            subject=SafeString("") if is_same else self._subject(email.subject, email),
        )

    def _subject(self, subject: str, email: Email) -> SafeString:
        shown = strip_prefix(subject, email.mlist.subject_prefix)
        return self._marked(shown or _("(no subject)"))

    def _marked(self, text: str) -> SafeString:
        shown = mask_addresses(text) if self.is_masked else text
        # The marker escapes all but its own marks.
        return mark_safe(self.marker.mark(shown))  # noqa: S308


def _text(email: Email) -> str:
    try:
        return email.text_row.text
    except (ArchiveCorrupt, Email.text_row.RelatedObjectDoesNotExist):
        return ""
