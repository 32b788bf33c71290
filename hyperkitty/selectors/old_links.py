"""Where on this site an address leads that another archive gave, or that was pasted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from django.db.models import QuerySet
from django.urls import reverse

from hyperkitty.mail import message_id
from hyperkitty.models import (
    AliasKind,
    Email,
    ListAlias,
    MailingList,
    MessageAlias,
    ScrubbedFile,
    Thread,
    ThreadAlias,
)

from .old_pages import YEARS, OldPage, Period, read_old_page

#: Longer text is no address.
MAX_LENGTH = 4000
#: Path segments and parameters of a pasted URL that are looked at.
MAX_PIECES = 20
_OURS = re.compile(r"/list/([^/\s]{3,255})/(message|thread)/(\w{1,64})(?:/|$)")
_OLD = re.compile(
    r"/(?:pipermail|mailman/private|private|list|archives?)/([^/\s]{1,255})(?:/(.*))?$"
)
_BRACKETS = re.compile(r"(?:mid:|message-id:)?\s*<([^<>\s]{1,998})>", re.IGNORECASE)


def resolve_old_url(text: str, readable: QuerySet[MailingList]) -> str | None:
    """Return the path on this site that *text* is an address of; None if it is none.

    *text* is what somebody pasted into a search box: a Message-ID with or without
    brackets, a Message-ID-Hash, the URL of a message or thread of this site or of any
    other HyperKitty, of a page of Pipermail or MHonArc (the number must have been
    recorded by the import), or any URL with a Message-ID in it. Only lists in
    *readable* are looked at: of others the answer says nothing. Words cost no query,
    anything else a fixed number.
    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or "\x00" in text:
        return None
    if found := _BRACKETS.fullmatch(text):
        return _path_of_hashes(_hashes([message_id.clean(found[1])]), readable)
    if text.startswith(("http://", "https://", "/")):
        return _resolve_url(text, readable)
    if message_id.is_hash(text.upper()):
        return _path_of_hash(text.upper(), readable)
    if "@" in text and not re.search(r"\s", text):
        named = message_id.clean(text.removeprefix("mid:"))
        return _path_of_hashes(_hashes([named]), readable)
    return None


def list_of_old_name(
    name: str, readable: QuerySet[MailingList], host: str = ""
) -> MailingList | None:
    """Return the list with local part or address *name*; of several that of *host*.

    One query. Lists outside *readable* do not exist here.
    """
    name = name.lower()
    if "\x00" in name:
        return None
    if "@" in name:
        return readable.filter(name=name).first()
    found = list(readable.filter(name__startswith=f"{name}@").order_by("name"))
    at_home = [mlist for mlist in found if mlist.name.endswith(f"@{host.lower()}")]
    return next(iter(at_home or found), None)


def old_place(mlist: MailingList, page: OldPage) -> str | None:
    """Return the path of what *page* was about in *mlist*. One query at most.

    A message whose number nobody recorded leads to its month; None if that is not
    known either, or if a file that Pipermail cut out is not here.
    """
    if page.scrubbed:
        return _path_of_scrubbed(mlist, page.scrubbed)
    if page.number and (path := _path_of_number(mlist, *page.number)):
        return path
    if page.period:
        return path_of_period(mlist, page.period)
    return None if page.number else mlist.get_absolute_url()


def path_of_period(mlist: MailingList, period: Period) -> str:
    """Return the path of the listing that shows *period*, or where it begins."""
    start = period.start
    if period.is_long:
        return f"{mlist.get_absolute_url()}#calendar"
    if period.end - start < timedelta(days=8):
        args = [mlist.name, start.year, start.month, start.day]
        return reverse("hk_archives_with_day", args=args)
    return reverse("hk_archives_with_month", args=[mlist.name, start.year, start.month])


def _path_of_number(mlist: MailingList, kind: AliasKind, number: str) -> str | None:
    aliases = MessageAlias.objects.filter(mlist=mlist, kind=kind, value=number)
    return _path(mlist, aliases.values_list("email__permalink", flat=True).first())


