"""Compression of an OME-Zarr hierarchy of any size to one with compressed chunks."""

import json
import logging
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from vcore import methods
from vcore._version import __version__
from vcore.engine.choose import default_method
from vcore.engine.plans import DEFAULT, MIN_DEFAULT_BYTES, takes_quality
from vcore.engine.undeclared import Ends, sentence
from vcore.errors import BudgetError, InputError
from vcore.hierarchy import records
from vcore.hierarchy import step_search as stepping
from vcore.hierarchy.chunk_job import ChunkJob, limits
from vcore.hierarchy.outcome import HierarchyReport, outcome_of
from vcore.hierarchy.plan import HierarchyWriter, Part, chunks_of, open_source, parts_of
from vcore.hierarchy.pool import Pool, pool
from vcore.hierarchy.quality import in_whole_range
from vcore.hierarchy.resuming import fingerprint
from vcore.hierarchy.shards import WAITING
from vcore.hierarchy.transfer import parse_part, transfer_all
from vcore.hierarchy.virtual_source import is_given, named
from vcore.io.cf_values import Coding
from vcore.model.budget import Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.regions import blocks
from vcore.model.text import printable
from vcore.model.volume import LazyArray, Volume
from vcore.runtime.atomic import replacing
from vcore.zarr.codec import VcoreCodec

logger = logging.getLogger(__name__)

CHUNKS = 128
"""Side of a chunk in voxels, at which a worker needs about 200 MB."""
ROUNDS = 3
"""Maximum number of repeated compressions if the sample's size estimate was off."""
MAX_COARSER = 4.0
"""Maximum factor by which a step grows per round."""
WASTED = 0.8
"""Share of the byte budget below which everything is compressed again with a finer step."""
MESSAGE = "Chunks are compressed by vcore.chunk: install vcore-volumes to read them."


def compress(
    source: str | os.PathLike[str] | Volume | LazyArray,
    out: str | os.PathLike[str],
    *,
    method: str = "",
    budget: Asked | None = None,
    settings: Mapping[str, Any] | None = None,
    chunks: int = CHUNKS,
    shards: int | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    part: str | None = None,
    force: bool = False,
    allow_outside: bool = False,
    context: Context | None = None,
) -> HierarchyReport:
    """Compress the Zarr hierarchy ``source`` into ``out``, chunk by chunk.

    A call with the same arguments resumes an interrupted compression, with a byte-identical result.
    The checksums of finished chunks are compared with the source first.

    Parameters
    ----------
    source
        Folder or URL of an OME-Zarr hierarchy (0.4 or 0.5), or of a Zarr array; an Imaris or
        BigDataViewer file; or a Volume or an array, such as dask's, with axes (z, y, x) or
        (t, z, y, x), read by chunk.
    out
        Folder of the new hierarchy, OME-Zarr 0.5.
    method, budget, settings
        As in ``vcore.compress``, relative to the range of each level of each image, of its dimmest
        channel; one budget for all images. A size applies to all images together, and is split for
        the smallest error.
    chunks
        Side of a chunk in voxels.
    shards
        Side of a shard (one file) in chunks; 1 for one file per chunk. Default: 8 for arrays of
        more than 1000 chunks, to avoid folders with millions of files, else 1.
    workers
        Number of processes on this machine; of threads for a Volume or an array.
    scheduler
        Address of a dask.distributed scheduler to use instead; its workers need access to both
        folders.
    part
        "i/n": only every n-th chunk (or shard) from the i-th on, for job arrays.
    force
        Whether to replace an existing ``out``, including one started with the same arguments; with
        ``part``, only one started with different arguments.
    allow_outside
        Whether to follow links and references of the source out of its folder.

    Raises
    ------
    InputError, BudgetError, OutputExistsError, OutputError, MissingExtraError, Cancelled
        Finished chunks are kept in each case.
    """
    if chunks < 8:
        raise InputError(f"Expected chunks of 8 voxels a side or more. Got {chunks} instead.")
    if shards is not None and shards < 1:
        raise InputError(f"Expected shards of one chunk a side or more. Got {shards} instead.")
    which, context = parse_part(part), context or Context()
    if isinstance(budget, Budgets):
        raise InputError(
            "Expected one budget for all images of an OME-Zarr. Got budgets by name "
            f"({', '.join(budget.by_name)}): leave the names out, or write a .vcore file."
        )
    asked = budget or Budget()
    name = method or default_method(asked)
    wanted = _Wanted(name, asked, methods.get(name).Settings.from_json(settings or {}).to_json())
    note = {
        "message": MESSAGE,
        "encoder": __version__,
        "source": _name_of(source),
        "chunks": chunks,
        "shards": shards,
        **wanted.to_json(),
    }
    with named(source, allow_outside=allow_outside) as place:
        given = is_given(place)
        if given and scheduler is not None:
            raise InputError(
                "Expected a path for a scheduler, whose workers open it. Got a volume instead: "
                "write it with dask.array.to_zarr into an array with VcoreCodec as its serializer."
            )
        with pool(workers, scheduler, threads_only=given) as workers_:
            return _compress(place, os.fspath(out), note, wanted, workers_, which, force, context)


