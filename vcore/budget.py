"""Budget: how small a compressed variable must be, or how good."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from vcore.errors import BudgetError

RATE_FIELDS = ("bytes", "ratio", "bpv", "psnr")
BOUND_FIELDS = ("max_error", "rel_error")


@dataclass(frozen=True)
class Budget:
    """At most one rate or quality, and at most one error bound.

    Parameters
    ----------
    bytes
        Largest file, in bytes.
    ratio
        Smallest compression ratio: uncompressed bytes over file bytes.
    bpv
        Largest number of bits per voxel (a value of any frame or component counts as one voxel).
    psnr
        Smallest peak signal-to-noise ratio in dB; the peak is the data range of the whole variable.
    max_error
        Largest absolute error of any finite voxel, in data units.
    rel_error
        The same as a share of the data range.

    Raises
    ------
    BudgetError
        A value that no file can meet, or several that may contradict each other.
    """

    bytes: int | None = None
    ratio: float | None = None
    bpv: float | None = None
    psnr: float | None = None
    max_error: float | None = None
    rel_error: float | None = None

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        given = {name: value for name, value in given.items() if value is not None}
        for name, value in given.items():
            if not np.isfinite(value) or value < 0 or (value == 0 and name in RATE_FIELDS):
                raise BudgetError(
                    f"Expected a positive number for the budget {name!r}. Got {value} instead."
                )
        for group in (RATE_FIELDS, BOUND_FIELDS):
            named = [name for name in group if name in given]
            if len(named) > 1:
                raise BudgetError(f"Expected one of {', '.join(named)}. Got several: choose one.")
        if self.is_bound and any(name in given for name in ("bytes", "ratio", "bpv")):
            raise BudgetError(
                "Expected either a size or an error bound. Got both: a bound decides the size. "
                "Leave one out, or give a PSNR beside the bound."
            )

    @property
    def is_bound(self) -> bool:
        """Whether an error bound is asked for."""
        return self.max_error is not None or self.rel_error is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return all(getattr(self, f.name) is None for f in fields(self))

    def limit_bytes(self, nbytes: int, size: int) -> int | None:
        """Return the most bytes for an array of ``nbytes`` bytes and ``size`` values, None if
        free."""
        if self.bytes is not None:
            return int(self.bytes)
        if self.ratio is not None:
            return int(nbytes / self.ratio)
        if self.bpv is not None:
            return int(self.bpv * size / 8)
        return None

    def bound(self, span: float) -> float | None:
        """Return the absolute error bound for a variable of data range ``span``, None if free."""
        if self.max_error is not None:
            return float(self.max_error)
        if self.rel_error is not None:
            return float(self.rel_error) * span
        return None

    def to_json(self) -> dict[str, Any]:
        """Return what is asked for."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the budget that ``to_json`` described."""
        return cls(**values)