def _path_of_scrubbed(mlist: MailingList, path: str) -> str | None:
    """Return the path of a file; its folder is named by the day of its mail."""
    try:
        day = datetime.strptime(path[:8], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    if day.year not in YEARS:
        return None
    reach = timedelta(days=2)
    files = ScrubbedFile.objects.filter(
        email__mlist=mlist, email__sort_date__range=(day - reach, day + reach)
    )
    row = files.filter(path=path).values_list("email__permalink", "counter", "name")
    found = row.first()
    if found is None:
        return None
    return reverse("hk_message_attachment", args=[mlist.name, *found])


def _resolve_url(url: str, readable: QuerySet[MailingList]) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    path = unquote(parts.path)
    if "\x00" in path:
        return None
    if found := _OURS.search(path):
        return _path_of_ours(found[1], found[2], found[3], readable)
    if (found := _OLD.search(path)) and (page := read_old_page(found[2] or "")):
        mlist = list_of_old_name(found[1], readable, host)
        if mlist is not None:
            return old_place(mlist, page)
    pieces = [*path.split("/"), *(value for _key, value in parse_qsl(parts.query))]
    named = [message_id.clean(piece) for piece in pieces if "@" in piece]
    return _path_of_hashes(_hashes(named[-MAX_PIECES:]), readable)


def _path_of_ours(
    name: str, kind: str, value: str, readable: QuerySet[MailingList]
) -> str | None:
    """Return where a message or thread of some HyperKitty is; lists may have moved."""
    mlist = readable.filter(name=name.lower()).first()
    if mlist is None:
        former = ListAlias.objects.filter(name=name.lower(), mlist__in=readable)
        alias = former.select_related("mlist").first()
        mlist = alias.mlist if alias is not None else None
    if mlist is not None:
        readable = readable.filter(pk=mlist.pk)
    value = value.upper()
    if not message_id.is_hash(value):
        return None
    # A thread is named by its starting mail; of the two, the page asked for wins.
    if kind == "thread" and (path := _path_of_thread(value, readable)):
        return path
    return _path_of_hashes([value], readable)


def _path_of_hash(value: str, readable: QuerySet[MailingList]) -> str | None:
    return _path_of_hashes([value], readable) or _path_of_thread(value, readable)


def _path_of_hashes(hashes: list[str], readable: QuerySet[MailingList]) -> str | None:
    """Return the page of the mail that one of *hashes* names. 1 to 3 queries.

    Of several lists that have it, the one where it arrived first.
    """
    if not hashes:
        return None
    here = Email.objects.visible().filter(mlist__in=readable)
    aliases = MessageAlias.objects.filter(
        mlist__in=readable, kind=AliasKind.HASH, value__in=hashes
    )
    for found in (
        here.filter(message_id_hash__in=hashes, twin_of=None),
        here.filter(permalink__in=hashes),
        here.filter(pk__in=aliases.values("email")),
    ):
        row = found.order_by("pk").values_list("mlist__name", "permalink").first()
        if row is not None:
            return reverse("hk_message_index", args=row)
    return None


def _path_of_thread(value: str, readable: QuerySet[MailingList]) -> str | None:
    """Return the page of the thread that has or had the id *value*. 2 queries."""
    threads = Thread.objects.filter(mlist__in=readable, emails_count__gt=0)
    former = ThreadAlias.objects.filter(mlist__in=readable, former_id=value)
    for found in (
        threads.filter(thread_id=value),
        threads.filter(pk__in=former.values("thread")),
    ):
        row = found.order_by("pk").values_list("mlist__name", "thread_id").first()
        if row is not None:
            return reverse("hk_thread", args=row)
    return None


def _hashes(ids: Iterable[str]) -> list[str]:
    return [message_id.message_id_hash(found) for found in ids if found]


def _path(mlist: MailingList, permalink: str | None) -> str | None:
    if permalink is None:
        return None
    return reverse("hk_message_index", args=[mlist.name, permalink])
