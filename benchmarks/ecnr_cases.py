"""Volumes of the ECNR benchmark, and statistics of one method on one of them."""

import time
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks import ecnr_peers, peers, volumes
from vcore.cli.output import progress
from vcore.errors import BudgetError
from vcore.metrics import ErrorStatistics, chamfer_distance, ssim
from vcore.model.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[Any]
MAX_DECODES, DECODING_SECONDS = 3, 60.0
"""Number of decodings for the median, and the duration in seconds above which one suffices."""
FRAMES_CHECKED = 6
"""Number of evenly spaced frames averaged for the chamfer distance, which takes seconds each."""


@dataclass(frozen=True)
class Case:
    """A volume, its compression ratios and its crop for the quick run.

    Parameters
    ----------
    isovalue
        Isovalue of the chamfer distance, as a fraction of the data range.
    crop
        Region used by the quick run.
    large
        Whether "all" skips it (minutes to generate, hours to fit).
    """

    name: str
    ratios: tuple[float, ...]
    isovalue: float
    crop: tuple[slice, ...]
    large: bool = False

    def load(self, quick: bool) -> Array:
        """Return the values."""
        values = LOADERS[self.name]()
        return np.ascontiguousarray(values[self.crop] if quick else values)


def tornado(side: int, frames: int, step: int) -> Array:
    """Return the speed of R. Crawfis' tornado (Ohio State University), (t, z, y, x), float32.

    Computed by his generator ``gen_tornado`` on ``side``**3 voxels, at times 0, step, ….
    """
    places = np.arange(side) / (side - 1)
    z, y, x = np.meshgrid(places, places, places, indexing="ij", sparse=True)
    out = np.empty((frames, side, side, side), np.float32)
    radius, damping = 0.1 + 0.4 * z**2 + 0.1 * z * np.sin(8 * z), 0.2 + 0.1 * z
    for number in range(frames):
        now = step * number
        dx = x - (0.5 + 0.1 * np.sin(0.04 * now + 10 * z))
        dy = y - (0.5 + 0.1 * np.cos(0.03 * now + 3 * z))
        off = np.sqrt(dy**2 + dx**2)
        away = np.abs(radius - off)
        scale = np.where(away > damping, 0.8 - away, 1.0)
        up = np.maximum(0.1 * (0.1 - off * z), 0)
        off = np.sqrt(off**2 + up**2)
        scale = (radius + damping - off) * scale / (off + 1e-11) / (1 + z)
        u, v, w = scale * dy + 0.1 * dx, -scale * dx + 0.1 * dy, scale * up
        out[number] = np.sqrt(u**2 + v**2 + w**2)
    return out


LOADERS: "dict[str, Callable[[], Array]]" = {
    "tornado_speed_t16": lambda: tornado(64, 16, 3),
    "viscous_fingers_run01": lambda: (
        volumes.load("timeseries/viscous_fingers_run01").variables[0].read()
    ),
    "bonsai": lambda: volumes.load(volumes.BONSAI).variables[0].read(),
    "tornado_128_t48": lambda: tornado(128, 48, 1),
}
BOX = (slice(16, 48),) * 3
"""Crop along z, y, x for the quick run."""
CASES = (
    Case("tornado_speed_t16", (50, 200, 800), 0.5, (slice(0, 8), *BOX)),
    Case("viscous_fingers_run01", (50, 200, 800), 0.3, (slice(0, 8), *BOX)),
    Case("bonsai", (50, 200, 800), 0.3, (slice(96, 160),) * 3),
    Case("tornado_128_t48", (3000,), 0.5, (slice(0, 8), *BOX), large=True),
)


def of_method(
    method: str,
    settings: dict[str, Any],
    original: Array,
    limit: int | None,
    seconds: float | None,
    isovalue: float | None,
    *,
    similarity: bool = False,
    clock: "Callable[[], float]" = time.monotonic,
) -> dict[str, Any]:
    """Return the statistics of a vcore method; decoding is the median of 3 after a warm-up.

    ``seconds`` and all times are those of ``clock``.
    """
    began = clock()
    try:
        with progress() as report:
            result = vcore.compress(
                original, None, method=method, settings=settings,
                budget=None if limit is None else vcore.Budget(bytes=limit),
                context=Context(progress=report, time_limit=seconds, clock=clock),
            )  # fmt: skip
    except BudgetError as error:
        return {"smallest": error.needed, "error": str(error)}
    encode_seconds = clock() - began
    dataset = vcore.open(result.data)
    dataset.decode((slice(0, 1),) * original.ndim)  # warm-up: load and compile
    times: list[float] = []
    while len(times) < MAX_DECODES and sum(times) < DECODING_SECONDS:
        began = clock()
        decoded = vcore.open(result.data).decode()
        times.append(clock() - began)
    return {
        "bytes": result.bytes,
        "encode_seconds": encode_seconds,
        "decode_seconds": float(np.median(times)),
        "voxels": original.size,
        **figures(original, decoded, isovalue, similarity=similarity),
    }


def of_peer(
    codec: str,
    original: Array,
    limit: int,
    isovalue: float | None,
    *,
    similarity: bool = False,
) -> dict[str, Any]:
    """Return the statistics of a classical codec; if it cannot be as small, its smallest size."""
    best = ecnr_peers.code(codec, original, limit)
    if not isinstance(best, peers.Coded):
        return {"smallest": best.smallest}
    return {
        "bytes": best.bytes,
        "encode_seconds": best.encode_seconds,
        "decode_seconds": best.decode_seconds,
        "voxels": original.size,
        **figures(original, best.decoded, isovalue, similarity=similarity),
    }


def figures(
    original: Array, decoded: Array, isovalue: float | None, *, similarity: bool = False
) -> dict[str, Any]:
    """Return psnr in dB and cd in voxels, the latter averaged over some frames; with ``similarity``
    also ssim."""
    statistics = ErrorStatistics()
    frames = original.reshape(-1, *original.shape[-3:])
    others = decoded.reshape(frames.shape)
    for a, b in zip(frames, others, strict=True):
        statistics.add(a, b)
    found: dict[str, Any] = {"psnr": statistics.psnr}
    if similarity:
        found["ssim"] = ssim(original, decoded, float(original.max()) - float(original.min()))
    if isovalue is not None:
        low, high = float(original.min()), float(original.max())
        chosen = np.unique(np.linspace(0, len(frames) - 1, FRAMES_CHECKED).astype(int))
        level = low + isovalue * (high - low)
        distances = [
            chamfer_distance(frames[t].astype(float), others[t].astype(float), level, (1, 1, 1))
            for t in chosen
        ]
        finite = [d for d in distances if isfinite(d)]
        found["cd"] = float(np.mean(finite)) if finite else None
    return found
