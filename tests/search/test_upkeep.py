"""The index follows the archive, whatever happens to those who write it."""

from __future__ import annotations

import os
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import pytest
from django.db import transaction

from hyperkitty.models import (
    DecisionKind,
    Email,
    EmailState,
    MailingList,
    PendingIndex,
)
from hyperkitty.search.connection import archive_backend
from hyperkitty.search.documents import Document, read_documents
from hyperkitty.search.engines.backend import ArchiveBackend
from hyperkitty.search.generations import Generation, IndexUnusable
from hyperkitty.search.pending import SPAN, note_mails, spans
from hyperkitty.search.query import Exact, Query
from hyperkitty.search.searching import index_state, search
from hyperkitty.search.upkeep import Upkeep, exclusive, index_due
from hyperkitty.search.values import IndexState
from hyperkitty.tasks import sweep
from hyperkitty.threads.decisions import decide
from hyperkitty.threads.states import set_state
from tests.mails import bring, mail, make_list
from tests.processes import begin

from .conftest import Ask


def engine() -> ArchiveBackend:
    found = archive_backend()
    assert found is not None
    return found


def indexed() -> list[int]:
    """Return the ids of all entries, twice if there are two."""
    found = search(Query(None), list_ids=None, limit=1000)
    assert found.count == len(found.email_ids)
    return sorted(found.email_ids)


def bring_ids(mlist: MailingList, *raws: bytes) -> list[int]:
    return [outcome.email_id for outcome in bring(mlist, *raws)]


def test_mail_is_found_after_a_sweep(index: Path) -> None:
    ids = bring_ids(make_list(), mail("a@x"), mail("b@x"))
    assert indexed() == []
    sweep()
    assert indexed() == ids
    assert not PendingIndex.objects.exists()


def test_mail_that_is_rolled_back_leaves_nothing(index: Path) -> None:
    with transaction.atomic():
        bring(make_list(), mail())
        transaction.set_rollback(True)
    index_due()
    assert indexed() == []


def test_a_reply_makes_its_parent_answered(index: Path, ask: Ask) -> None:
    mlist = make_list()
    (one,) = bring_ids(mlist, mail("a@x"))
    index_due()
    assert ask(Exact("is", "unanswered")) == [one]
    (reply,) = bring_ids(mlist, mail("b@x", in_reply_to="a@x"))
    index_due()
    assert ask(Exact("has", "reply")) == [one]
    set_state(mlist, [reply], EmailState.HIDDEN)
    index_due()
    assert ask(Exact("is", "unanswered")) == [one]
    assert indexed() == [one]


def test_a_late_starter_takes_the_thread_over(index: Path, ask: Ask) -> None:
    mlist = make_list()
    (reply,) = bring_ids(mlist, mail("b@x", in_reply_to="a@x", hours=2))
    index_due()
    assert ask(Exact("is", "starter")) == [reply]
    (start,) = bring_ids(mlist, mail("a@x"))
    index_due()
    assert ask(Exact("is", "starter")) == [start]


def test_a_split_gives_mails_another_thread(index: Path, ask: Ask) -> None:
    mlist = make_list()
    start, reply = bring_ids(mlist, mail("a@x"), mail("b@x", in_reply_to="a@x"))
    index_due()
    permalink = Email.objects.get(pk=reply).permalink
    decide(mlist, DecisionKind.CUT, permalink)
    index_due()
    assert ask(Exact("thread", permalink)) == [reply]
    assert sorted(ask(Exact("is", "starter"))) == [start, reply]


def test_urgent_mail_does_not_wait_for_an_import(index: Path) -> None:
    mlist = make_list()
    ids = bring_ids(mlist, *(mail(f"{n}@x") for n in range(3)))
    PendingIndex.objects.all().delete()
    far = 10_000_000
    note_mails(range(far, far + 10 * SPAN), is_urgent=False)
    note_mails(ids)
    with exclusive(engine()), Upkeep.of(engine()) as upkeep:
        upkeep.drain(deadline=0)
    assert indexed() == ids
    assert PendingIndex.objects.exists()


def test_neighbors_share_a_row() -> None:
    assert list(spans([3, 1, 2, 7, 7])) == [(1, 3), (7, 7)]
    assert list(spans([])) == []
    assert list(spans(range(2 * SPAN))) == [(0, SPAN - 1), (SPAN, 2 * SPAN - 1)]


