"""Audit of a compressed hierarchy: integrity, guarantees, and errors against the source."""

import hashlib
import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from vcore.container.layout import crc32c
from vcore.engine.variable import TOLERANCE
from vcore.errors import InputError, VcoreError
from vcore.hierarchy import records
from vcore.hierarchy.chunk_job import (
    ChunkJob,
    checksum,
    codec_of,
    forget,
    opened,
    read_source,
    region_of,
)
from vcore.hierarchy.ome import NOTE
from vcore.hierarchy.outcome import figures_of
from vcore.hierarchy.plan import open_source, parts_of
from vcore.hierarchy.quality import robust_figures
from vcore.hierarchy.records import Record
from vcore.hierarchy.seams import jumps_of
from vcore.hierarchy.shards import all_chunks, read_chunk
from vcore.hierarchy.virtual_source import named
from vcore.io.omezarr_write import CHUNK
from vcore.io.outside import Trusted
from vcore.io.zarr_cf import coding
from vcore.model.context import Context
from vcore.model.volume import LazyArray, Volume
from vcore.zarr.codec import VcoreCodec

REPEATED = 1e-6
"""Relative tolerance of repeated error measurements, as the order of summation may differ."""
INEXACT = 2e-5
"""Share of the data range by which an inexact method may decode differently on another machine."""


@dataclass(frozen=True)
class Audit:
    """Result of an audit.

    Parameters
    ----------
    path
        Path of the hierarchy.
    encoder
        Version of vcore that wrote it.
    arrays
        Figures of each array, from its records, with its robust PSNR (see ``robust_figures``); if
        compared with the source, also seam_jump and
        jump_elsewhere (RMS, data units): differences of the error between adjacent voxels across
        chunk faces and within chunks.
    sampled
        Number of chunks compared with the source.
    breaks
        One sentence for each violation found.
    damaged
        Whether chunks are missing or their checksums do not match.
    """

    path: str
    encoder: str
    arrays: dict[str, dict[str, Any]]
    sampled: int
    breaks: tuple[str, ...]
    damaged: bool

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return asdict(self)


def audit(
    out: str | os.PathLike[str],
    source: str | os.PathLike[str] | Volume | LazyArray | None = None,
    *,
    sample: float = 0.01,
    allow_outside: bool = False,
    context: Context | None = None,
) -> Audit:
    """Verify the records and chunk checksums of a compressed hierarchy; compare a sample of chunks
    with the source, and measure the seams between these chunks and the next.

    Parameters
    ----------
    source
        Source of the compression, as in ``compress``.
    sample
        Share of the chunks to compare, 0 to 1; at least one per array.
    allow_outside
        Whether to follow links that lead out of the folders.

    Raises
    ------
    InputError
        The hierarchy was not written by ``compress``, the source is invalid, or the share is out of
        range.
    """
    if not 0 <= sample <= 1:
        raise InputError(f"Expected a sample between 0 and 100 %. Got {100 * sample:g} % instead.")
    place = Trusted(out) if allow_outside else os.fspath(out)
    if source is None:
        return _audit(place, "", sample, context or Context())
    with named(source, side=_side_of(place), allow_outside=allow_outside) as name:
        return _audit(place, name, sample, context or Context())


def _side_of(out: str) -> int:
    """Return the side of the chunks, by which levels of the source are built."""
    note = dict(open_source(out).attrs).get(NOTE)
    side = note.get("chunks") if isinstance(note, dict) else None
    return side if type(side) is int and side > 0 and side % 2 == 0 else CHUNK


