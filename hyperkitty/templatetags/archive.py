"""Tags of the archive's templates: people, times, subjects, small drawings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b, sha256

from django import template
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hyperkitty import __version__, permissions
from hyperkitty.conf import app_settings
from hyperkitty.mail.subjects import strip_prefix
from hyperkitty.models import Category, Email, MailingList, Sender
from hyperkitty.rendering.addresses import mask_addresses

from . import times

register = template.Library()

#: Mails without an address are from one that cannot be (RFC 2606).
NO_HOST = "@invalid"
#: Colors that stand for people; `theme.css` has them.
TONES = 8
BAR = 4  # width of a sparkline's bar, in its own units
HEIGHT = 24


@register.simple_tag(takes_context=True)
def veiled(context: Context, text: str) -> str:
    """Return *text* with addresses masked, unless the reader is signed in."""
    request = _request(context)
    if request is not None and permissions.sees_addresses(request.user):
        return text
    return mask_addresses(text)


@register.simple_tag(takes_context=True)
def subject(context: Context, text: str, mlist: MailingList | None = None) -> str:
    """Return a subject as pages show it: without the list's prefix, never empty.

    *mlist* is needed where the page is not of one list.
    """
    mlist = mlist or context.get("mlist")
    if mlist is not None:
        text = strip_prefix(text, mlist.subject_prefix)
    return veiled(context, text) or _("(no subject)")


@register.simple_tag(takes_context=True)
def sender(context: Context, email: Email) -> str:
    """Return who wrote *email*: the name, else the address."""
    return person(context, email.sender_name, email.sender.address)


@register.simple_tag(takes_context=True)
def person_link(context: Context, email: Email) -> SafeString:
    """Return who wrote *email*, linked to what else they wrote to its list."""
    return format_html(
        '<a class="person" href="{}" rel="nofollow">{}</a>',
        person_url(email.sender, email.mlist),
        sender(context, email),
    )


@register.simple_tag
def person_url(person: Sender, mlist: MailingList) -> str:
    """Return where the mails of a sender to a list are."""
    path = reverse("hk_user_posts", args=[person.handle])
    return f"{path}?{urlencode({'list': mlist.name})}"


@register.simple_tag(takes_context=True)
def sender_address(context: Context, email: Email) -> str:
    """Return the address of who wrote *email*; empty if it has none."""
    address = email.sender.address
    return "" if address.endswith(NO_HOST) else veiled(context, address)


@register.simple_tag(takes_context=True)
def person(context: Context, name: str, address: str = "") -> str:
    """Return a name to show for somebody, else the address."""
    return veiled(context, named(name, address))


def named(name: str, address: str = "") -> str:
    """Return the name of somebody, else the address; unmasked, never empty."""
    if address.endswith(NO_HOST):
        address = ""
    return name or address or _("(unknown sender)")


@register.simple_tag
def avatar(name: str, key: str = "", is_drawn: bool = False) -> SafeString:
    """Return the initials of *name* on a color of their own; decoration only.

    *key*, the address, settles the color. Where the site has it so, a picture from
    Gravatar lies above the initials, unless *is_drawn*; without one there they show
    through.
    """
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    chosen = [words[0], words[-1]] if len(words) > 1 else words[:1]
    initials = "".join(word[0] for word in chosen).upper() or "?"
    digest = blake2b((key or name).casefold().encode(), digest_size=2).digest()
    tone = int.from_bytes(digest) % TONES
    return format_html(
        '<span class="avatar tone-{}" aria-hidden="true">{}{}</span>',
        *(tone, initials, "" if is_drawn else _picture(key)),
    )


@register.simple_tag
def category_mark(category: Category) -> SafeString:
    """Return the name of a category with its color beside it."""
    return format_html(
        '<span class="mark category"><svg viewBox="0 0 8 8" width="8" height="8"'
        ' aria-hidden="true"><circle cx="4" cy="4" r="4" fill="{}"/></svg> {}</span>',
        *(category.color, category.name),
    )


register.simple_tag(times.moment)
register.simple_tag(times.day)
register.simple_tag(times.clock)
register.simple_tag(times.when)


@register.filter
def day_name(value: datetime) -> str:
    """Return the date in words, as a heading."""
    return formats.date_format(localtime(value), _("l, j F Y"))


@register.filter
def grouped(value: int) -> str:
    """Return a number as the reader's language writes it."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def compact(value: int) -> str:
    """Return a number in at most four characters."""
    if value < 1000:
        return str(value)
    if value < 10_000:
        return formats.number_format(value / 1000, decimal_pos=1) + "k"
    return f"{value // 1000}k"


@register.filter
def counts(pairs: Sequence[tuple[object, int]]) -> list[int]:
    """Return the numbers of *pairs*, for a drawing."""
    return [count for _what, count in pairs]


@register.simple_tag
def sparkline(values: Sequence[int]) -> SafeString:
    """Return bars for *values*, oldest first, as SVG; their text stands beside it."""
    most = max(*values, 1)
    path = "".join(
        f"M{BAR * place} {HEIGHT}v-{max(HEIGHT * value / most, 1.5):.1f}h{BAR - 1}"
        f"V{HEIGHT}z"
        for place, value in enumerate(values)
        if value
    )
    width = BAR * len(values)
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" width="{}" height="{}" '
        'aria-hidden="true" focusable="false"><path class="ground" d="M0 {}h{}"/>'
        '<path d="{}"/></svg>',
        *(width, HEIGHT, width, HEIGHT, HEIGHT, width, path),
    )


@register.simple_tag(takes_context=True)
def site_name(context: Context) -> str:
    """Return the name of the site, as django.contrib.sites has it."""
    request = _request(context)
    return get_current_site(request).name if request is not None else ""


@register.simple_tag
def site_logo() -> str:
    """Return the URL of the site's logo; empty if it has none."""
    return _own_file(app_settings.logo)


@register.simple_tag
def site_stylesheet() -> str:
    """Return the URL of the site's own style sheet; empty if it has none."""
    return _own_file(app_settings.stylesheet)


@register.simple_tag
def version() -> str:
    """Return the version of the app."""
    return __version__


@register.simple_tag(takes_context=True)
def login_url(context: Context) -> str:
    """Return where to sign in, and come back from."""
    request = _request(context)
    url = resolve_url(settings.LOGIN_URL)
    if request is None:
        return url
    return f"{url}?{urlencode({'next': request.get_full_path()})}"


@register.simple_tag
def logout_url() -> str:
    """Return where to sign out; empty if the site has no such page."""
    for name in ("account_logout", "logout"):
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


@register.simple_tag(takes_context=True)
def absolute(context: Context, path: str) -> str:
    """Return the URL of *path* on this host, as a canonical link wants it."""
    request = _request(context)
    return request.build_absolute_uri(path) if request is not None else path


def _request(context: Context) -> HttpRequest | None:
    request = context.get("request")
    return request if isinstance(request, HttpRequest) else None


def _own_file(name: str) -> str:
    """Return the URL of a static file; a URL is one already."""
    is_file = bool(name) and not name.startswith(("/", "http:", "https:"))
    return static(name) if is_file else name


def _picture(address: str) -> SafeString:
    if not app_settings.enable_gravatar or "@" not in address:
        return SafeString("")
    digest = sha256(address.strip().lower().encode()).hexdigest()
    return format_html(
        '<img src="{}/avatar/{}?s=72&amp;d=404" alt="" width="36" height="36" '
        'loading="lazy" referrerpolicy="no-referrer">',
        *(app_settings.gravatar_url, digest),
    )
