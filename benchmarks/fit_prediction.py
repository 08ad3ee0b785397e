"""Weights of the prediction of details of `wavelet` (docs/format.md, section 18)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import nn

from benchmarks import volumes
from benchmarks.prediction_volumes import Volume, drawn, real_volumes
from vcore.methods.wavelet.prediction import BANDS, padded_cells, poses
from vcore.methods.wavelet.prediction_loops import (
    INPUT_UNIT,
    LEAST_SCALE,
    LIMIT,
    bend_of,
    normalise,
    pose_of,
)
from vcore.methods.wavelet.tables import CENTROIDS, LEVELS
from vcore.methods.wavelet.transform import analyse, join, pyramid_shapes, reconstruction
from vcore.runtime.jit import jit

STEPS = (0.003, 0.08)
"""Range of the quantiser steps, as shares of the range of a volume; drawn evenly in their
logarithm."""
STEPS_EACH, CELLS = 3, 3000
"""Steps per volume, and cells taken per level and step, of those that are not coded as 0."""
CLASSES = 20
"""Classes of scales, two per octave."""
HIDDEN_UNIT = 128
"""Hidden units are integers in 1/HIDDEN_UNIT."""
BATCH, RATE = 2048, 4e-3
MOST = (1 << 24) - 1
"""Largest integer up to which float32 holds all."""


@dataclass(frozen=True)
class Sites:
    """Cells and bands to learn from.

    Parameters
    ----------
    inputs
        Samples about a coefficient in canonical pose, (n, inputs), in 1/INPUT_UNIT of the scale.
    scales
        Scale of the window, in steps.
    targets
        Coefficient, in steps.
    levels
        Level of the pyramid.
    """

    inputs: NDArray[np.int16]
    scales: NDArray[np.float32]
    targets: NDArray[np.float32]
    levels: NDArray[np.int8]


def main(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the benchmark volumes.")] = None,
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("details.npz"),
    count: Annotated[int, typer.Option(help="Volumes drawn.")] = 240,
    batches: Annotated[int, typer.Option(help="Steps of the optimiser.")] = 80_000,
    hidden: Annotated[tuple[int, int], typer.Option(help="Units of both layers.")] = (32, 16),
) -> None:
    """Fit the network that predicts details of `wavelet`; reproducible with the same torch."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng, real = np.random.default_rng(0), real_volumes(folder or volumes.folder())
    parts = []
    for number in range(count):
        parts += _sites_of(rng, drawn(rng, real))
        if number % 20 == 19:
            typer.echo(f"{number + 1} volumes, {sum(len(p.scales) for p in parts):,} sites")
    sites = Sites(
        *(np.concatenate([getattr(p, f) for p in parts]) for f in Sites.__dataclass_fields__)
    )
    network = Network(sites.inputs.shape[1], hidden)
    _fit(network, sites, batches)
    with output.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **network.integers())
    typer.echo(f"Wrote {output}: {output.stat().st_size:,} bytes.")