def test_a_change_while_mails_are_written_stays_due(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlist = make_list()
    (one,) = bring_ids(mlist, mail())
    with exclusive(engine()), Upkeep.of(engine()) as upkeep:
        write = upkeep.write

        def write_and_change(ids: list[int]) -> None:
            write(ids)
            monkeypatch.undo()
            set_state(mlist, [one], EmailState.HIDDEN)
            monkeypatch.setattr(upkeep, "write", write)

        monkeypatch.setattr(upkeep, "write", write_and_change)
        upkeep.drain(deadline=0)
        assert PendingIndex.objects.exists()
    index_due()
    assert indexed() == []


def test_only_one_writes_and_the_other_leaves_it_to_him(index: Path) -> None:
    ids = bring_ids(make_list(), mail())
    with exclusive(engine()):
        assert index_due() == 0
        assert PendingIndex.objects.exists()
    index_due()
    assert indexed() == ids


def test_building_goes_on_beside_the_index_in_use(index: Path, ask: Ask) -> None:
    mlist = make_list()
    one, two, three = bring_ids(mlist, *(mail(f"{n}@x") for n in range(3)))
    index_due()
    before = engine().current().name
    with exclusive(engine()), Upkeep.of(engine()) as upkeep:
        upkeep.begin()
        upkeep.take([one, two])
        upkeep.keep_progress()
        # What changes meanwhile reaches both: one behind the builder, one before it.
        set_state(mlist, [one, three], EmailState.HIDDEN)
        upkeep.drain()
        assert indexed() == [two]
    index_due()
    assert engine().current().name != before
    assert indexed() == [two]
    assert [path.name for path in index.iterdir() if path.is_dir()] == [
        engine().current().name
    ]


def test_a_build_that_was_cut_short_goes_on(index: Path) -> None:
    ids = bring_ids(make_list(), *(mail(f"{n}@x") for n in range(4)))
    engine().generations.clear()
    with exclusive(engine()), Upkeep.of(engine()) as upkeep:
        upkeep.begin()
        upkeep.take(ids[:2])
        upkeep.keep_progress()
        upkeep.take(ids[2:3])  # and this was not yet noted
        upkeep._builder().commit()
    assert index_state() == IndexState.BUILDING
    index_due()
    assert indexed() == ids


@pytest.mark.parametrize("damage", ["missing", "pointer", "files", "old"])
def test_an_unusable_index_is_noticed_and_built_anew(index: Path, damage: str) -> None:
    ids = bring_ids(make_list(), mail())
    index_due()
    folder = index / engine().current().name
    match damage:
        case "missing":
            engine().generations.clear()
            state = IndexState.MISSING
        case "pointer":
            (index / "current").write_text("{")
            state = IndexState.BROKEN
        case "files":
            for path in folder.iterdir():
                path.unlink()
            state = IndexState.BROKEN
        case "old":
            pointer = index / "current"
            pointer.write_text(pointer.read_text().replace(engine().version, "old-0"))
            state = IndexState.OLD
    assert index_state() == state
    found = search(Query(None), list_ids=None)
    assert (found.state, found.email_ids) == (state, ())
    index_due()
    assert index_state() == IndexState.READY
    assert indexed() == ids


def die(url: str, ids: list[int], moment: str) -> None:
    """Write mails and be killed at *moment*."""
    from tests.indexes import search_at  # noqa: PLC0415  # in a new process

    with search_at(url), exclusive(engine()), Upkeep.of(engine()) as upkeep:
        writer = upkeep._live_writer(engine().current())
        commit = writer.commit

        def end() -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        def commit_and_end() -> None:
            commit()
            end()

        # The writer's own method is replaced: no other way leads between two steps.
        type(writer).commit = lambda _self: (  # type: ignore[method-assign]
            end() if moment == "before" else commit_and_end()
        )
        upkeep.drain()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_around_commit_loses_and_doubles_nothing(
    index: Path, request: pytest.FixtureRequest, moment: str
) -> None:
    ids = bring_ids(make_list(), *(mail(f"{n}@x") for n in range(5)))
    kind = engine().version.partition("-")[0]
    process = begin(die, f"{kind}://{index}", ids, moment)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert PendingIndex.objects.exists()
    assert indexed() == (ids if moment == "after" else [])
    index_due()
    assert indexed() == ids
    assert not PendingIndex.objects.exists()


def write_in_vain(generation: Generation, documents: list[Document]) -> None:
    with engine().writer(generation) as writer:
        writer.add(documents)
        setrlimit(RLIMIT_FSIZE, (100, getrlimit(RLIMIT_FSIZE)[1]))
        writer.commit()


def fill_the_disk(url: str, ids: list[int]) -> None:
    """Try to write where no file may grow, as on a disk that is full."""
    from tests.indexes import search_at  # noqa: PLC0415  # in a new process

    with search_at(url), exclusive(engine()):
        current = engine().current()
        documents = read_documents(ids, current.languages)
        unlimited = getrlimit(RLIMIT_FSIZE)
        with pytest.raises((IndexUnusable, OSError)):
            write_in_vain(current, documents)
        setrlimit(RLIMIT_FSIZE, unlimited)
        # What is there can still be searched.
        assert indexed() == ids[:1]


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_survived(index: Path) -> None:
    mlist = make_list()
    ids = bring_ids(mlist, mail("a@x"))
    index_due()
    ids += bring_ids(mlist, mail("b@x"))
    kind = engine().version.partition("-")[0]
    process = begin(fill_the_disk, f"{kind}://{index}", ids)
    process.join(60)
    assert process.exitcode == 0
    assert indexed() == ids[:1]
    index_due()
    assert indexed() == ids


def test_threads_and_forks_search_at_once(index: Path) -> None:
    bring_ids(make_list(), mail())
    index_due()
    assert search(Query(None), list_ids=None).count == 1
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(engine().size) for _turn in range(40)]
        assert {job.result() for job in jobs} == {1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads
        pid = os.fork()
    if pid == 0:
        os._exit(0 if engine().size() == 1 else 1)
    assert os.waitpid(pid, 0)[1] == 0
