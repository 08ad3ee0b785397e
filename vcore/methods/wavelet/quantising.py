"""Quantisation of a group of levels with common tables, in a few passes on the threads."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.rdo import RdoPreset
from vcore.methods.wavelet.stream import Integers
from vcore.methods.wavelet.tables import CENTROIDS, UNIT_TAPS
from vcore.methods.wavelet.transform import reconstruction
from vcore.runtime.executor import run_all

TAP_BITS = 8
"""Bits of a tap in the header."""
PLANES = 1 << 20
"""Coefficients quantised per job."""

Job = tuple[int, int, int]
"""Level, first and last plane of a part of a frame."""


def quantise_levels(
    levels: Sequence[int],
    frames: Sequence[Sequence[NDArray[np.float32]]],
    integers: Sequence[Sequence[Integers]],
    rough: Sequence[NDArray[np.uint8]],
    preset: RdoPreset,
    step: float,
) -> list[int]:
    """Quantise ``levels``, coarse to fine and successive, of all frames, the coarser levels of
    which are quantised.

    Parameters
    ----------
    frames, integers
        Per frame and level, finest first, the coefficients, and where their integers go.
    rough
        Work arrays of the levels' shapes.

    Returns
    -------
    row
        Row of the tables: the shifts of the reconstruction points, and the taps, if they pay off;
        see ``transform.reconstruction``.
    """
    from vcore.methods.wavelet import quantiser

    jobs = [job for level in levels for job in _planes(level, rough[level].shape)]
    sums = np.zeros((3, 2))
    for values, out in zip(frames, integers, strict=True):
        sums += _quantised(jobs, levels, values, out, rough, preset, step)
    mean = sums[:, 0] / np.maximum(sums[:, 1], 1)
    limit = CENTROIDS // 2
    shifts = [int(v) for v in np.clip(np.rint(mean * CENTROIDS), -limit, limit)]
    (row,), scale = reconstruction([shifts]), np.float32(1 / step)
    moments = np.zeros(quantiser.MOMENTS)
    for values, out in zip(frames, integers, strict=True):

        def part(job: Job, values: Any = values, out: Any = out) -> Any:
            level, a, b = job
            return quantiser.moments(values[level], scale, out[level], row, a, b)

        moments += sum(run_all(part, jobs), np.zeros(quantiser.MOMENTS))
    return shifts + quantiser.taps_of(moments, UNIT_TAPS, TAP_BITS)


def _planes(level: int, shape: tuple[int, ...]) -> list[Job]:
    rows = max(PLANES // (shape[1] * shape[2]), 1)
    return [(level, a, min(a + rows, shape[0])) for a in range(0, shape[0], rows)]


def _quantised(
    jobs: Sequence[Job],
    levels: Sequence[int],
    values: Sequence[NDArray[np.float32]],
    out: Sequence[Integers],
    rough: Sequence[NDArray[np.uint8]],
    preset: RdoPreset,
    step: float,
) -> NDArray[np.float64]:
    """Quantise levels of a frame with a dead zone, estimate rates from the result, and quantise
    again with rate-distortion optimisation.

    Returns
    -------
    sums
        See ``quantiser.choose_integers``.
    """
    from vcore.methods.wavelet import quantiser

    scale = np.float32(1 / step)
    above = [*rough[1:], np.zeros((1, 1, 1), np.uint8)]

    def copy(job: Job) -> None:
        level, a, b = job
        quantiser.copy_magnitudes(out[level], rough[level], a, b)

    def first_pass(job: Job) -> None:
        level, a, b = job
        quantiser.quantise_dead_zone(values[level], scale, rough[level], a, b)

    def counts(job: Job) -> Any:
        level, a, b = job
        return quantiser.count_magnitudes(rough[level], above[level], a, b)

    def second_pass(job: Job) -> Any:
        level, a, b = job
        q, parents = rough[level], above[level]
        return quantiser.choose_integers(values[level], scale, q, parents, costs, out[level], a, b)

    parent = levels[0] + 1
    if parent < len(rough):
        run_all(copy, _planes(parent, rough[parent].shape))
    run_all(first_pass, jobs)
    sums = np.zeros((3, 2))
    for number in range(1 + preset.two_pass):
        if number:
            run_all(copy, jobs)
        found = sum(run_all(counts, jobs), np.zeros(quantiser.COUNTS))
        costs = quantiser.costs_of(found, preset)
        sums = sum(run_all(second_pass, jobs), np.zeros((3, 2)))
    return sums


def cost_of(values: NDArray[np.float32], step: float) -> float:
    """Return the modelled cost of the coefficients of a level, in squared steps."""
    from vcore.methods.wavelet import quantiser

    planes = _planes(0, values.shape)
    scale = np.float32(1 / step)
    return float(sum(run_all(lambda job: quantiser.modelled_cost(values, scale, *job[1:]), planes)))
