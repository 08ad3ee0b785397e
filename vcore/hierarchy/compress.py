"""Compression of an OME-Zarr hierarchy of any size to one with compressed chunks."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vcore._version import __version__
from vcore.errors import InputError
from vcore.hierarchy import records
from vcore.hierarchy.image_plans import described, image_plans
from vcore.hierarchy.outcome import HierarchyReport, outcome_of
from vcore.hierarchy.plan import HierarchyWriter, chunks_of, open_source, parts_of
from vcore.hierarchy.pool import Pool, pool
from vcore.hierarchy.quality import robust_figures
from vcore.hierarchy.resuming import fingerprint
from vcore.hierarchy.transfer import parse_part, transfer_all
from vcore.hierarchy.virtual_source import is_given, left_out_of, lossy_source, named
from vcore.io.ome_versions import whole_version
from vcore.model import lossy
from vcore.model.budget import Budget
from vcore.model.budgets import Asked
from vcore.model.context import Context
from vcore.model.text import printable
from vcore.model.volume import LazyArray, Volume
from vcore.runtime.atomic import remove_abandoned
from vcore.zarr.codec import VcoreCodec

logger = logging.getLogger(__name__)

CHUNKS = 128
"""Side of a chunk in voxels, at which a worker needs about 200 MB."""
ROUNDS = 3
"""Maximum number of repeated compressions if the sample's size estimate was off."""
MESSAGE = "Chunks are compressed by vcore.chunk: install vcore-volumes to read them."


def compress(
    source: str | os.PathLike[str] | Volume | LazyArray | Any,
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
        Folder or URL of an OME-Zarr hierarchy (0.4 to 0.6), or of a Zarr array; an Imaris or
        BigDataViewer file; or any other source of ``vcore.read``, whose coarser levels are built:
        a file, a folder of slices, a Volume, or an array, such as dask's, with axes (z, y, x) or
        (t, z, y, x), read by chunk.
    out
        Folder of the new hierarchy, OME-Zarr 0.5; 0.6 for a source of 0.6.
    method, budget, settings
        As in ``vcore.compress``, relative to the range of each level of each image; one budget for
        all images, or ``Budgets`` by the names of variables (paths of images). A size applies to
        all images without a name together, and is split for the smallest error.
    chunks
        Side of a chunk in voxels.
    shards
        Side of a shard (one file) in chunks; 1 for one file per chunk. Default: 8 for arrays of
        more than 1000 chunks, to avoid folders with millions of files, else 1.
    workers
        Number of processes on this machine; of threads for a source whose levels are built.
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
    asked, settings = budget or Budget(), settings or {}
    note = {
        "message": MESSAGE,
        "encoder": __version__,
        "source": _name_of(source),
        "chunks": chunks,
        "shards": shards,
        **described(method, asked, settings),
    }
    out = os.fspath(out)
    with named(source, side=chunks, near=out, allow_outside=allow_outside) as place:
        given = is_given(place)
        if given and scheduler is not None:
            raise InputError(
                "Expected an OME-Zarr, an Imaris or a BigDataViewer file for a scheduler, whose "
                "workers open it. Got a volume instead: write it with dask.array.to_zarr into an "
                "array with VcoreCodec as its serializer."
            )
        with pool(workers, scheduler, threads_only=given) as workers_:
            job = _Job(place, out, note, method, asked, settings)
            found = job.run(workers_, which, force, context)
        return replace(found, left_out=left_out_of(place))


def _name_of(source: Any) -> str:
    if isinstance(source, Volume):
        return printable(Path(source.source).name)
    return printable(Path(source).name) if isinstance(source, str | os.PathLike) else ""


@dataclass(frozen=True)
class _Job:
    source: str
    out: str
    note: Mapping[str, Any]
    method: str
    asked: Asked
    settings: Mapping[str, Any]

    def run(
        self, workers: Pool, which: tuple[int, int], force: bool, context: Context
    ) -> HierarchyReport:
        node = open_source(self.source)
        parts = parts_of(node)
        plans = image_plans(parts, self.method, self.asked, self.settings)
        before = lossy_source(self.source, node)
        if text := lossy.sentence(before):
            logger.warning("%s", text)
        note = {**self.note, "metadata": fingerprint(node), **before}
        hierarchy = HierarchyWriter(self.source, self.out, note, whole_version(dict(node.attrs)))
        resumed = hierarchy.exists(force=force, whole=which[1] == 1)
        if not resumed:
            shapes = {p.path: chunks_of(p, note["chunks"]) for p in parts}
            codecs = dict[str, VcoreCodec]()
            for plan in plans:
                codecs |= plan.codecs(self.source, shapes, workers, context)
            hierarchy.create(node, parts, shapes, codecs, note["shards"])
        for left in range(ROUNDS if which[1] == 1 else 0, -1, -1):
            known = transfer_all(
                *(self.source, self.out, [p.path for p in parts], workers, which, context),
                "compressing",
                compare=left == ROUNDS or which[1] > 1,
            )
            result = outcome_of(self.out, known)
            again = result.finished and [p.restep(self.out, result, left) for p in plans]
            if not again or not any(again):
                break
        if not result.finished:
            return result
        if resumed:
            remove_abandoned(self.out)
        context.report("foreground", 0.0)
        arrays = dict(result.arrays)
        for part in parts_of(open_source(self.out)):
            if part.path in arrays:
                own = known[part.path].values()
                if more := robust_figures(part, own):
                    records.finish(self.out, part.path, own, more)
                arrays[part.path] = {**arrays[part.path], **more}
        return replace(result, arrays=arrays)
