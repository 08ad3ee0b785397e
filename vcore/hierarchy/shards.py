"""Shards: files with a block of chunks each (Zarr's codec sharding_indexed).

Chunks are encoded one by one, as without shards, to a temporary folder in their array; once a shard
is complete, its chunks are packed to one file. An interrupt therefore loses only the chunks in
progress, not a whole shard.
"""

import math
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from vcore.container.layout import crc32c
from vcore.errors import OutputError
from vcore.hierarchy.records import Record
from vcore.io.outside import check_inside
from vcore.runtime.atomic import replacing

WAITING = ".vcore-chunks"
"""Folder of chunks that wait for the rest of their shard."""
SIDE = 8
"""Default side of a shard in chunks: 512 chunks, about 100 MB at 128 voxels per side and 10 : 1."""
MANY = 1000
"""Number of chunks of an array above which shards are used by default."""
ABSENT = 2**64 - 1
"""Offset and size of an absent chunk in a shard's index."""
ENTRY, CRC = 16, 4
"""Bytes per chunk in a shard's index, and of the checksum after it."""


def shape_of_shards(
    shape: tuple[int, ...], chunks: tuple[int, ...], side: int | None
) -> tuple[int, ...] | None:
    """Return the shape of a shard in voxels, None without shards.

    Parameters
    ----------
    shape, chunks
        Shapes of the array and its chunks.
    side
        Side of a shard in chunks; 1 for no shards; None for ``SIDE`` if there are more than
        ``MANY`` chunks. With fewer chunks along z, y, x, a shard extends along c and t, up to
        side ** 3 chunks.
    """
    counts = [-(-n // c) for n, c in zip(shape, chunks, strict=True)]
    if side is None:
        side = SIDE if math.prod(counts) > MANY else 1
    lead = max(len(shape) - 3, 0)
    block = [min(side, n) if i >= lead else 1 for i, n in enumerate(counts)]
    for axis in reversed(range(lead)):
        block[axis] = min(max(side**3 // math.prod(block), 1), counts[axis])
    if math.prod(block) == 1:
        return None
    return tuple(b * c for b, c in zip(block, chunks, strict=True))


def per_shard(array: Any) -> tuple[int, ...]:
    """Return the number of chunks per file along each axis: 1 without shards."""
    shards = getattr(array, "shards", None) or array.chunks
    return tuple(s // c for s, c in zip(shards, array.chunks, strict=True))


def all_chunks(array: Any) -> Iterator[tuple[int, ...]]:
    """Yield the indices of an array's chunks."""
    yield from product(*map(range, _counts(array)))


def all_shards(array: Any) -> Iterator[tuple[int, ...]]:
    """Yield the indices of an array's files: shards, or chunks without shards."""
    counts = zip(_counts(array), per_shard(array), strict=True)
    yield from product(*(range(-(-n // k)) for n, k in counts))


def shard_of(array: Any, chunk: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of the file that contains a chunk."""
    return tuple(i // k for i, k in zip(chunk, per_shard(array), strict=True))


def chunks_in(array: Any, shard: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the indices of a shard's chunks within the array."""
    limits = zip(shard, per_shard(array), _counts(array), strict=True)
    yield from product(*(range(i * k, min((i + 1) * k, n)) for i, k, n in limits))


def place_of(folder: Path, array: Any, chunk: tuple[int, ...]) -> Path:
    """Return the path of an encoded chunk: its final file, or a temporary one until its shard is
    complete."""
    if math.prod(per_shard(array)) == 1:
        return folder / str(array.metadata.encode_chunk_key(chunk))
    return _waiting(folder, shard_of(array, chunk)) / _name(chunk)


def is_waiting(folder: Path, array: Any, shard: tuple[int, ...] | None = None) -> bool:
    """Return whether chunks of an array, or of one shard, are not packed yet."""
    return (folder / WAITING if shard is None else _waiting(folder, shard)).exists()


def pack(
    folder: Path,
    array: Any,
    shard: tuple[int, ...],
    known: Mapping[tuple[int, ...], Record],
) -> None:
    """Pack the chunks of a complete shard to its file, and delete them.

    Raises
    ------
    OutputError
        The file cannot be written, or the chunks cannot be removed.
    """
    waiting, path = _waiting(folder, shard), folder / str(array.metadata.encode_chunk_key(shard))
    if not path.exists():  # otherwise interrupted during the cleanup below
        with replacing(path) as part:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                _write(file, waiting, array, shard, known)
    try:
        shutil.rmtree(waiting)
        if not any(waiting.parent.iterdir()):
            waiting.parent.rmdir()
    except OSError as error:
        raise OutputError(f"Could not remove {waiting}: {error.strerror}.") from error


def _write(
    file: Any,
    waiting: Path,
    array: Any,
    shard: tuple[int, ...],
    known: Mapping[tuple[int, ...], Record],
) -> None:
    count = per_shard(array)
    index = np.full((*count, 2), ABSENT, "<u8")
    for chunk in chunks_in(array, shard):
        if known[chunk].bytes:
            index[_inside(chunk, count)] = file.tell(), known[chunk].bytes
            file.write((waiting / _name(chunk)).read_bytes())
    table = index.tobytes()
    file.write(table + crc32c(table).to_bytes(CRC, "little"))


def read_chunk(root: str, name: str, array: Any, chunk: tuple[int, ...]) -> bytes:
    """Return the stored bytes of a chunk of the array ``name`` in the hierarchy ``root``; empty if
    it is absent or its shard's index is damaged."""
    folder, count = Path(root, name), per_shard(array)
    if math.prod(count) == 1:
        path = folder / str(array.metadata.encode_chunk_key(chunk))
        check_inside(root, path)
        return path.read_bytes() if path.exists() else b""
    path = folder / str(array.metadata.encode_chunk_key(shard_of(array, chunk)))
    check_inside(root, path)
    length = ENTRY * math.prod(count) + CRC
    if not path.exists() or path.stat().st_size < length:
        return b""
    with path.open("rb") as file:
        file.seek(-length, os.SEEK_END)
        table, crc = file.read(length - CRC), file.read(CRC)
        if crc32c(table) != int.from_bytes(crc, "little"):
            return b""
        start, size = np.frombuffer(table, "<u8").reshape(*count, 2)[_inside(chunk, count)].tolist()
        if start == ABSENT or start + size > path.stat().st_size:
            return b""
        file.seek(start)
        return file.read(size)


def index_bytes(array: Any, found: Iterable[Record]) -> int:
    """Return the total size of the indices of all stored shards, in bytes."""
    count = math.prod(per_shard(array))
    if count == 1:
        return 0
    files = {shard_of(array, record.chunk) for record in found if record.bytes}
    return len(files) * (ENTRY * count + CRC)


def _counts(array: Any) -> tuple[int, ...]:
    return tuple(-(-n // c) for n, c in zip(array.shape, array.chunks, strict=True))


def _inside(chunk: tuple[int, ...], count: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i % k for i, k in zip(chunk, count, strict=True))


def _waiting(folder: Path, shard: tuple[int, ...]) -> Path:
    return folder / WAITING / _name(shard)


def _name(index: tuple[int, ...]) -> str:
    return ".".join(map(str, index))
