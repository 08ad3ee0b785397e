"""A mixture as integers, and back (docs/format.md, section 15).

One number, the step, says how finely everything is quantised. A Gaussian's strength is its weight
times the square root of the product of its scales: the square of that is, but for a constant, its
energy. Strengths are quantised uniformly by the step. An error of a Gaussian's place, scale or
shear costs its energy times the squared error in the Gaussian's own coordinates, so a Gaussian of
twice the strength has everything else quantised twice as finely: the distortion is spread evenly,
which is where rate-distortion theory puts the optimum, and nothing is stored that does not show.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.mixture import LOWER, Array, Mixture

Integers = NDArray[np.int32]

SHIFT_STEP, SHEAR_STEP = 1.4142135623730951, 2.0
"""Steps that cost as much as one of the strength, over the strength in steps: the integrals of the
squared derivative by shift and shear are 1/2 and 1/4 of the Gaussian's energy. That by the
logarithm of a scale is 3/4, a step of 1.15, for which 1 is taken."""
COARSE_SCALE = 0.5
"""Step of the logarithm of the scales before the strength is known."""
MAX_OCTAVES, EDITED_OCTAVES = 8, 16
"""Limits of the octaves: where everything was chosen by rate-distortion, and where Gaussians on
other steps are stored again, so that they stay where they were."""
CELL_BITS = 2
CELL = 1 << CELL_BITS
"""Side in voxels of the cells by which centres are sorted."""
LARGEST_SCALE = 40
"""Limit of the coarse integers: exp(20) voxels."""
DEAD_ZONE = 0.7
"""Steps that a value must change by from frame to frame before the change is stored."""
DIAGONAL = np.arange(3)


@dataclass(frozen=True)
class Quantised:
    """Integers of the Gaussians of one frame, in the order of their cells along a Morton curve.

    Parameters
    ----------
    cells
        Cell of each centre, z y x, (n, 3), from ``origin``.
    places
        Where in its cell, in steps of its own, (n, 3).
    scales
        Logarithms of the scales in steps of COARSE_SCALE, (n, 3).
    refinements
        What the strength's octave adds to them, (n, 3).
    shears
        (n, 3).
    strengths
        (n, channels).
    most
        Limit of the octaves.
    """

    cells: Integers
    places: Integers
    scales: Integers
    refinements: Integers
    shears: Integers
    strengths: Integers
    most: int = field(default=MAX_OCTAVES, kw_only=True)

    @classmethod
    def of(cls, *parts: NDArray[Any], most: int = MAX_OCTAVES) -> Self:
        """Return whole numbers as integers."""
        return cls(*(p.astype(np.int32) for p in parts), most=most)

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, which: Any) -> Self:
        arrays = [f.name for f in fields(self)][:-1]
        return type(self)(*(getattr(self, name)[which] for name in arrays), most=self.most)

    @property
    def octave(self) -> NDArray[np.int64]:
        """Of the strengths; see ``octaves``."""
        return octaves(self.strengths, self.most)


def octaves(strengths: NDArray[Any], most: int) -> NDArray[np.int64]:
    """Return the binary logarithm, rounded down, of the largest strength of each Gaussian."""
    largest = np.abs(strengths.astype(np.int64)).max(1, initial=0)
    exponent = np.frexp(np.maximum(largest, 1).astype(np.float64))[1]
    found: NDArray[np.int64] = np.minimum(exponent - 1, most).astype(np.int64)
    return found


def most_refinement(most: int) -> int:
    """Return the limit of the refinements where the octaves' is ``most``."""
    return 1 << most + 3


