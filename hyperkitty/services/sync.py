"""Reading from Mailman Core what the archive has to know: what is due, and when again.

What is to be read is a row with a due time (`Sync`). A list is due at intervals and
when Postorius changes it, an address when its owner signs in and at intervals after
that. Nothing is lost with a process, and reading twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone

from hyperkitty.conf import app_settings
from hyperkitty.exceptions import MailmanSilent, MailmanUnavailable
from hyperkitty.mailman import Core
from hyperkitty.mailman.held import HeldCore
from hyperkitty.models import MailingList, PolicySource, Role, Sync, SyncKind

from .held import mirror_held
from .mirror import doubt_policy, mark_gone, mirror
from .roles import write_address_roles, write_roster

logger = logging.getLogger(__name__)

#: How soon what failed is tried again.
RETRY = timedelta(minutes=1)
#: An address whose owner has not signed in for this long is read once an hour.
ACTIVE = timedelta(days=30)
SELDOM = timedelta(hours=1)
#: Rows that one run takes; the next run takes the rest.
MAX_ROWS = 1_000


def make_due(kind: SyncKind, subject: str = "") -> None:
    """Have something read from Core by the next run."""
    now = timezone.now()
    row, is_new = Sync.objects.get_or_create(kind=kind, subject=subject)
    if not is_new:
        Sync.objects.filter(pk=row.pk).update(due_at=now, wanted_at=now)


def make_list_due(list_id: str) -> None:
    """Have the list of Core with this List-Id read, whether or not we know it."""
    known = MailingList.objects.filter(list_id=list_id.lower()).first()
    if known is None:
        make_due(SyncKind.LISTS)
    else:
        make_due(SyncKind.LIST, str(known.pk))


def sync_due() -> int:
    """Read what is due; return how much was.

    Ends early when Core is away, and lets the rest wait too if it cannot be reached.
    Then public lists that it has not confirmed for a day are closed.
    """
    Sync.objects.get_or_create(kind=SyncKind.LISTS, subject="")
    core = Core()
    done = 0
    for row in list(Sync.objects.due(timezone.now())[:MAX_ROWS]):
        try:
            _read(row, core)
        except MailmanUnavailable as error:
            logger.warning("Mailman is not available: %s", error)
            _put_off(row)
            if isinstance(error, MailmanSilent):
                _put_off_all()
            close_doubtful()
            break
        except Exception:
            # A defect that one list meets must not keep the others from being read.
            logger.exception("Could not take over %s from Mailman", row)
            _put_off(row)
        else:
            _note_done(row)
            done += 1
    return done


def sync_all(core: Core) -> tuple[int, int]:
    """Read everything now; return how many lists and addresses there were.

    Raises `MailmanUnavailable`.
    """
    counts = dict.fromkeys(SyncKind, 0)
    Sync.objects.get_or_create(kind=SyncKind.LISTS, subject="")
    for kind in (SyncKind.LISTS, SyncKind.LIST, SyncKind.ADDRESS):
        for row in Sync.objects.filter(kind=kind).order_by("pk"):
            _read(row, core)
            _note_done(row)
            counts[kind] += 1
    return counts[SyncKind.LIST], counts[SyncKind.ADDRESS]


def sync_lists(core: Core) -> None:
    """Learn which lists Core has; read those that are new, renamed or back."""
    names = core.list_names()
    known = {
        mlist.list_id: mlist for mlist in MailingList.objects.exclude(synced_at=None)
    }
    for list_id, name in names.items():
        mlist = known.get(list_id)
        if mlist is None or mlist.name != name or mlist.gone_from_core_at:
            found = core.find_list(list_id)
            mlist = mirror(found) if found else None
        if mlist is not None:
            Sync.objects.get_or_create(kind=SyncKind.LIST, subject=str(mlist.pk))
    for list_id, mlist in known.items():
        # A list can slip from one page of the answer to another: ask for it by name.
        if list_id not in names and not mlist.gone_from_core_at:
            sync_list(mlist, core)


def sync_list(mlist: MailingList, core: Core) -> MailingList | None:
    """Read one list, its owners and moderators; None if Core does not have it.

    Raises `MailmanUnavailable`.
    """
    found = core.find_list(mlist.list_id if mlist.synced_at else mlist.name)
    if found is None:
        mark_gone(mlist)
        return None
    mlist = mirror(found)
    for role in (Role.OWNER, Role.MODERATOR):
        write_roster(mlist, role, core.roster(mlist.list_id, role))
    return mlist


def sync_address(address: str, core: Core) -> None:
    """Read the roles of one address. Raises `MailmanUnavailable`."""
    write_address_roles(address.lower(), core.memberships(address.lower()))


def sync_person(addresses: Collection[str], core: Core) -> bool:
    """Read the roles of a person's verified addresses now, and then at intervals.

    Returns whether Core could be asked; if not, the next run asks.
    """
    for address in addresses:
        make_due(SyncKind.ADDRESS, address)
    rows = Sync.objects.filter(kind=SyncKind.ADDRESS, subject__in=addresses)
    for row in rows:
        try:
            _read(row, core)
        except MailmanUnavailable as error:
            logger.warning("Mailman is not available: %s", error)
            return False
        _note_done(row)
    return True


def close_doubtful() -> None:
    """Close public lists whose policy Core has not confirmed for too long."""
    oldest = timezone.now() - app_settings.role_grace
    for mlist in MailingList.objects.filter(
        policy_source=PolicySource.CORE, gone_from_core_at=None, synced_at__lt=oldest
    ):
        doubt_policy(mlist)


def _read(row: Sync, core: Core) -> None:
    match row.kind:
        case SyncKind.LISTS:
            sync_lists(core)
        case SyncKind.ADDRESS:
            sync_address(row.subject, core)
        case SyncKind.HELD:
            mlist = MailingList.objects.filter(pk=row.subject).first()
            if mlist is None:
                row.delete()
            elif not mlist.gone_from_core_at:
                mirror_held(mlist, HeldCore())
        case SyncKind.LIST:
            mlist = MailingList.objects.filter(pk=row.subject).first()
            if mlist is None or sync_list(mlist, core) is None:
                row.delete()


def _note_done(row: Sync) -> None:
    now = timezone.now()
    interval = app_settings.sync_interval
    by_wish = (SyncKind.ADDRESS, SyncKind.HELD)
    if row.kind in by_wish and row.wanted_at < now - ACTIVE:
        interval = max(interval, SELDOM)
    _move(row, now + interval, done_at=now, failed_at=None)


def _put_off(row: Sync) -> None:
    now = timezone.now()
    _move(row, now + RETRY, failed_at=now)


def _put_off_all() -> None:
    """Let all that is due wait, less long than what just failed.

    So one list that Core is too slow for does not keep the others from being read.
    """
    now = timezone.now()
    Sync.objects.due(now).update(due_at=now + RETRY / 2, failed_at=now)


def _move(row: Sync, due_at: datetime, **columns: datetime | None) -> None:
    """Set when *row* is due again, unless somebody made it due while it was read."""
    same = Sync.objects.filter(pk=row.pk, due_at=row.due_at)
    same.update(due_at=due_at, **columns)
