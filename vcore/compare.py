"""Figures of a decoded variable against its original."""

import math
import time
from collections.abc import Callable
from typing import Any

from vcore.context import Progress, ignore_progress
from vcore.decoding import VariableDecoder
from vcore.errors import InputError
from vcore.metrics import ErrorStatistics
from vcore.volume import Variable


def compare_variable(
    original: Variable,
    decoder: VariableDecoder,
    *,
    foreground: float | None = None,
    progress: Progress | Callable[[str, float], None] = ignore_progress,
) -> dict[str, Any]:
    """Return psnr, mse, max_error, bias, decode_seconds, decode_mvox_s over the present voxels.

    Both are read by slab. With ``foreground``, also the PSNR of the voxels above it.

    Raises
    ------
    InputError
        The shapes differ.
    """
    if original.shape != decoder.shape():
        raise InputError(
            f"Expected an original of shape {decoder.shape()}, as in the compressed file. "
            f"Got {original.shape} instead."
        )
    statistics = ErrorStatistics(foreground)
    seconds = 0.0
    slabs = list(original.slabs(decoder.chunks[0][-1]))
    for number, region in enumerate(slabs):
        progress("checking", number / len(slabs))
        values = original.read(region)
        began = time.perf_counter()
        decoded = decoder.decode(region)
        seconds += time.perf_counter() - began
        statistics.add(values, decoded, original.missing(values))
    figures: dict[str, Any] = {
        "psnr": statistics.psnr,
        "mse": statistics.mse,
        "max_error": statistics.max_error,
        "bias": statistics.bias,
        "decode_seconds": seconds,
        "decode_mvox_s": original.size / max(seconds, 1e-9) / 1e6,
    }
    if foreground is not None:
        figures["foreground_psnr"] = statistics.foreground_psnr
    return figures


def as_json(figures: Any) -> Any:
    """Return figures with "inf" in place of infinity and None in place of NaN, which JSON has not."""
    if isinstance(figures, dict):
        return {name: as_json(value) for name, value in figures.items()}
    if isinstance(figures, list | tuple):
        return [as_json(value) for value in figures]
    if isinstance(figures, float) and not math.isfinite(figures):
        return None if math.isnan(figures) else ("inf" if figures > 0 else "-inf")
    return figures
