"""Volumes to fit the prediction of details to: phantoms, and crops of real ones."""

import gzip
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vcore import io

Volume = NDArray[Any]

REAL = {
    "medical/chris_t1_188x256x190_uint8.nii.gz": 4,
    "medical/headsq_64x64x93_int16.raw.gz": 3,
    "microscopy/rivulet_neuron_409x415x119_uint8.tif": 1,
    "microscopy/cellfinder_signal_627x1116x26_uint16.tif": 3,
    "timeseries/napari_stress_droplet_t21_31x30x16_uint8.tif": 1,
    "timeseries/pcasl_t10_52x68x20_int16.nii.gz": 1,
}
"""Files of permissive licences (BSD), with how often each is taken; the first frame of a series.
Other benchmark volumes are held out."""
EXAMPLE = "example4d.nii.gz"
"""A volume inside nibabel (PDDL), taken once."""
PHANTOMS = 0.45
"""Share of phantoms."""
SIDE, CROP, TURNED = 80, 88, 64
"""Sides of a phantom, of a crop, and of a crop that is turned."""


def real_volumes(folder: Path) -> list[tuple[Volume, int]]:
    """Return the real volumes in ``folder``, with how often each is taken."""
    found = []
    for name, share in REAL.items():
        variable = io.read(folder / name).variables[0]
        whole = np.asarray(variable.read(tuple(slice(0, n) for n in variable.shape)))
        found.append((whole[(0,) * (whole.ndim - 3)].astype(np.float32), share))
    with files("nibabel.tests.data").joinpath(EXAMPLE).open("rb") as stream:
        image: Any = nibabel.Nifti1Image.from_bytes(gzip.decompress(stream.read()))
    found.append((np.asarray(image.dataobj)[..., 0].T.astype(np.float32), 1))
    return found


def drawn(rng: np.random.Generator, real: Sequence[tuple[Volume, int]]) -> Volume:
    """Return a phantom or a part of a real volume, of a range of about 1."""
    if rng.random() < PHANTOMS:
        return phantom(rng)
    shares = np.array([share for _, share in real], float)
    return part(rng, real[rng.choice(len(real), p=shares / shares.sum())][0])


