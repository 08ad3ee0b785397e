"""Grids as their authors store them, in float16, beside the coded ones: bytes at equal PSNR.

Fitted for the same time without a rate term or rounding, with the same network, and with tables for
a multiple of the bytes of the coded file. Where that is still below its PSNR, coding saves more
than that factor.
"""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks.report import Results
from vcore.methods.grids.network_decoder import Evaluator
from vcore.methods.grids.pyramid import Pyramid
from vcore.methods.grids.settings import GridsSettings
from vcore.methods.grids.shapes import FEATURE_STEP, shape_for
from vcore.methods.grids.training import Fit
from vcore.model.context import Context
from vcore.model.regions import whole

PRESETS = ("mht", "fvsrn", "apmgsrn")
FACTORS = (2.5, 5.0)
"""Bytes of float16 grids in those of the coded ones."""
TIME_SHARE = 0.85
MARK = "float16"
"""First word of the keys of rows."""


class PlainFit(Fit):
    """Fit of features and weights that are not rounded."""

    def _as_stored(self, latents: Any) -> tuple[Any, Any]:
        return latents, latents.new_zeros(())

    def _rounded(self) -> dict[str, Any]:
        return self._weights


def coded_and_float16(
    preset: str, original: NDArray[Any], limit: int, seconds: float
) -> dict[str, Any]:
    """Return bytes and PSNR of a coded file, and of float16 grids of multiples of its bytes.

    Parameters
    ----------
    original
        (z, y, x)
    limit
        Bytes of the file, at most.
    seconds
        CPU time of each fit.
    """
    report = vcore.compress(
        original, None, method="grids", settings={"preset": preset},
        budget=vcore.Budget(bytes=limit), context=_context(seconds),
    )  # fmt: skip
    used = vcore.open(report.data).info["variables"][0]["settings"]
    settings = GridsSettings(preset=preset, width=used["width"], boxes=used.get("boxes"))
    plain = [
        {"bytes": size, "psnr": psnr}
        for size, psnr in (_float16(original, f * report.bytes, settings, seconds) for f in FACTORS)
    ]
    return {"bytes": report.bytes, "psnr": report.psnr, "float16": plain}


def _float16(
    original: NDArray[Any], room: float, settings: GridsSettings, seconds: float
) -> tuple[int, float]:
    """Return bytes and PSNR of float16 grids of at most ``room`` bytes."""
    low, span = float(original.min()), float(np.ptp(original))
    values = ((original.astype(np.float32) - low) / span)[None, None]
    shape = shape_for(settings.preset, original.shape, 1, 1, room, settings, (16.0, 16.0))
    pyramid = Pyramid(shape.shape, 1, 1, 1, 1)
    fit = PlainFit(values, shape, pyramid, settings, _context(seconds), room)
    fitted = fit.run(TIME_SHARE)
    evaluate = Evaluator(
        shape, {n: _halved(w.detach().numpy()) for n, w in fit._weights.items()}, fitted.boxes
    )
    tables = [_halved(table) * FEATURE_STEP for table in fitted.features[0]]
    found = evaluate(evaluate.values(tables), whole(shape.shape))[..., 0] * span + low
    found = found.clip(original.min(), original.max())
    if original.dtype.kind != "f":
        found = np.rint(found)
    error = float(np.mean(np.square(found - original, dtype=np.float64)))
    weights = sum(math.prod(size) for size in shape.arrays.values())
    count = shape.latents + weights + 12 * len(shape.tables) * shape.movable
    return 2 * count, float(10 * np.log10(span**2 / error))


def _halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values.astype(np.float16).astype(np.float32)


def _context(seconds: float) -> Context:
    return Context(time_limit=seconds, clock=time.process_time)


def table(results: Results, volumes: Sequence[str]) -> tuple[list[str], list[list[Any]]]:
    """Return coded and float16 grids of all that was measured of some volumes."""
    rows = []
    for key, row in results.rows.items():
        part, volume, *rest = key.split()
        if part == MARK and volume in volumes:
            cells = [v for f in row["float16"] for v in (f"{f['bytes']:,}", f["psnr"])]
            rows.append([volume, *rest, f"{row['bytes']:,}", row["psnr"], *cells])
    head = ["volume", "ratio", "preset", "minutes", "bytes", "PSNR dB"]
    for factor in FACTORS:
        head += [f"float16, {factor:g} times", "PSNR dB"]
    return head, rows


def key_of(volume: str, ratio: float, preset: str, minutes: float) -> str:
    """Return the key of a row."""
    return f"{MARK} {volume} {ratio:g} {preset} {minutes:g}"
