"""Writer of OME-Zarr 0.4 to 0.6, chunk by chunk, with box means as coarser levels."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io import ngff, ome_metadata, zarr_cf
from vcore.io import sidecar as extras
from vcore.io.colours import colours_of
from vcore.io.ngff_beside import GROUPS
from vcore.io.ngff_groups import around_of, create_carried, create_groups, paths_of, storable
from vcore.io.ngff_transforms import SYSTEMS
from vcore.io.ome_versions import ZARR_FORMATS, converter
from vcore.io.request import need
from vcore.io.write_slabs import Tick
from vcore.metrics.robust import Foreground
from vcore.model import labels
from vcore.model.grid import IDENTITY, Grid
from vcore.model.pyramid import box_mean, box_mode
from vcore.model.regions import Region, blocks
from vcore.model.volume import Variable, Volume

logger = logging.getLogger(__name__)

CHUNK = 128
"""Side of a chunk in voxels: 8 MiB of float32, which keeps the number of files moderate."""
COARSEST = 128
"""Maximum side of the coarsest level in voxels."""

MEANS = {
    "type": "mean",
    "metadata": {"description": "means of boxes of 2 voxels a side, without missing values"},
}
MODES = {
    "type": "mode",
    "metadata": {"description": "most frequent value of boxes of 2 voxels a side"},
}

COLOURS = ("0000FF", "00FF00", "FF0000", "00FFFF", "FF00FF", "FFFF00")
"""Default colour of channels."""


def write(volume: Volume, path: str, tick: Tick, *, version: str = "0.5") -> list[str]:
    """Write one image, or a collection of images for several variables (bioformats2raw.layout
    3), and the arrays that are carried beside them."""
    root = need("zarr").create_group(path, zarr_format=ZARR_FORMATS[version])
    paths = paths_of(volume)
    groups = create_groups(root, list(paths.values()), around_of(volume), version)
    for variable in volume.every:
        _write_image(groups[paths[variable.name]], volume.select([variable.name]), tick, version)
    _write_carried(root, volume)
    return [path]


def _write_carried(root: Any, volume: Volume) -> None:
    taken = [name for name, _ in root.arrays()]
    carried, left_out = storable(volume, taken)
    for path, array in carried.items():
        target = create_carried(root, path, array)
        for region in blocks(array.shape, target.chunks):
            target[region] = np.asarray(array.data[region])
    if told := (*volume.left_out, *left_out):
        logger.warning("left out: %s", ", ".join(told))


def _write_image(group: Any, volume: Volume, tick: Tick, version: str) -> None:
    variable = volume.variables[0]
    grids = halved_grids(volume.grid)
    arrays = [_create(group, str(k), grid, variable) for k, grid in enumerate(grids)]
    names = variable.components
    if not names and variable.length("c") == 1 and not variable.is_label:
        names = (variable.name,)
    limits = [(np.inf, -np.inf)] * len(names)
    for region in variable.slabs(multiple=CHUNK):
        values = variable.read(region)
        _store(arrays[0], variable, region, values)
        limits = _widened(limits, variable, values, region)
        tick(values.size)
    for k in range(1, len(arrays)):
        _average(variable, arrays[k - 1], arrays[k])
    kept = ngff.kept_metadata(variable)
    if limits and "omero" not in kept:
        colours = colours_of(volume, variable)
        windows = _windows(variable, arrays[-1], limits)
        kept["omero"] = {"channels": _channels(names, limits, windows, colours)}
    others = variable.attributes.get("zarr")
    told = {
        "ome": {
            "multiscales": [
                multiscale(volume, grids, variable.axis_map.ordered.names) | downscaling(variable)
            ],
            **kept,
        },
        extras.KEY: kept_beside(volume),
        **({SYSTEMS: systems} if (systems := variable.attributes.get(SYSTEMS)) else {}),
        **{
            key: value
            for key, value in (others if isinstance(others, Mapping) else {}).items()
            if key not in ngff.OWN
        },
    }
    group.attrs.update(converter(version)(told))


def _widened(
    limits: list[tuple[float, float]], variable: Variable, values: NDArray[Any], region: Region
) -> list[tuple[float, float]]:
    """Return the range of each channel, extended by the values of ``region``."""
    if not limits:
        return limits
    found, missing = list(limits), variable.missing(values)
    wanted = np.ones(values.shape, bool) if missing is None else ~missing
    if "c" in variable.axes:
        axis = variable.axes.index("c")
        channels = range(*region[axis].indices(len(limits)))
    else:
        axis, channels, values, wanted = 0, range(1), values[None], wanted[None]
    for i, channel in enumerate(channels):
        of_channel = values.take(i, axis)[wanted.take(i, axis)]
        if of_channel.size:
            low, high = found[channel]
            found[channel] = (
                min(low, float(of_channel.min())),
                max(high, float(of_channel.max())),
            )
    return found


def _windows(
    variable: Variable, coarsest: Any, limits: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return the robust range of each channel in the first frame of the coarsest level, else its
    range."""
    axes = variable.axis_map.ordered.names
    space, found = 2 if variable.flat else 3, []
    for i, (low, high) in enumerate(limits):
        at = tuple(slice(None) if k >= len(axes) - space else 0 for k in range(len(axes)))
        at = tuple(i if name == "c" else s for name, s in zip(axes, at, strict=True))
        values = np.asarray(coarsest[at]).astype(variable.dtype)
        part = Variable(
            variable.name,
            values.reshape((1,) * (3 - values.ndim) + values.shape),
            fill_value=variable.fill_value,
        )
        seen = Foreground.of(part)
        found.append((seen.low, seen.high) if seen.low < seen.high else (low, high))
    return found


