"""Writing OME-TIFF plane by plane, uncompressed so that it can be memory-mapped."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io import sidecar as extras
from vcore.io.colours import colours_of, signed
from vcore.io.ome_write import document
from vcore.io.request import need
from vcore.io.units import SECONDS, SYMBOLS
from vcore.io.write_slabs import Tick, planes
from vcore.model.grid import Grid
from vcore.model.volume import WIDE_DTYPES, Variable, Volume

logger = logging.getLogger(__name__)

CLASSIC_LIMIT = 2**32 - 2**25
"""Number of bytes of values above which BigTIFF is used; leaves 32 MiB below 4 GiB for headers."""
NO_UNIT = "reference frame"
"""OME-XML's length unit for coordinates without a unit."""


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write each variable as an OME image, reusing the OME-XML of its source if present.

    Metadata that OME-XML cannot represent goes into an annotation.
    """
    tifffile = need("tifffile")
    for variable in volume.variables:
        if variable.dtype == np.float16 or variable.dtype.str[1:] in WIDE_DTYPES:
            other = "float32" if variable.dtype.kind == "f" else "32 bits"
            raise InputError(
                f"Expected a dtype supported by OME-TIFF. Got {variable.dtype} for "
                f"{variable.name!r} instead: write another format, or convert it to {other}."
            )
    bigtiff = volume.nbytes > CLASSIC_LIMIT
    with tifffile.TiffWriter(path, bigtiff=bigtiff, byteorder="<", ome=True) as tif:
        for variable in volume.variables:
            tif.write(
                planes(variable, tick),
                shape=tuple(variable.length(a) for a in _axes(variable)),
                dtype=variable.dtype,
                photometric="minisblack",
                metadata=_metadata(volume, variable),
            )
    known = [_extras(volume, v) for v in volume.variables]
    written = tifffile.tiffcomment(path)
    tifffile.tiffcomment(path, document(written, volume, known))
    return [path]


def _axes(variable: Variable) -> tuple[str, ...]:
    """Return the axes that the file has: those of the array, without z if the source has none."""
    return tuple(a for a in variable.axes if a != "z" or not variable.flat)


def _metadata(volume: Volume, variable: Variable) -> dict[str, Any]:
    grid = volume.grid
    unit = SYMBOLS.get(grid.unit, NO_UNIT)
    metadata: dict[str, Any] = {
        "axes": "".join(_axes(variable)).upper(),
        "Name": variable.name,
    }
    if grid.unit or grid.spacing != (1.0, 1.0, 1.0):
        for axis, step in zip("ZYX", grid.spacing, strict=True):
            metadata[f"PhysicalSize{axis}"] = float(step)
            metadata[f"PhysicalSize{axis}Unit"] = unit
    channels: dict[str, list[Any]] = {}
    if variable.components:
        channels["Name"] = list(variable.components)
    if colours := colours_of(volume, variable):
        channels["Color"] = [signed(c) for c in colours]
    if channels:
        metadata["Channel"] = channels
    plane: dict[str, list[Any]] = {}
    count = int(np.prod(variable.shape[:-2]))
    if any(grid.origin):
        for axis, position in zip("ZYX", grid.origin, strict=True):
            plane[f"Position{axis}"] = [float(position)] * count
            plane[f"Position{axis}Unit"] = [unit] * count
    if "t" in variable.axes and grid.times is not None and grid.time_unit in SECONDS:
        _add_times(grid, metadata, plane, count)
    if plane:
        metadata["Plane"] = plane
    return metadata


def _add_times(
    grid: Grid, metadata: dict[str, Any], plane: dict[str, list[Any]], count: int
) -> None:
    times = [float(t) for t in grid.times or ()]
    unit = SYMBOLS[grid.time_unit]
    step = times[1] - times[0] if len(times) > 1 else 0.0
    if step > 0 and times == [i * step for i in range(len(times))]:
        metadata["TimeIncrement"] = step
        metadata["TimeIncrementUnit"] = unit
        return
    plane["DeltaT"] = list(np.repeat(times, count // len(times)).tolist())
    plane["DeltaTUnit"] = [unit] * count


def _extras(volume: Volume, variable: Variable) -> dict[str, Any]:
    grid = volume.grid
    kept = ["direction", "axis_names", "coordinates"]
    kept += ["unit"] if grid.unit not in SYMBOLS else []
    if "t" in variable.axes and grid.times is not None and grid.time_unit not in SECONDS:
        kept += ["times", "time_unit"]
        if grid.time_unit or grid.times != tuple(range(len(grid.times))):
            logger.warning(
                "the times of %s, in %s, are kept for vcore alone: OME-TIFF has those in seconds, "
                "minutes, hours and days",
                variable.name,
                grid.time_unit or "no unit",
            )
    known = extras.describe(_without_xml(volume), kept)
    axes = _axes(variable)
    if any(variable.length(a) == 1 for a in axes):
        # readers drop axes of length 1
        known["axes"] = "".join(axes)
    return known


def _without_xml(volume: Volume) -> Volume:
    """Return the volume without the attributes that OME-XML already represents."""
    return replace(
        volume,
        attributes={k: v for k, v in volume.attributes.items() if k != "ome_xml"},
        variables=tuple(
            replace(v, attributes={k: a for k, a in v.attributes.items() if k != "ome_image"})
            for v in volume.variables
        ),
    )
