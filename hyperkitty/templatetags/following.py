"""Tags for what the reader follows and was told."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context

from hyperkitty.models import Delivery, Follow, MailingList, Thread
from hyperkitty.notifying.following import Thing, target_of
from hyperkitty.selectors import following as selector

register = template.Library()


@register.simple_tag(takes_context=True)
def unseen_count(context: Context) -> int:
    """Return how many notifications wait for the reader. One query."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return 0
    return selector.unseen_count(request.user)


@register.simple_tag(takes_context=True)
def follow_of(context: Context, thing: Thread | MailingList) -> Follow | None:
    """Return how the reader follows a thread or a list. One query if signed in."""
    return _follow_of(context, thing)


@register.simple_tag
def deliveries() -> list[tuple[str, str]]:
    """Return the ways of being told, and what they are called."""
    return [(value, str(label)) for value, label in Delivery.choices]


def _follow_of(context: Context, thing: Thing) -> Follow | None:
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return None
    return selector.following(request.user, target_of(thing))
