"""The votes below a mail: counts, and buttons for people who are signed in.

Built here and not by a template: a thread shows hundreds. The buttons belong to one
form of the page, ``react``, which carries the CSRF token.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hyperkitty.models import Email, MailingList
from hyperkitty.selectors.reactions import Votes

_HASH = "HASH"


class VoteBars:
    """Makes the votes below the mails of one page, for one reader."""

    def __init__(self, request: HttpRequest, mlist: MailingList) -> None:
        self.can_vote = request.user.is_authenticated
        self._url = reverse("hk_message_vote", args=[mlist.name, _HASH])
        self._like, self._dislike = _("Like"), _("Dislike")

    def bar(self, email: Email, votes: Votes) -> SafeString:
        """Return the votes on *email*; nothing for strangers where there are none."""
        if not self.can_vote:
            return self._counts(votes)
        url = self._url.replace(_HASH, email.permalink)
        return format_html(
            '<span class="votes">{} {}</span>',
            self._button(url, 1, votes.likes, votes.mine),
            self._button(url, -1, votes.dislikes, votes.mine),
        )

    def _counts(self, votes: Votes) -> SafeString:
        if not (votes.likes or votes.dislikes):
            return SafeString()
        return format_html(
            '<span class="votes"><span title="{}">▲ {}</span>'
            ' <span title="{}">▼ {}</span></span>',
            self._like,
            votes.likes,
            self._dislike,
            votes.dislikes,
        )

    def _button(self, url: str, value: int, count: int, mine: int) -> SafeString:
        is_mine = mine == value
        return format_html(
            '<button class="vote" form="react" formaction="{url}" name="vote"'
            ' value="{send}" aria-pressed="{pressed}" title="{label}" hx-post="{url}"'
            ' hx-vals=\'{{"vote": "{send}"}}\' hx-include="#react"'
            ' hx-target="closest .votes" hx-swap="outerHTML">'
            '<span aria-hidden="true">{sign}</span>'
            '<span class="visually-hidden">{label}</span>{count}</button>',
            url=url,
            send=0 if is_mine else value,
            pressed="true" if is_mine else "false",
            label=self._like if value > 0 else self._dislike,
            sign="▲" if value > 0 else "▼",
            count=f" {count}" if count else "",
        )
