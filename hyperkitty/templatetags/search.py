"""Tags of the pages of search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from .archive import grouped

register = template.Library()

#: Of the chart, in its own units.
BAR, GAP, HEIGHT = 10, 2, 56

_LINK = (
    '<a href="{}" rel="nofollow" aria-label="{}"><title>{}</title>'
    '<path class="ground" d="M{} 0v{}h{}V0z"/><path d="M{} {}v{}h{}V{}z"/></a>'
)


class Bar(Protocol):
    """A time with hits."""

    @property
    def label(self) -> str:
        """What the time is called."""

    @property
    def count(self) -> int:
        """How many hits it has."""

    @property
    def url(self) -> str:
        """Where only these hits are."""


@register.simple_tag
def hits_chart(bars: Sequence[Bar]) -> SafeString:
    """Return the hits over time as SVG, each bar a link to its time."""
    most = max(bar.count for bar in bars) or 1
    drawn = format_html_join("", _LINK, (_drawn(*one, most) for one in enumerate(bars)))
    return format_html(
        '<svg class="hits-chart" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'role="group">{}</svg>'
        '<p class="chart-ends"><span>{}</span> <span>{}</span></p>',
        *((BAR + GAP) * len(bars) - GAP, HEIGHT, drawn),
        *(bars[0].label, bars[-1].label),
    )


def _drawn(place: int, bar: Bar, most: int) -> tuple[object, ...]:
    title = ngettext(
        "%(time)s: %(count)s message", "%(time)s: %(count)s messages", bar.count
    )
    title %= {"time": bar.label, "count": grouped(bar.count)}
    left = place * (BAR + GAP)
    top = HEIGHT - (max(HEIGHT * bar.count / most, 2) if bar.count else 0)
    shape = (left, f"{top:.1f}", f"{HEIGHT - top:.1f}", BAR, f"{top:.1f}")
    return (bar.url, title, title, left, HEIGHT, BAR, *shape)
