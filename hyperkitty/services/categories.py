"""The categories that keepers sort threads into: adding, renaming, coloring."""

from __future__ import annotations

import re

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from hyperkitty.models import Category, MailingList, Thread
from hyperkitty.threads.counting import save_counters
from hyperkitty.threads.locking import locked, retried

from .keeping import KeepingError

#: Categories of a site.
MAX_CATEGORIES = 200
MAX_NAME = 100
_COLOR = re.compile("#[0-9a-f]{6}")


def save_category(category: Category | None, name: str, color: str) -> Category:
    """Change a category, or add one for None. Raises `KeepingError`."""
    name = " ".join(name.replace("\x00", "").split())[:MAX_NAME]
    color = color.lower()
    if not name:
        raise KeepingError(_("A category needs a name."))
    if not _COLOR.fullmatch(color):
        raise KeepingError(_("A color looks like #0b6e4f."))
    others = Category.objects.all()
    if category is not None:
        others = others.exclude(pk=category.pk)
    if others.filter(name__iexact=name).exists():
        raise KeepingError(_("There is a category of that name already."))
    if category is None:
        if others.count() >= MAX_CATEGORIES:
            raise KeepingError(_("There are as many categories as a site can have."))
        return Category.objects.create(name=name, color=color)
    if (category.name, category.color) != (name, color):
        category.name, category.color = name, color
        category.save(update_fields=["name", "color"])
        lists = Thread.objects.filter(category=category).values("mlist")
        for mlist in MailingList.objects.filter(pk__in=lists).order_by("pk"):
            _note(mlist, category)
    return category


@retried
def _note(mlist: MailingList, category: Category) -> None:
    """Tell the pages of a list that its threads of the category look different."""
    with locked(mlist) as fresh:
        Thread.objects.filter(mlist=fresh, category=category).update(
            revision=F("revision") + 1, changed_at=timezone.now()
        )
        save_counters(fresh)