def _channels(
    names: Sequence[str],
    limits: Sequence[tuple[float, float]],
    windows: Sequence[tuple[float, float]],
    colours: Sequence[str],
) -> list[dict[str, Any]]:
    """Return display settings of named channels, with the range of their values as the ends of the
    window, and default colours if there are no ``colours``."""
    channels = []
    for i, (name, (low, high), (start, end)) in enumerate(zip(names, limits, windows, strict=True)):
        known = low < high < np.inf
        default = COLOURS[i % len(COLOURS)] if len(names) > 1 else ome_metadata.GREY
        colour = colours[i] if colours else default
        shown = ome_metadata.channel(name, colour, (low, high) if known else (0.0, 1.0))
        if known:
            shown["window"] |= {"start": float(start), "end": float(end)}
        channels.append(shown)
    return channels


def halved_grids(grid: Grid) -> list[Grid]:
    """Return the grids of all levels, along the image's own axes."""
    # scales are along the array axes: OME-Zarr has the directions separately (0.6) or nowhere
    grids = [replace(grid, direction=IDENTITY)]
    while max(grids[-1].shape) > COARSEST:
        grids.append(grids[-1].coarsened([min(n, 2) for n in grids[-1].shape]))
    return grids


def _create(group: Any, name: str, grid: Grid, variable: Variable) -> Any:
    axes = variable.axis_map.ordered
    shape = axes.shape((*variable.shape[:-3], *grid.shape))
    space = len(shape) - _space(variable)
    fill = variable.fill_value if variable.dtype.kind in "iu" else None
    names, attributes = axis_names(grid, axes.names), missing_attribute(variable)
    options: dict[str, Any] = {"dimension_names": names}
    if group.metadata.zarr_format == 2:
        options = {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
        attributes[zarr_cf.DIMENSIONS] = names
    return group.create_array(
        name,
        shape=shape,
        dtype=variable.dtype,
        chunks=(*[1] * space, *(min(n, CHUNK) for n in shape[space:])),
        attributes=attributes,
        fill_value=0 if fill is None else fill,
        **options,
    )


def _space(variable: Variable) -> int:
    """Return the number of axes of space that the source has."""
    return 2 if variable.flat else 3


def _store(array: Any, variable: Variable, region: Region, values: NDArray[Any]) -> None:
    """Write a box of one frame into an array along the axes of the source, in the order of
    OME-Zarr: time, channels and others, space."""
    space = _space(variable)
    frame = variable.axis_map.ordered.frame([s.start for s in region[:-3]])
    array[(*frame, *region[-space:])] = values.reshape(values.shape[-space:])


def _average(variable: Variable, fine: Any, coarse: Any) -> None:
    """Fill a level with box means of the finer one, ignoring missing values."""
    lead = fine.ndim - _space(variable)
    factor = [-(-n // m) for n, m in zip(fine.shape[lead:], coarse.shape[lead:], strict=True)]
    for region in blocks(coarse.shape, coarse.chunks):
        inside: Region = region[:lead] + tuple(
            slice(s.start * f, min(s.stop * f, n))
            for s, f, n in zip(region[lead:], factor, fine.shape[lead:], strict=True)
        )
        values = np.asarray(fine[inside])
        if variable.flat:
            means = coarser_values(variable, values[..., np.newaxis, :, :], [1, *factor])
            coarse[region] = means[..., 0, :, :]
        else:
            coarse[region] = coarser_values(variable, values, factor)


def coarser_values(variable: Variable, values: NDArray[Any], factor: Sequence[int]) -> NDArray[Any]:
    """Return means of boxes of ``factor`` (1 or 2) voxels along z, y, x, without missing values and
    rounded for integers; the most frequent values of a label image."""
    if variable.is_label:
        return box_mode(values, factor)
    missing = variable.missing(values)
    wide = values.astype(np.float64)
    if missing is None:
        means = box_mean(wide, factor)
    else:
        weight = box_mean((~missing).astype(np.float64), factor)
        total = box_mean(np.where(missing, 0.0, wide), factor)
        fill = np.nan if variable.fill_value is None else float(variable.fill_value)
        means = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), fill)
    if variable.dtype.kind in "biu":
        means = np.rint(means)
    return means.astype(variable.dtype)


def downscaling(variable: Variable) -> dict[str, Any]:
    """Return the metadata that say how the coarser levels are made."""
    return MODES if variable.is_label else MEANS


def missing_attribute(variable: Variable) -> dict[str, Any]:
    """Return the attribute of a declared fill value, in xarray's convention."""
    fill = variable.usable_fill
    return {} if fill is None else {"_FillValue": zarr_cf.stored_fill(fill, variable.dtype)}


def axis_names(grid: Grid, axes: Sequence[str]) -> list[str]:
    """Return the name of each of the ``axes``, which are letters."""
    names = dict(zip("zyx", grid.axis_names, strict=True))
    return [names.get(axis, axis) for axis in axes]


def multiscale(volume: Volume, grids: Sequence[Grid], axes: Sequence[str]) -> dict[str, Any]:
    """Return the OME-Zarr metadata of an image of one variable and its levels' grids.

    ``axes`` are the letters of those of its arrays.
    """
    return ome_metadata.multiscale(
        labels.split(volume.variables[0].name)[1],
        axes,
        grids,
        names=axis_names(volume.grid, axes),
        times=_even_times(volume.grid) or (0.0, 1.0),
    )


def _even_times(grid: Grid) -> tuple[float, float] | None:
    """Return first time and time step if these reproduce the times exactly."""
    if grid.times is None or len(grid.times) < 2:
        return None
    start, step = float(grid.times[0]), float(grid.times[1]) - float(grid.times[0])
    even = step > 0 and all(start + i * step == t for i, t in enumerate(grid.times))
    return (start, step) if even else None


def kept_beside(volume: Volume) -> dict[str, Any]:
    """Return the metadata without a field in OME-Zarr, for the attribute ``extras.KEY``."""
    kept = ["direction", "coordinates"]
    if _even_times(volume.grid) is None or not volume.grid.time_unit:
        kept += ["times", "time_unit"]
    variable = volume.variables[0]
    beside = {*ngff.kept_metadata(variable), "zarr", SYSTEMS}
    rest = {k: v for k, v in variable.attributes.items() if k not in beside}
    around = {k: v for k, v in volume.attributes.items() if k != GROUPS}
    volume = replace(volume, variables=(replace(variable, attributes=rest),), attributes=around)
    return {"name": variable.name, **extras.describe(volume, kept)}
