"""Tags and categories: how many threads the reader may read have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from hyperkitty.models import Category, MailingList, Tag, Tagging, Thread

MAX_TAGS = 1_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A tag or a category, and how many threads have it."""

    name: str
    threads_count: int
    category: Category | None = None


def tags_in(lists: QuerySet[MailingList]) -> list[Topic]:
    """Return the tags on threads of *lists*, by name. One query."""
    rows = (
        Tagging.objects.filter(thread__mlist__in=lists, thread__emails_count__gt=0)
        .values_list("tag__name")
        .annotate(count=Count("thread", distinct=True))
        .order_by("tag__name")
    )
    return [Topic(*row) for row in rows[:MAX_TAGS]]


def threads_tagged(lists: QuerySet[MailingList], name: str) -> QuerySet[Thread]:
    """Return the threads of *lists* with a tag, the most recently active first."""
    tags = Tag.objects.filter(name=name)
    tagged = Tagging.objects.filter(tag__in=tags).values("thread")
    found = Thread.objects.filter(pk__in=tagged, mlist__in=lists, emails_count__gt=0)
    return found.order_by("-last_date", "-pk")


def all_categories() -> list[Category]:
    """Return the categories of the site, by name. One query."""
    return list(Category.objects.order_by("name"))


def categories_in(
    lists: QuerySet[MailingList], categories: Iterable[Category]
) -> list[Topic]:
    """Return *categories* with how many threads of *lists* they have. One query."""
    counts = dict(
        Thread.objects.filter(
            mlist__in=lists, emails_count__gt=0, category__isnull=False
        )
        .values_list("category")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return [
        Topic(category.name, counts.get(category.pk, 0), category)
        for category in categories
    ]


def threads_in_category(lists: QuerySet[MailingList], name: str) -> QuerySet[Thread]:
    """Return the threads of a category, the most recently active first."""
    found = Thread.objects.filter(
        category__name=name, mlist__in=lists, emails_count__gt=0
    )
    return found.order_by("-last_date", "-pk")
