"""The text of mails as HTML, with the links that this site can title."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hyperkitty import permissions
from hyperkitty.exceptions import ArchiveCorrupt
from hyperkitty.models import Email, RenderingMode
from hyperkitty.rendering.markdown import render_markdown
from hyperkitty.rendering.plain import render_text
from hyperkitty.rendering.values import Labels, Rendered, RenderOptions
from hyperkitty.selectors.links import resolve_links


def bodies(
    emails: Iterable[Email],
    reader: AbstractBaseUser | AnonymousUser,
    mode: str = RenderingMode.TEXT,
) -> dict[str, SafeString]:
    """Return the texts of *emails* by permalink. One query, more to know the reader."""
    options = RenderOptions(
        mask_addresses=not permissions.sees_addresses(reader), labels=_labels()
    )
    render = render_markdown if mode == RenderingMode.MARKDOWN else render_text
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
    found = resolve_links(targets, permissions.readable_lists(reader))
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


def _unreadable() -> SafeString:
    return format_html(
        '<p class="notice">{}</p>',
        _("The text of this message cannot be read back; the raw message may help."),
    )


def _labels() -> Labels:
    return Labels(
        quote=lambda depth: _("Quoted text, level %(depth)s:") % {"depth": depth},
        show_quote=lambda lines: (
            ngettext("Show %(lines)s quoted line", "Show %(lines)s quoted lines", lines)
            % {"lines": lines}
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
