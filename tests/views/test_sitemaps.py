"""sitemap.xml and robots.txt: every public thread and nothing of a private list."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.dateparse import parse_datetime

from hyperkitty.models import ArchivePolicy, MailingList
from hyperkitty.selectors import sitemaps
from hyperkitty.threads.states import set_state
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db

HOST = "http://testserver"
NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def entries(client: Client, url: str) -> dict[str, str | None]:
    """Return the addresses in a file of the sitemap, and when each changed."""
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)  # noqa: S314  # our own output
    kind = {"sitemapindex": "sitemap", "urlset": "url"}[root.tag.removeprefix(NS)]
    assert {child.tag for child in root} <= {f"{NS}{kind}"}
    found = {
        child.findtext(f"{NS}loc", "").removeprefix(HOST): child.findtext(
            f"{NS}lastmod"
        )
        for child in root
    }
    assert len(found) == len(root)
    for changed_at in filter(None, found.values()):
        assert parse_datetime(changed_at).tzinfo
    return found


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every list with more than one thread be large."""
    monkeypatch.setattr(sitemaps, "MAX_IN_ONE", 1)


def test_index_names_every_public_list_with_its_last_change(
    client: Client, open_list: MailingList, closed_list: MailingList
) -> None:
    empty = make_list(name="a@lists.example.org")
    make_list(archive_policy=ArchivePolicy.NEVER, policy_before_never=2)
    found = entries(client, "/sitemap.xml")
    assert list(found) == [f"/sitemap-{m.name}.xml" for m in (empty, open_list)]
    changed_at = parse_datetime(found[f"/sitemap-{open_list.name}.xml"] or "")
    assert changed_at == open_list.changed_at


def test_list_is_told_with_its_threads_and_not_its_messages(
    client: Client, open_list: MailingList
) -> None:
    bring(open_list, mail("other@e.com", hours=50))
    threads = {thread.get_absolute_url() for thread in open_list.threads.all()}
    found = set(entries(client, f"/sitemap-{open_list.name}.xml"))
    assert found == {open_list.get_absolute_url(), *threads}
    for url in found:
        answer = client.get(url)
        assert f'<link rel="canonical" href="{HOST}{url}">' in answer.content.decode()


def test_large_list_is_told_month_by_month(
    client: Client, open_list: MailingList, small_parts: None
) -> None:
    bring(open_list, mail("march@e.com", hours=24 * 62), mail("b@e.com", hours=3))
    base = f"/sitemap-{open_list.name}"
    parts = [f"{base}.xml", *(f"{base}-2024-0{month}.xml" for month in (1, 2, 3))]
    assert list(entries(client, "/sitemap.xml")) == parts
    page = open_list.get_absolute_url()
    told = [set(entries(client, part)) for part in parts]
    threads = {
        t.starting_email.message_id: t.get_absolute_url()
        for t in open_list.threads.select_related("starting_email")
    }
    assert told == [
        {page},
        {f"{page}2024/1/", threads["q@example.com"], threads["b@e.com"]},
        {f"{page}2024/2/"},
        {f"{page}2024/3/", threads["march@e.com"]},
    ]


def test_thread_without_visible_mail_is_not_told(
    client: Client, open_list: MailingList
) -> None:
    url = f"/sitemap-{open_list.name}.xml"
    tag = client.get(url)["ETag"]
    set_state(open_list, [email.pk for email in open_list.emails.all()], 3)
    answer = client.get(url, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert list(entries(client, url)) == [open_list.get_absolute_url()]


def test_files_are_answered_by_304_until_something_changes(
    client: Client, open_list: MailingList, small_parts: None
) -> None:
    urls = ("/sitemap.xml", f"/sitemap-{open_list.name}-2024-01.xml")
    tags = {url: client.get(url)["ETag"] for url in urls}
    for url, tag in tags.items():
        headers = {"If-None-Match": tag}
        assert client.get(url, headers=headers).status_code == 304
    bring(open_list, mail("n@e.com", references=["q@example.com"], hours=800))
    for url, tag in tags.items():
        headers = {"If-None-Match": tag}
        assert client.get(url, headers=headers).status_code == 200


def test_private_list_is_in_no_file_even_for_its_readers(
    client: Client, closed_list: MailingList, anne: User
) -> None:
    for status in (403, 404):
        assert "closed" not in client.get("/sitemap.xml").content.decode()
        for part in ("", "-2024-01"):
            answer = client.get(f"/sitemap-closed@lists.example.org{part}.xml")
            assert answer.status_code == status
        client.force_login(anne)


@pytest.mark.parametrize("part", ["-2024-13", "-0000-01", "-2024-00", "-9999-12"])
def test_month_that_does_not_exist_is_404(
    client: Client, open_list: MailingList, part: str
) -> None:
    assert client.get(f"/sitemap-{open_list.name}{part}.xml").status_code == 404


def test_capitals_lead_to_the_file(client: Client, open_list: MailingList) -> None:
    answer = client.get("/sitemap-OPEN@lists.example.org-2024-01.xml")
    assert answer["Location"] == "/sitemap-open@lists.example.org-2024-01.xml"


def test_every_file_costs_the_same_however_much_there_is(
    client: Client, open_list: MailingList, django_assert_num_queries
) -> None:
    for _turn in range(2):
        with django_assert_num_queries(2):
            client.get("/sitemap.xml")
        with django_assert_num_queries(2):
            client.get(f"/sitemap-{open_list.name}.xml")
        with django_assert_num_queries(3):
            client.get(f"/sitemap-{open_list.name}-2024-01.xml")
        bring(open_list, *(mail(f"{n}@e.com", hours=n) for n in range(30)))
        bring(make_list(), mail("x@e.com"))


def test_robots_are_told_of_the_sitemap_and_what_to_leave(
    client: Client, open_list: MailingList
) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain"
    assert answer["Cache-Control"] == "public, max-age=86400"
    lines = answer.content.decode().splitlines()
    assert f"Sitemap: {HOST}/sitemap.xml" in lines
    for path in ("search", "list/*/export/", "api/", "*?*sort="):
        assert f"Disallow: /archives/{path}" in lines
    assert "Disallow: /accounts/login/" in lines
    assert "Disallow: /" not in lines


def test_pages_that_show_something_again_are_not_indexed(
    client: Client, open_list: MailingList
) -> None:
    robots = '<meta name="robots" content="noindex">'
    thread = open_list.threads.get().get_absolute_url()
    base = open_list.get_absolute_url()
    for url in (base, thread, f"{base}latest", f"{base}latest?page=1"):
        assert robots not in client.get(url).content.decode(), url
    for url in (f"{thread}?sort=date", f"{base}latest?count=5", "/archives/?sort=name"):
        assert robots in client.get(url).content.decode(), url
