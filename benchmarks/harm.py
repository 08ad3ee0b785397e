"""`python -m benchmarks harm`: effect of the wavelet method's filter on each slice, for real and
adversarial volumes; with `--slices`, that of one bad slice on those around."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import bounds, harm_slices, volumes
from vcore import io
from vcore.engine.decoder import VariableDecoder
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

STEP = 0.05
"""Quantiser step, as a fraction of the data range."""
Values = NDArray[Any]


def main(
    step: Annotated[float, typer.Option(help="Quantiser step, as a fraction of the range.")] = STEP,
    only: Annotated[list[str] | None, typer.Option(help="Volumes to run; all by default.")] = None,
    slices: Annotated[bool, typer.Option(help="Measure one bad slice instead.")] = False,
    kind: Annotated[list[str] | None, typer.Option(help="Bad slices; all by default.")] = None,
) -> None:
    """Print mean squared errors with and without the filter, overall and in the worst slice; or
    what one bad slice costs."""
    if slices:
        typer.echo(harm_slices.table(only, kind))
        return
    typer.echo(f"{'volume':24} {'all':>20} {'':>8} {'worst slice':>24}")
    for name, values in _volumes():
        if only and name not in only:
            continue
        found, without = _errors(values, step)
        worst = int(np.argmax(found / np.maximum(without, 1e-3 * without.mean() + 1e-300)))
        every = float(found.mean()), float(without.mean())
        gain = 10 * np.log10(max(every[1], 1e-300) / max(every[0], 1e-300))
        typer.echo(
            f"{name:24} {every[0]:9.4g} / {every[1]:<8.4g} {gain:+5.2f} dB  "
            f"{worst:5}: {found[worst]:9.4g} / {without[worst]:<8.4g}"
        )


def _errors(values: Values, step: float) -> tuple[Values, Values]:
    """Return the mean squared error of each slice, with and without the filter."""
    axes = {3: ("z", "y", "x"), 4: ("c" if len(values) < 5 else "t", "z", "y", "x")}[values.ndim]
    volume = Volume(Grid(values.shape[-3:]), (Variable("values", values, axes),))
    data = vcore.compress(volume, None, method="wavelet", settings={"step": step}).data
    (decoder,) = vcore.FileDataset(data).variables.values()
    state = {k: v for k, v in decoder.header.state.items() if k != "filter"}
    bare = VariableDecoder(replace(decoder.header, state=state), decoder.grid, decoder.reader)
    found, without = (
        np.square(d.decode() - values.astype(np.float64)).mean((-2, -1)).ravel()
        for d in (decoder, bare)
    )
    return found, without


def _volumes() -> Iterator[tuple[str, Values]]:
    for name, path in bounds.NAMES.items():
        yield name, io.read(volumes.folder() / path).variables[0].read()
    yield "lego, RGBA", _lego()
    for name, made in HARD.items():
        yield name, made()


def _lego() -> Values:
    """Return 100 views of four channels as c z y x."""
    with np.load(volumes.folder() / "nerf/lego_rgba_200x200_train100_test25.npz") as file:
        return np.ascontiguousarray(file["images_train"].transpose(3, 0, 1, 2))


def _read(name: str) -> Values:
    return io.read(volumes.folder() / bounds.NAMES[name]).variables[0].read()


def _blank(values: Values, count: int, axis: int, *, first: bool = False) -> Values:
    """Return values with ``count`` planes of the minimum added at one end of an axis."""
    shape = list(values.shape)
    shape[axis] = count
    plane = np.full(shape, values.min(), values.dtype)
    return np.concatenate([plane, values] if first else [values, plane], axis)


def _blank_frames() -> Values:
    values = _read("droplet").copy()
    values[[3, 9, 10, 17]] = values.min()
    return values


def _halves() -> Values:
    values = _read("chris_t1")[:64].astype(np.float32)
    noise = np.random.default_rng(0).normal(60, 30, values.shape)
    return np.concatenate([values, noise.astype(np.float32)])


def _few_slices() -> Values:
    values = np.zeros((160, 128, 128), np.float32)
    values[70:75] = _read("chris_t1")[70:75, 60:188, 20:148]
    return values


def _channels() -> Values:
    values = _read("chris_t1")[40:104, 60:156, 40:136].astype(np.float32)
    noise = np.random.default_rng(0).normal(60, 30, values.shape).astype(np.float32)
    return np.stack([values, np.sqrt(values), noise, np.full_like(values, values.min())])


HARD: dict[str, Callable[[], Values]] = {
    "bonsai, blank end": lambda: _blank(_read("bonsai")[:200], 2, 0),
    "bonsai, blank begin": lambda: _blank(_read("bonsai")[:200], 2, 0, first=True),
    "chris_t1, blank side": lambda: _blank(_read("chris_t1"), 3, 2),
    "headsq, blank end": lambda: _blank(_read("headsq"), 2, 0),
    "droplet, blank frames": _blank_frames,
    "chris_t1 and noise": _halves,
    "few slices": _few_slices,
    "unlike channels": _channels,
    "one voxel high": lambda: _read("chris_t1")[90:91].copy(),
    "tiny": lambda: _read("neghip")[20:23, 30:35, 30:32].copy(),
}
