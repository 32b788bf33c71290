"""Writing down which roles Mailman Core says people have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hyperkitty.mailman import Membership
from hyperkitty.models import ListRole, MailingList, PolicySource, Role
from hyperkitty.threads.bulk import matching
from hyperkitty.threads.locking import retried

#: Tries when another process writes the same roles.
_ATTEMPTS = 3
#: A role: the list's row, the address and what it is there.
_Key = tuple[int, str, str]


def write_address_roles(address: str, memberships: Iterable[Membership]) -> None:
    """Make *memberships* all the roles that Core gives to *address*."""
    found = {(one.list_id, one.role): one for one in memberships}
    lists = MailingList.objects.filter(synced_at__isnull=False)
    rows = matching(
        lists.values_list("list_id", "pk"),
        "list_id",
        {list_id for list_id, _role in found},
    )
    ids = dict(rows)
    wanted = {
        (ids[list_id], address, role.value): one.delivery
        for (list_id, role), one in found.items()
        if list_id in ids
    }
    _write(Q(address=address), wanted)


def write_roster(mlist: MailingList, role: Role, addresses: Collection[str]) -> None:
    """Make *addresses* all that Core gives *role* on the list."""
    wanted = {(mlist.pk, address, role.value): "" for address in addresses}
    _write(Q(mlist=mlist, role=role), wanted)


def _write(scope: Q, wanted: Mapping[_Key, str]) -> None:
    for _attempt in range(_ATTEMPTS - 1):
        try:
            return _write_once(scope, wanted)
        except IntegrityError:
            continue
    return _write_once(scope, wanted)


@retried
def _write_once(scope: Q, wanted: Mapping[_Key, str]) -> None:
    """Write the roles in *scope*; those that were given on this site stay."""
    now = timezone.now()
    with transaction.atomic():
        known = {_key(row): row for row in _roles(scope)}
        gone = [
            row.pk
            for key, row in known.items()
            if key not in wanted and row.source == PolicySource.CORE
        ]
        for keys in _chunks(gone):
            ListRole.objects.filter(pk__in=keys).delete()
        _roles(scope).filter(source=PolicySource.CORE).update(synced_at=now)
        for key, delivery in wanted.items():
            row = known.get(key)
            if row is not None and delivery and row.delivery != delivery:
                ListRole.objects.filter(pk=row.pk).update(delivery=delivery)
        ListRole.objects.bulk_create(
            ListRole(
                mlist_id=mlist_id,
                address=address,
                role=role,
                delivery=wanted[mlist_id, address, role],
                synced_at=now,
            )
            for mlist_id, address, role in sorted(wanted.keys() - known.keys())
        )


def _roles(scope: Q) -> QuerySet[ListRole]:
    return ListRole.objects.filter(scope)


def _key(row: ListRole) -> _Key:
    return row.mlist_id, row.address, row.role


def _chunks(keys: list[int], size: int = 500) -> Iterable[list[int]]:
    return (keys[at : at + size] for at in range(0, len(keys), size))
