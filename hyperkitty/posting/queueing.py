"""From what was typed to rows that the worker sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from functools import partial
from secrets import token_hex
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import Email, EmailText, MailingList, OutgoingPost, PostState
from hyperkitty.signals import post_queued
from hyperkitty.threads.references import to_message_ids

from .compose import File, Letter, Parent, compose, message_id
from .flowing import clean_text
from .people import shown_name

#: For so long after a post the archive of its list looks whether mail is that post.
AWAITED = timedelta(days=90)


class TooLargeError(ValueError):
    """The mail is larger than the list takes."""

    def __init__(self, size: int, limit: int) -> None:
        """Keep both numbers, in bytes."""
        super().__init__(f"{size} bytes are more than {limit}.")
        self.size, self.limit = size, limit


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote."""

    user: AbstractBaseUser
    sender: str
    lists: Sequence[MailingList]
    subject: str
    text: str
    token: str
    parent: Email | None = None
    files: Sequence[File] = ()
    #: The address of the one person it goes to, instead of the lists.
    recipient: str = ""


def queue(draft: Draft) -> list[OutgoingPost]:
    """Have *draft* sent, once for its token; return its rows, one for each list.

    Raises `TooLargeError` and `compose.UnsendableError`.
    """
    known = _queued_before(draft)
    if known:
        return known
    letter = _letter(draft)
    raw = compose(letter)
    limit = size_limit(draft.lists)
    if len(raw) > limit:
        raise TooLargeError(len(raw), limit)
    now = timezone.now()
    with transaction.atomic():
        ids = [mlist.pk for mlist in draft.lists]
        # The first statement takes the lock under which a second click waits.
        MailingList.objects.filter(pk__in=ids).update(posts_awaited_until=now + AWAITED)
        known = _queued_before(draft)
        if known:
            return known
        posts = [_row(draft, mlist, letter, raw) for mlist in draft.lists]
        for post in posts:
            post.save()
            announce = partial(post_queued.send_robust, OutgoingPost, post_id=post.pk)
            transaction.on_commit(announce)
    return posts


def is_queued(draft: Draft) -> bool:
    """Whether the draft was sent already: a second click, or a reload. 1 query."""
    return bool(_queued_before(draft))


def is_changed(draft: Draft) -> bool:
    """Whether its token was used for other words: a form that came back. 1 query."""
    text = clean_text(draft.text)
    return any(post.text != text for post in _queued_before(draft))


def cancel(post: OutgoingPost) -> bool:
    """Take a post back; False if it is too late."""
    waiting = OutgoingPost.objects.filter(pk=post.pk, state=PostState.QUEUED)
    return bool(waiting.update(state=PostState.CANCELED, due_at=None))


def resend(post: OutgoingPost) -> bool:
    """Send a post again that failed or was lost, as it was; False if it did not.

    The Message-ID stays, so that it is one mail even if the first arrives after all.
    """
    stuck = OutgoingPost.objects.filter(
        pk=post.pk, state__in=(PostState.FAILED, PostState.LOST)
    )
    return bool(
        stuck.update(
            state=PostState.QUEUED, due_at=timezone.now(), attempts=0, reason=""
        )
    )


def dismiss(post: OutgoingPost) -> bool:
    """Stop showing a post that came to nothing; False if it may still arrive."""
    ended = OutgoingPost.objects.filter(
        pk=post.pk,
        state__in=(PostState.FAILED, PostState.LOST, PostState.REFUSED),
    )
    return bool(ended.update(state=PostState.CANCELED, due_at=None))


def size_limit(lists: Sequence[MailingList]) -> int:
    """Return how many bytes a mail to all of *lists* may have."""
    limits = [one.max_message_size * 1024 for one in lists if one.max_message_size]
    return min([app_settings.posting_max_size, *limits])


def parent_of(email: Email) -> Parent:
    """Return what an answer to *email* names. 1 query."""
    row = EmailText.objects.filter(email=email).values_list("references", flat=True)
    return Parent(email.message_id, to_message_ids(row.first() or ""))


def site_address() -> tuple[str, str]:
    """Return the name and address that the site itself writes with."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return name or _of_site("name") or address.rpartition("@")[2], address


def _of_site(column: str) -> str:
    """Return what Django's sites framework knows of this site; "" without it."""
    if not apps.is_installed("django.contrib.sites"):
        return ""
    rows = apps.get_model("sites", "Site")._default_manager
    found = rows.filter(pk=settings.SITE_ID).values_list(column, flat=True).first()
    return str(found or "")


def _queued_before(draft: Draft) -> list[OutgoingPost]:
    rows = OutgoingPost.objects.filter(user_id=draft.user.pk, token=draft.token)
    return list(rows.select_related("mlist").order_by("pk"))


def _letter(draft: Draft) -> Letter:
    domain = urlsplit(app_settings.base_url).hostname or _of_site("domain")
    to = [draft.recipient] if draft.recipient else [one.name for one in draft.lists]
    from_site = app_settings.posting_from == "site"
    return Letter(
        author=(shown_name(draft.user), draft.sender),
        to=[("", address) for address in to],
        subject=draft.subject,
        text=draft.text,
        message_id=message_id(token_hex(16), domain or "localhost"),
        date=timezone.now().replace(microsecond=0),
        parent=parent_of(draft.parent) if draft.parent is not None else None,
        files=draft.files,
        site=site_address() if from_site else None,
        site_url=app_settings.base_url,
    )


def _row(draft: Draft, mlist: MailingList, letter: Letter, raw: bytes) -> OutgoingPost:
    is_home = draft.parent is not None and draft.parent.mlist_id == mlist.pk
    return OutgoingPost(
        mlist=mlist,
        user_id=draft.user.pk,
        sender=draft.sender,
        recipient=draft.recipient,
        message_id_hash=message_id_hash(letter.message_id),
        parent=draft.parent if is_home else _same_mail(draft.parent, mlist),
        subject=draft.subject,
        text=clean_text(draft.text),
        raw=raw,
        token=draft.token,
    )


def _same_mail(parent: Email | None, mlist: MailingList) -> Email | None:
    """Return the copy of a cross-posted mail on another list."""
    if parent is None:
        return None
    copies = Email.objects.visible().filter(mlist=mlist)
    return copies.filter(message_id_hash=parent.message_id_hash).first()
