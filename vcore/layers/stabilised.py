"""Bounds in standard deviations of the noise: values coded where the noise is the same everywhere.

Values become integers n = round(stabilised value / unit), which a method codes like any others,
each within REACH of its own (docs/format.md, section 20).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError, FormatError
from vcore.header import VariableHeader
from vcore.layers.bound import spacing
from vcore.methods.base import Decoder
from vcore.methods.source import Source
from vcore.noise.detector import Detector
from vcore.regions import Region
from vcore.scan import usable_fill
from vcore.volume import Variable

REACH = 7
"""Integers by which a decoded one may be off: rounding to them is lost, a fifteenth of the step."""
MOST = 1 << 30
MISSING = -(1 << 31)
DTYPE = np.dtype("i4")
TABLE = 1 << 22
"""Integer values up to which rounding to them is followed value by value."""


@dataclass(frozen=True)
class Lattice:
    """How values become integers of equal noise, and back.

    Parameters
    ----------
    detector
        Its noise.
    sigmas
        Largest error, in standard deviations of the noise.
    unit
        What an integer of 1 stands for, in the same.
    """

    detector: Detector
    sigmas: float
    unit: float

    def integers(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the integers of ``values``, float64."""
        return np.asarray(np.rint(self.detector.stabilise(values) / self.unit))

    def values(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of ``integers``, not yet rounded where the dtype is integer."""
        return self.detector.restore(integers * self.unit)

    def range(self, limits: tuple[float, float]) -> tuple[int, int]:
        """Return smallest and largest integer of values within ``limits``."""
        low, high = self.integers(np.array(limits, np.float64))
        return int(low), int(high)

    def coded(self, source: Source) -> Source:
        """Return the integers of ``source`` as a source of their own."""
        data = _Integers(self, source.variable)
        fill = MISSING if source.has_missing else None
        variable = replace(source.variable, data=data, fill_value=fill)
        return Source(variable, source.grid, self.range(source.range), source.has_missing)

    def header(self, header: VariableHeader) -> VariableHeader:
        """Return the header of the integers, of that of the values."""
        fill = MISSING if header.missing else None
        return replace(
            header,
            dtype=DTYPE.str[1:],
            range=self.range(header.range),
            fill_value=fill,
            noise=None,
        )

    def restored(self, header: VariableHeader, source: Source) -> VariableHeader:
        """Return the header of ``source``, of that of its coded integers."""
        noise = self.to_json()
        if header.bound is not None and "step" in header.bound:
            noise["step"] = header.bound["step"]
        variable = source.variable
        return replace(
            header,
            dtype=variable.dtype.str[1:],
            range=source.range,
            fill_value=usable_fill(variable),
            bound=None,
            noise=noise,
        )

    def to_json(self) -> dict[str, float]:
        """Return what a header keeps of it."""
        return {"sigmas": self.sigmas, "unit": self.unit, **self.detector.to_json()}

    @classmethod
    def from_json(cls, noise: Mapping[str, float], limits: tuple[float, float]) -> Self:
        """Return the lattice that a header holds, for values within ``limits``.

        Raises
        ------
        FormatError
            It is none.
        """
        names = ("gain", "offset", "read_noise")
        detector = Detector(*(noise[name] for name in names))
        lattice = cls(detector, noise["sigmas"], noise["unit"])
        positive = lattice.unit > 0 and min(detector.gain, detector.read_noise) >= 0
        with np.errstate(all="ignore"):
            ends = np.array(limits, np.float64)
            good = positive and detector.floor > 0
            good = good and bool((np.abs(lattice.integers(ends)) <= MOST).all())
        if not good or not np.isfinite(lattice.values(lattice.integers(ends))).all():
            raise FormatError("The header is damaged: its noise is impossible.")
        return lattice


class _Integers:
    """A variable's integers, computed where they are read; MISSING where it has no value."""

    def __init__(self, lattice: Lattice, variable: Variable) -> None:
        self._lattice, self._variable = lattice, variable
        self.shape, self.dtype = variable.shape, DTYPE

    def __getitem__(self, region: Any) -> NDArray[np.int32]:
        values = self._variable.read(region)
        missing = self._variable.missing(values)
        if missing is None:
            return self._lattice.integers(values).astype(DTYPE)
        present = np.where(missing, self._lattice.detector.offset, values.astype(np.float64))
        integers = self._lattice.integers(present).astype(DTYPE)
        integers[missing] = MISSING
        return integers


class Restored(Decoder):
    """A decoder of integers as one of the values that they stand for.

    Parameters
    ----------
    inner
        Decodes the integers, not yet clipped and rounded.
    limits
        Of the values.
    """

    def __init__(self, inner: Decoder, lattice: Lattice, limits: tuple[float, float]) -> None:
        self.grids, self.levels, self.chunks = inner.grids, inner.levels, inner.chunks
        self.exact = inner.exact
        self._inner, self._lattice, self._range = inner, lattice, lattice.range(limits)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        return self.restored(self._inner.decode(region, level).astype(np.float64, copy=False))

    def prepare(self, region: Region, level: int = 0) -> None:
        self._inner.prepare(region, level)

    def sample(self, region: Region, spacing: tuple[float, float, float]) -> NDArray[np.float64]:
        return self.restored(self._inner.sample(region, spacing).astype(np.float64, copy=False))

    def restored(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of decoded integers."""
        low, high = self._range
        return self._lattice.values(np.rint(np.fmin(np.fmax(integers, low), high)))


def lattice_of(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> Lattice:
    """Return the coarsest lattice that keeps an error of ``sigmas`` for values within ``limits``.

    Raises
    ------
    BudgetError
        It is finer than values of ``dtype`` are.
    """
    reach = _reach_of_integers if dtype.kind != "f" else _reach_of_floats
    unit = reach(detector, sigmas, limits, dtype) * (1 - 1e-9) / (REACH + 0.5)
    lattice = Lattice(detector, sigmas, unit)
    if not unit > 0 or max(map(abs, detector.stabilise(np.array(limits)))) > MOST * unit:
        raise BudgetError(
            f"Expected a share of the noise that {dtype.name} can resolve at these values. "
            f"Got {sigmas:g} standard deviations of noise with {detector}: allow more."
        )
    return lattice


def _reach_of_floats(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> float:
    """Return how far off values may be before they are cast, in standard deviations."""
    return sigmas - spacing(limits, dtype) / detector.floor


def _reach_of_integers(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> float:
    """Return how far off values may be before they are rounded, in standard deviations.

    From an integer the farthest ones within ``sigmas`` may be reached, and half a step beyond.
    """
    low, high = int(limits[0]), int(limits[1])
    if high - low > TABLE:
        return sigmas - 0.5 / detector.floor
    x = np.arange(low, high + 1, dtype=np.float64)
    stabilised = detector.stabilise(x)
    reached = math.inf
    for way in (-1.0, 1.0):
        steps = np.floor(np.abs(detector.restore(stabilised + way * sigmas) - x))
        over = np.abs(detector.stabilise(x + way * steps) - stabilised) > sigmas
        steps -= over  # restoring rounds
        beyond = detector.stabilise(x + way * (steps + 0.5))
        reached = min(reached, float(np.abs(beyond - stabilised).min()))
    return reached
