"""Prediction of the details of the method ``wavelet`` (section 18 of docs/format.md), without
vcore."""

import zlib
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from reference_reader import Array, expect

WEIGHTS = Path(__file__).parents[1] / "vcore" / "methods" / "wavelet" / "weights"


CHECKSUMS = {1: 0x8B0A60C8}


def weights(number: int) -> dict[str, Array]:
    data = (WEIGHTS / f"details-{number}.npz").read_bytes()
    expect(zlib.crc32(data) == CHECKSUMS[number], "other weights")
    with np.load(BytesIO(data)) as stored:
        return dict(stored)


def predict(low: Array, e: Array, level: int, step: float, net: dict[str, Array]) -> None:
    """Add the predictions to the coefficients ``e`` of a level."""
    cells = tuple(-(-n // 2) for n in e.shape)
    x = np.pad(low / step, [(2, 3)] * 3, mode="edge")

    def at(i: int, j: int, k: int) -> Array:
        return x[i : i + cells[0], j : j + cells[1], k : k + cells[2]]

    mean, square = (box(v) * (1 / 216) for v in (x, x * x))
    scale = np.sqrt(np.maximum(square - mean * mean, 0.0) + 1.0)
    for axis in range(3):
        bend = -(at(*unit(axis, 1)) + at(*unit(axis, 4)))
        bend = (at(*unit(axis, 2)) + at(*unit(axis, 3))) + bend
        g = gradients(at, axis)
        others = [a for a in range(3) if a != axis]
        for cell in zip(*np.nonzero((scale > 2) & (np.abs(bend) > 1)), strict=True):
            place = [2 * c + (a == axis) for a, c in enumerate(cell)]
            if place[axis] >= e.shape[axis]:
                continue
            s, window = scale[cell], x[tuple(slice(c, c + 6) for c in cell)] - mean[cell]
            sign = -1.0 if bend[cell] < 0 else 1.0
            inputs = posed(window, [float(g[a][cell]) for a in (axis, *others)], axis, sign < 0)
            inputs = np.clip(np.rint(inputs * (sign * 256 / s)), -1023, 1023)
            kind = int((s >= net["thresholds"]).sum())
            result = network(inputs.astype(int), net, level, kind)
            e[tuple(place)] += ((result * 2.0 ** -int(net["shifts"][2])) * (sign * s)) * step


def network(inputs: Array, net: dict[str, Array], level: int, kind: int) -> int:
    whole = {name: net[name].astype(np.int64) for name in ("w1", "b1", "w2", "b2", "w3", "b3")}
    one = hidden(inputs @ whole["w1"] + whole["b1"][level, kind], int(net["shifts"][0]))
    two = hidden(one @ whole["w2"] + whole["b2"], int(net["shifts"][1]))
    return int(two @ whole["w3"] + whole["b3"])


def hidden(sums: Array, shift: int) -> Array:
    return np.clip((2 * sums + (1 << shift)) >> (shift + 1), 0, 1023)


def unit(axis: int, k: int) -> tuple[int, ...]:
    return tuple(k if a == axis else 2 for a in range(3))


def box(v: Array) -> Array:
    for axis in range(3):
        n = v.shape[axis] - 5
        total = np.zeros([n if a == axis else m for a, m in enumerate(v.shape)])
        for k in range(6):
            total = total + v.take(range(k, k + n), axis)
        v = total
    return v


def gradients(at: Any, axis: int) -> list[Array]:
    """Return the gradients along z, y, x for the band that is high along ``axis``."""

    def way(a: int, k: int) -> int:
        return (k > 2) - (k < 2 + (a == axis))

    far = [5 if a == axis else 4 for a in range(3)]
    found = [np.zeros(at(0, 0, 0).shape) for _ in range(3)]
    for i, j in product(range(1, far[0]), range(1, far[1])):
        first, last = at(i, j, 1) + at(i, j, 2), at(i, j, 3)
        if axis == 2:
            last = last + at(i, j, 4)
        row, along = first + last, last - (first if axis == 2 else at(i, j, 1))
        found[0] += way(0, i) * row
        found[1] += way(1, j) * row
        found[2] += along
    return found


def posed(window: Array, g: list[float], axis: int, upside_down: bool) -> Array:
    """Return the 60 inputs in canonical pose."""
    v = np.moveaxis(window, axis, 0)[:, :5, :5]
    for k in range(3):
        if g[k] < 0:
            v = np.flip(v, k)
    if abs(g[2]) > abs(g[1]):
        v = v.swapaxes(1, 2)
    if upside_down:
        v = np.flip(v, (0, 1, 2))
    z, y, x = np.indices(v.shape)
    near = (z - 2.5) ** 2 + (y - 2) ** 2 + (x - 2) ** 2 <= 5.5
    return v[near]
