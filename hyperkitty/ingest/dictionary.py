"""The zstd dictionary that mails are packed with, trained once from real mail."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import zstandard

from hyperkitty.models import CompressionDictionary

#: Mails that training wants: fewer give a dictionary that saves nothing.
SAMPLES = 500
SIZE = 256 * 1024
#: What training reads of one mail; attachments would drown the rest.
SAMPLE_SIZE = 16 * 1024


@dataclass(frozen=True, slots=True)
class TrainedDictionary:
    """A dictionary with the id that blobs name."""

    pk: int
    data: bytes


def current_dictionary() -> TrainedDictionary | None:
    """Return the newest dictionary, or None while the site has none."""
    newest = CompressionDictionary.objects.order_by("-pk")
    found = newest.values_list("pk", "digest").first()
    return _read(*found) if found else None


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
    return TrainedDictionary(row.pk, data)


@lru_cache(maxsize=1)
def _read(pk: int, digest: str) -> TrainedDictionary:
    """Read a dictionary; one is kept, for each mail that arrives asks for it.

    By its digest too: after a restore the same id may mean another one.
    """
    row = CompressionDictionary.objects.get(pk=pk, digest=digest)
    return TrainedDictionary(row.pk, bytes(row.data))
