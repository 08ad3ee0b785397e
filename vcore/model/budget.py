"""Budget: limits on the size or the error of a compressed variable."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import wraps
from numbers import Real
from typing import Any, Self, TypeVar

import numpy as np

from vcore.errors import BudgetError
from vcore.model.text import shown_unit

RATE_FIELDS = ("bytes", "ratio", "bpv", "psnr", "robust_psnr", "quality")
BOUND_FIELDS = ("max_error", "range_error", "noise_sigma")
DETECTOR_FIELDS = ("gain", "offset", "read_noise")
BELOW_NOISE, GOOD, PREVIEW = QUALITIES = ("below-noise", "good", "preview")
"""Words for a quality, the best first."""
ROBUST_PSNR = {GOOD: 42.0, PREVIEW: 34.0}
"""Minimum robust PSNR in dB that a word stands for: at 42 dB the error is 1/126 of the robust
range, at the edge of what is seen in a picture of 256 shades; at 34 dB 1/50."""
RENAMED = {
    "rel_error": "Expected `Budget.range_error`: a share of the data range. Got its old name "
    "`Budget.rel_error` instead. A bound relative to each voxel will be "
    "`Budget.pointwise_error`, which is not there yet.",
    "noise": "Expected `Budget.noise_sigma`: standard deviations of a detector's noise. Got its "
    "old name `Budget.noise` instead.",
}
"""Error message for each renamed field, by old name."""
T = TypeVar("T")


def _refuse_old(names: Iterable[str]) -> None:
    for name in names:
        if name in RENAMED:
            raise BudgetError(RENAMED[name])


def _refusing_old_names(cls: type[T]) -> type[T]:
    """Make ``cls(old_name=…)`` raise the message of ``RENAMED``."""
    generated: Callable[..., None] = cls.__init__

    @wraps(generated)
    def init(self: T, *args: Any, **values: Any) -> None:
        _refuse_old(values)
        generated(self, *args, **values)

    setattr(cls, "__init__", init)  # noqa: B010 - mypy lets no method be assigned
    return cls


@_refusing_old_names
@dataclass(frozen=True, repr=False)
class Budget:
    """Limits of a compression: at most one size or quality, and at most one error bound.

    Parameters
    ----------
    bytes
        Maximum file size in bytes.
    ratio
        Minimum compression ratio: uncompressed bytes over file bytes.
    bpv
        Maximum bits per voxel (a value of any frame or component counts as one voxel).
    psnr
        Minimum peak signal-to-noise ratio in dB; the peak is the data range of the whole variable,
        or of each channel.
    max_error
        Maximum absolute error of any finite voxel, in data units.
    range_error
        Maximum absolute error of any finite voxel, as a share of the data range (not of each
        value).
    noise_sigma
        Maximum error of any finite voxel, in standard deviations of a counting detector's noise,
        after variance stabilisation (``vcore.noise.Detector``).
    gain, offset, read_noise
        Detector parameters in data units: value per count, value without light, and standard
        deviation of the noise without light. Omitted ones are estimated from the data.
    robust_psnr
        Minimum PSNR in dB of the foreground voxels; the peak is their range without outliers
        (``vcore.metrics.Foreground``), of each channel.
    quality
        A word: "below-noise" for errors of at most one standard deviation of the detector's noise,
        "good" for a robust PSNR of 42 dB, "preview" for one of 34 dB, which the file tells its
        readers.

    Raises
    ------
    BudgetError
        A value is impossible, or several may contradict each other.
    """

    bytes: int | None = None
    ratio: float | None = None
    bpv: float | None = None
    psnr: float | None = None
    max_error: float | None = None
    range_error: float | None = None
    noise_sigma: float | None = None
    gain: float | None = None
    offset: float | None = None
    read_noise: float | None = None
    robust_psnr: float | None = None
    quality: str | None = None

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        given = {name: value for name, value in given.items() if value is not None}
        if self.quality is not None and self.quality not in QUALITIES:
            raise BudgetError(
                f"Expected `Budget.quality` {', '.join(QUALITIES)}. Got {self.quality!r:.80} "
                f"instead."
            )
        for name, value in given.items():
            if name == "quality":
                continue
            above = name in (*RATE_FIELDS, "noise_sigma", "gain")
            number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
            wrong = number and name != "offset" and (value < 0 or (value == 0 and above))
            if not number or not abs(value) <= sys.float_info.max or wrong:
                raise BudgetError(
                    f"Expected a positive number for `Budget.{name}`. Got {value!r:.80} instead."
                )
        for group in (RATE_FIELDS, BOUND_FIELDS):
            named = [name for name in group if name in given]
            if len(named) > 1:
                one = ", ".join(f"`Budget.{name}`" for name in named)
                raise BudgetError(f"Expected one of {one}. Got several: choose one.")
        bound = any(name in given for name in BOUND_FIELDS)
        if bound and self.quality is not None:
            raise BudgetError(
                "Expected either a quality or an error bound. Got both: leave one out."
            )
        if bound and any(name in given for name in ("bytes", "ratio", "bpv")):
            raise BudgetError(
                "Expected either a size or an error bound. Got both: a bound decides the size. "
                "Leave one out, or give a PSNR beside the bound."
            )

        noisy = self.noise_sigma is not None or self.quality == BELOW_NOISE
        if not noisy and any(name in given for name in DETECTOR_FIELDS):
            raise BudgetError(
                "Expected gain, dark offset and read noise beside a budget in standard deviations "
                "of the noise. Got them alone: give `Budget.noise_sigma` too, or the quality "
                "below-noise."
            )
        if self.noise_sigma is not None and ("psnr" in given or "robust_psnr" in given):
            raise BudgetError(
                "Expected either a share of the noise or a PSNR. Got both: the noise decides how "
                "good it is. Leave one out."
            )

    def __repr__(self) -> str:
        return f"Budget({', '.join(f'{k}={v!r}' for k, v in self.to_json().items())})"

    @property
    def is_bound(self) -> bool:
        """Whether the budget has an error bound."""
        bound = any(getattr(self, name) is not None for name in BOUND_FIELDS)
        return bound or self.quality == BELOW_NOISE

    @property
    def has_psnr(self) -> bool:
        """Whether the budget has a PSNR, of the whole or of the robust range."""
        return any(v is not None for v in (self.psnr, self.robust_psnr)) or (
            self.quality in ROBUST_PSNR
        )

    @property
    def is_relative(self) -> bool:
        """Whether the budget gives each channel its share by its own range, noise or bytes."""
        return not self.is_empty and self.max_error is None and self.range_error != 0

    def plain(self, advantage: float) -> Self:
        """Return the budget in terms of the whole range and of the noise.

        Parameters
        ----------
        advantage
            How many dB a PSNR has over the robust one at most: ``Foreground.advantage``.
        """
        robust = ROBUST_PSNR.get(self.quality or "", self.robust_psnr)
        values = {**self.to_json(), "robust_psnr": None, "quality": None}
        if robust is not None:
            values["psnr"] = max(robust + advantage, sys.float_info.min)
        if self.quality == BELOW_NOISE:
            values["noise_sigma"] = 1.0
        return type(self)(**values)

    @property
    def is_empty(self) -> bool:
        """Whether the budget has no limits."""
        return all(getattr(self, f.name) is None for f in fields(self))

    def limit_bytes(self, nbytes: int, size: int) -> int | None:
        """Return the maximum bytes for an array of ``nbytes`` bytes and ``size`` values, None if
        unlimited."""
        if self.bytes is not None:
            return int(self.bytes)
        if self.ratio is not None:
            return int(nbytes / self.ratio)
        if self.bpv is not None:
            return int(self.bpv * size / 8)
        return None

    def bound(self, span: float) -> float | None:
        """Return the absolute error bound for a variable of data range ``span``, None without one
        or if it is in standard deviations of the noise."""
        if self.max_error is not None:
            return float(self.max_error)
        if self.range_error is not None:
            return float(self.range_error) * span
        return None

    def text(self, unit: str = "") -> str:
        """Return a description with errors in ``unit``, such as "max error 0.01 K"."""
        unit = shown_unit(unit)
        if 0 in (self.max_error, self.range_error):
            return "lossless" if self.psnr is None else f"lossless, PSNR {self.psnr:g} dB"
        words = {
            "bytes": "{} bytes",
            "ratio": "{:g} : 1",
            "bpv": "{:g} bits per voxel",
            "psnr": "PSNR {:g} dB",
            "robust_psnr": "robust PSNR {:g} dB",
            "quality": "quality {}",
            "max_error": f"max error {{:g}} {unit}".rstrip(),
            "range_error": "max error {:g} of the range",
            "noise_sigma": "max error {:g} standard deviations of the noise",
        }
        asked = self.to_json()
        return ", ".join(text.format(asked[k]) for k, text in words.items() if k in asked)

    def detector(self) -> dict[str, float | None]:
        """Return gain, offset and read noise of the detector; None for those to estimate."""
        return {name: getattr(self, name) for name in DETECTOR_FIELDS}

    def to_json(self) -> dict[str, Any]:
        """Return the given limits by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the budget described by ``to_json``; ``lossless: True`` stands for a largest error
        of 0.

        Raises
        ------
        BudgetError
            A name is unknown, or a value is no valid number.
        """
        _refuse_old(values)
        if values.get("lossless") is True and "max_error" not in values:
            values = {k: v for k, v in values.items() if k != "lossless"} | {"max_error": 0}
        names = [f.name for f in fields(cls)]
        strange = [name for name in values if name not in names]
        if strange:
            raise BudgetError(
                f"Expected a budget of {', '.join(names)}. Got {', '.join(map(repr, strange)):.200}"
                f": correct the name, or take it out."
            )
        return cls(**values)


LOSSLESS = Budget(max_error=0)
"""Budget of lossless compression."""
