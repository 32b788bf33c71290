"""Who may write to a list from the web, and what the list will do with it.

All answers come from rows: a page never asks Mailman. What only Mailman knows, such as
bans, shows when the post is sent.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hyperkitty.conf import app_settings
from hyperkitty.models import (
    Email,
    ListRole,
    MailingList,
    MembershipChange,
    OutgoingPost,
    PostState,
    Role,
    Thread,
)
from hyperkitty.services.lists import is_of_core

#: Subscription policies that let a confirmed address in.
OPEN_POLICIES = frozenset({"open", "confirm"})
#: What Core does with strangers' mail that comes to nothing.
_TURNS_AWAY = frozenset({"reject", "discard"})
_DAY = timedelta(days=1)
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


class Way(StrEnum):
    """How a list takes a post from an address."""

    MEMBER = "member"
    REGISTERED = "registered"  # is made a member without delivery first
    ACCEPTED = "accepted"  # is made an accepted non-member first
    HELD = "held"  # a moderator decides
    REFUSED = "refused"  # subscribers only
    CHOSEN = "chosen"  # subscribers only whom the list's owners chose


def closed_reason(mlist: MailingList) -> str:
    """Return why nobody can write to the list here, "" if people can. No query."""
    if not app_settings.allow_web_posting:
        return _("Writing to lists is switched off on this site.")
    if not is_of_core(mlist):
        return _("This list is an archive: nobody can write to it any more.")
    if not mlist.allow_list_posts:
        return _("This list takes no posts.")
    return ""


def locked_reason(thread: Thread) -> str:
    """Return why nobody can answer in *thread* here, "" if people can. No query."""
    if not thread.is_locked:
        return ""
    return _("A moderator locked this thread: nobody can answer here any more.")


def way_in(mlist: MailingList, address: str) -> Way:
    """Return how the list takes a post from *address*. At most 3 queries."""
    if is_member(mlist, address):
        return Way.MEMBER
    if mlist.default_member_action in _TURNS_AWAY:
        return Way.CHOSEN
    if app_settings.posting_register == "nonmember":
        return _as_stranger(mlist) if is_on_trial(mlist, address) else Way.ACCEPTED
    if mlist.subscription_policy in OPEN_POLICIES:
        return Way.REGISTERED
    return _as_stranger(mlist)


def is_on_trial(mlist: MailingList, address: str) -> bool:
    """Whether posts of *address* are held, by a setting, until one was accepted.

    That one is in the archive: by mail, or from the web in the site's name. At most 2
    queries.
    """
    if app_settings.first_posts != "hold":
        return False
    address = address.lower()
    if Email.objects.filter(mlist=mlist, sender__address=address).exists():
        return False
    posts = OutgoingPost.objects.to_lists().filter(mlist=mlist, sender=address)
    return not posts.filter(state=PostState.ARCHIVED).exists()


def is_member(mlist: MailingList, address: str) -> bool:
    """Whether the address is subscribed, as far as we know. 1 query."""
    rows = ListRole.objects.filter(mlist=mlist, address=address.lower())
    return rows.filter(role=Role.MEMBER).exists()


def refusal(user: AbstractBaseUser, mlist: MailingList, address: str, text: str) -> str:
    """Return why this post is not taken, "" if it is."""
    if reason := closed_reason(mlist):
        return reason
    way = way_in(mlist, address)
    if way == Way.CHOSEN:
        return _("Only people whom its owners chose can write to %(list)s.") % {
            "list": mlist.title
        }
    if way == Way.REFUSED:
        return _(
            "%(list)s takes posts from its subscribers only, and its moderators "
            "decide who subscribes. Subscribe first."
        ) % {"list": mlist.title}
    recent = _recent_posts(user).filter(recipient="")
    if recent.filter(mlist=mlist).count() >= app_settings.posts_per_day:
        return _limit(app_settings.posts_per_day)
    if _is_new(address):
        return _refusal_of_new(recent.filter(sender=address).count(), text)
    return ""


def letter_refusal(user: AbstractBaseUser, parent: Email) -> str:
    """Return why a letter to the author of *parent* is not taken, "" if it is."""
    if not app_settings.write_to_author:
        return _("Writing to authors is switched off on this site.")
    if parent.sender.address.endswith("@invalid"):
        return _("This message has no address to write to.")
    letters = _recent_posts(user).exclude(recipient="").count()
    if letters >= app_settings.letters_per_day:
        return _limit(app_settings.letters_per_day)
    return ""


def change_refusal(user: AbstractBaseUser, mlist: MailingList) -> str:
    """Return why a wish to join or leave is not taken, "" if it is."""
    if not is_of_core(mlist):
        return _("This list is an archive: nobody can subscribe to it any more.")
    recent = MembershipChange.objects.filter(
        user_id=user.pk, created_at__gte=timezone.now() - _DAY
    )
    limit = app_settings.posts_per_day
    return _limit(limit) if recent.count() >= limit else ""


def _as_stranger(mlist: MailingList) -> Way:
    if mlist.default_nonmember_action in _TURNS_AWAY:
        return Way.REFUSED
    if mlist.default_nonmember_action in ("accept", "defer"):
        return Way.ACCEPTED
    return Way.HELD


def _recent_posts(user: AbstractBaseUser) -> QuerySet[OutgoingPost]:
    return OutgoingPost.objects.filter(
        user_id=user.pk, created_at__gte=timezone.now() - _DAY
    )


def _is_new(address: str) -> bool:
    return not Email.objects.filter(sender__address=address.lower()).exists()


def _refusal_of_new(posts_count: int, text: str) -> str:
    if posts_count >= app_settings.new_posts_per_day:
        return _limit(app_settings.new_posts_per_day)
    limit = app_settings.new_posts_links
    if len(_LINK.findall(text)) > limit:
        return ngettext(
            "Your first posts may hold %(limit)s link. Take some out, please.",
            "Your first posts may hold %(limit)s links. Take some out, please.",
            limit,
        ) % {"limit": limit}
    return ""


def _limit(limit: int) -> str:
    return ngettext(
        "You have written %(limit)s post in the last 24 hours, which is the limit. "
        "Come back later; your text is kept.",
        "You have written %(limit)s posts in the last 24 hours, which is the limit. "
        "Come back later; your text is kept.",
        limit,
    ) % {"limit": limit}
