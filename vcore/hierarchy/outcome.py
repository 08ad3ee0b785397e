"""Reports of the compression or export of a hierarchy, from its records."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vcore.hierarchy import records
from vcore.hierarchy.chunk_job import codec_of, opened
from vcore.hierarchy.records import Record
from vcore.hierarchy.shards import index_bytes
from vcore.io.zarr_cf import coding


@dataclass(frozen=True)
class HierarchyReport:
    """Report of a compression or an export.

    Parameters
    ----------
    path
        Path of the hierarchy.
    finished
        Whether all chunks are stored, or other parts are still missing.
    nbytes, bytes
        Uncompressed and stored bytes of all arrays, without metadata.
    arrays
        Figures of each array: bytes, ratio, chunks, and for images psnr (None if lossless),
        max_error in data units, and once finished robust_psnr and robust_range, if measured.
    left_out
        Names of what the source holds and the hierarchy cannot, with the reason.
    """

    path: str
    finished: bool
    nbytes: int
    bytes: int
    arrays: Mapping[str, Mapping[str, Any]]
    left_out: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return asdict(self)


def outcome_of(out: str, known: Mapping[str, Mapping[tuple[int, ...], Record]]) -> HierarchyReport:
    """Return the figures of all arrays from their records."""
    arrays = {a: figures_of(out, a, list(found.values())) for a, found in known.items()}
    return HierarchyReport(
        out,
        all(records.is_finished(out, a) for a in known),
        sum(a["nbytes"] for a in arrays.values()),
        sum(a["bytes"] for a in arrays.values()),
        arrays,
    )


def figures_of(out: str, path: str, found: list[Record]) -> dict[str, Any]:
    """Return the figures of one array from its records."""
    array = opened(out, path)
    nbytes = math.prod(array.shape) * array.dtype.itemsize
    size = sum(r.bytes for r in found) + index_bytes(array, found)
    values: dict[str, Any] = {
        "chunks": len(found),
        "nbytes": nbytes,
        "bytes": size,
        "ratio": nbytes / max(size, 1),
    }
    codec = codec_of(array)
    if codec is None:
        return values
    squares, count = sum(r.squared_error for r in found), sum(r.voxels for r in found)
    scale = coding(array).scale
    scale = 1.0 if scale is None else abs(float(scale))
    values["max_error"] = scale * max((r.max_error for r in found), default=0.0)
    values["mse"] = scale * scale * squares / max(count, 1)
    values["psnr"] = None
    if codec.range is not None and squares:
        span = codec.range[1] - codec.range[0]
        values["psnr"] = 10 * math.log10(span * span * count / squares)
    return values
