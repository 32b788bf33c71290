"""Compressed bytes in a row, and the dictionaries they were compressed with."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from functools import lru_cache

import zstandard
from django.db import models
from django.utils import timezone

from hyperkitty.exceptions import ArchiveCorrupt

from .fields import HashField

#: zstd level: above 3, much more time saves a few percent of a mail.
LEVEL = 3


class Codec(models.IntegerChoices):
    """How the bytes of a blob are packed."""

    PLAIN = 0
    ZLIB = 1
    ZSTD = 2


class CompressionDictionary(models.Model):
    """A trained zstd dictionary; every blob names the one it needs.

    Never changed and never deleted: without it its blobs cannot be read.
    """

    data = models.BinaryField()
    digest = HashField(unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "archive_dictionary"

    def __str__(self) -> str:
        return f"dictionary {self.pk}"


@dataclass(frozen=True)
class Packed:
    """Bytes ready for a blob's columns; travels between processes in an import."""

    codec: Codec
    dictionary_id: int | None
    data: bytes


class Blob(models.Model):
    """Columns and methods of rows that keep packed bytes."""

    codec = models.SmallIntegerField(choices=Codec.choices, default=Codec.ZSTD)
    dictionary = models.ForeignKey(
        CompressionDictionary,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    data = models.BinaryField(null=True)

    class Meta:
        abstract = True

    def unpack(self) -> bytes:
        """Return the bytes that were packed.

        Raises `ArchiveCorrupt` when they cannot be had.
        """
        return unpack(self.codec, self.dictionary_id, self.data)


def pack(data: bytes, dictionary_id: int | None = None, trained: bytes = b"") -> Packed:
    """Compress *data*, with the dictionary *trained* that has id *dictionary_id*."""
    if dictionary_id is None:
        return Packed(Codec.ZSTD, None, _compressor(b"").compress(data))
    return Packed(Codec.ZSTD, dictionary_id, _compressor(trained).compress(data))


def unpack(
    codec: int, dictionary_id: int | None, data: bytes | memoryview | None
) -> bytes:
    """Return the bytes that `pack` was given."""
    if data is None:
        raise ArchiveCorrupt("The bytes are missing.")
    try:
        if codec == Codec.PLAIN:
            return bytes(data)
        if codec == Codec.ZLIB:
            return zlib.decompress(data)
        return _unpack_zstd(dictionary_id, bytes(data))
    except (zlib.error, zstandard.ZstdError) as error:
        raise ArchiveCorrupt(f"Stored bytes cannot be unpacked: {error}") from error


def forget_dictionaries() -> None:
    """Drop the dictionaries kept in this process, after a database was restored."""
    _dictionary.cache_clear()
    _contexts.decompressors.clear()


class _PerThread(threading.local):
    """zstd contexts must not be shared between threads; making one costs as much
    as using it, so each thread keeps its own."""

    def __init__(self) -> None:
        self.compressors: dict[bytes, zstandard.ZstdCompressor] = {}
        self.decompressors: dict[int | None, zstandard.ZstdDecompressor] = {}


_contexts = _PerThread()


def _compressor(trained: bytes) -> zstandard.ZstdCompressor:
    found = _contexts.compressors.get(trained)
    if found is None:
        dictionary = zstandard.ZstdCompressionDict(trained) if trained else None
        found = zstandard.ZstdCompressor(
            level=LEVEL, dict_data=dictionary, write_checksum=True
        )
        _contexts.compressors[trained] = found
    return found


def _decompressor(dictionary_id: int | None) -> zstandard.ZstdDecompressor:
    found = _contexts.decompressors.get(dictionary_id)
    if found is None:
        dictionary = _dictionary(dictionary_id) if dictionary_id is not None else None
        found = zstandard.ZstdDecompressor(dict_data=dictionary)
        _contexts.decompressors[dictionary_id] = found
    return found


def _unpack_zstd(dictionary_id: int | None, data: bytes) -> bytes:
    try:
        return _decompressor(dictionary_id).decompress(data)
    except zstandard.ZstdError:
        # The id may mean another dictionary since a restore under this process.
        forget_dictionaries()
        return _decompressor(dictionary_id).decompress(data)


@lru_cache(maxsize=32)
def _dictionary(dictionary_id: int) -> zstandard.ZstdCompressionDict:
    try:
        row = CompressionDictionary.objects.get(pk=dictionary_id)
    except CompressionDictionary.DoesNotExist:
        raise ArchiveCorrupt(f"Dictionary {dictionary_id} is missing.") from None
    return zstandard.ZstdCompressionDict(bytes(row.data))
