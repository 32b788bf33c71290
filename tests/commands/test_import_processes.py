"""hyperkitty_import with real processes: killed on its way, or run twice at once."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command

from hyperkitty.ingest.bulk_import import BATCH_MAILS, SAMPLE_MAILS
from hyperkitty.mail.mbox import write_mboxrd
from hyperkitty.models import Email, MailingList, RawMessage, Thread
from tests.mails import mail
from tests.processes import at_once, begin

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "dev@lists.example.org"
PATIENCE = 60  # seconds, for a machine that is busy
SLICE = 4096  # bytes; what a pipe takes whole or not at all


def run_import(path: str) -> None:
    call_command(
        "hyperkitty_import", path, list_address=NAME, processes=2, stdout=io.StringIO()
    )


def as_mbox(count: int) -> bytes:
    out = io.BytesIO()
    for n in range(count):
        references = [f"{n - n % 10}@x"] if n % 10 else []
        raw = mail(f"{n}@x", references=references, hours=n, text="Word.\n" * 200)
        write_mboxrd(out, raw)
    return out.getvalue()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def is_written(feed: int, data: bytes) -> bool:
    """Write *data* if the pipe has room; it has room for all or nothing."""
    try:
        return os.write(feed, data) == len(data)
    except BlockingIOError:
        return False


def children(pid: int) -> list[int]:
    """Return the processes that *pid* started, as Linux tells."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def assert_sound(count: int) -> None:
    assert Email.objects.count() == RawMessage.objects.count() == count
    assert Thread.objects.count() == count // 10
    assert MailingList.objects.get().emails_count == count
    call_command("hyperkitty_audit", stdout=io.StringIO())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_killed_import_is_continued_and_leaves_no_process(tmp_path: Path) -> None:
    count = SAMPLE_MAILS + 12 * BATCH_MAILS
    content = as_mbox(count)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    importer = begin(run_import, str(pipe))
    feed = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        for start in range(0, len(content), SLICE):
            # The importer gets no more than it takes until mails are archived.
            wait_for(partial(is_written, feed, content[start : start + SLICE]))
            if Email.objects.exists():
                break
        started = children(importer.pid or 0)
        os.kill(importer.pid or 0, signal.SIGKILL)
        importer.join(PATIENCE)
    finally:
        os.close(feed)
    assert importer.exitcode == -signal.SIGKILL
    assert 0 < Email.objects.count() < count
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))

    whole = tmp_path / "whole.mbox"
    whole.write_bytes(content)
    run_import(str(whole))
    assert_sound(count)


def test_two_imports_of_one_file_at_once_archive_each_mail_once(tmp_path: Path) -> None:
    count = 600
    path = tmp_path / "dev.mbox"
    path.write_bytes(as_mbox(count))
    at_once((run_import, (str(path),)), (run_import, (str(path),)))
    assert_sound(count)
