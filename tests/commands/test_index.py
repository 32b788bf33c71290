"""The commands that build and mend the search index, under Haystack's names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands
from haystack import connections

from hyperkitty.models import Email, EmailState, PendingIndex
from hyperkitty.search.building import rebuild
from hyperkitty.search.comparing import compare
from hyperkitty.search.connection import archive_backend
from hyperkitty.search.engines.backend import ArchiveBackend
from hyperkitty.search.query import Query
from hyperkitty.search.searching import search
from hyperkitty.search.upkeep import BATCH, exclusive, index_due
from hyperkitty.search.values import IndexState
from tests.indexes import search_at
from tests.mails import bring, mail, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    with search_at(f"tantivy://{tmp_path}/index"):
        yield tmp_path / "index"


def run(name: str, *args: str, **options: object) -> str:
    output = io.StringIO()
    call_command(name, *args, stdout=output, stderr=io.StringIO(), **options)
    return output.getvalue()


def engine() -> ArchiveBackend:
    found = archive_backend()
    assert found is not None
    return found


def indexed() -> list[int]:
    return sorted(search(Query(None), list_ids=None, limit=1000).email_ids)


def differences() -> list[tuple[int, str]]:
    return [(found.email_id, found.what) for found in compare(engine())]


@pytest.mark.parametrize("name", ["rebuild_index", "update_index", "clear_index"])
def test_commands_of_haystack_are_ours(name: str) -> None:
    assert get_commands()[name] == "hyperkitty"


def test_rebuild_index_takes_haystack_s_options() -> None:
    ids = [found.email_id for found in bring(make_list(), mail("a@x"), mail("b@x"))]
    said = run("rebuild_index", "--noinput", "-k", "4", "-b", "100", "-u", "default")
    assert "2 mails indexed" in said
    assert indexed() == ids


def test_readers_go_on_while_the_index_is_rebuilt() -> None:
    ids = [found.email_id for found in bring(make_list(), mail("a@x"))]
    run("rebuild_index")
    before = engine().current().name
    seen = []
    rebuild(engine(), 1, lambda _done: seen.append(indexed()))
    assert seen == [ids]
    assert engine().current().name != before
    assert indexed() == ids


@pytest.mark.django_db(transaction=True)
def test_processes_prepare_what_one_writes() -> None:
    mlist = make_list()
    raws = [mail(f"{n}@x", hours=n) for n in range(BATCH + 20)]
    ids = [found.email_id for found in bring(mlist, *raws)]
    PendingIndex.objects.all().delete()
    assert rebuild(engine(), processes=2) == len(ids)
    assert indexed() == ids
    assert differences() == []


def test_update_index_writes_what_differs() -> None:
    mlist = make_list()
    raws = [mail(f"{n}@x") for n in range(4)]
    ids = [found.email_id for found in bring(mlist, *raws)]
    run("rebuild_index")
    # Behind the archive's back, as a database that was restored.
    Email.objects.filter(pk=ids[0]).update(state=EmailState.HIDDEN)
    Email.objects.filter(pk=ids[1]).update(revision=77)
    gone = engine()
    with exclusive(gone), gone.writer(gone.current()) as writer:
        writer.remove([ids[2]])
        writer.commit()
    PendingIndex.objects.all().delete()
    assert differences() == [
        (ids[0], "is in the index, but no reader may see it"),
        (ids[1], "has changed since it was indexed"),
        (ids[2], "is missing in the index"),
    ]
    run("update_index", "--remove", "--age", "1")
    assert differences() == []
    assert indexed() == ids[1:]


def test_what_is_due_is_no_difference() -> None:
    run("rebuild_index")
    bring(make_list(), mail())
    assert differences() == []
    PendingIndex.objects.all().delete()
    assert len(differences()) == 1


def test_doubled_entries_are_told_and_mended() -> None:
    (found,) = bring(make_list(), mail())
    run("rebuild_index")
    from hyperkitty.search.documents import read_documents  # noqa: PLC0415

    one = engine()
    with exclusive(one), one.writer(one.current()) as writer:
        writer.add(read_documents([found.email_id], one.current().languages))
        writer.commit()
    assert differences() == [(found.email_id, "is in the index more than once")]
    run("update_index")
    assert differences() == []


def test_the_audit_compares_index_and_database() -> None:
    bring(make_list(), mail())
    run("rebuild_index")
    assert "No difference." in run("hyperkitty_audit")
    PendingIndex.objects.all().delete()
    Email.objects.update(revision=9)
    with pytest.raises(CommandError, match="1 differences"):
        run("hyperkitty_audit")


def test_update_index_one_list_writes_that_list() -> None:
    mlist = make_list()
    (found,) = bring(mlist, mail())
    run("rebuild_index")
    Email.objects.filter(pk=found.email_id).update(subject="Newword")
    run("update_index_one_list", mlist.name)
    hits = search(Query(None), list_ids=[mlist.pk])
    assert hits.email_ids == (found.email_id,)
    with pytest.raises(CommandError, match="nobody@example"):
        run("update_index_one_list", "nobody@example.org")


def test_clear_index_removes_it_and_a_sweep_builds_it_anew() -> None:
    ids = [found.email_id for found in bring(make_list(), mail())]
    run("rebuild_index")
    run("clear_index", "--noinput")
    assert engine().state() == IndexState.MISSING
    index_due()
    assert indexed() == ids


def test_other_engines_get_haystack_s_own_commands() -> None:
    bring(make_list(), mail())
    with search_at("simple://"):
        with pytest.raises(CommandError, match="no search engine"):
            run("rebuild_index", "--noinput")
        connections["default"].get_backend()
