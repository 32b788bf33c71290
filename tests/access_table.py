"""The table of every URL, and who gets what there; `tests/test_access.py` walks it.

A new URL needs a row, or the walk fails; rows that differ in query, method or data are
welcome. What stands in braces is filled in for each list: ``list`` (its address),
``list_id``, ``local`` (before the @), ``message`` and ``thread`` (permalinks), ``file``
(number and name of an attachment), ``sender`` (who wrote its mail), ``post`` (a web
post of the subscriber), ``year``, ``month`` and ``day`` of its mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

#: Who asks. The last four may read the private list.
PEOPLE = ("anonymous", "other", "subscriber", "moderator", "owner", "superuser")
STRANGERS = PEOPLE[:2]

#: An answer: the status, or this for a redirect to the login that leads back.
LOGIN = 1302
Answers = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Access:
    """What each of `PEOPLE` gets, at a public list's URL and at a private one's."""

    public: Answers
    private: Answers

    def giving(self, status: int) -> Access:
        """Return the same with *status* instead of 200."""
        return Access(_with(self.public, status), _with(self.private, status))


@dataclass(frozen=True)
class Row:
    """One URL, and what it answers."""

    #: A path that names nothing of a list is walked once, with the answers `private`.
    path: str
    access: Access
    method: str = "GET"
    data: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_of_a_list(self) -> bool:
        """Whether the URL names a list, or something in one."""
        return any("{" in text for text in (self.path, *self.data.values()))

    def filled(self, values: Mapping[str, object]) -> Row:
        """Return the row with *values* for what stands in braces."""
        path = self.path.format(**values)
        data = {name: text.format(**values) for name, text in self.data.items()}
        return replace(self, path=path, data=data)


def everyone(status: int) -> Access:
    """Return what gives the same to all, on all lists."""
    same = (status,) * 6
    return Access(same, same)


def _with(answers: Answers, status: int) -> Answers:
    one, two, three, four, five, six = (
        status if answer == 200 else answer for answer in answers
    )
    return one, two, three, four, five, six


ALL = (200, 200, 200, 200, 200, 200)
#: A page that people read (architecture: strangers sign in, others are told why not).
PAGE = Access(ALL, (LOGIN, 403, 200, 200, 200, 200))
#: The same, if it leads on to another page.
SENT_ON = PAGE.giving(302)
#: A download, feed or endpoint: programs do not sign in.
MACHINE = Access(ALL, (403, 403, 200, 200, 200, 200))
#: A look-up by part of a name: what one may not read is not there.
LOOKUP = Access(ALL, (404, 404, 200, 200, 200, 200))
#: An old link by part of a name: strangers sign in, whether there is a list or not.
OLD_LINK = Access(ALL, (LOGIN, 404, 200, 200, 200, 200))
#: A page where people write: one has to be signed in.
WRITING = Access((LOGIN, 200, 200, 200, 200, 200), (LOGIN, 403, 200, 200, 200, 200))
#: The same for programs of a page: its scripts do not sign in.
NOTING = Access((403, 200, 200, 200, 200, 200), (403, 403, 200, 200, 200, 200))
#: A page for those who look after the list.
KEEPERS = Access((LOGIN, 403, 403, 200, 200, 200), (LOGIN, 403, 403, 200, 200, 200))
#: A page of one's own, for no one list.
OWN = Access((LOGIN, 200, 200, 200, 200, 200), (LOGIN, 200, 200, 200, 200, 200))
#: What only the subscriber wrote, and only he sees.
MINE = Access((LOGIN, 404, 200, 404, 404, 404), (LOGIN, 403, 200, 404, 404, 404))
#: What only Mailman gets, with its key; everybody else is shown the door.
ARCHIVER = everyone(401)

LIST = "/archives/list/{list}/"
MESSAGE = LIST + "message/{message}/"

TABLE = [
    # The site
    Row("/", everyone(302)),
    Row("/archives/", everyone(200)),
    Row("/archives/?name=talk", Access(ALL, (302, 302, 200, 200, 200, 200))),
    Row("/archives/?name=closed", Access(ALL, (200, 200, 302, 302, 302, 302))),
    Row("/archives/?sort=name", everyone(200)),
    Row("/archives/find-list?term=closed", everyone(200)),
    Row("/archives/find-list?term=talk", everyone(200)),
    Row("/archives/health", everyone(200)),
    Row("/archives/search", everyone(200)),
    Row("/archives/search?q=secret", everyone(200)),
    Row("/archives/search?q=secret&mlist={list}", PAGE),
    Row("/archives/search?q=secret&mlist={list}&within=thread:{thread}", SENT_ON),
    Row("/archives/search?q=thread:{thread}&mlist={list}", PAGE),
    Row("/archives/search?q={message}&mlist={list}", SENT_ON),
    Row("/archives/search/help", everyone(200)),
    Row("/archives/search/suggest?q=sec", everyone(200)),
    Row("/archives/search/feed/?q=secret", everyone(503)),  # there is no index
    Row("/archives/search/feed/?q=secret&mlist={list}", MACHINE.giving(503)),
    Row("/archives/search/results.mbox.gz?q=secret", everyone(503)),
    Row("/archives/search/results.mbox.gz?q=secret&mlist={list}", MACHINE.giving(503)),
    Row("/archives/search/suggest?q=sec&mlist={list}", MACHINE),
    # The reader's own pages
    Row("/archives/profile/", OWN),
    Row("/archives/profile/favorites", OWN),
    Row("/archives/profile/last_views", OWN),
    Row("/archives/profile/votes", OWN),
    Row("/archives/profile/subscriptions", OWN),
    Row("/archives/profile/settings", OWN),
    # Topics
    Row("/archives/categories/", everyone(200)),
    Row("/archives/tags/", everyone(200)),
    Row("/archives/tags/?tag={local}-tag", LOOKUP),
    # People
    Row("/archives/users/", everyone(200)),
    Row("/archives/users/{sender}/", Access(ALL, (404, 404, 200, 200, 200, 200))),
    Row("/archives/users/{sender}/posts", everyone(302)),
    Row("/archives/users/{sender}/posts?list={list}", PAGE),
    Row("/archives/users/s1/posts?list=nobody@lists.example.org", everyone(404)),
    # Mailman's archiver
    Row("/archives/api/mailman/urls?mlist={list}", ARCHIVER),
    Row("/archives/api/mailman/archive", ARCHIVER, "POST", {"mlist": "{list}"}),
    # A list
    Row(LIST, PAGE),
    Row("/archives/list/{list_id}/", PAGE.giving(302)),
    Row(LIST + "?show=posted", PAGE),
    Row(LIST + "recent-activity", MACHINE),
    Row(LIST + "recent-threads", MACHINE),
    Row(LIST + "pop-threads", MACHINE),
    Row(LIST + "top-threads", MACHINE),
    Row(LIST + "favorites", MACHINE),
    Row(LIST + "posted-to", MACHINE),
    Row(LIST + "top-posters", MACHINE),
    Row(LIST + "latest", PAGE),
    Row(LIST + "latest?view=tree", PAGE),
    Row(LIST + "{year}/{month}/?view=tree", PAGE),
    Row(LIST + "latest?view=date", PAGE),
    Row(LIST + "{year}/{month}/?view=date", PAGE),
    Row(LIST + "latest?view=author", PAGE),
    Row(LIST + "{year}/{month}/?view=author", PAGE),
    Row(LIST + "latest?view=subject", PAGE),
    Row(LIST + "{year}/{month}/?view=subject", PAGE),
    Row(LIST + "{year}/{month}/", PAGE),
    Row(LIST + "{year}/{month}/{day}/", PAGE),
    Row(LIST + "export/all.mbox.gz", MACHINE),
    Row(LIST + "export/one.mbox.gz?thread={thread}", MACHINE),
    Row(LIST + "export/one.mbox.gz?message={message}", MACHINE),
    Row(LIST + "subscription", WRITING),
    Row(LIST + "registered", KEEPERS),
    # Threads and messages
    Row(LIST + "thread/{thread}/", PAGE),
    Row(LIST + "thread/{thread}/?sort=date", PAGE),
    Row(LIST + "thread/{thread}/?at={message}", PAGE.giving(302)),
    Row(LIST + "thread/{thread}/?branch={message}", PAGE),
    Row(LIST + "thread/{thread}/replies", MACHINE),
    Row(MESSAGE, PAGE),
    Row(MESSAGE + "?html", PAGE),
    Row(MESSAGE + "html", PAGE.giving(404)),
    Row(MESSAGE + "raw", PAGE),
    Row(MESSAGE + "attachment/{file}", PAGE),
    # What is new
    Row("/archives/new", OWN),
    Row("/archives/read", OWN.giving(302), "POST"),
    Row(LIST + "read", WRITING.giving(302), "POST"),
    Row(LIST + "next-new", WRITING.giving(302)),
    Row(LIST + "thread/{thread}/seen?seen=1", NOTING),
    Row(LIST + "thread/{thread}/seen", NOTING.giving(204), "POST", {"seen": "1"}),
    # Robots
    Row("/robots.txt", everyone(200)),
    Row("/sitemap.xml", everyone(200)),
    Row("/sitemap-{list}.xml", Access(ALL, (403, 403, 404, 404, 404, 404))),
    Row("/sitemap-{list}-2024-01.xml", Access(ALL, (403, 403, 404, 404, 404, 404))),
    # In bulk: what everybody may have, nobody needs to sign in for
    Row("/archives/bulk", everyone(200)),
    Row(LIST + "bulk/", Access(ALL, (403, 403, 404, 404, 404, 404))),
    Row(LIST + "bulk/2024-01.mbox.gz", Access(ALL, (403, 403, 404, 404, 404, 404))),
    # Feeds
    Row("/archives/feed/", everyone(200)),
    Row("/archives/feed/atom/", everyone(200)),
    Row(LIST + "feed/", MACHINE),
    Row(LIST + "feed/atom/", MACHINE),
    Row(LIST + "from/{sender}/feed/", MACHINE),
    Row(LIST + "from/{sender}/feed/atom/", MACHINE),
    Row(LIST + "thread/{thread}/feed/", MACHINE),
    Row(LIST + "thread/{thread}/feed/atom/", MACHINE),
    # Old links
    Row(LIST + "{year}-December", PAGE.giving(302)),
    Row(LIST + "{year}-December/", PAGE.giving(302)),
    Row("/archives/list/", everyone(302)),
    Row("/archives/lists/", everyone(302)),
    Row("/archives/lists/{list}/", everyone(302)),
    Row("/archives/pipermail/{local}/2024-January.txt", OLD_LINK),
    Row("/archives/pipermail/{local}/2024-January.txt.gz", OLD_LINK),
    Row("/pipermail/{local}/{year}-January/000000.html", OLD_LINK.giving(302)),
    Row("/archives/pipermail/{local}/msg99999.html", OLD_LINK.giving(404)),
    # Votes, tags and answers
    Row(MESSAGE + "vote", NOTING, "POST", {"vote": "1"}),
    Row(LIST + "thread/{thread}/tags", NOTING, "POST", {"action": "add", "tag": "x"}),
    Row(LIST + "thread/{thread}/suggest-tags?term=x", MACHINE),
    Row(
        LIST + "thread/{thread}/answer",
        Access((LOGIN, 403, 403, 302, 302, 302), (LOGIN, 403, 403, 302, 302, 302)),
        "POST",
    ),
    Row(LIST + "tag/locking/", PAGE),
    # Following
    Row("/archives/following", OWN),
    Row("/archives/following", OWN.giving(302), "POST", {"action": "resume"}),
    Row(
        "/archives/following/search",
        Access((LOGIN, 200, 200, 200, 200, 200), (LOGIN, 404, 200, 200, 200, 200)),
        "POST",
        {"q": "words", "mlist": "{list}", "action": "add"},
    ),
    Row("/archives/notifications", OWN),
    Row(
        "/archives/users/{sender}/follow",
        Access((LOGIN, 200, 200, 200, 200, 200), (LOGIN, 404, 200, 200, 200, 200)),
        "POST",
        {"action": "add"},
    ),
    Row("/archives/unsubscribe/nobody-signed-this", everyone(403)),
    Row(LIST + "follow", WRITING, "POST", {"action": "add"}),
    Row(LIST + "thread/{thread}/favorite", NOTING, "POST", {"action": "add"}),
    Row(MESSAGE + "follow-author", WRITING, "POST", {"action": "add"}),
    # Keeping
    Row(MESSAGE + "delete", KEEPERS),
    Row(MESSAGE + "show", KEEPERS),
    Row(MESSAGE + "split", KEEPERS),
    Row(MESSAGE + "reattach", KEEPERS),
    Row(MESSAGE + "subject", KEEPERS),
    Row(LIST + "thread/{thread}/delete", KEEPERS),
    Row(LIST + "thread/{thread}/reattach", KEEPERS),
    Row(LIST + "thread/{thread}/reattach-suggest", PAGE),
    Row(LIST + "thread/{thread}/merge", KEEPERS),
    Row(LIST + "thread/{thread}/category", KEEPERS),
    Row(LIST + "thread/{thread}/lock", KEEPERS),
    Row(LIST + "log", KEEPERS),
    Row(LIST + "log/999999/undo", KEEPERS.giving(404), "POST"),
    Row(LIST + "reports", KEEPERS),
    Row(LIST + "held", KEEPERS),
    Row(LIST + "erasures", KEEPERS),
    Row(LIST + "categories", KEEPERS),
    Row(
        LIST + "delete/",
        Access((LOGIN, 403, 403, 403, 403, 200), (LOGIN, 403, 403, 403, 403, 200)),
    ),
    Row(MESSAGE + "report", WRITING),
    # Privacy
    Row("/archives/privacy/", OWN),
    Row("/archives/privacy/my-posts.mbox.gz", OWN),
    Row("/archives/privacy/my-posts.json", OWN),
    Row(
        MESSAGE + "erase",
        Access((LOGIN, 404, 404, 404, 404, 404), (LOGIN, 403, 404, 404, 404, 404)),
    ),
    # Writing
    Row(LIST + "message/new", WRITING),
    Row(LIST + "message/similar", WRITING, "POST", {"subject": "secret"}),
    Row(LIST + "thread/{thread}/similar", PAGE),
    Row(MESSAGE + "reply", WRITING),
    Row(MESSAGE + "write", WRITING),
    Row(LIST + "post/{post}/", MINE),
]

#: Where Pipermail and Mailman 2 had their pages, below our mount and at the root.
for _mount in ("/archives/", "/"):
    for _folder in ("pipermail", "mailman/private"):
        _old = f"{_mount}{_folder}/{{local}}"
        TABLE += [
            Row(_old, OLD_LINK.giving(302)),
            Row(f"{_old}/", OLD_LINK.giving(302)),
            Row(f"{_old}/{{year}}-December/thread.html", OLD_LINK.giving(302)),
        ]
    for _folder in ("listinfo", "mailman/listinfo"):
        TABLE += [
            Row(f"{_mount}{_folder}", everyone(302)),
            Row(f"{_mount}{_folder}/", everyone(302)),
            Row(f"{_mount}{_folder}/{{local}}", OLD_LINK.giving(302)),
            Row(f"{_mount}{_folder}/{{local}}/", OLD_LINK.giving(302)),
        ]