def place_bits(scales: Array, octave: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bits of a centre's place in its cell, along each axis.

    Parameters
    ----------
    scales
        Refined, in voxels, (n, 3).
    """
    fraction = SHIFT_STEP * scales / power_of_two(octave)[:, None]
    # the power of two next to it in ratio, found exactly
    mantissa, exponent = np.frexp(fraction)
    power = exponent - (mantissa < 0.7071067811865476)
    bits: NDArray[np.int64] = np.clip(CELL_BITS - power, 0, 24)
    return bits


def quantised(
    mixture: Mixture,
    step: float,
    origin: NDArray[np.int64],
    octave: NDArray[np.int64] | None = None,
    most: int = MAX_OCTAVES,
) -> Quantised:
    """Return the integers of ``mixture``.

    Parameters
    ----------
    step
        Of the strength: weight times voxels**1.5.
    origin
        Voxel at the corner of the first cell.
    octave
        Keep the strengths in these octaves, so that what depends on them stays.
    most
        Limit of the octaves.
    """
    steps = np.log(mixture.factors[:, DIAGONAL, DIAGONAL]) / COARSE_SCALE
    steps = np.clip(steps, -LARGEST_SCALE, LARGEST_SCALE)
    # a hair more, so that halves, which occur, go up however they were rounded
    coarse = np.floor(steps + 0.5 + 1e-9)
    strengths = np.rint(_strengths(mixture, coarse, step))
    if octave is None:
        octave = octaves(strengths, most)
    parts = power_of_two(refinement_bits(octave))[:, None]
    refinements = np.rint((steps - coarse) * parts)
    # the strength goes by the coarse scale, so that one stays
    refinements = np.clip(refinements, -parts // 2, np.maximum(parts // 2 - 1, 0))
    strengths = _within(strengths, octave, most)
    scales = scales_of(coarse, refinements, octave)
    bits = place_bits(scales, octave)
    inside = mixture.centres + 0.5 - origin
    cells = np.maximum(np.floor(inside / CELL), 0)
    places = np.floor((inside - cells * CELL) / CELL * power_of_two(bits))
    places = np.clip(places, 0, power_of_two(bits) - 1)
    shears = np.rint(_shears(mixture, scales) / shear_step(octave)[:, None])
    return Quantised.of(cells, places, coarse, refinements, shears, strengths, most=most)


def followed(
    mixture: Mixture, before: Quantised, key: Quantised, step: float, origin: NDArray[np.int64]
) -> Quantised:
    """Return the integers of a later frame, on the steps of its group's first frame ``key``.

    A value stays that of the frame ``before`` until it is DEAD_ZONE steps off.
    """
    octave = key.octave
    scales = scales_of(key.scales, key.refinements, octave)
    bits = place_bits(scales, octave)
    steps = np.log(mixture.factors[:, DIAGONAL, DIAGONAL]) / COARSE_SCALE - key.scales
    refinements = _held(steps * power_of_two(refinement_bits(octave))[:, None], before.refinements)
    refinements = np.clip(refinements, -most_refinement(key.most), most_refinement(key.most))
    inside = mixture.centres + 0.5 - origin - key.cells * CELL
    shears = _shears(mixture, scales_of(key.scales, refinements, octave))
    return Quantised.of(
        key.cells,
        _held(inside / CELL * power_of_two(bits) - 0.5, before.places),
        key.scales,
        refinements,
        _held(shears / shear_step(octave)[:, None], before.shears),
        _held(_strengths(mixture, key.scales, step), before.strengths),
        most=key.most,
    )


def _strengths(mixture: Mixture, coarse: NDArray[Any], step: float) -> Array:
    strengths: Array = mixture.weights * strength_unit(coarse)[:, None] / step
    return np.clip(strengths, -(2**30), 2**30)


def _held(values: Array, before: Integers) -> Array:
    rounded: Array = np.where(np.abs(values - before) < DEAD_ZONE, before, np.rint(values))
    return np.clip(rounded, -(2**30), 2**30)


def _within(strengths: Array, octave: NDArray[np.int64], most: int) -> Array:
    """Return strengths whose largest value, over the channels, is in ``octave``."""
    largest = np.maximum(np.abs(strengths).max(1), 1e-9)
    low = np.where(octave > 0, power_of_two(octave), 0)
    high = np.where(octave < most, power_of_two(octave + 1) - 1, 2.0**30)
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
    """Return the mixture of ``integers``; the same on every machine.

    Parameters
    ----------
    key
        The first frame of the group, whose steps hold; itself by default.
    """
    key = key or integers
    octave = key.octave
    scales = scales_of(integers.scales, integers.refinements, octave)
    shears = integers.shears * shear_step(octave)[:, None]
    factors = np.zeros((len(integers), 3, 3))
    factors[:, DIAGONAL, DIAGONAL] = scales
    for k, (i, j) in enumerate(LOWER):
        factors[:, i, j] = shears[:, k] * scales[:, i]
    bits = place_bits(scales_of(key.scales, key.refinements, octave), octave)
    within = (integers.places + 0.5) * (CELL / power_of_two(bits))
    centres = integers.cells.astype(np.float64) * CELL + within - 0.5 + origin
    weights = integers.strengths * (step / strength_unit(integers.scales))[:, None]
    return Mixture(centres, factors, weights)


def power_of_two(exponent: NDArray[np.int64]) -> Array:
    """Return 2 to the ``exponent``, exactly (a machine's pow need not be)."""
    return np.ldexp(1.0, exponent)


def strength_unit(coarse: NDArray[Any]) -> Array:
    """Return the square root of the product of the coarse scales."""
    unit: Array = np.sqrt(exact_exp(COARSE_SCALE * coarse.sum(1)))
    return unit


def refinement_bits(octave: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bits by which a coarse step of the scales is cut finer: to 1 over the strength."""
    return np.maximum(octave - 1, 0)


def shear_step(octave: NDArray[np.int64]) -> Array:
    """Return the step of the shears."""
    return np.asarray(SHEAR_STEP / power_of_two(octave), np.float64)


def scales_of(coarse: NDArray[Any], refinements: NDArray[Any], octave: NDArray[np.int64]) -> Array:
    """Return the scales in voxels."""
    parts = power_of_two(refinement_bits(octave))[:, None]
    return exact_exp((coarse + refinements / parts) * COARSE_SCALE)


def exact_exp(x: NDArray[Any]) -> Array:
    """Return exp(x), |x| < 700, by IEEE operations in a fixed order: the same everywhere."""
    power = np.rint(x * 1.4426950408889634)
    rest = (x - power * 0.6931471803691238) - power * 1.9082149292705877e-10
    total = np.ones_like(rest)
    for k in range(14, 0, -1):
        total = 1.0 + total * rest / k
    return np.ldexp(total, power.astype(np.int64))


def morton(cells: Integers) -> NDArray[np.int64]:
    """Return the index of each cell along a Morton curve (bits of z y x in turn)."""
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
