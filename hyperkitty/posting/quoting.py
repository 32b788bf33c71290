"""What an answer quotes: the author's own new text, never the signature."""

from __future__ import annotations

from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.models import Email
from hyperkitty.rendering.own_text import split_text

#: Characters quoted of one mail; who answers more pastes it.
MAX_QUOTED = 50_000


def quoted(email: Email) -> str:
    """Return the author's own words as a quote with a line above it."""
    try:
        row = email.text_row
        own, _other = split_text(
            row.text[:MAX_QUOTED], is_flowed=email.is_flowed, is_delsp=email.is_delsp
        )
    except (ArchiveCorrupt, Email.text_row.RelatedObjectDoesNotExist):
        own = ""
    lines = [f"> {line}".rstrip() for line in own.strip("\n").split("\n")]
    return "\n".join([attribution(email), *lines]) + "\n\n"


def attribution(email: Email) -> str:
    """Return the line above a quote."""
    name = email.sender_name or email.sender.address.partition("@")[0]
    sent = email.sender_date or localtime(email.sort_date)
    day = formats.date_format(sent, _("j M Y, H:i"))
    return _("On %(day)s, %(name)s wrote:") % {"day": day, "name": name}
