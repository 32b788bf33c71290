"""Where the Message-IDs that mails name are to be read on this site."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import Email, MailingList
from hyperkitty.rendering.values import LinkTarget, ResolvedLink, TargetKind


def resolve_links(
    targets: Iterable[LinkTarget], readable: QuerySet[MailingList]
) -> dict[LinkTarget, ResolvedLink]:
    """Return the targets that lead to a mail in a *readable* list. One query at most.

    A mail that several lists have is linked where it arrived first.
    """
    wanted = {
        message_id_hash(target.value): target
        for target in targets
        if target.kind is TargetKind.MESSAGE_ID
    }
    if not wanted:
        return {}
    emails = Email.objects.visible().select_related("mlist")
    named = emails.filter(message_id_hash__in=list(wanted), mlist__in=readable)
    found: dict[LinkTarget, ResolvedLink] = {}
    for email in named.order_by("pk"):
        link = ResolvedLink(email.get_absolute_url(), email.subject)
        found.setdefault(wanted[email.message_id_hash], link)
    return found
