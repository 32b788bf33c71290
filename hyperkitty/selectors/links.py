"""Where the Message-IDs and URLs that mails name are to be read on this site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.urls import Resolver404, resolve

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import Email, MailingList
from hyperkitty.rendering.values import LinkTarget, ResolvedLink, TargetKind

_MAX_URL = 500


class _Wish(NamedTuple):
    """What a target asks for: a mail by its hash, in any list or in one; or a list."""

    hash: str = ""
    mlist: str = ""
    is_thread: bool = False
    fragment: str = ""


def resolve_links(
    targets: Iterable[LinkTarget], readable: QuerySet[MailingList]
) -> dict[LinkTarget, ResolvedLink]:
    """Return the targets that lead into a *readable* list. Two queries at most.

    One is for all mails and threads, one for lists. A mail that several lists have is
    linked where it arrived first.
    """
    wishes = {target: _wish(target) for target in targets}
    hashes = {wish.hash for wish in wishes.values() if wish and wish.hash}
    emails = _emails(hashes, readable) if hashes else {}
    names = {wish.mlist for wish in wishes.values() if wish and not wish.hash}
    lists = {one.name: one for one in readable.filter(name__in=names)} if names else {}
    found: dict[LinkTarget, ResolvedLink] = {}
    for target, wish in wishes.items():
        link = _link(wish, emails, lists) if wish is not None else None
        if link is not None:
            found[target] = link
    return found


def _emails(
    hashes: set[str], readable: QuerySet[MailingList]
) -> dict[str, list[Email]]:
    """Return the visible mails with these hashes. A thread is named by its first."""
    emails = Email.objects.visible().select_related("mlist", "thread")
    named = emails.filter(message_id_hash__in=hashes, mlist__in=readable)
    found: dict[str, list[Email]] = {}
    for email in named.order_by("pk"):
        found.setdefault(email.message_id_hash, []).append(email)
    return found


def _link(
    wish: _Wish,
    emails: Mapping[str, list[Email]],
    lists: Mapping[str, MailingList],
) -> ResolvedLink | None:
    if not wish.hash:
        mlist = lists.get(wish.mlist)
        if mlist is None:
            return None
        return ResolvedLink(mlist.get_absolute_url(), mlist.title)
    for email in emails.get(wish.hash, ()):
        if wish.mlist and email.mlist.name != wish.mlist:
            continue
        if not wish.is_thread:
            return ResolvedLink(email.get_absolute_url(), email.subject)
        email.thread.mlist = email.mlist
        path = email.thread.get_absolute_url()
        fragment = f"#{wish.fragment}" if wish.fragment else ""
        return ResolvedLink(f"{path}{fragment}", email.thread.subject)
    return None


def _wish(target: LinkTarget) -> _Wish | None:
    if target.kind is TargetKind.MESSAGE_ID:
        return _Wish(message_id_hash(target.value))
    if len(target.value) > _MAX_URL:
        return None
    try:
        url = urlsplit(target.value)
        match = resolve(url.path)
    except (ValueError, Resolver404):
        return None
    if url.query:
        return None
    mlist = str(match.kwargs.get("mlist_fqdn", "")).lower()
    match match.url_name:
        case "hk_message_index":
            return _Wish(match.kwargs["message_id_hash"], mlist)
        case "hk_thread":
            fragment = url.fragment if url.fragment.isalnum() else ""
            return _Wish(match.kwargs["thread_id"], mlist, True, fragment)
        case "hk_list_overview":
            return _Wish("", mlist)
    return None
