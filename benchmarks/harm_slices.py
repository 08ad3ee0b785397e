"""`python -m benchmarks harm --slices`: bytes and error of a stack with one bad
slice, smeared and coded apart."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks import bounds, volumes
from benchmarks.report import markdown
from vcore import io

PSNR = 42.0
"""PSNR of the clean stack in dB; files of the spoiled one have the same mean squared error."""
NAMES = ("tooth", "headsq", "bonsai", "chris_t1")
SHIFT, FACTOR = 5, 1.5
AROUND = (-2, -1, 1, 2)
"""Slices around the bad one whose error is looked at."""
HEAD = (
    "stack", "slice", "clean, bytes", "smeared", "apart", "change", "around, clean", "smeared",
    "apart",
)  # fmt: skip

Values = NDArray[Any]
Floats = NDArray[np.float64]
Spoil = Callable[[Floats, int, np.random.Generator], Floats]
"""Returns the bad slice to put at an index of a stack, whose values are 0 to 1."""


def _shifted(stack: Floats, k: int, rng: np.random.Generator) -> Floats:
    return np.pad(stack[k], ((SHIFT, 0), (0, 0)), "edge")[:-SHIFT]


KINDS: dict[str, Spoil] = {
    "noise": lambda stack, k, rng: rng.normal(0.5, 0.125, stack[k].shape),
    "noise added": lambda stack, k, rng: stack[k] + rng.normal(0, 0.1, stack[k].shape),
    "dead, read noise": lambda stack, k, rng: rng.normal(0.02, 0.008, stack[k].shape),
    "foreign": lambda stack, k, rng: stack[(k + len(stack) // 3) % len(stack)],
    "darker, x 0.3": lambda stack, k, rng: 0.3 * stack[k],
    "brighter, x 1.5": lambda stack, k, rng: FACTOR * stack[k],
    "shifted by 5": _shifted,
    "repeated": lambda stack, k, rng: stack[k - 1],
}


def table(only: list[str] | None, kinds: list[str] | None = None) -> str:
    """Return the table of bytes, and of mean squared errors in the slices around the bad one
    relative to those of all."""
    return markdown(HEAD, list(_rows(only or NAMES, kinds or list(KINDS))))


def _rows(names: Any, kinds: list[str]) -> Iterator[list[Any]]:
    for name in names:
        clean = io.read(volumes.folder() / bounds.NAMES[name]).variables[0].read()
        span, k = float(np.ptp(clean)), len(clean) // 2 + 3
        power = span**2 / 10 ** (PSNR / 10)
        clean_bytes, clean_around = _encoded(clean, power, k)
        for kind in kinds:
            bad = KINDS[kind]((clean - float(clean.min())) / span, k, np.random.default_rng(1))
            values = clean.copy()
            values[k] = np.rint(np.clip(bad, 0, 1) * span + float(clean.min()))
            with patch("vcore.methods.wavelet.apart_choice.choose_apart", lambda *_: None):
                smeared, around = _encoded(values, power, k)
            apart, found = _encoded(values, power, k)
            change = f"{100 * (apart / smeared - 1):+.1f} %"
            errors = [f"{v:.2f}" for v in (clean_around, around, found)]
            yield [name, kind, clean_bytes, smeared, apart, change, *errors]


def _encoded(values: Values, power: float, k: int) -> tuple[int, float]:
    """Return the bytes of a stack at a mean squared error, and the error around slice ``k``
    relative to that."""
    psnr = 10 * np.log10(float(np.ptp(values)) ** 2 / power)
    report = vcore.compress(values, None, method="wavelet", psnr=psnr)
    decoded = vcore.open(report.data).decode().astype(np.float64)
    errors = np.square(decoded - values).mean((1, 2))
    return report.bytes, float(errors[[k + step for step in AROUND]].mean() / power)
