"""Quantisation of a mixture to integers, and back (docs/format.md, section 15).

A single number, the step, determines all quantisers. The strength of a Gaussian is its weight times
the square root of the product of its scales; its square is the Gaussian's energy up to a constant.
Strengths are quantised uniformly with the step. An error in position, scale or shear costs the
energy times the squared error in the Gaussian's own coordinates, so for a Gaussian of twice the
strength everything else is quantised twice as finely: distortion is distributed evenly, the optimum
according to rate-distortion theory, and no invisible detail is stored.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.mixture import LOWER, Array, Mixture

Integers = NDArray[np.int32]

SHIFT_STEP, SHEAR_STEP = 1.4142135623730951, 2.0
"""Steps of shift and shear, in units of 1 over the strength in steps, that cost as much as one step
of the strength: the integrals of the squared derivatives by shift and shear are 1/2 and 1/4 of the
Gaussian's energy. That by the logarithm of a scale is 3/4, a step of 1.15, which is rounded to
1."""
COARSE_SCALE = 0.5
"""Step of the logarithm of the scales before the strength is known."""
MAX_OCTAVES, EDITED_OCTAVES = 8, 16
"""Limits of the octaves: for Gaussians optimised for rate and distortion, and for Gaussians
quantised again with other steps, which should not move."""
CELL_BITS = 2
CELL = 1 << CELL_BITS
"""Side in voxels of the cells by which centres are sorted."""
MAX_COARSE_SCALE = 40
"""Limit of the coarse integers: exp(20) voxels."""
DEAD_ZONE = 0.7
"""Minimum change of a value from frame to frame, in steps, that is stored."""
DIAGONAL = np.arange(3)


@dataclass(frozen=True)
class Quantised:
    """Quantised Gaussians of one frame, sorted by cell along a Morton curve.

    Parameters
    ----------
    cells
        Cell of each centre, z y x, (n, 3), from ``origin``.
    positions
        Position within the cell, in steps of the Gaussian, (n, 3).
    scales
        Logarithms of the scales in steps of COARSE_SCALE, (n, 3).
    refinements
        Refinements of the scales, with steps by the strength's octave, (n, 3).
    shears
        Shears, (n, 3).
    strengths
        Strengths, (n, channels).
    max_octave
        Limit of the octaves.
    """

    cells: Integers
    positions: Integers
    scales: Integers
    refinements: Integers
    shears: Integers
    strengths: Integers
    max_octave: int = field(default=MAX_OCTAVES, kw_only=True)

    @classmethod
    def of(cls, *parts: NDArray[Any], max_octave: int = MAX_OCTAVES) -> Self:
        """Return the quantised Gaussians from arrays of whole numbers of any dtype."""
        return cls(*(p.astype(np.int32) for p in parts), max_octave=max_octave)

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, which: Any) -> Self:
        arrays = [f.name for f in fields(self)][:-1]
        return type(self)(
            *(getattr(self, name)[which] for name in arrays), max_octave=self.max_octave
        )

    @property
    def octave(self) -> NDArray[np.int64]:
        """Octaves of the strengths; see ``octaves``."""
        return octaves(self.strengths, self.max_octave)


def octaves(strengths: NDArray[Any], max_octave: int) -> NDArray[np.int64]:
    """Return floor(log2) of the largest strength of each Gaussian, at most ``max_octave``."""
    largest = np.abs(strengths.astype(np.int64)).max(1, initial=0)
    exponent = np.frexp(np.maximum(largest, 1).astype(np.float64))[1]
    found: NDArray[np.int64] = np.minimum(exponent - 1, max_octave).astype(np.int64)
    return found


def max_refinement(max_octave: int) -> int:
    """Return the limit of the refinements for an octave limit of ``max_octave``."""
    return 1 << max_octave + 3


def position_bits(scales: Array, octave: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bits of a centre's position within its cell, along each axis.

    Parameters
    ----------
    scales
        Refined scales in voxels, (n, 3).
    """
    fraction = SHIFT_STEP * scales / power_of_two(octave)[:, None]
    # nearest power of two by ratio, in exact arithmetic
    mantissa, exponent = np.frexp(fraction)
    power = exponent - (mantissa < 0.7071067811865476)
    bits: NDArray[np.int64] = np.clip(CELL_BITS - power, 0, 24)
    return bits


