"""Quantisation of splats to integers, and back (docs/format.md, section 28).

One number, the step, determines all quantisers. The error of a view grows by a splat's energy, the
sum of its squared weights over the pixels, times its squared relative errors. So the step of a
splat is the step over the root of its energy, rounded to a power of two: its level. Distortion is
then the same for every splat, the optimum by rate-distortion theory.

Everything a decoder needs to know how many bits follow is computed by IEEE operations in a fixed
order: decoders on all machines agree.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.quantise import exact_exp, power_of_two
from vcore.scenes.methods.splats.model import Splats, logit, quaternions_of

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

SCALE_STEP, TURN_STEP, SHIFT_STEP, ALPHA_STEP = 1.0, 2.0, 2.0, 0.5
"""Steps of scale, rotation, position and opacity relative to that of a colour."""
MAX_SCALE_STEP, MAX_TURN_STEP, MAX_SHIFT_STEP, MAX_ALPHA_STEP = 0.7, 0.7, 1.0, 0.7
MAX_COLOUR_STEP = 2.0
"""Largest steps, of splats that no view showed: logarithm of a scale, radians times anisotropy,
standard deviations, logarithm of an opacity, spherical harmonics."""
MIN_STEP = 2.0**-20
"""Smallest step of a harmonic: integers stay below 2**28."""
TURN_BITS, SHIFT_BITS = 12, 24
"""Most bits of a rotation's number, and of a position within its cell along an axis."""
CELL_BITS = 16
"""Bits of a cell along an axis."""
MAX_ALPHA = 0.99995
MAX_WIDTH = 50.0
"""Largest logarithm of a scale over the footprint."""
OPPONENT = np.array([[3**-0.5] * 3, [2**-0.5, 0.0, -(2**-0.5)], [6**-0.5, -2 * 6**-0.5, 6**-0.5]])
"""Orthonormal brightness and two differences of red, green, blue."""


@dataclass(frozen=True)
class Lattice:
    """What all splats of a file share.

    Parameters
    ----------
    step
        Step of a harmonic of a splat of level 0.
    footprint
        Standard deviation in world units below which a scale is hardly seen.
    first
        First cell x y z, counted from the world's origin.
    cell
        Binary logarithm of a cell's side.
    """

    step: float
    footprint: float
    first: tuple[int, int, int]
    cell: int

    @property
    def side(self) -> float:
        """Side of a cell in world units."""
        return 2.0**self.cell

    @property
    def origin(self) -> tuple[float, float, float]:
        """Corner of the first cell, x y z, in world units."""
        x, y, z = (n * self.side for n in self.first)
        return x, y, z


@dataclass(frozen=True)
class Quantised:
    """Quantised splats, sorted by cell along a Morton curve.

    Parameters
    ----------
    cells
        Cell of each centre, x y z, (n, 3).
    levels
        Levels: a step is halved from one to the next, (n,).
    scales
        Logarithm of the largest scale over the footprint, and how much smaller the next ones are,
        in steps, (n, 3).
    turns
        Two numbers of an axis' direction, and one of the turn about it, (n, 3).
    inner
        Position within the cell, (n, 3).
    alphas
        Negative logarithm of the opacity in steps, (n,).
    colours
        Harmonics of brightness and differences in steps, (n, coefficients, 3).
    """

    cells: Integers
    levels: Integers
    scales: Integers
    turns: Integers
    inner: Integers
    alphas: Integers
    colours: Integers

    def __len__(self) -> int:
        return len(self.levels)

    def __getitem__(self, which: Any) -> Self:
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))


@dataclass(frozen=True)
class Widths:
    """What the bits of rotations and positions depend on: see ``widths_of``.

    Parameters
    ----------
    wide
        Scales with the footprint, largest first, (n, 3).
    about_long
        Whether the direction is that of the longest axis, not of the shortest, (n,).
    turn_bits
        Bits of ``Quantised.turns``, (n, 3).
    base
        Step of a harmonic, (n,).
    """

    wide: Array
    about_long: NDArray[np.bool_]
    turn_bits: Integers
    base: Array