def _name_of(source: Any) -> str:
    if isinstance(source, Volume):
        return printable(Path(source.source).name)
    return printable(Path(source).name) if isinstance(source, str | os.PathLike) else ""


def _compress(
    source: str,
    out: str,
    note: Mapping[str, Any],
    wanted: "_Wanted",
    workers: Pool,
    which: tuple[int, int],
    force: bool,
    context: Context,
) -> HierarchyReport:
    node = open_source(source)
    parts = parts_of(node)
    note = {**note, "metadata": fingerprint(node)}
    hierarchy = HierarchyWriter(source, out, note, 3)
    arrays = [p.path for p in parts]
    if not hierarchy.exists(force=force, whole=which[1] == 1):
        shapes = {p.path: chunks_of(p, note["chunks"]) for p in parts}
        codecs = wanted.codecs(source, parts, shapes, workers, context)
        hierarchy.create(node, parts, shapes, codecs, note["shards"])
    finer: float | None = None
    for left in range(ROUNDS, -1, -1):
        known = transfer_all(
            *(source, out, arrays, workers, which, context, "compressing"),
            compare=left == ROUNDS,
        )
        result = outcome_of(out, known)
        limit = wanted.limit(parts)
        lossy = [p.path for p in parts if p.lossy]
        size = sum(result.arrays[a]["bytes"] for a in lossy)
        if not result.finished or limit is None:
            return result
        again = left > 0 and which[1] == 1
        lost = any(result.arrays[a].get("max_error") for a in lossy)
        if size <= limit:
            wasted = lost and 0 < size < WASTED * limit
            # refine once, with a round left to revert it
            if finer is not None or not (again and left > 1 and wasted):
                return result
            finer = max(size / limit, 1 / MAX_COARSER)
            if not _stepped(out, lossy, finer):
                return result
            continue
        # if everything is lossless, the size does not depend on the step
        factor = 1.03 * (size / limit) ** 1.5 if lost else MAX_COARSER
        factor = factor if finer is None else 1 / finer
        if not again or not _stepped(out, lossy, factor):
            raise BudgetError(
                f"Expected at most {limit} bytes. The images take {size}: ask for more, or "
                f"compress again with `force=True` and a smaller size."
            )
    raise AssertionError


@dataclass(frozen=True)
class _Wanted:
    method: str
    budget: Budget
    settings: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "budget": self.budget.to_json(),
            "settings": dict(self.settings),
        }

    @property
    def effective(self) -> Budget:
        """Requested budget, or the method's default."""
        if not self.budget.is_empty or "step" in self.settings:
            return self.budget
        method = methods.get(self.method)
        settings = method.Settings.from_json(self.settings)
        return DEFAULT if takes_quality(method, settings) else method.default_budget(settings)

    def limit(self, parts: list[Part]) -> int | None:
        """Return the requested maximum number of bytes of all images, None if not limited."""
        return self.budget.limit_bytes(*_size(parts))

    def codecs(
        self,
        source: str,
        parts: list[Part],
        shapes: Mapping[str, tuple[int, ...]],
        workers: Pool,
        context: Context,
    ) -> dict[str, VcoreCodec]:
        """Return the codec of each level of each image."""
        budget = self.effective
        total = budget.limit_bytes(*_size(parts))
        if total is not None and self.budget.is_empty:
            total = max(total, MIN_DEFAULT_BYTES)
        found: dict[str, VcoreCodec] = {}
        for part in (p for p in parts if p.lossy):
            span = None
            if total is not None or budget.has_psnr or budget.range_error is not None:
                span = _range(source, part, workers, context)
            mine, settings = in_whole_range(budget, part, span or (0, 0), context), self.settings
            settings = dict(settings)
            if total is not None:
                mine, bpv = _shared_out(total, part, parts)
                stepped = "step" in {f.name for f in fields(methods.get(self.method).Settings)}
                if stepped and span is not None and span[0] < span[1]:
                    mine, settings["step"] = (
                        Budget(),
                        stepping.step_for(
                            source,
                            part.path,
                            part.coding,
                            shapes[part.path],
                            self.method,
                            span,
                            bpv,
                            workers,
                            lambda share: context.report("sampling", share),
                        ),
                    )
            found[part.path] = VcoreCodec(
                method=self.method,
                budget=_packed(mine, part.coding),
                settings=settings,
                range=span,
                missing=part.coding.stored_code(np.dtype(part.array.dtype)),
            )
        return found


