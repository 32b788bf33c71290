"""Running parts of a test at the same time in processes of their own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from importlib import import_module
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Barrier
from typing import Any

import django
from django.db import connection, connections


def at_once(*tasks: tuple[Callable[..., None], tuple[Any, ...]]) -> None:
    """Run all *tasks*, functions with arguments, at once; all must succeed.

    The processes are new ones, on the database of the test.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(tasks))
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    workers = [
        context.Process(
            target=_start, args=(barrier, name, work.__module__, work.__name__, args)
        )
        for work, args in tasks
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


def begin(work: Callable[..., None], *args: Any) -> SpawnProcess:
    """Start *work* in a process of its own, on the database of the test."""
    context = multiprocessing.get_context("spawn")
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    process = context.Process(
        target=_start,
        args=(None, name, work.__module__, work.__name__, args),
    )
    process.start()
    return process


def _start(
    barrier: Barrier | None,
    database: str,
    module: str,
    function: str,
    args: tuple[Any, ...],
) -> None:
    # By name: the modules of tests import models, which need Django set up.
    django.setup()
    connections["default"].settings_dict["NAME"] = database
    work = getattr(import_module(module), function)
    if barrier is not None:
        barrier.wait(timeout=60)
    work(*args)
    connections.close_all()