def _audit(out: str, source: str, sample: float, context: Context) -> Audit:
    forget()
    node = open_source(out)
    note = dict(node.attrs).get(NOTE)
    if not isinstance(note, dict):
        raise InputError(f"Expected a hierarchy that vcore compressed. {out} is none.")
    if source:
        open_source(source)  # a missing source would otherwise be reported for each array
    arrays, breaks, sampled, damaged = {}, [], 0, False
    parts = parts_of(node)
    for number, part in enumerate(parts):
        known = records.read(out, part.path)
        arrays[part.path] = figures_of(out, part.path, list(known.values()))
        found = list(_damage(out, part.path, known))
        damaged = damaged or bool(found)
        if not found:
            arrays[part.path] |= robust_figures(part, known.values())
        found += _broken_promises(out, part.path, known)
        if source and not found:
            chosen = _sample(part.path, known, sample)
            sampled += len(chosen)
            jobs = [ChunkJob(source, out, part.path, record.chunk) for record in chosen]
            for job, record in zip(jobs, chosen, strict=True):
                found += _against_source(job, record)
            if codec_of(opened(out, part.path)) is not None and not found:
                arrays[part.path] |= jumps_of(jobs).to_json()
        breaks += [f"{part.path or 'the array'}: {text}" for text in found]
        context.report("auditing", (number + 1) / len(parts))
    return Audit(out, str(note.get("encoder", "")), arrays, sampled, tuple(breaks), damaged)


def _damage(out: str, path: str, known: dict[tuple[int, ...], Record]) -> Iterable[str]:
    array = opened(out, path)
    missing = [c for c in all_chunks(array) if c not in known]
    if missing:
        yield f"{len(missing)} chunks are missing, first {missing[0]}: resume the compression."
    for record in known.values():
        data = read_chunk(out, path, array, record.chunk)
        if (len(data), crc32c(data) if data else 0) != (record.bytes, record.crc32c):
            yield f"chunk {record.chunk} is damaged: its checksum does not match."


def _broken_promises(out: str, path: str, known: dict[tuple[int, ...], Record]) -> Iterable[str]:
    codec = codec_of(opened(out, path))
    if codec is not None:
        for record in known.values():
            yield from _promises(codec, record)


def _promises(codec: VcoreCodec, record: Record) -> Iterable[str]:
    bound, psnr = codec.budget.max_error, codec.budget.psnr
    if bound is not None and record.max_error > bound:
        yield f"chunk {record.chunk} has an error of {record.max_error:g}, above {bound:g}."
    if psnr is not None and codec.range is not None and record.squared_error:
        span = codec.range[1] - codec.range[0]
        reached = 10 * math.log10(span * span * record.voxels / record.squared_error)
        if reached < psnr - TOLERANCE:
            yield f"chunk {record.chunk} has {reached:.2f} dB, below {psnr:g} dB."


def _sample(path: str, known: dict[tuple[int, ...], Record], share: float) -> list[Record]:
    """Return a pseudo-random, reproducible sample of chunks, ordered by a hash."""

    def place(record: Record) -> bytes:
        return hashlib.blake2b(f"{path} {record.chunk}".encode(), digest_size=8).digest()

    ordered = sorted(known.values(), key=place)
    return ordered[: max(math.ceil(share * len(ordered)), 1)]


def _against_source(job: ChunkJob, record: Record) -> Iterable[str]:
    array = opened(job.out, job.array)
    try:
        values = read_source(job)
        decoded = np.asarray(array[region_of(array, job.chunk)])
    except VcoreError as error:
        yield f"chunk {job.chunk} cannot be compared: {error}"
        return
    if checksum(values) != record.source:
        yield f"chunk {job.chunk} of the source differs from the compressed one."
        return
    if values.dtype.kind not in "uif":
        if not (decoded == values).all():
            yield f"chunk {job.chunk} is not preserved."
        return
    there = ~coding(array).absent(values)
    missed = np.abs(decoded[there].astype(np.float64) - values[there])
    largest, squares = float(missed.max(initial=0.0)), float(np.square(missed).sum())
    codec = codec_of(array)
    span = 0.0 if codec is None or codec.range is None else codec.range[1] - codec.range[0]
    room = INEXACT * span + REPEATED * record.max_error
    much = record.squared_error * (1 + REPEATED) + 2 * room * math.sqrt(
        record.squared_error * max(record.voxels, 1)
    )
    if largest > record.max_error + room or squares > much + room * room * record.voxels:
        yield (
            f"chunk {job.chunk} has errors of up to {largest:g}, above the recorded "
            f"{record.max_error:g}."
        )
    if not np.array_equal(decoded[~there], values[~there], equal_nan=values.dtype.kind == "f"):
        yield f"chunk {job.chunk} differs from the source in its missing values."
