"""The zstd dictionary that mails are packed with, trained once from real mail."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import zstandard

from hyperkitty.models import CompressionDictionary
from hyperkitty.threads.lookup import Lookup

#: Mails that training wants: fewer give a dictionary that saves nothing.
SAMPLES = 500
SIZE = 256 * 1024
#: What training reads of one mail; attachments would drown the rest.
SAMPLE_SIZE = 16 * 1024

_DIGESTS = Lookup(CompressionDictionary.objects.values_list("pk", "digest"), "pk")
#: At most one, for each mail that arrives asks for it. It is known by its digest too:
#: after a restore the same id may mean another one.
_used: list[TrainedDictionary] = []


@dataclass(frozen=True, slots=True)
class TrainedDictionary:
    """A dictionary with the id that blobs name."""

    pk: int
    data: bytes
    digest: str


def current_dictionary() -> TrainedDictionary | None:
    """Return a dictionary of the site, or None while it has none.

    The one used last, as long as it is there; else the newest.
    """
    for kept in _used:
        if (kept.pk, kept.digest) in _DIGESTS.find([kept.pk]):
            return kept
    row = CompressionDictionary.objects.order_by("-pk").first()
    _used[:] = [TrainedDictionary(row.pk, bytes(row.data), row.digest)] if row else []
    return _used[0] if row else None


def train_dictionary(raws: Sequence[bytes]) -> TrainedDictionary | None:
    """Train a dictionary from *raws* and keep it; None if they are too few or odd."""
    samples = [raw[:SAMPLE_SIZE] for raw in raws if raw]
    if len(samples) < SAMPLES:
        return None
    try:
        data = zstandard.train_dictionary(SIZE, list(samples)).as_bytes()
    except zstandard.ZstdError:
        return None
    digest = b32encode(blake2b(data, digest_size=20).digest()).decode()
    row, _created = CompressionDictionary.objects.get_or_create(
        digest=digest, defaults={"data": data}
    )
    return TrainedDictionary(row.pk, data, digest)