def quantised(splats: Splats, levels: Integers, lattice: Lattice) -> Quantised:
    """Quantise ``splats`` of these ``levels``; in their order."""
    base = _base(levels, lattice)
    scales, axes = _sorted(splats)
    relative = np.exp(scales - np.log(lattice.footprint))
    logs = np.where(
        scales - np.log(lattice.footprint) > 20,
        scales - np.log(lattice.footprint),
        0.5 * np.log1p(np.minimum(relative, 1e9) ** 2),
    )
    step = _scale_step(base)
    whole = np.rint(np.minimum(logs, MAX_WIDTH) / step[:, None]).astype(np.int64)
    whole = np.stack([whole[:, 0], whole[:, 0] - whole[:, 1], whole[:, 1] - whole[:, 2]], 1)
    widths = widths_of(whole, levels, lattice)
    turns = _turned(axes, widths)
    bits = inner_bits(turns, widths, lattice)
    inside = (splats.positions.astype(np.float64) - lattice.origin) / lattice.side
    cells = np.clip(np.floor(inside), 0, (1 << CELL_BITS) - 1)
    parts = power_of_two(bits)
    inner = np.clip(np.floor((inside - cells) * parts), 0, parts - 1)
    alphas = np.maximum(splats.alphas.astype(np.float64), 1e-6)
    fainter = np.rint(-np.log(alphas) / _alpha_step(base))
    opponent = splats.sh.astype(np.float64) @ OPPONENT.T
    colours = opponent / np.minimum(base, MAX_COLOUR_STEP)[:, None, None]
    colours = np.rint(np.clip(colours, -(2.0**28), 2.0**28))
    return Quantised(
        cells.astype(np.int64),
        levels,
        whole,
        turns,
        inner.astype(np.int64),
        fainter.astype(np.int64),
        colours.astype(np.int64),
    )


def dequantised(integers: Quantised, lattice: Lattice) -> Splats:
    """Return the splats of ``integers``."""
    widths = widths_of(integers.scales, integers.levels, lattice)
    bits = inner_bits(integers.turns, widths, lattice)
    axes = _axes(integers.turns, widths)
    inside = integers.cells + (integers.inner + 0.5) / power_of_two(bits)
    whole = _counts(integers.scales)
    step = _scale_step(widths.base)[:, None]
    logs = np.where(whole > 0, whole * step, step / 4)
    thin = np.log(np.expm1(2 * np.minimum(logs, 20))) / 2
    scales = np.where(logs > 20, logs, thin) + np.log(lattice.footprint)
    alphas = np.minimum(np.exp(-integers.alphas * _alpha_step(widths.base)), MAX_ALPHA)
    colours = integers.colours * np.minimum(widths.base, MAX_COLOUR_STEP)[:, None, None]
    return Splats(
        (inside * lattice.side + np.asarray(lattice.origin)).astype(np.float32),
        scales.astype(np.float32),
        quaternions_of(axes),
        logit(alphas),
        (colours @ OPPONENT).astype(np.float32),
    )


def widths_of(scales: Integers, levels: Integers, lattice: Lattice) -> Widths:
    """Return the widths of splats whose scales and levels are decoded."""
    base = _base(levels, lattice)
    logs = _counts(scales) * _scale_step(base)[:, None]
    wide = lattice.footprint * exact_exp(np.minimum(logs, MAX_WIDTH))
    first, second, third = wide.T
    about_long = first * third > second * second
    away = first / third - third / first
    spin = np.where(about_long, second / third - third / second, first / second - second / first)
    step = np.minimum(TURN_STEP * base, MAX_TURN_STEP)
    directions = _bits(2 * away / step, TURN_BITS)
    return Widths(
        wide,
        about_long,
        np.stack([directions, directions, _bits(2 * spin / step, TURN_BITS)], 1),
        base,
    )


def inner_bits(turns: Integers, widths: Widths, lattice: Lattice) -> Integers:
    """Return the bits of the positions within cells, (n, 3)."""
    axes = _axes(turns, widths)
    precision = np.zeros((len(turns), 3))
    for k in range(3):
        precision += np.square(axes[:, :, k] / widths.wide[:, k, None])
    step = np.minimum(SHIFT_STEP * widths.base, MAX_SHIFT_STEP)[:, None] / np.sqrt(precision)
    return _bits(lattice.side / step, SHIFT_BITS)


def _base(levels: Integers, lattice: Lattice) -> Array:
    return np.maximum(lattice.step * power_of_two(-levels), MIN_STEP)


def _scale_step(base: Array) -> Array:
    return np.minimum(SCALE_STEP * base, MAX_SCALE_STEP)