def part(rng: np.random.Generator, volume: Volume) -> Volume:
    """Return a crop, perhaps turned and stretched, relative to the robust range of the volume."""
    low, high = np.quantile(volume, (0.001, 0.9995))
    if high - low < 1e-3 * np.ptp(volume):
        low, high = volume.min(), volume.max()
    values = (volume - low) / (high - low)
    if rng.random() < 0.35 and min(values.shape) > 20:
        turn = rotation(rng) if rng.random() < 0.6 else np.eye(3)
        matrix = turn * rng.uniform(0.6, 1.3, 3)
        reach = CROP / 3
        centre = [rng.uniform(min(reach, n / 2), max(n - reach, n / 2)) for n in values.shape]
        origin = np.array(centre) - matrix @ np.full(3, TURNED / 2)
        turned = ndimage.affine_transform(values, matrix, origin, (TURNED,) * 3, mode="reflect")
        return np.asarray(turned, np.float32)
    room = [max(n - CROP, 0) for n in values.shape]
    if np.percentile(values, 99) == values.min():  # nearly empty: about something
        some = np.argwhere(values > values.min())
        centre = some[rng.integers(len(some))]
        start = [int(np.clip(c - CROP // 2, 0, r)) for c, r in zip(centre, room, strict=True)]
    else:
        start = [int(rng.integers(0, r + 1)) for r in room]
    return np.asarray(values[tuple(slice(a, a + CROP) for a in start)], np.float32)


def phantom(rng: np.random.Generator) -> Volume:
    """Return solids, a field of flow, or tubes and spots; perhaps blurred, noisy, rounded."""
    make = (solids, solids, flow, tubes)[rng.integers(4)]
    values = make(rng)
    blur = rng.choice([0, 0, 0.5, 0.8, 1.2])
    if blur:
        values = ndimage.gaussian_filter(values, blur)
    values = (values - values.min()) / max(np.ptp(values), 1e-9)
    noise = rng.choice([0, 0, 0, 0.003, 0.01, 0.03])
    if noise:
        signal = np.sqrt(values + 0.1) if rng.random() < 0.5 else 1.0
        values = values + noise * rng.standard_normal(values.shape) * signal
    if rng.random() < 0.5:
        values = np.rint(values * 255) / 255
    return np.asarray(values, np.float32)


def rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random rotation (of a random unit quaternion)."""
    w, x, y, z = (q := rng.standard_normal(4)) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def random_field(rng: np.random.Generator, power: float) -> NDArray[np.float64]:
    """Return a periodic Gaussian field with a spectrum that falls with the given power."""
    full, half = np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE)
    k = np.sqrt(full[:, None, None] ** 2 + full[None, :, None] ** 2 + half**2)
    k[0, 0, 0] = 1
    spectrum = np.fft.rfftn(rng.standard_normal((SIDE,) * 3)) * k ** (-power / 2)
    spectrum[0, 0, 0] = 0
    found = np.fft.irfftn(spectrum, (SIDE,) * 3, axes=(0, 1, 2))
    return np.asarray(found / found.std())


def solids(rng: np.random.Generator) -> Volume:
    """Return ellipsoids, boxes and what is between, with edges about a voxel wide."""
    grid = np.indices((SIDE,) * 3, dtype=np.float32)
    values: Volume = np.zeros((SIDE,) * 3, np.float32)
    if rng.random() < 0.5:
        values += (0.2 * rng.random() * random_field(rng, rng.uniform(3, 5))).astype(np.float32)
    for _ in range(rng.integers(6, 40)):
        centre, turn = rng.uniform(0, SIDE, 3), rotation(rng)
        radii = np.exp(rng.uniform(np.log(2), np.log(SIDE / 2.5), 3))
        power = rng.choice([1.0, 2.0, 2.0, 2.0, 8.0])
        total = np.zeros((SIDE,) * 3, np.float32)
        for column, radius in zip(turn.T, radii, strict=True):
            along = sum((g - c) * t for g, c, t in zip(grid, centre, column, strict=True))
            total += np.abs(along / np.float32(radius)) ** np.float32(power)
        distance, soft = total ** np.float32(1 / power), 0.35 * rng.uniform(0.5, 1.5)
        soft /= max(radii.min(), 2)
        inside = _step(distance - 1, soft)
        if rng.random() < 0.3:
            inside = inside * (1 - _step(distance - rng.uniform(0.5, 0.9), soft))
        level = rng.uniform(-0.6, 1)
        if rng.random() < 0.6:
            values = values * (1 - inside) + level * inside
        else:
            values = values + 0.4 * level * inside
    return values


def _step(distance: NDArray[Any], soft: float) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(np.clip(distance / soft, -30, 30))))


def flow(rng: np.random.Generator) -> Volume:
    """Return a random field carried along by others; perhaps fronts of it, or its exponential."""
    carried = random_field(rng, rng.uniform(3, 6))
    moves = [random_field(rng, rng.uniform(4, 6)) for _ in range(3)]
    far = rng.uniform(2, 10)
    grid = np.indices((SIDE,) * 3, dtype=np.float64)
    at = [g + far * move for g, move in zip(grid, moves, strict=True)]
    values = ndimage.map_coordinates(carried, at, order=3, mode="grid-wrap")
    if rng.random() < 0.5:
        values = np.tanh(values * rng.uniform(1, 6))
    if rng.random() < 0.3:
        values = np.exp(values)
    return np.asarray(values, np.float32)


def tubes(rng: np.random.Generator) -> Volume:
    """Return curved tubes and spots, as of neurons and cells under a microscope."""
    values = np.zeros((SIDE,) * 3)
    for _ in range(rng.integers(4, 20)):
        t, ends = np.linspace(0, 1, 400)[:, None], rng.uniform(0, SIDE, (4, 3))
        bezier = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        curve = sum(b * end for b, end in zip(bezier, ends, strict=True))
        places = np.clip(np.rint(curve).astype(int), 0, SIDE - 1)
        one = np.zeros((SIDE,) * 3)
        one[tuple(places.T)] = 1
        one = ndimage.gaussian_filter(one, rng.uniform(0.7, 2.0))
        values += rng.uniform(0.3, 1) * one / one.max()
    for _ in range(rng.integers(0, 80)):
        values[tuple(rng.integers(0, SIDE, 3))] += rng.uniform(5, 40)
    return np.asarray(ndimage.gaussian_filter(values, rng.uniform(0.5, 1.2)), np.float32)