def quantised(
    mixture: Mixture,
    step: float,
    origin: NDArray[np.int64],
    octave: NDArray[np.int64] | None = None,
    max_octave: int = MAX_OCTAVES,
) -> Quantised:
    """Quantise ``mixture``.

    Parameters
    ----------
    step
        Step of the strength: weight times voxels**1.5.
    origin
        Voxel at the corner of the first cell.
    octave
        Octaves in which to keep the strengths, so that the steps depending on them stay the same.
    max_octave
        Limit of the octaves.
    """
    steps = np.log(mixture.factors[:, DIAGONAL, DIAGONAL]) / COARSE_SCALE
    steps = np.clip(steps, -MAX_COARSE_SCALE, MAX_COARSE_SCALE)
    # the epsilon makes exact halves, which occur, round up despite rounding errors
    coarse = np.floor(steps + 0.5 + 1e-9)
    strengths = np.rint(_strengths(mixture, coarse, step))
    if octave is None:
        octave = octaves(strengths, max_octave)
    parts = power_of_two(refinement_bits(octave))[:, None]
    refinements = np.rint((steps - coarse) * parts)
    # the strength is defined by the coarse scale, so that must not change
    refinements = np.clip(refinements, -parts // 2, np.maximum(parts // 2 - 1, 0))
    strengths = _within(strengths, octave, max_octave)
    scales = scales_of(coarse, refinements, octave)
    bits = position_bits(scales, octave)
    inside = mixture.centres + 0.5 - origin
    cells = np.maximum(np.floor(inside / CELL), 0)
    positions = np.floor((inside - cells * CELL) / CELL * power_of_two(bits))
    positions = np.clip(positions, 0, power_of_two(bits) - 1)
    shears = np.rint(_shears(mixture, scales) / shear_step(octave)[:, None])
    return Quantised.of(
        cells, positions, coarse, refinements, shears, strengths, max_octave=max_octave
    )


def quantise_later(
    mixture: Mixture, before: Quantised, key: Quantised, step: float, origin: NDArray[np.int64]
) -> Quantised:
    """Quantise a later frame, with the steps of its group's first frame ``key``.

    A value keeps that of the frame ``before`` until it differs by DEAD_ZONE steps.
    """
    octave = key.octave
    scales = scales_of(key.scales, key.refinements, octave)
    bits = position_bits(scales, octave)
    steps = np.log(mixture.factors[:, DIAGONAL, DIAGONAL]) / COARSE_SCALE - key.scales
    refinements = _held(steps * power_of_two(refinement_bits(octave))[:, None], before.refinements)
    refinements = np.clip(
        refinements, -max_refinement(key.max_octave), max_refinement(key.max_octave)
    )
    inside = mixture.centres + 0.5 - origin - key.cells * CELL
    shears = _shears(mixture, scales_of(key.scales, refinements, octave))
    return Quantised.of(
        key.cells,
        _held(inside / CELL * power_of_two(bits) - 0.5, before.positions),
        key.scales,
        refinements,
        _held(shears / shear_step(octave)[:, None], before.shears),
        _held(_strengths(mixture, key.scales, step), before.strengths),
        max_octave=key.max_octave,
    )


def _strengths(mixture: Mixture, coarse: NDArray[Any], step: float) -> Array:
    strengths: Array = mixture.weights * strength_unit(coarse)[:, None] / step
    return np.clip(strengths, -(2**30), 2**30)


def _held(values: Array, before: Integers) -> Array:
    rounded: Array = np.where(np.abs(values - before) < DEAD_ZONE, before, np.rint(values))
    return np.clip(rounded, -(2**30), 2**30)


def _within(strengths: Array, octave: NDArray[np.int64], max_octave: int) -> Array:
    """Return strengths whose largest magnitude over the channels is in ``octave``."""
    largest = np.maximum(np.abs(strengths).max(1), 1e-9)
    low = np.where(octave > 0, power_of_two(octave), 0)
    high = np.where(octave < max_octave, power_of_two(octave + 1) - 1, 2.0**30)
    strengths = np.clip(strengths, -high[:, None], high[:, None])
    rows = np.arange(len(strengths))
    top = np.argmax(np.abs(strengths), axis=1)
    sign = np.where(strengths[rows, top] < 0, -1, 1)
    strengths[rows, top] = np.where(largest < low, sign * low, strengths[rows, top])
    return strengths


def _shears(mixture: Mixture, scales: Array) -> Array:
    """Return the factors' entries below the diagonal, in units of their rows' scales."""
    below = np.stack([mixture.factors[:, i, j] for i, j in LOWER], axis=1)
    return below / scales[:, [i for i, _ in LOWER]]


def dequantised(
    integers: Quantised, step: float, origin: NDArray[np.int64], key: Quantised | None = None
) -> Mixture:
    """Return the mixture of ``integers``, bitwise reproducible.

    Parameters
    ----------
    key
        First frame of the group, which determines the steps; ``integers`` itself by default.
    """
    key = key or integers
    octave = key.octave
    scales = scales_of(integers.scales, integers.refinements, octave)
    shears = integers.shears * shear_step(octave)[:, None]
    factors = np.zeros((len(integers), 3, 3))
    factors[:, DIAGONAL, DIAGONAL] = scales
    for k, (i, j) in enumerate(LOWER):
        factors[:, i, j] = shears[:, k] * scales[:, i]
    bits = position_bits(scales_of(key.scales, key.refinements, octave), octave)
    within = (integers.positions + 0.5) * (CELL / power_of_two(bits))
    centres = integers.cells.astype(np.float64) * CELL + within - 0.5 + origin
    weights = integers.strengths * (step / strength_unit(integers.scales))[:, None]
    return Mixture(centres, factors, weights)


def power_of_two(exponent: NDArray[np.int64]) -> Array:
    """Return 2 to the ``exponent``, exactly (pow may not be exact)."""
    return np.ldexp(1.0, exponent)


def strength_unit(coarse: NDArray[Any]) -> Array:
    """Return the square root of the product of the coarse scales."""
    unit: Array = np.sqrt(exact_exp(COARSE_SCALE * coarse.sum(1)))
    return unit


def refinement_bits(octave: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bits by which the scales' coarse step is refined: to 1 over the strength."""
    return np.maximum(octave - 1, 0)


def shear_step(octave: NDArray[np.int64]) -> Array:
    """Return the step of the shears."""
    return np.asarray(SHEAR_STEP / power_of_two(octave), np.float64)


def scales_of(coarse: NDArray[Any], refinements: NDArray[Any], octave: NDArray[np.int64]) -> Array:
    """Return the scales in voxels."""
    parts = power_of_two(refinement_bits(octave))[:, None]
    return exact_exp((coarse + refinements / parts) * COARSE_SCALE)


def exact_exp(x: NDArray[Any]) -> Array:
    """Return exp(x), |x| < 700, by IEEE operations in a fixed order, bitwise reproducible."""
    power = np.rint(x * 1.4426950408889634)
    rest = (x - power * 0.6931471803691238) - power * 1.9082149292705877e-10
    total = np.ones_like(rest)
    for k in range(14, 0, -1):
        total = 1.0 + total * rest / k
    return np.ldexp(total, power.astype(np.int64))


def morton(cells: Integers) -> NDArray[np.int64]:
    """Return the index of each cell along a Morton curve (interleaved bits of z y x)."""
    code = np.zeros(len(cells), np.int64)
    for bit in range(20):
        for axis in range(3):
            code |= ((cells[:, axis].astype(np.int64) >> bit) & 1) << (3 * bit + 2 - axis)
    return code


def from_morton(code: NDArray[np.int64]) -> Integers:
    """Return the cells of indices along a Morton curve."""
    cells = np.zeros((len(code), 3), np.int32)
    for bit in range(20):
        for axis in range(3):
            cells[:, axis] |= (((code >> (3 * bit + 2 - axis)) & 1) << bit).astype(np.int32)
    return cells
