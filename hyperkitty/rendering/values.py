"""What goes into rendering beside the text, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .escape import escape


@dataclass(frozen=True, slots=True)
class Labels:
    """The words that rendering adds to a mail; the page passes them translated."""

    quote: Callable[[int], str] = lambda depth: f"Quoted text, level {depth}:"
    show_quote: Callable[[int], str] = lambda lines: f"Show {lines} quoted lines"
    show_copy: str = "Show the copied message"
    pgp_signed: str = "PGP signed message"
    pgp_signature: str = "PGP signature"
    pgp_message: str = "PGP encrypted message"
    pgp_key: str = "PGP key"
    smime: str = "S/MIME data"
    files: Callable[[int], str] = lambda count: f"{count} changed files"
    added: Callable[[int], str] = lambda lines: f"{lines} lines added"
    removed: Callable[[int], str] = lambda lines: f"{lines} lines removed"
    cut: str = "The rest of this message is too long to show here."


@dataclass(frozen=True, slots=True)
class BugPattern:
    """A way of writing a bug number, and where it leads; see `links.bug_pattern`."""

    regex: re.Pattern[str]
    url: str


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How a mail is to be shown, and to whom."""

    #: Show addresses as ``user (a) host``; for readers who are not signed in.
    mask_addresses: bool = True
    labels: Labels = field(default_factory=Labels)
    #: Hosts of this site, lower case; their URLs become link targets.
    site_hosts: frozenset[str] = frozenset()
    bug_patterns: tuple[BugPattern, ...] = ()
    #: Quotes of more lines than this are folded; 0 folds none.
    fold_quotes_over: int = 12
    #: Lines at the end of a folded quote that stay visible, as far as they fit.
    keep_quoted_lines: int = 5
    #: Prefix of ids in the HTML; unlike on every mail of a page.
    anchor: str = "m"
    #: Color the programming language inside patches (about 3 ms per KB of patch).
    highlight: bool = False
    #: Longer URLs are shown cut in the middle; 0 shows them whole.
    url_width: int = 76
    #: Load the images that Markdown names; else they are links.
    inline_images: bool = False
    #: Characters shown; the rest is replaced by `Labels.cut`.
    max_chars: int = 2_000_000


class TargetKind(StrEnum):
    """How a text points at something that may be on this site."""

    MESSAGE_ID = "message-id"
    URL = "url"


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """A Message-ID (without brackets) or a URL of this site that a text names."""

    kind: TargetKind
    value: str


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """Where a target is to be read, and its title; neither is HTML."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class PatchFile:
    """A file that a patch in the text changes."""

    name: str
    added: int
    removed: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    A text as HTML with gaps for the links that only the site can title.

    *chunks* is one longer than *links*: link i stands between chunks i and i + 1. A
    link is its target and the safe HTML to show if the target leads nowhere.
    """

    chunks: tuple[str, ...]
    links: tuple[tuple[LinkTarget, str], ...] = ()
    has_quotes: bool = False
    files: tuple[PatchFile, ...] = ()

    @property
    def targets(self) -> tuple[LinkTarget, ...]:
        """The link targets to look up, without duplicates, in order."""
        return tuple(dict.fromkeys(target for target, _ in self.links))

    @property
    def html(self) -> str:
        """The safe HTML with no target resolved."""
        return self.resolve({})

    def resolve(self, found: Mapping[LinkTarget, ResolvedLink]) -> str:
        """Return the safe HTML in which the *found* targets are titled links."""
        pieces = [self.chunks[0]]
        for (target, fallback), chunk in zip(self.links, self.chunks[1:], strict=True):
            link = found.get(target)
            pieces.append(fallback if link is None else _titled(link))
            pieces.append(chunk)
        return "".join(pieces)


def _titled(link: ResolvedLink) -> str:
    title = escape(link.title) or escape(link.url)
    return f'<a class="m-local" href="{escape(link.url)}">{title}</a>'
