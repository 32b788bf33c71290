"""Which of several mails with one Message-ID owns it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Count, F, Q
from django.utils import timezone

from hyperkitty.models import Email, MailingList

from .bulk import matching, update_rows


def disputed_ids(mlist: MailingList) -> set[str]:
    """Return the Message-ID hashes that do not have exactly one owner.

    The other mails with the id are its twins, and name the owner as such.
    """
    emails = Email.objects.filter(mlist=mlist).order_by()
    by_id = emails.values("message_id_hash").annotate(
        mails=Count("id"), twins_count=Count("twin_of")
    )
    unowned = by_id.exclude(mails=F("twins_count") + 1)
    strange = emails.filter(twin_of__isnull=False).exclude(
        Q(twin_of__message_id_hash=F("message_id_hash"))
        & Q(twin_of__twin_of=None, twin_of__mlist=F("mlist"))
    )
    return {
        *unowned.values_list("message_id_hash", flat=True),
        *strange.values_list("message_id_hash", flat=True),
    }


def settle_owners(mlist: MailingList, hashes: Collection[str]) -> int:
    """Give each of these ids one owner, the one it has or the oldest row.

    Returns how many mails changed. The caller holds the list's lock.
    """
    mails: dict[str, list[Email]] = defaultdict(list)
    emails = Email.objects.filter(mlist=mlist).only(
        "message_id_hash", "twin_of_id", "revision"
    )
    for email in matching(emails, "message_id_hash", hashes):
        mails[email.message_id_hash].append(email)
    changed = []
    for same in mails.values():
        owner = min(same, key=lambda e: (e.twin_of_id is not None, e.pk))
        for email in same:
            right = None if email is owner else owner.pk
            if email.twin_of_id != right:
                email.twin_of_id = right
                email.revision += 1
                email.changed_at = timezone.now()
                changed.append(email)
    update_rows(Email, changed, ("twin_of", "revision", "changed_at"))
    return len(changed)
