"""What a page shows of each mail beside its text, worked out once where mails share it.

A thread shows hundreds of mails: their templates print values and ask for nothing, and
what they print is escaped here, once.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.models import Email, EmailFlag, MailingList, Sender
from hyperkitty.posting.eligibility import closed_reason
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.selectors.conversations import Bone
from hyperkitty.templatetags import times
from hyperkitty.templatetags.archive import NO_HOST, avatar, named, person_url

_HASH = "HASH"


@dataclass(frozen=True, slots=True)
class Words:
    """The words around mails, translated once for a page."""

    message: SafeString
    new: SafeString
    next_new: SafeString
    in_reply_to: SafeString
    next_reply: SafeString
    branch: SafeString
    reply: SafeString
    write: SafeString
    as_html: SafeString
    answer: SafeString
    no_answer: SafeString
    is_answer: SafeString


@dataclass(frozen=True, slots=True)
class Card:
    """The head and foot of one mail."""

    name: SafeString
    avatar: SafeString
    #: What else the same address wrote to the list.
    person_url: SafeString
    sent: SafeString
    #: Path of the mail's page.
    url: SafeString
    reply_url: SafeString
    write_url: SafeString
    #: Page with the mail as HTML, if it was written as nothing else.
    html_url: SafeString


class Cards:
    """Makes the cards of one page for one reader."""

    def __init__(self, request: HttpRequest, mlist: MailingList) -> None:
        self.mlist = mlist
        self.words = _words()
        self._masks = not permissions.sees_addresses(request.user)
        self._people: dict[tuple[str, str, bool], tuple[SafeString, SafeString]] = {}
        self._person_urls: dict[int, SafeString] = {}
        self._message = _pattern("hk_message_index", mlist)
        self._reply = self._write = ""
        if not closed_reason(mlist):
            self._reply = _pattern("hk_message_reply", mlist)
        if request.user.is_authenticated and app_settings.write_to_author:
            self._write = _pattern("hk_message_write", mlist)

    def card(self, email: Email) -> Card:
        """Return the head and foot of *email*, whose sender and thread are loaded."""
        address = email.sender.address
        name, picture = self.person(
            email.sender_name, address, is_drawn=email.sender.is_drawn
        )
        permalink = email.permalink
        is_from_html = email.flags & EmailFlag.TEXT_FROM_HTML
        can_write = self._write and not address.endswith(NO_HOST)
        return Card(
            name,
            picture,
            self._person_url(email.sender),
            times.moment(email.sort_date, email.sender_date),
            self.url(permalink),
            _filled("" if email.thread.is_locked else self._reply, permalink),
            _filled(self._write if can_write else "", permalink),
            _filled(f"{self._message}?html" if is_from_html else "", permalink),
        )

    def _person_url(self, sender: Sender) -> SafeString:
        found = self._person_urls.get(sender.pk)
        if found is None:
            found = escape(person_url(sender, self.mlist))
            self._person_urls[sender.pk] = found
        return found

    def person(
        self, name: str, address: str, *, is_drawn: bool = True
    ) -> tuple[SafeString, SafeString]:
        """Return what to call somebody, and the picture beside it."""
        key = (name, address, is_drawn)
        found = self._people.get(key)
        if found is None:
            shown = self.veiled(named(name, address))
            found = (escape(shown), avatar(shown, address, is_drawn))
            self._people[key] = found
        return found

    def name(self, bone: Bone) -> SafeString:
        """Return what to call who wrote a mail of which only the outline is loaded."""
        return self.person(bone.sender_name, bone.sender_address)[0]

    def url(self, permalink: str) -> SafeString:
        """Return the path of a mail's page."""
        return _filled(self._message, permalink)

    def subject(self, text: str) -> SafeString:
        """Return a subject without the list's prefix, never empty."""
        shown = strip_prefix(text, self.mlist.subject_prefix)
        return escape(self.veiled(shown) or _("(no subject)"))

    def veiled(self, text: str) -> str:
        """Return *text* with addresses masked, unless the reader is signed in."""
        return mask_addresses(text) if self._masks else text


def _pattern(view: str, mlist: MailingList) -> str:
    """Return a path in which a permalink is filled in: reversing costs far more."""
    return escape(reverse(view, args=[mlist.name, _HASH]))


def _filled(pattern: str, permalink: str) -> SafeString:
    """Return an escaped *pattern* with *permalink*, letters and digits, in it."""
    return mark_safe(pattern.replace(_HASH, permalink))  # noqa: S308


def _words() -> Words:
    return Words(
        message=escape(_("Message")),
        new=escape(_("new")),
        next_new=escape(_("next new")),
        in_reply_to=escape(_("in reply to")),
        next_reply=escape(_("Next reply to the same message")),
        branch=escape(_("This branch alone")),
        reply=escape(_("Reply")),
        write=escape(_("Write to the author")),
        as_html=escape(_("Show as HTML")),
        answer=escape(_("This answers it")),
        no_answer=escape(_("This does not answer it")),
        is_answer=escape(_("answers the question")),
    )
