"""The newest mails: of a site, a list, a thread, a person."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db.models import QuerySet, Sum

from hyperkitty.models import Email, ListActivity, MailingList

#: How far before its newest mail the feed of a site looks.
REACH = timedelta(days=366)


def newest(emails: QuerySet[Email], limit: int) -> list[Email]:
    """Return the latest of *emails* with text and surroundings. One query."""
    rows = emails.order_by("-sort_date", "-pk").defer("text_row__references")
    around = ("mlist", "thread", "sender", "text_row", "parent")
    return list(rows.select_related(*around)[:limit])


def newest_in_lists(lists: QuerySet[MailingList], limit: int) -> list[Email]:
    """Return the latest mails of *lists*, each once. 3 queries.

    The *limit* newest mails stand in as many lists at most, those with the latest
    mail; their days tell how far back to look, so that no index over all lists is
    needed. A mail that several lists got is shown where it arrived first.
    """
    rows = lists.exclude(last_date=None).order_by("-last_date", "pk")
    busiest = dict(rows.values_list("pk", "last_date")[:limit])
    if not (last := max(filter(None, busiest.values()), default=None)):
        return []
    since = _midnight_before(list(busiest), last, limit)
    emails = Email.objects.visible().filter(
        mlist__in=list(busiest), sort_date__gte=since
    )
    # Some more, for those that several lists got.
    found: dict[str, Email] = {}
    for email in sorted(newest(emails, 2 * limit), key=lambda email: email.pk):
        found.setdefault(email.permalink, email)
    latest = sorted(found.values(), key=lambda e: (e.sort_date, e.pk), reverse=True)
    return latest[:limit]


def _midnight_before(pks: list[int], last: datetime, limit: int) -> datetime:
    """Return the start of a day since which the lists got *limit* mails or more."""
    days = ListActivity.objects.filter(mlist__in=pks, day__gte=(last - REACH).date())
    counts = days.values_list("day").annotate(count=Sum("emails_count"))
    first, total = (last - REACH).date(), 0
    for day, count in counts.order_by("-day")[:limit]:
        first, total = day, total + count
        # As many again make up for mails that several lists got.
        if total >= 2 * limit:
            break
    return datetime.combine(first, time(), UTC)