def _alpha_step(base: Array) -> Array:
    return np.minimum(ALPHA_STEP * base, MAX_ALPHA_STEP)


def _counts(scales: Integers) -> Integers:
    """Return each scale in steps."""
    second = np.maximum(scales[:, 0] - scales[:, 1], 0)
    found: Integers = np.stack([scales[:, 0], second, np.maximum(second - scales[:, 2], 0)], 1)
    return found


def _bits(parts: Array, most: int) -> Integers:
    """Return the binary logarithm of ``parts``, rounded by ratio, in exact arithmetic."""
    mantissa, exponent = np.frexp(parts)
    found: Integers = np.clip(exponent - (mantissa < 0.7071067811865476), 0, most).astype(np.int64)
    return found


def _sorted(splats: Splats) -> tuple[Array, Array]:
    """Return scales, largest first, and the axes in this order, columns of proper rotations."""
    order = np.argsort(-splats.scales, axis=1, kind="stable")
    scales = np.take_along_axis(splats.scales, order, 1).astype(np.float64)
    axes = np.take_along_axis(splats.matrices(), order[:, None], 2).astype(np.float64)
    axes[:, :, 2] *= np.where(np.linalg.det(axes) < 0, -1, 1)[:, None]
    return scales, axes


def _turned(axes: Array, widths: Widths) -> Integers:
    """Return the integers of rotations with these axes."""
    main = np.where(widths.about_long[:, None], axes[:, :, 0], axes[:, :, 2])
    main = main * np.where(main[:, 2:] < 0, -1, 1)
    across = np.where(widths.about_long[:, None], axes[:, :, 1], axes[:, :, 0])
    # the upper half of an octahedron, seen from above, turned by 45 degrees into a square
    flat = main[:, :2] / np.abs(main).sum(1, keepdims=True)
    square = np.stack([flat[:, 0] + flat[:, 1], flat[:, 0] - flat[:, 1]], 1)
    parts = power_of_two(widths.turn_bits)
    place = np.clip(np.floor((square + 1) / 2 * parts[:, :2]), 0, parts[:, :2] - 1)
    first, second, _ = _frame(_direction(place, parts[:, :2]))
    a, b = (first * across).sum(1), (second * across).sum(1)
    a, b = np.where(b < 0, -a, a), np.abs(b)
    along = a / np.maximum(np.abs(a) + b, 1e-30)
    spin = np.clip(np.floor((along + 1) / 2 * parts[:, 2]), 0, parts[:, 2] - 1)
    return np.concatenate([place, spin[:, None]], axis=1).astype(np.int64)


def _axes(turns: Integers, widths: Widths) -> Array:
    """Return the axes of decoded rotations, columns of proper rotations; exactly."""
    parts = power_of_two(widths.turn_bits)
    main = _direction(turns[:, :2], parts[:, :2])
    first, second, main = _frame(main)
    along = (turns[:, 2] + 0.5) * 2 / parts[:, 2] - 1
    up = 1 - np.abs(along)
    length = np.sqrt(along * along + up * up)
    along, up = (along / length)[:, None], (up / length)[:, None]
    across = first * along + second * up
    third = second * along - first * up
    # across, third, main is a right-handed frame
    long = widths.about_long[:, None]
    return np.stack(
        [np.where(long, main, across), np.where(long, across, third), np.where(long, third, main)],
        axis=2,
    )


def _direction(place: NDArray[Any], parts: Array) -> Array:
    """Return the unit vector, with z not negative, of a place in the square."""
    square = (place + 0.5) * 2 / parts - 1
    x, y = (square[:, 0] + square[:, 1]) / 2, (square[:, 0] - square[:, 1]) / 2
    z = np.maximum(1 - np.abs(x) - np.abs(y), 0)
    length = np.sqrt(x * x + y * y + z * z)
    return np.stack([x / length, y / length, z / length], 1)


def _frame(main: Array) -> tuple[Array, Array, Array]:
    """Return two vectors that make a right-handed frame with ``main``, whose z is not negative.

    Source: Duff et al., Building an Orthonormal Basis, Revisited (2017).
    """
    x, y, z = main.T
    a = -1 / (1 + z)
    b = x * y * a
    first = np.stack([1 + x * x * a, b, -x], 1)
    second = np.stack([b, 1 + y * y * a, -y], 1)
    return first, second, main
