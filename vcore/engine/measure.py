"""Quality figures of a decoded variable against its original, by slab."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore import metrics
from vcore.engine.layers.stabilised import NoiseQuantiser
from vcore.engine.levels import LevelsDecoder
from vcore.engine.matching import matched
from vcore.engine.views import decoded_volume
from vcore.metrics.noise import NoiseStatistics
from vcore.model.context import Progress, ignore_progress
from vcore.model.volume import Variable

Observer = Callable[[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None], None]


def compare_variable(
    original: Variable,
    decoder: LevelsDecoder,
    *,
    frame: int | None = None,
    foreground: float | None = None,
    progress: Progress = ignore_progress,
    observe: Observer | None = None,
) -> dict[str, Any]:
    """Return psnr, mse, max_error, bias, decode_seconds, decode_mvox_s over the present voxels.

    Both variables are read by slab; ``frame`` selects one of several frames. With ``foreground``,
    the PSNR of the voxels above that value is included; for a variable with a noise budget, also
    ``noise`` (``NoiseStatistics.figures``). ``observe`` is called with the original and decoded
    values of each slab and the mask of missing values (None if there are none).

    Raises
    ------
    InputError
        The shapes differ.
    """
    original, found = matched(original, decoded_volume([decoder], "").variables[0], frame)
    statistics = metrics.ErrorStatistics(foreground)
    found.read((slice(0, 1),) * len(original.shape))  # load compiled code before timing
    seconds, noise = 0.0, None
    header = decoder.header
    if header.noise is not None:
        lattice = NoiseQuantiser.from_json(header.noise, header.range)
        noise = NoiseStatistics(lattice.detector, header.range)
    slabs = list(original.slabs(decoder.chunks[0][-1]))
    for number, region in enumerate(slabs):
        progress("checking", number / len(slabs))
        values = original.read(region)
        began = perf_counter()
        decoded = found.read(region)
        seconds += perf_counter() - began
        missing = original.missing(values)
        if observe is not None:
            observe(values, decoded, missing)
        statistics.add(values, decoded, missing)
        if noise is not None:
            noise.add(values, decoded, missing)
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
    if noise is not None:
        figures["noise"] = noise.figures()
    return figures
