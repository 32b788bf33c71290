"""Processes of our own that share long work: how many, and how they end."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread

import django


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_pool(count: int) -> ProcessPoolExecutor:
    """Return *count* processes with Django set up.

    They are new interpreters, which inherit neither database connections nor locks.
    """
    return ProcessPoolExecutor(
        count, mp_context=get_context("spawn"), initializer=_become_worker
    )


def _become_worker() -> None:
    """Set Django up, and let the parent alone decide when this process ends.

    Ctrl-C reaches the whole process group. A process whose parent was killed would
    wait for work for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    django.setup()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
