"""Taps of the restoration of `wavelet` (docs/format.md, section 18)."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numba
import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import volumes
from benchmarks.fit_prediction import STEPS
from benchmarks.prediction_volumes import drawn, real_volumes
from vcore.methods.wavelet.restoration import (
    ACTIVITIES,
    REACH,
    TAP_UNIT,
    changed,
    orientations,
    oriented,
)
from vcore.methods.wavelet.restoration_loops import CLIPS, DIRECTIONS, ORIENTATIONS, PAIRS, SHAPES
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

KINDS, TAPS = len(ACTIVITIES) * SHAPES, DIRECTIONS * CLIPS
STEPS_EACH = 2
"""Steps per volume."""
RIDGE = 1e-4
"""Share of the mean variance by which that of every input is raised, for classes of few voxels."""
ROUNDS = 20
"""Most rounds of assigning samples to sets."""
Values = NDArray[Any]
Sample = tuple[Values, Values]
"""Normal equations of a volume at a step, (KINDS, TAPS, TAPS) and (KINDS, TAPS), in squared steps a
voxel."""


def main(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the benchmark volumes.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("restoration"),
    count: Annotated[int, typer.Option(help="Volumes drawn.")] = 120,
    sets: Annotated[int, typer.Option(help="Sets of taps.")] = 4,
) -> None:
    """Fit the taps that restore level 0 of `wavelet` by least squares: sets of them, each for the
    volumes that it suits best (as the codebooks of Linde, Buzo and Gray, 1980); reproducible."""
    rng, real = np.random.default_rng(0), real_volumes(folder or volumes.folder())
    samples = []
    for number in range(count):
        values = drawn(rng, real)
        for _ in range(STEPS_EACH):
            step = float(np.exp(rng.uniform(*np.log(STEPS))))
            sample = record(values, step, bool(rng.integers(2)))
            if sample is not None:
                samples.append(sample)
        if number % 20 == 19:
            typer.echo(f"{number + 1} volumes")
    found = [solved(samples)]
    while len(found) < sets:
        found = grouped(samples, [t * share for t in found for share in (0.5, 1.5)][:sets])
    output.mkdir(parents=True, exist_ok=True)
    for number, taps in enumerate(found, 1):
        data = zlib.compress(np.rint(taps * TAP_UNIT).astype("<i2").tobytes(), 9)
        (output / f"restoration-{number}.bin").write_bytes(data)
        typer.echo(f"{number}: {len(data)} bytes, CRC-32 0x{zlib.crc32(data):08X}")


def solved(samples: Sequence[Sample]) -> Values:
    """Return the taps of least squared error, (KINDS, TAPS)."""
    moments, products = (np.sum(parts, 0) for parts in zip(*samples, strict=True))
    variance = np.trace(moments, axis1=1, axis2=2)[:, None, None] / TAPS
    raised = moments + (RIDGE * variance + 1e-9) * np.eye(TAPS)
    limit = ((1 << 15) - 1) / TAP_UNIT
    return np.linalg.solve(raised, products[..., None])[..., 0].clip(-limit, limit)


def grouped(samples: Sequence[Sample], found: list[Values]) -> list[Values]:
    """Return sets of taps, each of least error over the samples that it suits best."""
    before = np.zeros(0)
    for _ in range(ROUNDS):
        errors = np.array([[error_of(sample, taps) for taps in found] for sample in samples])
        own = errors.argmin(1)
        if np.array_equal(own, before):
            break
        before = own
        groups = [
            [s for s, k in zip(samples, own, strict=True) if k == n] for n in range(len(found))
        ]
        found = [solved(g) if g else t for g, t in zip(groups, found, strict=True)]
    return found


def error_of(sample: Sample, taps: Values) -> float:
    """Return the squared error of a sample with taps, less that without."""
    moments, products = sample
    return float(np.einsum("ka,kab,kb", taps, moments, taps) - 2 * (taps * products).sum())


def record(values: Values, step: float, predicted: bool) -> Sample | None:
    """Code a volume and return the normal equations of what its decoded voxels need; None if all
    its voxels are equal."""
    span = float(np.ptp(values))
    if not span:
        return None
    volume = Volume(Grid(values.shape), (Variable("values", values, ("z", "y", "x")),))
    settings = {"step": step, "prediction": predicted}
    data = vcore.compress(volume, None, method="wavelet", settings=settings).data
    (decoder,) = vcore.FileDataset(data).variables.values()
    decoded = np.asarray(decoder.decode(), np.float64)
    whole = tuple(slice(0, n) for n in values.shape)
    nothing = oriented(np.zeros(KINDS * TAPS))
    _, kinds = changed(decoded, whole, whole, step * span, nothing, [1] * len(ACTIVITIES))
    wide = np.pad(decoded, REACH, mode="edge")
    moments, products = np.zeros((KINDS, TAPS, TAPS)), np.zeros((KINDS, TAPS))
    add(wide, values, step * span, kinds, np.array(PAIRS), orientations(), moments, products)
    return moments / values.size, products / values.size


@numba.njit
def add(
    x: Any,
    original: Any,
    step: float,
    kinds: Any,
    pairs: Any,
    places: Any,
    moments: Any,
    products: Any,
) -> None:
    """Add the voxels of a volume to the normal equations of their classes, in steps."""
    nz, ny, nx = kinds.shape
    inputs = np.empty(pairs.shape[0] * CLIPS)
    for z in range(nz):
        for y in range(ny):
            for i in range(nx):
                if kinds[z, y, i] == 0:
                    continue
                kind, turned = divmod(kinds[z, y, i] - 1, ORIENTATIONS)
                centre = x[z + REACH, y + REACH, i + REACH]
                for d in range(pairs.shape[0]):
                    dz, dy, dx = pairs[d]
                    at, row, column = z + REACH, y + REACH, i + REACH
                    a = (x[at + dz, row + dy, column + dx] - centre) / step
                    b = (x[at - dz, row - dy, column - dx] - centre) / step
                    for n in range(CLIPS):
                        limit = 4.0 if n == 0 else (1.0 if n == 1 else 0.25)
                        both = min(max(a, -limit), limit) + min(max(b, -limit), limit)
                        inputs[CLIPS * places[turned, d] + n] = both
                error = (original[z, y, i] - centre) / step
                for a in range(inputs.size):
                    products[kind, a] += inputs[a] * error
                    for b in range(inputs.size):
                        moments[kind, a, b] += inputs[a] * inputs[b]
