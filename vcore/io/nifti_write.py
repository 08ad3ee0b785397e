"""NIfTI writer: NIfTI-1 (.nii, .nii.gz), or NIfTI-2 for longer axes."""

import gzip
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.lazy import CallbackArray
from vcore.io.request import need
from vcore.io.stored_arrays import as_stored
from vcore.io.units import METERS, SECONDS, length_unit, time_unit
from vcore.io.write_slabs import Tick, only_variable, write_values
from vcore.model.volume import Variable, Volume

logger = logging.getLogger(__name__)

MAX_LENGTH = 32767
"""Maximum axis length in NIfTI-1."""
LENGTHS = {"meter": 1.0, "millimeter": 1e-3, "micrometer": 1e-6}
"""NIfTI units of length, in metres."""
TIMES = {"second": 1.0, "millisecond": 1e-3, "microsecond": 1e-6}
"""NIfTI units of time, in seconds."""
SPECTRAL = ("hz", "ppm", "rads")
"""Further units of its fourth axis."""
KEPT = (
    *("descrip", "aux_file", "intent_name", "intent_code", "intent_p1", "intent_p2", "intent_p3"),
    *("cal_min", "cal_max", "dim_info", "slice_code", "slice_start", "slice_end", "slice_duration"),
)
"""Header fields restored from the attribute ``nifti``."""
TO_RAS = {"left-posterior-superior": (-1.0, -1.0, 1.0)}
"""Signs of x, y, z in NIfTI's frame, by the attribute ``space``."""


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write the only variable with its affine, units, time step and kept header fields.

    Axes are x y z t c. Packed values are packed again, float16 becomes float32. The affine is
    float32 in NIfTI-1.
    """
    nibabel = need("nibabel")
    variable = only_variable(volume, "a NIfTI file")
    if volume.grid.coordinates is not None:
        raise InputError(
            "Expected an evenly spaced grid for a NIfTI file. Got one with coordinates of its own "
            "instead: write .nc, .h5 or .vtr."
        )
    stored = as_stored(variable)
    header = _header(nibabel, volume, variable, stored)
    with _opened(path) as file:
        header.write_to(file)
        _fill(file, stored, tick)
    return [path]


def _fill(file: BinaryIO, variable: Variable, tick: Tick) -> None:
    if "c" not in variable.axes:
        write_values(file, variable, tick)
        return
    c = variable.axes.index("c")  # NIfTI's fifth axis, slowest of all
    for k in range(variable.length("c")):
        write_values(file, _channel(variable, c, k), tick)


def _channel(variable: Variable, axis: int, k: int) -> Variable:
    shape = (*variable.shape[:axis], *variable.shape[axis + 1 :])

    def fetch(region: Any) -> NDArray[Any]:
        return variable.read((*region[:axis], slice(k, k + 1), *region[axis:])).squeeze(axis)

    axes = tuple(a for a in variable.axes if a != "c")
    data = CallbackArray(shape, variable.dtype, fetch)
    return replace(variable, data=data, axes=axes, components=(), outer=())


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    with open(path, "wb") as plain:
        if not path.lower().endswith(".gz"):
            yield plain
            return
        with gzip.GzipFile("", "wb", 6, plain, 0) as file:
            yield file  # type: ignore[misc]


def _header(nibabel: Any, volume: Volume, variable: Variable, stored: Variable) -> Any:
    shape = _shape(variable)
    second = max(shape) > MAX_LENGTH
    header = (nibabel.Nifti2Header if second else nibabel.Nifti1Header)()
    header.set_data_dtype(stored.dtype)
    header.set_data_shape(shape)
    known = volume.attributes.get("nifti")
    known = known if isinstance(known, Mapping) else {}
    for name in KEPT:
        if name in known:
            header[name] = known[name]
    _place(header, volume, known)
    if packing := variable.packing:
        header["scl_slope"], header["scl_inter"] = packing.scale, packing.offset
    else:
        header["scl_slope"], header["scl_inter"] = 1.0, 0.0
    header["magic"] = b"n+2" if second else b"n+1"
    header["vox_offset"] = 544 if second else 352
    return header


def _shape(variable: Variable) -> tuple[int, ...]:
    space = variable.shape[-3:][::-1]
    if "c" in variable.axes:
        return (*space, variable.length("t"), variable.length("c"))
    return (*space, variable.length("t")) if "t" in variable.axes else space


def _place(header: Any, volume: Volume, known: Mapping[str, Any]) -> None:
    grid = volume.grid
    length, scale = _unit(grid.unit, length_unit, METERS, LENGTHS, "millimeter")
    ticks = grid.time_unit or str(known.get("time_unit", ""))
    time, tick = _unit(ticks, time_unit, SECONDS, TIMES, "second")
    affine = np.eye(4)
    matrix = np.asarray(grid.direction, float) * np.asarray(grid.spacing) * scale
    affine[:3, :3] = matrix[::-1, ::-1]
    affine[:3, 3] = np.asarray(grid.origin[::-1]) * scale
    signs = TO_RAS.get(str(volume.attributes.get("space")), (1.0, 1.0, 1.0))
    affine = np.diag([*signs, 1.0]) @ affine
    sform, qform = int(known.get("sform_code", 0)), int(known.get("qform_code", 0))
    if not (sform or qform):
        sform = 1
    other = np.vstack([known["qform"], [0, 0, 0, 1]]) if "qform" in known else affine
    header.set_qform(other, code=qform, strip_shears=True)
    header.set_sform(affine, code=sform)
    zooms = np.asarray(grid.spacing[::-1]) * scale
    header["pixdim"][1:4] = zooms
    if grid.times and len(grid.times) > 1:
        steps = np.diff(grid.times)
        if not np.allclose(steps, steps[0], rtol=1e-4):
            raise InputError(
                "Expected evenly spaced times for a NIfTI file. Got others instead: write .nc, or "
                "single frames with `frame`."
            )
        header["pixdim"][4] = steps[0] * tick
        header["toffset"] = grid.times[0] * tick
    header.set_xyzt_units(length, time)


def _unit(
    given: str, spelled: Any, known: Mapping[str, float], has: Mapping[str, float], instead: str
) -> tuple[str, float]:
    """Return the name of the NIfTI unit to write, and the factor that converts to it."""
    short = {
        **{"meter": "meter", "millimeter": "mm", "micrometer": "micron"},
        **{"second": "sec", "millisecond": "msec", "microsecond": "usec"},
    }
    name = spelled(given)
    if name in has:
        return short[name], 1.0
    if name in known:
        return short[instead], known[name] / has[instead]
    if name in SPECTRAL:
        return name, 1.0
    if name:
        logger.warning("NIfTI has no unit %s: its numbers are written without a unit", name)
    return "unknown", 1.0
