"""The lock under which mails and threads of a list are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from hyperkitty.models import MailingList

from .lookup import Lookup

P = ParamSpec("P")
R = TypeVar("R")

_LOCKED = Lookup(MailingList.objects.select_for_update(), "pk")
#: How often a transaction that the database gave up is run again.
ATTEMPTS = 4


@contextmanager
def locked(mlist: MailingList) -> Iterator[MailingList]:
    """Open a transaction, lock the list's row as its first statement, and yield it.

    All that writes mails or threads of a list does so under this lock: without it a
    merge and an insert at once can leave a mail alone in a thread that is gone.
    The row yielded is fresh; counters must be changed on it, not on *mlist*.
    """
    with transaction.atomic():
        for fresh in _LOCKED.find([mlist.pk]):
            yield fresh
            return
        raise MailingList.DoesNotExist("The list is gone.")


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """Run *function* again when the database gave its transaction up.

    Deadlocks, serialization failures and a busy SQLite file end one transaction;
    the same work succeeds when it is tried again. Inside an outer transaction the
    error goes through, because only the outer one can start anew.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return function(*args, **kwargs)
            except OperationalError:
                if connection.in_atomic_block or not connection.is_usable():
                    raise
        return function(*args, **kwargs)

    return run
