"""A walk through every URL, as everybody: who gets what, and what nobody else learns.

The rows are in `tests/access_table.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone
from pytest_django.fixtures import Settings

from hyperkitty.mail.message_id import message_id_hash
from hyperkitty.models import (
    ArchivePolicy,
    Change,
    ChangeState,
    ListRole,
    MailingList,
    MembershipChange,
    OutgoingPost,
    PolicySource,
    PostState,
    Role,
    Tag,
    Tagging,
)
from tests.access_table import LOGIN, PEOPLE, STRANGERS, TABLE, Row
from tests.factories import account
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

#: Whose pages are not ours.
FOREIGN = ("allauth", "django_mailman3", "admin")
ROLES = {
    "subscriber": Role.MEMBER,
    "moderator": Role.MODERATOR,
    "owner": Role.OWNER,
}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
#: Stands in for names of things that are not there.
MISSING = {"message": "A" * 32, "thread": "B" * 32, "file": "9/none.txt"}
MISSING |= {"sender": "s999999"}
MISSING |= {"post": "999999", "year": "1999", "month": "7", "day": "9"}
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
_MIXED = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=bound
"""


@dataclass(frozen=True)
class World:
    """A public list and a private one, alike, and the people who come."""

    public: Mapping[str, object]
    private: Mapping[str, object]
    #: What nobody may learn who does not read the private list.
    secrets: frozenset[str]
    people: Mapping[str, User]
    browsers: dict[str, Client] = field(default_factory=dict)

    def browser(self, who: str) -> Client:
        """Return the browser of one of `PEOPLE`, the same each time."""
        if who not in self.browsers:
            self.browsers[who] = self.new_browser(who)
        return self.browsers[who]

    def new_browser(self, who: str, **options: Any) -> Client:
        """Return a browser of one of `PEOPLE` who has just signed in."""
        client = Client(**options)
        if who in self.people:
            client.force_login(self.people[who])
        return client

    def rows_of(self, row: Row) -> Iterator[tuple[Row, tuple[int, ...]]]:
        """Yield *row* as it is on each list, with its answers."""
        if row.is_of_a_list:
            yield row.filled(self.public), row.access.public
        yield row.filled(self.private), row.access.private

    def leaks(self, response: HttpResponseBase, asked: Row) -> set[str]:
        """Return the secrets that *response* tells and that nobody asked for."""
        known = unquote(asked.path)
        text = _text(response) + "".join(map(str, response.items()))
        return {
            one for one in self.secrets if one in unquote(text) and one not in known
        }


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    """Two lists and six people."""
    settings.ROOT_URLCONF = "example_project.urls"
    people = {who: account(who) for who in PEOPLE[1:-1]}
    people["superuser"] = account("superuser", is_superuser=True)
    public = _fill("open", "Open talk", people, ArchivePolicy.PUBLIC)
    private = _fill("closed", "Salary talk", people, ArchivePolicy.PRIVATE)
    names = ("list", "list_id", "message", "thread")
    return World(
        public,
        private,
        frozenset(str(private[name]) for name in names)
        | {
            "Salary talk",
            "closed secret",
            "Closed Writer",
            "closed.writer",
            "closed.txt",
            "closed-tag",
        },
        people,
    )


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_everybody_gets_what_the_table_says(world: World, row: Row) -> None:
    for asked, answers in world.rows_of(row):
        found = {who: _answer(_ask(world.browser(who), asked)) for who in PEOPLE}
        assert found == dict(zip(PEOPLE, answers, strict=True)), asked


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_strangers_learn_nothing_of_a_private_list(world: World, row: Row) -> None:
    asked = row.filled(world.private)
    for who, method in product(STRANGERS, METHODS):
        response = _ask(world.browser(who), asked, method)
        assert not world.leaks(response, asked), (who, method, asked)
        if row.is_of_a_list:
            assert not 200 <= response.status_code < 300, (who, method, asked)


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if any(f"{{{n}}}" in row.path for n in MISSING)],
    ids=str,
)
def test_strangers_cannot_tell_what_is_there_from_what_is_not(
    world: World, row: Row
) -> None:
    there = row.filled(world.private)
    not_there = row.filled({**world.private, **MISSING})
    for who in STRANGERS:
        answers = [
            (response.status_code, _without(asked.path, _text(response)))
            for asked in (there, not_there)
            for response in [_ask(world.browser(who), asked)]
        ]
        assert answers[0] == answers[1], (who, there)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_nothing_is_written_without_a_token(world: World, row: Row) -> None:
    for asked, _answers in world.rows_of(row):
        response = _ask(
            world.new_browser("superuser", enforce_csrf_checks=True), asked, "POST"
        )
        assert response.status_code in (401, 403, 405), asked