def _packed(budget: Budget, coding: Coding) -> Budget:
    """Return a budget of values converted to one of their packed numbers."""
    if budget.max_error is None or not coding.is_packed:
        return budget
    scale = abs(float(1.0 if coding.scale is None else coding.scale))
    if coding.packing is None:
        return replace(budget, max_error=budget.max_error / scale)
    limits = np.iinfo(coding.stored)
    largest = max(-int(limits.min), int(limits.max)) * scale + abs(coding.packing.offset)
    room = budget.max_error - 2 * float(np.finfo(coding.dtype).eps) * largest
    return replace(budget, max_error=float(max(int(room / scale), 0)))


def _size(parts: list[Part]) -> tuple[int, int]:
    """Return uncompressed bytes and number of values of all images."""
    lossy = [p.array for p in parts if p.lossy]
    values = [math.prod(a.shape) for a in lossy]
    return sum(n * a.dtype.itemsize for n, a in zip(values, lossy, strict=True)), sum(values)


def _shared_out(total: int, part: Part, parts: list[Part]) -> tuple[Budget, float]:
    """Return an array's share of ``total`` bytes as a budget and in bits per voxel."""
    bpv = 8 * total * part.array.dtype.itemsize / _size(parts)[0]
    return Budget(bpv=bpv), bpv


def _range(source: str, part: Part, workers: Pool, context: Context) -> tuple[float, float]:
    """Return the smallest and largest value of an array, read in blocks."""
    array = part.array
    side = [max(CHUNKS, c) if i >= array.ndim - 3 else 1 for i, c in enumerate(array.chunks)]
    jobs = [
        ChunkJob(
            source,
            "",
            part.path,
            tuple(v for s in region for v in (s.start, s.stop)),
            part.coding,
        )
        for region in blocks(array.shape, side)
    ]
    ends = Ends()
    for done, (_, found) in enumerate(workers.map(limits, jobs), 1):
        context.report("scanning", done / len(jobs))
        ends |= found
    if text := sentence(part.path or "the array", ends, np.dtype(array.dtype)):
        logger.warning("%s", text)
    return (ends.low, ends.high) if ends.count else (0.0, 0.0)


def _stepped(out: str, arrays: list[str], factor: float) -> bool:
    """Multiply the steps of the images and drop their chunks; return False, without changes, if an
    image has no step or it would be too fine."""
    texts = {}
    for array in arrays:
        path = Path(out, array, "zarr.json")
        text = json.loads(path.read_text())
        (codec,) = text["codecs"]
        if codec["name"] == "sharding_indexed":
            (codec,) = codec["configuration"]["codecs"]
        settings = codec["configuration"].get("settings", {})
        if "step" not in settings:
            return False
        settings["step"] = float(f"{settings['step'] * min(factor, MAX_COARSER):.6g}")
        if settings["step"] < stepping.FINEST:
            return False
        texts[path] = text
    for path, text in texts.items():
        for folder in ("c", WAITING):
            shutil.rmtree(path.with_name(folder), ignore_errors=True)
        path.with_name(records.RECORDS).unlink(missing_ok=True)
        with replacing(path) as part:
            part.write_text(json.dumps(text, indent=2))
    return True
