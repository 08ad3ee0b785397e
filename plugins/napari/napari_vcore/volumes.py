"""Conversion of napari layers to volumes, for the writer and the Compress dock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_vcore.display import image_label, omero, omero_channel
from vcore.errors import InputError
from vcore.io.lazy import OneSlice
from vcore.model import labels
from vcore.model.axes import flat_axes
from vcore.model.grid import IDENTITY, Grid
from vcore.model.volume import Variable, Volume

PIXEL = ("", "pixel", "pixels", "px")
AXES = {2: "yx", 3: "zyx", 4: "tzyx", 5: "tczyx"}
TIME_LABELS = ("t", "time", "frame", "frames")
CHANNEL_LABELS = ("c", "ch", "channel", "channels")


class _Stacked:
    """Lazy stack of equally shaped arrays along a new channel axis.

    Parameters
    ----------
    at
        Position of the new axis.
    """

    def __init__(self, arrays: Sequence[Any], at: int) -> None:
        self._arrays, self._at = arrays, at
        shape = tuple(arrays[0].shape)
        self.shape = (*shape[:at], len(arrays), *shape[at:])
        self.dtype = arrays[0].dtype

    def __getitem__(self, region: Any) -> NDArray[Any]:
        key = (slice(None),) * len(self.shape) if region is Ellipsis else region
        rest = (*key[: self._at], *key[self._at + 1 :])
        chosen = range(len(self._arrays))[key[self._at]]
        return np.stack([np.asarray(self._arrays[c][rest]) for c in chosen], axis=self._at)


class _Bytes:
    """Lazy uint8 view (0 and 1) of a boolean array."""

    def __init__(self, array: Any) -> None:
        self._array, self.shape, self.dtype = array, array.shape, np.dtype("u1")

    def __getitem__(self, region: Any) -> NDArray[Any]:
        return np.asarray(self._array[region]).astype("u1")


def layered(layers: Sequence[tuple[Any, Mapping[str, Any], str]]) -> Volume:
    """Return one image or labels layer, or several as the variables of one volume.

    Raises
    ------
    InputError
        Same as in ``volume_of`` and ``variables_of``.
    """
    found = [(data, options) for data, options, _ in layers]
    objects = [str(options["name"]) for _, options, kind in layers if kind == "labels"]
    if len(found) > 1:
        return variables_of(found, objects)
    return labelled([], found) if objects else volume_of(found)


def channels_of(layers: Sequence[tuple[Any, Mapping[str, Any], str]]) -> Volume:
    """Return image layers as the channels of one image, with labels layers beside it.

    Raises
    ------
    InputError
        Same as in ``volume_of`` and ``labelled``.
    """
    images = [(data, options) for data, options, kind in layers if kind != "labels"]
    objects = [(data, options) for data, options, kind in layers if kind == "labels"]
    return labelled(images, objects) if objects else volume_of(images)


def labelled(
    images: Sequence[tuple[Any, Mapping[str, Any]]],
    objects: Sequence[tuple[Any, Mapping[str, Any]]],
) -> Volume:
    """Return image layers as in ``volume_of``, with labels layers on the same voxels beside them.

    Parameters
    ----------
    images
        May be empty.
    objects
        Labels layers, which are always stored without loss.

    Raises
    ------
    InputError
        Same as in ``volume_of``, or labels on other voxels than the images.
    """
    found = [_one(data, dict(options)) for data, options in objects]
    volume = volume_of(images) if images else None
    grid = found[0][1] if volume is None else volume.grid
    name = "" if volume is None else volume.variables[0].name
    beside = []
    for (variable, place), (_, options) in zip(found, objects, strict=True):
        _check_place(variable.name, place, grid, name or found[0][0].name)
        own = f"{labels.FOLDER}/{variable.name}" if images else variable.name
        told = {labels.KEY: image_label(options, "../../" if images else "")}
        beside.append(replace(variable, name=own, attributes=told))
    return Volume(grid, (*(volume.variables if volume else ()), *beside))


def _check_place(name: str, place: Grid, grid: Grid, first: str) -> None:
    if place.shape != grid.shape or not np.allclose(place.affine, grid.affine):
        raise InputError(
            f"Expected layers on the same voxels to become one file. {name!r} has another shape or "
            f"place than {first!r}: save them one by one."
        )


def volume_of(layers: Sequence[tuple[Any, Mapping[str, Any]]]) -> Volume:
    """Return one image layer, or several as channels, as a volume.

    Layers of different types become variables, as channels have one type.

    Parameters
    ----------
    layers
        Data (all levels of multiscale layers) and options of each layer, as returned by
        ``as_layer_data_tuple``.

    Raises
    ------
    InputError
        RGB, more than five axes, a sheared layer, or layers that do not fit together.
    """
    found = [_one(data, dict(options)) for data, options in layers]
    variable, grid = found[0]
    if len(found) == 1:
        return Volume(grid, (variable,), source=_source(layers[0][1]))
    if any(other.dtype != variable.dtype for other, _ in found):
        return variables_of(layers)
    for other, place in found[1:]:
        if other.shape != variable.shape or "c" in other.axes:
            raise InputError(
                f"Expected layers of one shape and without channels to become channels. Got "
                f"{variable.name!r}, {variable.shape}, and {other.name!r}, {other.shape}: save "
                f"them one by one."
            )
        if not np.allclose(place.affine, grid.affine):
            raise InputError(
                f"Expected layers in one place to become channels. {other.name!r} is scaled or "
                f"moved another way than {variable.name!r}: save them one by one."
            )
    at = variable.axes.index("z")
    joined = Variable(
        name=variable.name,
        data=_Stacked([v.data for v, _ in found], at),
        axes=(*variable.axes[:at], "c", *variable.axes[at:]),
        components=tuple(v.name for v, _ in found),
        attributes=omero([omero_channel(o, variable.dtype) for _, o in layers]),
        outer=flat_axes((*variable.axes[:at], "c", "y", "x")) if variable.flat else (),
    )
    return Volume(grid, (joined,))


def variables_of(
    layers: Sequence[tuple[Any, Mapping[str, Any]]], objects: Sequence[str] = ()
) -> Volume:
    """Return image layers as the variables of one volume, named like the layers.

    Parameters
    ----------
    layers
        Same as in ``volume_of``.
    objects
        Names of those that are labels layers.

    Raises
    ------
    InputError
        Same as in ``volume_of``, or layers on different grids.
    """
    found = [_one(data, dict(options)) for data, options in layers]
    variable, grid = found[0]
    for other, place in found[1:]:
        if place.shape != grid.shape or not np.allclose(place.affine, grid.affine):
            raise InputError(
                f"Expected layers on the same voxels to become variables of one file. "
                f"{other.name!r} has another shape or place than {variable.name!r}: select layers "
                f"of one grid, or compress them one by one."
            )
    # take the times from a layer that has them
    timed = next((place for _, place in found if place.times is not None), grid)
    told = [
        replace(v, attributes={labels.KEY: image_label(options, "")}) if v.name in objects else v
        for (v, _), (_, options) in zip(found, layers, strict=True)
    ]
    return Volume(timed, tuple(told))


def _source(options: Mapping[str, Any]) -> str:
    source = options.get("source")
    path = getattr(source, "path", None) if source is not None else None
    return str(path) if path else ""


def _one(data: Any, options: dict[str, Any]) -> tuple[Variable, Grid]:
    name = str(options.get("name") or "values")
    if options.get("multiscale"):
        data = data[0]
    if options.get("rgb"):
        raise InputError(
            f"Expected a layer with one value per voxel. {name!r} is RGB: split its channels first."
        )
    dimensions = len(data.shape)
    if not 2 <= dimensions <= 5:
        raise InputError(
            f"Expected two to five axes (t, c, z, y, x). {name!r} has {dimensions}: save a part."
        )
    named = tuple(str(label).lower() for label in options.get("axis_labels") or ())
    axes = AXES[dimensions]
    if dimensions == 4 and named[:1] and named[0] in CHANNEL_LABELS:
        axes = "czyx"
    if dimensions == 3 and named[:1] and named[0] in (*CHANNEL_LABELS, *TIME_LABELS):
        axes = "cyx" if named[0] in CHANNEL_LABELS else "tyx"
    if np.dtype(data.dtype) == bool:
        data = _Bytes(data)
    place = _grid(name, tuple(data.shape), axes, options)
    shown = {} if "c" in axes else omero([omero_channel(options, np.dtype(data.dtype))])
    if "z" in axes:
        return Variable(name, data, tuple(axes), attributes=shown), place
    inside = (*axes[:-2], "z", "y", "x")
    flat = OneSlice(data)
    return Variable(name, flat, inside, outer=flat_axes(axes), attributes=shown), place


def _grid(name: str, shape: tuple[int, ...], axes: str, options: Mapping[str, Any]) -> Grid:
    n = len(shape)
    matrix = np.eye(n + 1)
    scale, shift = options.get("scale"), options.get("translate")
    matrix[:n, :n] = np.diag(np.ones(n) if scale is None else np.asarray(scale, float))
    if options.get("rotate") is not None:
        matrix[:n, :n] = np.asarray(options["rotate"], float) @ matrix[:n, :n]
    if options.get("shear") is not None and not _is_plain(options["shear"]):
        raise InputError(_sheared(name))
    matrix[:n, n] = np.zeros(n) if shift is None else shift
    if options.get("affine") is not None:
        matrix = np.asarray(options["affine"], float) @ matrix
    units = [str(u) for u in options.get("units") or [""] * n]
    named = [str(a) for a in options.get("axis_labels") or ()]
    if "z" not in axes:  # an image is one slice
        at, shape = n - 2, (*shape[:-2], 1, *shape[-2:])
        matrix = np.insert(np.insert(matrix, at, 0, axis=0), at, 0, axis=1)
        matrix[at, at] = 1
        units.insert(at, units[-1])
        named = [*named[:at], "z", *named[-2:]] if len(named) == n else named
        n += 1
    space = matrix[n - 3 : n, n - 3 : n]
    spacing = np.linalg.norm(space, axis=0)
    direction = space / np.where(spacing > 0, spacing, 1)
    if not (spacing > 0).all() or not np.allclose(direction.T @ direction, np.eye(3), atol=1e-5):
        raise InputError(_sheared(name))
    plain = np.allclose(direction, np.eye(3), atol=1e-9)
    times = None
    if axes[0] == "t":
        times = tuple(float(matrix[0, n] + matrix[0, 0] * k) for k in range(shape[0]))
        if times == tuple(range(shape[0])):
            times = None
    return Grid(
        shape=shape[-3:],  # type: ignore[arg-type]
        spacing=tuple(float(s) for s in spacing),  # type: ignore[arg-type]
        origin=tuple(float(v) for v in matrix[n - 3 : n, n]),  # type: ignore[arg-type]
        direction=IDENTITY if plain else tuple(tuple(map(float, r)) for r in direction),  # type: ignore[arg-type]
        unit="" if units[-1] in PIXEL else units[-1],
        axis_names=tuple(named[-3:]) if _named(named) else ("z", "y", "x"),  # type: ignore[arg-type]
        times=times,
        time_unit="" if not times or units[0] in PIXEL else units[0],
    )


def _named(axes: Sequence[str]) -> bool:
    """Return whether the axes have user-defined names; napari's defaults are -3, -2, -1."""
    return len(axes) >= 3 and not any(axis.lstrip("-").isdigit() for axis in axes[-3:])


def _is_plain(shear: Any) -> bool:
    values = np.asarray(shear, float)
    return bool(np.allclose(values, np.eye(len(values)) if values.ndim == 2 else 0))


def _sheared(name: str) -> str:
    return (
        f"Expected a layer with scale, rotation and translation only, as the voxels of a file are "
        f"boxes with right angles. {name!r} is sheared or has a scale of 0: set layer.shear to 0 "
        f"and deskew the values (resample them on a straight grid), or save it as it is with "
        f"layer.shear = 0 and shear it again after opening."
    )