def test_every_url_is_in_the_table(world: World) -> None:
    walked = {
        resolve(row.filled(world.public).path.partition("?")[0]).route for row in TABLE
    }
    missing = set(_routes(get_resolver())) - walked
    assert not missing, f"add rows for these to tests/access_table.py: {missing}"


def _fill(
    local: str, title: str, people: Mapping[str, User], policy: ArchivePolicy
) -> Mapping[str, object]:
    """Make a list with a mail, its people, and a post that waits; return its names."""
    mlist = make_list(
        name=f"{local}@lists.example.org",
        display_name=title,
        description=f"{local} secret description",
        archive_policy=policy,
        synced_at=timezone.now(),
    )
    raw = mail(
        f"{local}@example.com",
        subject=f"{local} secret",
        sender=f"{local.title()} Writer <{local}.writer@example.com>",
        headers=_MIXED,
        text=f"--bound\n\n{local} secret words\n--bound\n"
        f"Content-Disposition: attachment; filename={local}.txt\n\nx\n--bound--\n",
    )
    bring(mlist, raw)
    email = mlist.emails.get()
    tag = Tag.objects.create(name=f"{local}-tag")
    Tagging.objects.create(tag=tag, thread=email.thread, user=people["owner"])
    for who, role in ROLES.items():
        ListRole.objects.create(
            mlist=mlist,
            address=f"{who}@example.com",
            role=role,
            source=PolicySource.ADMIN,
        )
    MembershipChange.objects.create(
        mlist=mlist,
        address=f"{local}.writer@example.com",
        change=Change.REGISTER,
        state=ChangeState.DONE,
    )
    attachment = email.attachments.get()
    return {
        "list": mlist.name,
        "list_id": mlist.list_id,
        "local": local,
        "message": email.permalink,
        "thread": email.thread.thread_id,
        "file": f"{attachment.counter}/{attachment.name}",
        "post": _post(mlist, people["subscriber"]).pk,
        "sender": email.sender.handle,
        "year": email.sort_date.year,
        "month": email.sort_date.month,
        "day": email.sort_date.day,
    }


def _post(mlist: MailingList, author: User) -> OutgoingPost:
    return OutgoingPost.objects.create(
        mlist=mlist,
        user=author,
        sender=author.email,
        message_id_hash=message_id_hash("web@example.com"),
        subject=f"{mlist.name} secret post",
        text="words\n",
        raw=b"",
        token="token",
        state=PostState.HELD,
    )


def _ask(client: Client, row: Row, method: str = "") -> HttpResponseBase:
    send: Any = getattr(client, (method or row.method).lower())
    response: HttpResponseBase = send(row.path, row.data or None, headers=row.headers)
    return response


def _answer(response: HttpResponseBase) -> int:
    is_login = response.status_code == 302 and "/login/" in response["Location"]
    return LOGIN if is_login else response.status_code


def _text(response: HttpResponseBase) -> str:
    """Return what the response says, streamed or not."""
    content = response.getvalue() if response.streaming else response.content  # type: ignore[attr-defined]  # each kind has its own
    return content.decode(errors="replace")


def _without(path: str, text: str) -> str:
    """Return *text* without the path that was asked for, and without CSRF tokens."""
    return _TOKEN.sub("", unquote(unquote(text)).replace(unquote(path), ""))


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Yield the routes of all URLs that are ours, as `resolve` names them."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^" if prefix else "")
        if isinstance(pattern, URLPattern):
            yield route
        elif not _is_foreign(pattern):
            yield from _routes(pattern, route)


def _is_foreign(resolver: URLResolver) -> bool:
    module = getattr(resolver.urlconf_name, "__name__", resolver.app_name)
    return str(module).partition(".")[0] in FOREIGN
