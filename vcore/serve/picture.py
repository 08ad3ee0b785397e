"""Thumbnails of served images: maximum projections of a coarse level, in the channels' colours."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from vcore.evaluate.thumbnail import encode_png
from vcore.model.anatomy import runs_up
from vcore.serve.describe import Description, Level
from vcore.serve.image import ServedImage

SIDE = 320
"""Longest side of a thumbnail, in pixels."""
ENOUGH = 160
"""Longest side, in voxels, from which a level is fine enough."""
MAX_VOXELS = 1 << 22
"""Maximum number of voxels of a channel that are projected; of larger levels, the middle plane."""
MAX_CHANNELS = 4
PERCENTILES = (0.5, 99.8)
"""Display limits of channels without a window."""


def thumbnail(image: ServedImage, group: str) -> bytes:
    """Return the first frame of the image at ``group`` as PNG, transparent where all is missing.

    Raises
    ------
    VcoreError
        A chunk cannot be decoded.
    """
    described = image.describe(group)
    level = _level(described)
    colours = np.zeros((1, 1, 3))
    there = np.zeros((1, 1), bool)
    shown = [i for i, c in enumerate(described.channels) if c.active] or [0]
    for channel in shown[:MAX_CHANNELS]:
        plane = _projection(image, group, described, level, channel)
        present = np.isfinite(plane)
        settings = described.channels[channel]
        low, high = settings.window or _limits(plane[present])
        grey = ((np.where(present, plane, low) - low) / (high - low)).clip(0, 1)
        tint = np.array([int(settings.colour[k : k + 2], 16) / 255 for k in (0, 2, 4)])
        colours = colours + grey[..., None] * tint
        there = there | present
    if runs_up(described.axes[-2].ends):  # as the viewer shows it
        colours, there = colours[::-1], there[::-1]
    pixels = np.concatenate([colours.clip(0, 1), there[..., None]], axis=-1)
    return encode_png(_resized(np.rint(255 * pixels).astype(np.uint8), level))


def _level(described: Description) -> Level:
    """Return the coarsest stored level that is fine enough, or the finest that is quick."""
    stored = [level for level in described.levels if level.stored] or list(described.levels)
    chosen = stored[-1]
    for level in reversed(stored):
        if max(chosen.shape[-2:]) >= ENOUGH or math.prod(level.shape[-3:]) > MAX_VOXELS:
            break
        chosen = level
    return chosen


def _projection(
    image: ServedImage, group: str, described: Description, level: Level, channel: int
) -> NDArray[np.float64]:
    """Return the maximum along z of the first frame, NaN where all voxels are missing."""
    path = f"{group}/{level.path}".lstrip("/")
    shape, chunks, dtype = image.array(path)
    large = math.prod(shape[-3:]) > MAX_VOXELS
    wanted = []
    for number, axis in enumerate(described.axes):
        size = shape[number]
        if axis.kind == "channel":
            wanted.append(range(channel, channel + 1))
        elif axis.kind != "space":
            wanted.append(range(1))
        elif large and number == len(shape) - 3:
            wanted.append(range(size // 2, size // 2 + 1))
        else:
            wanted.append(range(size))
    plane = np.full(shape[-2:], -np.inf)
    fill = described.fill if described.fill is None else dtype.type(described.fill)
    steps = [
        range(w.start // c, (w.stop - 1) // c + 1) for w, c in zip(wanted, chunks, strict=True)
    ]
    for index in itertools.product(*steps):
        data = image.values("/".join([path, "c", *map(str, index)]))
        block = np.frombuffer(data, dtype).reshape(chunks)
        inside = tuple(
            slice(max(w.start - i * c, 0), min(w.stop - i * c, c))
            for i, c, w in zip(index, chunks, wanted, strict=True)
        )
        values = block[inside].astype(np.float64)
        missing = ~np.isfinite(values)
        if fill is not None:
            missing |= block[inside] == fill
        values[missing] = -np.inf
        flat = values.reshape(-1, *values.shape[-2:]).max(0)
        y, x = (i * c for i, c in zip(index[-2:], chunks[-2:], strict=True))
        target = plane[y : y + flat.shape[0], x : x + flat.shape[1]]
        np.maximum(target, flat, out=target)
    plane[np.isneginf(plane)] = np.nan
    return plane


def _limits(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, PERCENTILES) if values.size else (0.0, 1.0)
    if low == high and values.size:
        low, high = values.min(), values.max()
    return float(low), float(high if high > low else low + 1)


def _resized(pixels: NDArray[np.uint8], level: Level) -> NDArray[np.uint8]:
    """Return the picture with square pixels, ``SIDE`` long, by nearest neighbours."""
    lengths = [n * abs(s) for n, s in zip(level.shape[-2:], level.steps[-2:], strict=True)]
    sides = [max(round(SIDE * length / max(lengths)), 1) for length in lengths]
    rows, columns = (
        (np.arange(side) * n // side) for side, n in zip(sides, pixels.shape[:2], strict=True)
    )
    resized: NDArray[np.uint8] = pixels[rows[:, None], columns[None, :]]
    return resized
