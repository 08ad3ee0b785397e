"""Search for one quantiser step for all chunks of an array, for a budget of bytes.

With equal steps, the rate-distortion slope is equal in all chunks, so no other split of the bytes
has a smaller mean squared error (at rates where high-resolution theory holds).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from vcore.errors import BudgetError
from vcore.hierarchy.chunk_job import opened
from vcore.hierarchy.pool import Pool
from vcore.io.cf_values import Coding
from vcore.io.request import reading
from vcore.zarr.chunk import ChunkContext
from vcore.zarr.chunk_encoder import encode_chunk
from vcore.zarr.codec import AXES

SAMPLES = 16
"""Maximum number of sampled blocks."""
SAMPLE_SIDE = 128
"""Maximum side of a sampled block in voxels."""
PASSES = 10
"""Maximum number of passes over the sample."""
AIM = 0.96
"""Target share of the byte budget, with a margin as the sample is not the whole array."""
NEAR = 0.03
"""Tolerance below the target size, as a difference of natural logarithms."""
LEAP = 2.0
"""Change of the step per difference in size before both sides are bracketed, in logarithms."""
FIRST_STEP = 0.02
"""Initial step, as a share of the range."""
FINEST, COARSEST = 1e-6, 2.0
"""Limits of the step, as shares of the range."""


@dataclass(frozen=True)
class Sample:
    """Block of the source, encoded to measure its size."""

    source: str
    array: str
    corner: tuple[int, ...]
    shape: tuple[int, ...]
    method: str
    step: float
    range: tuple[float, float]
    coding: Coding


def measure(sample: Sample) -> int:
    """Return the encoded size of a block in bytes."""
    region = tuple(slice(a, a + n) for a, n in zip(sample.corner, sample.shape, strict=True))
    with reading(sample.source, "Zarr hierarchy"):
        values = np.asarray(opened(sample.source, sample.array)[region])
    values = sample.coding.tidy(values)
    block = values.reshape((1,) * (3 - values.ndim) + values.shape)
    shared = ChunkContext(
        block.shape,
        tuple(AXES[values.ndim]),
        values.dtype.newbyteorder("="),
        sample.method,
        {"step": sample.step},
        range=sample.range,
        missing=sample.coding.stored_code(values.dtype),
    )
    return len(encode_chunk(block, shared).data)


def step_for(
    source: str,
    path: str,
    coding: Coding,
    chunks: tuple[int, ...],
    method: str,
    limits: tuple[float, float],
    bpv: float,
    pool: Pool,
    tell: Callable[[float], None],
) -> float:
    """Return the step, as a share of the range, at which a sample takes ``bpv`` bits per voxel.

    Raises
    ------
    BudgetError
        Even the coarsest step takes more.
    """
    array = opened(source, path)
    blocks = _blocks(array, chunks)
    voxels = sum(math.prod(shape) for _, shape in blocks)
    ends: list[tuple[float, float] | None] = [None, None]  # too many bits, few enough (logarithms)
    step, fit, aim = FIRST_STEP, None, math.log(AIM * bpv)
    for number in range(PASSES):
        tell(number / PASSES)
        jobs = [Sample(source, path, c, s, method, step, limits, coding) for c, s in blocks]
        found = math.log(8 * sum(size for _, size in pool.map(measure, jobs)) / voxels)
        if found <= aim:
            fit, ends[1] = step, (math.log(step), found)
        else:
            ends[0] = math.log(step), found
        if aim - NEAR <= found <= aim:
            break
        more, less = ends
        if more and less:
            share = (more[1] - aim + NEAR / 2) / (more[1] - less[1])
            guess = more[0] + min(max(share, 0.05), 0.95) * (less[0] - more[0])
        else:
            far = LEAP * (found - aim)  # overshoot to bracket the target
            guess = math.log(step) + math.copysign(min(max(abs(far), 0.2), 3), far)
        step = min(max(math.exp(guess), FINEST), COARSEST)
        if step == fit:
            break
    if fit is None:
        raise BudgetError(
            f"Expected a budget that {method} can meet. {bpv:.4g} bits per voxel are too few for "
            f"{path or 'the array'}: allow more, or choose larger chunks."
        )
    return float(f"{fit:.6g}")


def _blocks(array: Any, chunks: tuple[int, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return corners and shapes of blocks in evenly spaced chunks."""
    counts = [-(-n // c) for n, c in zip(array.shape, chunks, strict=True)]
    total = math.prod(counts)
    wanted = sorted({k * total // min(SAMPLES, total) for k in range(min(SAMPLES, total))})
    places = list(product(*map(range, counts))) if total <= 1 << 16 else None
    found = []
    for number in wanted:
        index = places[number] if places else np.unravel_index(number, counts)
        corner = tuple(int(i) * c for i, c in zip(index, chunks, strict=True))
        shape = tuple(
            min(c, SAMPLE_SIDE, n - a) for a, c, n in zip(corner, chunks, array.shape, strict=True)
        )
        found.append((corner, shape))
    return found
