"""The `page` and `count` of listings."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

MAX_SIZE = 200
_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of the listing, and where it is."""

    number: int
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of how many rows a page shows."""

    number: int
    size: int
    total: int
    #: The other parameters of the URL, which links to pages keep.
    query: tuple[tuple[str, str], ...] = ()
    #: The parameter that has the number.
    name: str = "page"

    @property
    def last(self) -> int:
        """The number of the last page; an empty listing has one page."""
        return max(-(-self.total // self.size), 1)

    @property
    def offset(self) -> int:
        """How many rows stand on earlier pages."""
        return (self.number - 1) * self.size

    @property
    def previous(self) -> PageLink | None:
        """The page before this one."""
        return self.link(self.number - 1) if self.number > 1 else None

    @property
    def next(self) -> PageLink | None:
        """The page after this one."""
        return self.link(self.number + 1) if self.number < self.last else None

    @property
    def links(self) -> list[PageLink | None]:
        """The pages to link: the ends and those near; None stands for a gap."""
        near = range(max(self.number - 2, 1), min(self.number + 2, self.last) + 1)
        links: list[PageLink | None] = []
        before = 0
        for number in sorted({1, *near, self.last}):
            if number - before > 1:
                links.append(None)
            links.append(self.link(number))
            before = number
        return links

    def link(self, number: int) -> PageLink:
        """Return the link to page *number*, other parameters kept."""
        pairs = [*self.query, *([(self.name, str(number))] if number > 1 else [])]
        url = f"?{urlencode(pairs)}" if pairs else "?"
        return PageLink(number, url, number == self.number)


def read_paging(
    request: HttpRequest,
    *,
    total: int,
    size: int,
    sizable: bool = True,
    prefix: str = "",
) -> Paging:
    """Return which part of *total* rows *request* asks for; 404 if there is none.

    *size* is the default of `count`; more than `MAX_SIZE` rows are not given. *prefix*
    stands before the names of the parameters.
    """
    own = f"{prefix}page"
    if sizable:
        size = min(_number(request, f"{prefix}count", size), MAX_SIZE)
    query = tuple((name, str(request.GET[name])) for name in request.GET if name != own)
    paging = Paging(_number(request, own, 1), size, total, query, own)
    if paging.number > paging.last:
        raise Http404(_("There is no such page; the listing is shorter."))
    return paging


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise Http404(_("Pages are counted with whole numbers from 1."))
    if int(text) < 1:
        raise Http404(_("Pages are counted with whole numbers from 1."))
    return int(text)