def _sites_of(rng: np.random.Generator, volume: Volume) -> list[Sites]:
    found: list[Sites] = []
    if min(volume.shape) < 6 or not np.ptp(volume):
        return found
    for step in np.exp(rng.uniform(np.log(STEPS[0]), np.log(STEPS[1]), STEPS_EACH)):
        for level, (low, details) in enumerate(_levels(volume, float(step))):
            if min(low.shape) < 4:
                continue
            padded = padded_cells(low, (0, 0, 0), low.shape)
            means, scales = np.empty((2, *low.shape))
            normalise(padded, means, scales)
            active = np.zeros(low.shape, bool)
            for band in range(1, 8):
                part = np.abs(details[tuple(slice(band >> k & 1, None, 2) for k in (2, 1, 0))])
                active[tuple(map(slice, part.shape))] |= part > 0.4
            quiet = rng.permutation(np.flatnonzero(~active & (scales > LEAST_SCALE)))
            busy = rng.permutation(np.flatnonzero(active))[:CELLS]
            cells = np.concatenate([busy, quiet[: max(len(busy) // 4, 1)]])
            for band in BANDS:
                places = np.stack(np.unravel_index(cells, low.shape), -1)
                at = 2 * places + [band >> 2, band >> 1 & 1, band & 1]
                inside = (at < details.shape).all(1)
                places, at = places[inside], at[inside]
                strides = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
                inputs = np.zeros((len(places), poses(band).shape[1]), np.int16)
                signs = np.zeros(len(places), np.float32)
                _gather(padded, means, scales, places, band, poses(band) @ strides, inputs, signs)
                where = tuple(places.T)
                found.append(
                    Sites(
                        inputs,
                        scales[where].astype(np.float32),
                        details[tuple(at.T)] * signs,
                        np.full(len(places), level, np.int8),
                    )
                )
    return found


@jit
def _gather(
    padded: Any, means: Any, scales: Any, places: Any, band: Any, offsets: Any, inputs: Any,
    signs: Any,
) -> None:  # fmt: skip
    hz, hy, hx = band >> 2, (band >> 1) & 1, band & 1
    flat = padded.reshape(-1)
    for k in range(len(places)):
        z, y, x = places[k]
        bend = bend_of(padded, z, y, x, hz, hy, hx)
        pose = pose_of(padded, z, y, x, hz, hy, hx, bend)
        signs[k] = 1.0 if pose < len(offsets) // 2 else -1.0
        base = (z * padded.shape[1] + y) * padded.shape[2] + x
        factor = signs[k] * INPUT_UNIT / scales[z, y, x]
        for i in range(inputs.shape[1]):
            v = np.rint((flat[base + offsets[pose, i]] - means[z, y, x]) * factor)
            inputs[k, i] = min(max(v, -LIMIT), LIMIT)


def _levels(volume: Volume, step: float) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Return the decoded low band and the details, in steps, of each predicted level."""
    levels, last = analyse(volume.copy())
    shapes = pyramid_shapes(volume.shape)
    (row,) = reconstruction([[round(0.05 * CENTROIDS)] * 3])
    low = np.full((1, 1, 1), last)
    found: list[tuple[NDArray[Any], NDArray[Any]]] = []
    for level in range(len(levels) - 1, -1, -1):
        if level < LEVELS:
            found.insert(0, (low / step, levels[level] / np.float32(step)))
        size = np.abs(levels[level]) / step
        integers = np.where(size < 0.62, 0, np.floor(size + 0.4))
        integers = np.copysign(integers, levels[level]).astype(np.int32)
        low = join([(1.0, integers)], low, shapes[level], step, row)
    return found


class Network(nn.Module):
    """The network in floats, with Laplace laws beside it, whose rates are what is minimised."""

    def __init__(self, inputs: int, hidden: tuple[int, int]) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(inputs, hidden[0]), nn.Linear(*hidden)
        self.result, self.width = nn.Linear(hidden[1], 1), nn.Linear(hidden[1], 1)
        self.of_class = nn.Embedding(CLASSES, hidden[0])
        self.of_level = nn.Embedding(LEVELS, hidden[0])
        with torch.no_grad():
            self.result.weight *= 0.1
            for weights in (self.result.bias, self.of_class.weight, self.of_level.weight):
                weights.zero_()

    def forward(self, inputs: Any, scales: Any, levels: Any) -> tuple[Any, Any]:
        """Return the predictions in steps, and the logarithms of the widths of their errors."""
        most = LIMIT / HIDDEN_UNIT
        kinds = (2 * torch.log2(scales)).long().clamp(0, CLASSES - 1)
        biases = self.of_class(kinds) + self.of_level(levels.long())
        units = (self.first(inputs.float() / INPUT_UNIT) + biases).clamp(0, most)
        units = self.second(units).clamp(0, most)
        return self.result(units)[:, 0] * scales, self.width(units)[:, 0] + 0.7 * scales.log()

    def integers(self) -> dict[str, NDArray[Any]]:
        """Return the weights as integers, each layer's as fine as its sums stay exact."""
        w1, w2 = (_array(layer.weight).T for layer in (self.first, self.second))
        w1, w2 = w1 * HIDDEN_UNIT / INPUT_UNIT, w2.copy()
        b1 = _array(self.first.bias) + _array(self.of_class.weight)
        b1 = (b1 + _array(self.of_level.weight)[:, None]) * HIDDEN_UNIT
        b2 = _array(self.second.bias) * HIDDEN_UNIT
        w3, b3 = _array(self.result.weight).T / HIDDEN_UNIT, _array(self.result.bias)
        shifts = [_shift(w1, b1), _shift(w2, b2), _shift(w3, b3)]
        f1, f2, f3 = (2.0**shift for shift in shifts)
        classes = np.arange(1, CLASSES)
        return {
            "thresholds": np.where(classes % 2, np.sqrt(2.0), 1.0) * 2.0 ** (classes // 2),
            "shifts": np.array(shifts, np.int8),
            "w1": np.rint(w1 * f1).astype(np.int16),
            "b1": np.rint(b1 * f1).astype(np.int32),
            "w2": np.rint(w2 * f2).astype(np.int16),
            "b2": np.rint(b2 * f2).astype(np.int32),
            "w3": np.rint(w3[:, 0] * f3).astype(np.int16),
            "b3": np.rint(b3[0] * f3).astype(np.int32),
        }


def _array(values: Any) -> NDArray[np.float64]:
    return values.detach().numpy().astype(np.float64)  # type: ignore[no-any-return]


def _shift(weights: NDArray[np.float64], biases: NDArray[np.float64]) -> int:
    """Return the binary places of the weights (inputs, units) of a layer."""
    shift = 0
    while True:
        finer = 2.0 ** (shift + 1)
        sums = np.abs(np.rint(weights * finer)).sum(0) * LIMIT + np.abs(biases * finer) + 1
        if sums.max() > MOST or np.abs(weights * finer).max() > 32767:
            return shift
        shift += 1


def _fit(network: Network, sites: Sites, batches: int) -> None:
    """Minimise the absolute error first, and then the bits of the quantised rest, too."""
    tensors = [torch.from_numpy(getattr(sites, f)) for f in Sites.__dataclass_fields__]
    optimiser = torch.optim.Adam(network.parameters())
    chosen, kept = np.random.default_rng(0), 0.0
    for number in range(batches):
        done = number / batches
        for group in optimiser.param_groups:
            warm = min(1.0, number / 100 + 0.1)
            group["lr"] = RATE * warm * 0.5 * (1 + np.cos(np.pi * done)) + 1e-5
        some = torch.from_numpy(chosen.integers(0, len(sites.scales), BATCH))
        inputs, scales, targets, levels = (tensor[some] for tensor in tensors)
        found, widths = network(inputs, scales, levels)
        rest = targets - found
        error = (torch.sqrt(rest * rest + 1) - 1).mean()
        late = min(max((done - 0.3) / 0.3, 0.0), 1.0)
        loss = (0.1 + late) * _bits(rest, widths).mean() + 0.3 * (1 - late) * error
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        plain = (torch.sqrt(targets * targets + 1) - 1).mean()
        kept = 0.998 * kept + 0.002 * float((error / plain).detach())
        if number % 10_000 == 9_999:
            typer.echo(f"{number + 1} batches: {kept:.3f} of the absolute error is left")


def _bits(rest: Any, widths: Any) -> Any:
    """Return the bits of the unit interval about 0 of Laplace laws about -``rest``."""
    width, error = torch.exp(widths.clamp(-3, 8)), rest.abs()
    near = 1 - 0.5 * (
        torch.exp(-(0.5 - error).clamp(min=0) / width) + torch.exp(-(0.5 + error) / width)
    )
    far = 0.5 * torch.exp(((0.5 - error) / width).clamp(max=0)) * (1 - torch.exp(-1 / width))
    return -torch.log2(torch.where(error < 0.5, near, far).clamp(min=1e-9))
