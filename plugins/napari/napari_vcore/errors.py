"""Errors of a compressed layer, in units of the detector's noise or of the range. No Qt."""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import dask.array as da
import numpy as np
from numpy.typing import NDArray

from napari_vcore.comparing import blocks_of
from napari_vcore.layers import ERROR_COLOURS, ERROR_RANGE, Link, lazy
from vcore.engine.layers.stabilised import NoiseQuantiser
from vcore.engine.scan import scan
from vcore.errors import InputError
from vcore.model.context import Context
from vcore.model.volume import Volume
from vcore.noise import Detector, detector_of

SIGMAS = 3.0
"""End of the colours, in standard deviations of the noise."""


@dataclass(frozen=True)
class Errors:
    """Errors of every voxel, and what they are measured in.

    Parameters
    ----------
    values
        Decoded minus original, lazy float32, in standard deviations of the noise of ``detector``,
        or in percent of the range.
    detector
        None where the noise cannot be estimated.
    why
        Why not.
    rms, largest
        Root mean square and largest absolute value, in the same unit.
    """

    values: da.Array
    detector: Detector | None
    why: str
    rms: float
    largest: float

    @property
    def unit(self) -> str:
        """The unit in words."""
        return "% of the range" if self.detector is None else "sigmas of the noise"

    @property
    def limit(self) -> float:
        """Value of the brightest colours."""
        if self.detector is not None:
            return SIGMAS
        return min(ERROR_RANGE * self.rms, self.largest) or 1.0

    @property
    def text(self) -> str:
        """Summary: what was measured, and with which noise."""
        found = f"errors: RMS {self.rms:.3g}, largest {self.largest:.3g} {self.unit}"
        return f"{found}; noise: {self.detector}" if self.detector else f"{found}. {self.why}"

    def options(self, name: str) -> dict[str, Any]:
        """Return the options of a layer of ``values``; ``name`` is that of the compressed layer."""
        return {
            "name": f"{name} error, {self.unit}",
            "colormap": ERROR_COLOURS,
            "contrast_limits": (-self.limit, self.limit),
            "rgb": False,
        }


def known_detector(link: Link) -> Detector | None:
    """Return the detector that a compressed layer was made with, None without a noise budget."""
    header = link.decoder.header
    own = header.channels[link.channel] if header.channels and link.channel is not None else header
    return NoiseQuantiser.from_json(own.noise, own.range).detector if own.noise else None


def errors_of(
    volume: Volume,
    original: Any,
    decoded: Any,
    context: Context,
    *,
    detector: Detector | None = None,
) -> Errors:
    """Measure the errors of a decoded array, by block; missing values of the original are left out.

    Parameters
    ----------
    volume
        The original, for its range and noise.
    original, decoded
        Lazy arrays of one shape.
    detector
        Estimated from ``volume`` if None.

    Raises
    ------
    InputError
        The shapes differ, or no voxel has a value.
    """
    regions = blocks_of(original, decoded)
    source, _ = scan(volume.variables[0], volume.grid, context)
    why = ""
    try:
        detector = detector or detector_of(source, context)
    except InputError as error:
        why = f"The noise could not be estimated. {error}"
    scale = _Scale(detector, 100 / (source.span or 1.0))
    squares, largest, count, done = 0.0, 0.0, 0, 0
    for region in regions:
        context.report("comparing", done / prod(decoded.shape))
        x = np.asarray(original[region])
        found = scale(np.asarray(decoded[region]), x)[np.isfinite(x)].astype(np.float64)
        found[np.isnan(found)] = np.inf  # a value that became none
        squares += float(np.square(found).sum())
        largest = max(largest, float(np.abs(found).max(initial=0.0)))
        done, count = done + x.size, count + found.size
    if not count:
        raise InputError("Expected values to compare. The original has none, only missing ones.")
    y = lazy(decoded)
    if isinstance(original, da.Array):
        x = original.rechunk(y.chunks)
    else:  # in blocks, of which a slice reads only some
        x = da.from_array(original, chunks=y.chunks, name=False)
    values = da.map_blocks(scale, y, x, dtype=np.float32)
    return Errors(values, detector, why, sqrt(squares / count), largest)


@dataclass(frozen=True)
class _Scale:
    """Errors in standard deviations of the noise, else times ``factor``; float32."""

    detector: Detector | None
    factor: float

    def __call__(self, decoded: NDArray[Any], original: NDArray[Any]) -> NDArray[np.float32]:
        y, x = decoded.astype(np.float64), original.astype(np.float64)
        if self.detector is None:
            return np.asarray((y - x) * self.factor, np.float32)
        return np.asarray(self.detector.stabilise(y) - self.detector.stabilise(x), np.float32)
