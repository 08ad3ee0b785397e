"""Job of one chunk, for any process: read, encode, store."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import ShardingCodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer import default_buffer_prototype

from vcore.container.layout import crc32c
from vcore.engine.undeclared import Ends
from vcore.hierarchy.plan import lossless_options
from vcore.hierarchy.records import Record
from vcore.hierarchy.shards import place_of
from vcore.hierarchy.virtual_source import array_of, is_foreign
from vcore.io.cf_values import Coding, coding_of
from vcore.io.request import reading
from vcore.io.zarr_cf import coding
from vcore.io.zarr_folder import zarr_store
from vcore.model.regions import Region
from vcore.runtime.atomic import replacing
from vcore.zarr.chunk import ChunkContext
from vcore.zarr.chunk_encoder import encode_chunk
from vcore.zarr.codec import VcoreCodec
from vcore.zarr.fill import is_fill


@dataclass(frozen=True)
class ChunkJob:
    """Chunk to transfer.

    Parameters
    ----------
    source, out
        Paths of the hierarchies.
    array
        Path of the array in both.
    chunk
        Index of the chunk in ``out``.
    coding
        Coding of the source's numbers, if the array in ``out`` does not exist yet.
    """

    source: str
    out: str
    array: str
    chunk: tuple[int, ...]
    coding: Coding | None = None


def opened(root: str, path: str) -> Any:
    """Return an array of a hierarchy or of a virtual one, open for reading."""
    if is_foreign(root):
        return array_of(root, path)
    # a new step changes an array's metadata while workers have it open
    metadata = Path(root, path, "zarr.json")
    changed = metadata.stat().st_mtime_ns if metadata.is_file() else 0
    return _stored(root, path, changed)


def forget() -> None:
    """Clear the cache of open arrays."""
    _stored.cache_clear()


@lru_cache(maxsize=64, typed=True)  # Trusted and plain paths are distinct keys
def _stored(root: str, path: str, changed: int) -> Any:
    with reading(root, "Zarr hierarchy"):
        store = zarr_store(root)
        return zarr.open_array(store, path=path, mode="r")


def region_of(array: Any, chunk: tuple[int, ...]) -> Region:
    """Return the region of an array covered by a chunk."""
    return tuple(
        slice(i * c, min((i + 1) * c, n))
        for i, c, n in zip(chunk, array.chunks, array.shape, strict=True)
    )


def codec_of(array: Any) -> VcoreCodec | None:
    """Return the array's VcoreCodec, also inside shards; None if it has none."""
    codecs: Any = getattr(array.metadata, "codecs", ())
    if len(codecs) == 1 and isinstance(codecs[0], ShardingCodec):
        codecs = codecs[0].codecs
    return next((c for c in codecs if isinstance(c, VcoreCodec)), None)


def shared_of(array: Any, codec: VcoreCodec) -> ChunkContext:
    """Return the parameters common to all chunks of an array."""
    spec = ArraySpec(
        array.chunks,
        array.metadata.data_type,
        array.fill_value,
        ArrayConfig.from_dict({}),
        default_buffer_prototype(),
    )
    return codec.shared(spec)


def read_source(job: ChunkJob) -> NDArray[Any]:
    """Return the values of a chunk in the source, with one common marker of missing values in
    images."""
    target = opened(job.out, job.array)
    region = region_of(target, job.chunk)
    with reading(job.source, "Zarr hierarchy"):
        values = np.asarray(opened(job.source, job.array)[region])
    return values if codec_of(target) is None else coding(target).tidy(values)


def checksum(values: NDArray[Any]) -> str:
    """Return the checksum of values, defined as in ``vcore.engine.scan.scan``."""
    if values.dtype.kind in "uif":
        little = values.dtype.newbyteorder("<")
        data = np.ascontiguousarray(values).astype(little, copy=False).tobytes()
    else:
        data = repr(values.tolist()).encode()
    return f"blake2b:{hashlib.blake2b(data, digest_size=8).hexdigest()}"


def source_checksum(job: ChunkJob) -> str:
    """Return the checksum of a chunk's values in the source, as stored in records."""
    return checksum(read_source(job))


def transfer(job: ChunkJob) -> Record:
    """Read a chunk of the source, encode and store it; return its record."""
    values, target = read_source(job), opened(job.out, job.array)
    codec = codec_of(target)
    if is_fill(values, target.fill_value):
        there = int((~coding(target).absent(values)).sum()) if codec is not None else values.size
        return Record(job.chunk, checksum(values), 0, 0, there, 0.0, 0.0)
    path = place_of(Path(job.out, job.array), target, job.chunk)
    if codec is None:
        data = _lossless(values, target)
        put(path, data)
        return Record(job.chunk, checksum(values), len(data), crc32c(data), values.size, 0.0, 0.0)
    block = values.reshape((1,) * (3 - values.ndim) + values.shape)
    encoded = encode_chunk(block, shared_of(target, codec))
    put(path, encoded.data)
    return Record(
        job.chunk,
        checksum(values),
        len(encoded.data),
        crc32c(encoded.data),
        encoded.count,
        encoded.squared_error,
        encoded.max_error,
    )


def _lossless(values: NDArray[Any], target: Any) -> bytes:
    """Return a chunk encoded by zarr's own codecs."""
    store: dict[str, Any] = {}
    array = zarr.create_array(
        store,
        shape=target.chunks,
        chunks=target.chunks,
        dtype=target.dtype,
        fill_value=target.fill_value,
        zarr_format=target.metadata.zarr_format,
        config={"write_empty_chunks": True},  # zarr treats -0.0 as a fill value of 0
        **lossless_options(target.metadata.zarr_format),
    )
    array[tuple(slice(0, n) for n in values.shape)] = values
    key = array.metadata.encode_chunk_key((0,) * array.ndim)
    return bytes(store[key].to_bytes())


def limits(job: ChunkJob) -> Ends:
    """Return the smallest and largest value of a block of the source.

    ``job.chunk`` holds start and stop along each axis, as the array is not in ``out`` yet.
    """
    region = tuple(slice(a, b) for a, b in zip(job.chunk[::2], job.chunk[1::2], strict=True))
    with reading(job.source, "Zarr hierarchy"):
        values = np.asarray(opened(job.source, job.array)[region])
    return Ends.of(values[~(job.coding or coding_of("", values.dtype, {})).absent(values)])


def put(path: Path, data: bytes) -> None:
    """Write a file atomically.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with replacing(path) as part:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
