"""MRC writer through mrcfile: MRC2014, sizes in ångström."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import write_slabs
from vcore.io.request import need
from vcore.io.stored_arrays import with_nan
from vcore.io.units import METERS, length_unit
from vcore.io.write_slabs import Tick, only_variable
from vcore.model.volume import Variable, Volume

MODES = {"i1": 0, "i2": 1, "f4": 2, "u2": 6, "f2": 12}
"""Mode of each dtype."""
MAX_LABELS = 10
"""Maximum number of labels in a header."""
LABEL_LENGTH = 79
"""Maximum number of characters of a label."""


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write the only variable; frames are a stack of volumes, uint8 becomes uint16.

    Voxel sizes and the origin are float32.
    """
    variable = with_nan(only_variable(volume, "an MRC file"))
    dtype = np.dtype("u2" if variable.dtype == np.uint8 else variable.dtype)
    _check(volume, variable, dtype)
    statistics = _Statistics()
    with need("mrcfile").new_mmap(path, variable.shape, MODES[dtype.str[1:]]) as file:
        for region in variable.slabs(voxels=write_slabs.SLAB_VOXELS):
            values = variable.read(region)
            file.data[region] = values
            statistics.add(values)
            tick(values.size)
        _describe(file, volume)
        statistics.write(file.header)
    return [path]


def _check(volume: Volume, variable: Variable, dtype: np.dtype[Any]) -> None:
    grid = volume.grid
    if dtype.str[1:] not in MODES:
        raise InputError(
            f"Expected int8, uint8, int16, uint16, float16 or float32 for an MRC file. Got "
            f"{dtype.name} instead: convert it first, or write .nrrd, .h5 or .zarr."
        )
    if "c" in variable.axes:
        raise InputError(
            "Expected one channel for an MRC file. Got several instead: write .nrrd, .h5 or .zarr."
        )
    if grid.coordinates is not None or not np.array_equal(grid.direction, np.eye(3)):
        raise InputError(
            "Expected an evenly spaced grid along rising axes for an MRC file. Got another "
            "instead: write .nc or .h5."
        )


class _Statistics:
    """Range, mean and deviation of the finite values of slabs."""

    def __init__(self) -> None:
        self._low, self._high = np.inf, -np.inf
        self._count, self._sum, self._squares = 0, 0.0, 0.0

    def add(self, values: NDArray[Any]) -> None:
        finite = values[np.isfinite(values)].astype(np.float64)
        if finite.size:
            self._low = min(self._low, float(finite.min()))
            self._high = max(self._high, float(finite.max()))
            self._count += finite.size
            self._sum += float(finite.sum())
            self._squares += float(np.square(finite).sum())

    def write(self, header: Any) -> None:
        """Set the statistics of a header, or mark them unknown."""
        if not self._count:
            header.dmin, header.dmax, header.dmean, header.rms = 0, -1, -2, -1
            return
        mean = self._sum / self._count
        header.dmin, header.dmax, header.dmean = self._low, self._high, mean
        header.rms = sqrt(max(self._squares / self._count - mean * mean, 0.0))


def _describe(file: Any, volume: Volume) -> None:
    grid, unit = volume.grid, length_unit(volume.grid.unit)
    scale = METERS[unit] / METERS["angstrom"] if unit in METERS else 1.0
    file.voxel_size = tuple(s * scale for s in grid.spacing[::-1])
    for axis, start in zip("xyz", grid.origin[::-1], strict=True):
        file.header.origin[axis] = start * scale
    known = volume.attributes.get("mrc")
    labels = known.get("labels", []) if isinstance(known, Mapping) else []
    for i, label in enumerate(labels[:MAX_LABELS]):
        file.header.label[i] = str(label).encode("ascii", "replace")[:LABEL_LENGTH]
        file.header.nlabl = max(int(file.header.nlabl), i + 1)
