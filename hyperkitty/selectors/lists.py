"""The index of lists: which it shows, in what order, and how busy they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.db.models import (
    CharField,
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, Lower, StrIndex, Substr
from django.utils import timezone

from hyperkitty.models import ListActivity, MailingList

from .periods import RECENT

WEEKS = 26
#: How long a list is called new.
NEW = timedelta(days=30)


class ListSort(StrEnum):
    """Orders of the index; the names stand in URLs."""

    POPULAR = "popular"
    ACTIVE = "active"
    NAME = "name"
    CREATION = "creation"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A list on the index, with its mails of the last weeks, oldest week first."""

    mlist: MailingList
    weeks: tuple[int, ...]
    today: date
    #: Mails of the last days that count as recent.
    recent: int = 0

    @property
    def domain(self) -> str:
        """The mail domain."""
        return self.mlist.name.partition("@")[2]

    @property
    def is_new(self) -> bool:
        """Whether the list began lately."""
        return self.mlist.created_at.date() > self.today - NEW

    @property
    def is_quiet(self) -> bool:
        """Whether nobody wrote lately."""
        return not self.recent


def lists_version(lists: QuerySet[MailingList]) -> tuple[object, ...]:
    """Return what changes whenever an index of *lists* does. One query."""
    found = lists.order_by().aggregate(
        count=Count("pk"),
        revisions=Sum("revision"),
        changed=Max("changed_at"),
        newest=Max("pk"),
    )
    return tuple(found.values())


def matching_lists(lists: QuerySet[MailingList], text: str) -> QuerySet[MailingList]:
    """Keep the lists with *text*, in any case of letters, in their address or name.

    MariaDB compares as its columns are made, so both sides are put in lower case.
    """
    text = text.lower()
    found = lists.alias(lower_name=Lower("display_name"))
    return found.filter(Q(name__contains=text) | Q(lower_name__contains=text))


def without_quiet(lists: QuerySet[MailingList], today: date) -> QuerySet[MailingList]:
    """Keep the lists that got mail lately."""
    since = datetime.combine(today - RECENT, datetime.min.time(), UTC)
    return lists.filter(last_date__gte=since)


def in_domains(
    lists: QuerySet[MailingList], domains: Iterable[str]
) -> QuerySet[MailingList]:
    """Keep the lists of these mail domains."""
    return lists.annotate(domain=_domain()).filter(domain__in=list(domains))


def mail_domains(lists: QuerySet[MailingList]) -> list[str]:
    """Return the mail domains of *lists*. One query."""
    domains = lists.order_by().annotate(domain=_domain()).values_list("domain")
    return sorted({domain for (domain,) in domains.distinct()})


def sorted_lists(
    lists: QuerySet[MailingList], sort: ListSort, *, by_domain: bool = False
) -> QuerySet[MailingList]:
    """Order *lists* for the index; equal ones by name, whole domains together."""
    keys: list[str | OrderBy] = ["name"]
    match sort:
        case ListSort.POPULAR:
            lists = lists.annotate(recent=_recent_mails())
            keys = ["-recent", "name"]
        case ListSort.ACTIVE:
            keys = [F("last_date").desc(nulls_last=True), "name"]
        case ListSort.CREATION:
            keys = ["-created_at", "name"]
    if by_domain:
        lists = lists.annotate(domain=_domain())
        keys.insert(0, "domain")
    return lists.order_by(*keys)


def with_activity(lists: Iterable[MailingList], today: date) -> list[ListEntry]:
    """Return *lists* with their mails per week up to *today*. One query."""
    lists = list(lists)
    first = today - timedelta(days=7 * WEEKS - 1)
    weeks = {mlist.pk: [0] * WEEKS for mlist in lists}
    recent = {mlist.pk: 0 for mlist in lists}
    rows = ListActivity.objects.filter(mlist__in=lists, day__range=(first, today))
    for mlist_id, day, count in rows.values_list("mlist_id", "day", "emails_count"):
        weeks[mlist_id][(day - first).days // 7] += count
        recent[mlist_id] += count if day >= today - RECENT else 0
    return [
        ListEntry(mlist, tuple(weeks[mlist.pk]), today, recent[mlist.pk])
        for mlist in lists
    ]


def _domain() -> Substr:
    """Return what stands behind the @ of an address, in any database."""
    place = StrIndex("name", Value("@")) + 1
    return Substr("name", place, output_field=CharField())


def _recent_mails() -> Coalesce:
    since = timezone.now().astimezone(UTC).date() - RECENT
    mine = ListActivity.objects.filter(mlist=OuterRef("pk"), day__gte=since)
    total = mine.values("mlist").annotate(total=Sum("emails_count")).values("total")
    return Coalesce(Subquery(total), Value(0))
