"""The text of mails as HTML, with the links that this site can title."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hyperkitty import permissions
from hyperkitty.conf import app_settings
from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.gates import ListRequest
from hyperkitty.models import Email, MailingList, RenderingMode
from hyperkitty.rendering.addresses import mask_addresses
from hyperkitty.rendering.links import bug_pattern
from hyperkitty.rendering.markdown import render_markdown
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import BugPattern, Labels, Rendered, RenderOptions
from hyperkitty.selectors.links import resolve_links

from .responses import look_elsewhere


def bodies(
    emails: Iterable[Email], request: ListRequest, *, highlight: bool = False
) -> dict[str, SafeString]:
    """Return the texts of *emails* of a list, by permalink, for who asks.

    Two queries at most, and more to know the reader. *highlight* colors the languages
    inside patches, which takes longer than all the rest.
    """
    mlist = request.mlist
    options = RenderOptions(
        mask_addresses=not permissions.sees_addresses(request.user),
        labels=_labels(),
        site_hosts=_site_hosts(request),
        bug_patterns=_bug_patterns(mlist),
        highlight=highlight,
    )
    is_markdown = mlist.rendering_mode == RenderingMode.MARKDOWN
    render = render_markdown if is_markdown else render_text
    rendered: dict[str, Rendered] = {}
    broken: dict[str, SafeString] = {}
    for email in emails:
        try:
            text = email.text_row.text
        except (ArchiveCorrupt, Email.text_row.RelatedObjectDoesNotExist):
            broken[email.permalink] = _unreadable()
            continue
        rendered[email.permalink] = render(
            text,
            is_flowed=email.is_flowed,
            is_delsp=email.is_delsp,
            options=replace(options, anchor=f"m{email.pk}"),
        )
    targets = {target for one in rendered.values() for target in one.targets}
    found = resolve_links(targets, permissions.readable_lists(request.user))
    if found:
        look_elsewhere(request)
    if options.mask_addresses:
        found = {
            target: replace(link, title=mask_addresses(link.title))
            for target, link in found.items()
        }
    # Rendering escapes every character of the mail itself; this is its output.
    safe = {key: mark_safe(one.resolve(found)) for key, one in rendered.items()}  # noqa: S308
    return safe | broken


def typed_body(text: str, mode: str, anchor: str) -> SafeString:
    """Return a text that is to be sent, as readers who are signed in will see it.

    *text* is format=flowed, as in the mail.
    """
    options = RenderOptions(mask_addresses=False, labels=_labels(), anchor=anchor)
    render = render_markdown if mode == RenderingMode.MARKDOWN else render_text
    rendered = render(text, is_flowed=True, is_delsp=False, options=options)
    return mark_safe(rendered.resolve({}))  # noqa: S308  # rendering escapes


def plain_body(text: str, request: ListRequest, anchor: str) -> SafeString:
    """Return the text of a file as HTML; what it names is not looked up."""
    options = RenderOptions(
        mask_addresses=not permissions.sees_addresses(request.user),
        labels=_labels(),
        anchor=anchor,
        highlight=True,
    )
    return mark_safe(render_text(text, options=options).html)  # noqa: S308


def _site_hosts(request: ListRequest) -> frozenset[str]:
    """Return the names of the site: as asked for, and as Mailman prints it."""
    asked = urlsplit(f"//{request.get_host()}").hostname
    configured = urlsplit(app_settings.base_url).hostname
    return frozenset(host for host in (asked, configured) if host)


def _bug_patterns(mlist: MailingList) -> tuple[BugPattern, ...]:
    found = app_settings.bug_patterns
    return _compiled((*found.get(mlist.name, ()), *found.get("*", ())))


@cache
def _compiled(pairs: tuple[tuple[str, str], ...]) -> tuple[BugPattern, ...]:
    """Return the patterns; one that a system check complains of is left out."""
    patterns = []
    for regex, url in pairs:
        try:
            patterns.append(bug_pattern(regex, url))
        except ValueError:
            continue
    return tuple(patterns)


def _unreadable() -> SafeString:
    return format_html(
        '<p class="notice">{}</p>',
        _("The text of this message cannot be read back; the raw message may help."),
    )


def _labels() -> Labels:
    return Labels(
        quote=cache(
            lambda depth: _("Quoted text, level %(depth)s:") % {"depth": depth}
        ),
        show_quote=cache(
            lambda lines: (
                ngettext(
                    "Show %(lines)s quoted line", "Show %(lines)s quoted lines", lines
                )
                % {"lines": lines}
            )
        ),
        show_copy=_("Show the copied message"),
        pgp_signed=_("PGP signed message"),
        pgp_signature=_("PGP signature"),
        pgp_message=_("PGP encrypted message"),
        pgp_key=_("PGP key"),
        smime=_("S/MIME data"),
        files=lambda count: (
            ngettext("%(count)s changed file", "%(count)s changed files", count)
            % {"count": count}
        ),
        added=lambda lines: (
            ngettext("%(lines)s line added", "%(lines)s lines added", lines)
            % {"lines": lines}
        ),
        removed=lambda lines: (
            ngettext("%(lines)s line removed", "%(lines)s lines removed", lines)
            % {"lines": lines}
        ),
        cut=_("The rest of this message is too long to show here."),
    )
