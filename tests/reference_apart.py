"""Slices apart of the method ``wavelet``: section 18 of docs/format.md, without vcore."""

from math import ceil, prod
from typing import Any

import numpy as np
from reference_reader import Array, expect
from reference_wavelet import Pyramid


class Slices:
    """The slices as the frames of a variable whose sections lie in one."""

    def __init__(self, variable: Any) -> None:
        self.whole, shape = variable, variable.grid_shape
        described = variable.state["apart"]
        self.axis, self.places = described["axis"], described["slices"]
        expect(prod(variable.lead) == 1, "slices apart in a series")
        expect(type(self.axis) is int and 0 <= self.axis <= 2, "no axis of slices apart")
        ends = [-1, *self.places, shape[self.axis]]
        expect(all(type(k) is int for k in ends), "slices apart are no numbers")
        expect(all(np.diff(ends) > 0), "slices apart do not ascend")
        expect(0 < len(self.places) < shape[self.axis], "no slices apart, or nothing else")
        self.lead = (len(self.places),)
        self.grid_shape = (1, *(n for k, n in enumerate(shape) if k != self.axis))
        self.fields = {"axes": "tzyx"}
        self.settings = {"step": variable.settings["step"], "group": 64}
        self.state = {"centroids": described["centroids"]}
        longest, self.levels = max(self.grid_shape), 1
        while longest > 32 and max(self.grid_shape) > 64:
            longest, self.levels = ceil(longest / 2), self.levels + 1

    def units(self, level: int, name: str, count: int) -> list[bytes]:
        counts = [len(self.places)]
        for finer in range(self.levels - 2, -1, -1):
            sides = [ceil(n / 2**finer) for n in self.grid_shape]
            side = 44 if max(sides) > 64 else 64
            counts.append(len(self.places) * prod(ceil(n / side) for n in sides))
        found: list[bytes] = self.whole.units(0, "apart", sum(counts))
        number = self.levels - 1 - level
        expect(counts[number] == count, "slices apart have other units")
        start = sum(counts[:number])
        return found[start : start + count]


def put_apart(values: Array, variable: Any) -> Array:
    """Return level 0 in data units, (..., z, y, x), with the slices apart in their place."""
    slices = Slices(variable)
    found = Pyramid(slices).values(0)[:, 0]
    found = found * (float(variable.high) - float(variable.low)) + variable.low
    out = np.moveaxis(values, slices.axis - 3, -3).copy()
    out[..., slices.places, :, :] = found
    return np.moveaxis(out, -3, slices.axis - 3)
