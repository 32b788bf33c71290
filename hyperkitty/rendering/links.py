"""Write running text as HTML: links, Message-IDs, bug numbers, masked addresses."""

from __future__ import annotations

import re
from operator import itemgetter
from urllib.parse import quote, urlsplit

from .addresses import mask_address
from .escape import escape
from .tokens import Token, TokenKind, find_tokens
from .values import (
    BugPattern,
    LinkTarget,
    PatchFile,
    Rendered,
    RenderOptions,
    TargetKind,
)
from .wrapping import MADE, MADE_UNSPACED

# What a mail may cost the page that looks its targets up.
MAX_TARGETS = 100
_MAX_BUG_LINKS = 500
_MAX_BUG_LINE = 1000

REL = 'rel="nofollow ugc noopener"'
SOFT_BREAK = '<br class="m-soft">'


def bug_pattern(regex: str, url: str) -> BugPattern:
    """
    Return the pattern that links what *regex* finds to *url*.

    ``{}`` in *url* stands for the first group of the match, or the whole of it. Raises
    ValueError if the regex cannot be compiled or the URL is not http(s).
    """
    try:
        compiled = re.compile(regex)
    except re.error as error:
        raise ValueError(f"bad regular expression {regex!r}: {error}") from error
    if not url.startswith(("https://", "http://", "/")) or "{}" not in url:
        raise ValueError(f"no web address with {{}} in it: {url!r}")
    if compiled.match(""):
        raise ValueError(f"regular expression {regex!r} matches the empty text")
    return BugPattern(compiled, url)


class HtmlWriter:
    """Collects the HTML of one mail, with gaps where the page fills in titles."""

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self._pieces: list[str] = []
        self._chunks: list[str] = []
        self._links: list[tuple[LinkTarget, str]] = []
        self._bug_links = 0

    def html(self, markup: str) -> None:
        """Add *markup*, which is ours: nothing in it comes unescaped from a mail."""
        self._pieces.append(markup)

    def text(self, text: str, *, line_break: str = "\n") -> None:
        """Add *text* of a mail, with its links, and *line_break* for each line feed.

        Line ends that a program made become breaks that a narrow page may leave out.
        """
        done = 0
        if "@" in text or "://" in text or "www." in text.lower():
            for token in find_tokens(text):
                self._plain(text[done : token.start], line_break)
                self._token(token, text[token.start : token.end])
                done = token.end
        self._plain(text[done:] if done else text, line_break)

    def url(self, url: str, shown: str) -> None:
        """Add a link to *url*, whose scheme is known to be harmless."""
        link = f'<a href="{escape(url)}" {REL}>{escape(self._shorten(shown))}</a>'
        hosts = self.options.site_hosts
        if hosts and _host(url) in hosts:
            self._target(TargetKind.URL, url, link)
        else:
            self.html(link)

    def finish(
        self, *, has_quotes: bool = False, files: tuple[PatchFile, ...] = ()
    ) -> Rendered:
        """Return what was written."""
        chunks = (*self._chunks, "".join(self._pieces))
        return Rendered(chunks, tuple(self._links), has_quotes, files)

    def _token(self, token: Token, text: str) -> None:
        if token.kind is TokenKind.URL:
            self.url(token.value, text)
        elif token.kind is TokenKind.MESSAGE_ID:
            self._target(TargetKind.MESSAGE_ID, token.value, escape(text))
        elif token.kind is TokenKind.OPAQUE:
            self.html(escape(text))
        elif self.options.mask_addresses:
            self.html(escape(mask_address(text)))
        else:
            href = quote(token.value, safe="@!$'*+-=._~")
            self.html(f'<a href="mailto:{escape(href)}">{escape(text)}</a>')

    def _target(self, kind: TargetKind, value: str, fallback: str) -> None:
        if len(self._links) >= MAX_TARGETS:
            self.html(fallback)
            return
        self._chunks.append("".join(self._pieces))
        self._pieces.clear()
        self._links.append((LinkTarget(kind, value), fallback))

    def _shorten(self, url: str) -> str:
        width = self.options.url_width
        if not width or len(url) <= width:
            return url
        tail = width // 4
        return f"{url[: width - tail - 1]}…{url[-tail:]}"

    def _plain(self, text: str, line_break: str) -> None:
        if not text:
            return
        if not self.options.bug_patterns:
            self.html(_broken(escape(text)).replace("\n", line_break))
            return
        for number, line in enumerate(text.split("\n")):
            if number:
                self.html(line_break)
            self._bugs(line)

    def _bugs(self, line: str) -> None:
        done = 0
        for start, end, url in self._find_bugs(line):
            if start < done or self._bug_links >= _MAX_BUG_LINKS:
                continue
            self._bug_links += 1
            self.html(_broken(escape(line[done:start])))
            shown = escape(line[start:end])
            self.html(f'<a class="m-bug" href="{escape(url)}" {REL}>{shown}</a>')
            done = end
        self.html(_broken(escape(line[done:])))

    def _find_bugs(self, line: str) -> list[tuple[int, int, str]]:
        """Return where *line* names bugs, in order; they may overlap."""
        found: list[tuple[int, int, str]] = []
        if len(line) > _MAX_BUG_LINE:
            return found
        for pattern in self.options.bug_patterns:
            for match in pattern.regex.finditer(line):
                number = match[1] if pattern.regex.groups else match[0]
                if match[0] and number:
                    url = pattern.url.replace("{}", quote(number, safe=""))
                    found.append((match.start(), match.end(), url))
        return sorted(found, key=itemgetter(0))


def _broken(markup: str) -> str:
    """Return *markup* with breaks for the line ends that a program made."""
    if MADE in markup:
        markup = markup.replace(MADE, f" {SOFT_BREAK}")
    if MADE_UNSPACED in markup:
        markup = markup.replace(MADE_UNSPACED, SOFT_BREAK)
    return markup


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
