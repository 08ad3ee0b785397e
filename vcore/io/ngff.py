"""Images of OME-Zarr (NGFF) 0.1 to 0.6: axes, transformations as a grid, display settings.

https://ngff.openmicroscopy.org/0.5/index.html
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io import sidecar as extras
from vcore.io import zarr_cf
from vcore.io.assemble import DEFAULT_AXES, positive, variable
from vcore.io.cf_attributes import plain as plain_value
from vcore.io.ngff_matrices import axis_letters, described, mappings
from vcore.io.ngff_transforms import SYSTEMS, plain
from vcore.io.request import ReadRequest, need
from vcore.io.series import natural_key
from vcore.io.tidy import number, numbers, tidy_grid
from vcore.io.units import common_unit, length_unit, time_unit
from vcore.model.grid import Grid
from vcore.model.volume import LazyArray, Variable, Volume

logger = logging.getLogger(__name__)

KEPT = ("omero", "image-label")
"""Keys of OME metadata kept as an attribute of the variable."""
COMPRESSED = "vcore-hierarchy"
"""Attribute of a hierarchy that vcore compressed: its method, budget and settings."""
OWN = {
    *("multiscales", "omero", "ome", "image-label", "labels", "well", "plate", "version"),
    *("bioformats2raw.layout", SYSTEMS, extras.KEY, COMPRESSED),
}
"""Attributes of a group parsed elsewhere; all others are kept in the attribute ``zarr``."""
MAX_KEPT = 1 << 16
"""Maximum length of each of these attributes as JSON, in characters."""
MAX_IMAGES = 10_000


def ome_of(group: Any) -> dict[str, Any]:
    """Return the OME metadata: under "ome" since version 0.5, at the top level before."""
    attributes = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    return ome if isinstance(ome, dict) else {}


def level_path(ome: Mapping[str, Any]) -> str | None:
    """Return the path of level 0 of the first multiscale, None if the metadata names none."""
    try:
        path = ome["multiscales"][0]["datasets"][0]["path"]
    except (KeyError, IndexError, TypeError):
        return None
    return str(path) or None  # "" would be the group itself


def image(
    source: ReadRequest, group: Any, name: str, lazy: Callable[[ReadRequest, Any], LazyArray]
) -> Volume:
    """Return the image of a group whose metadata names a level 0.

    Parameters
    ----------
    source, group, name
        Where it is, and what to call it if vcore did not write its name.
    lazy
        Makes the values of a Zarr array.
    """
    ome = ome_of(group)
    where = f"{source.path}: {group.path}" if group.path else source.path
    told = plain(ome["multiscales"][0], where, group.__getitem__)
    multiscale, level = told.multiscale, told.multiscale["datasets"][0]
    array = group[level_path(ome)]
    axes = described(multiscale)
    if axes and len(axes) != len(array.shape):
        logger.warning("%s: its metadata has axes of another array; left them out", source.path)
        axes = []
    names = [str(a.get("name") or "") for a in axes]
    letters = axis_letters(axes) if axes else DEFAULT_AXES.get(len(array.shape))
    known = dict(group.attrs).get(extras.KEY, {})
    known = known if isinstance(known, dict) else {}
    coding = zarr_cf.coding(array, f"{source.path}: {name}", is_level=True)
    kept = _attributes(
        source.path, group, {SYSTEMS: dict(group.attrs).get(SYSTEMS), **ome, **told.kept}
    )
    if coding.is_packed and coding.code is not None:
        kept["_FillValue"] = plain_value(coding.code)
    found = variable(
        source,
        str(known.get("name", name)),
        coding.decoded(lazy(source, array)),
        letters,
        names=names,
        components=_channels(ome, letters, array.shape),
        fill_value=coding.fill_value,
        packing=coding.packing,
        attributes=kept,
    )
    letters = source.axes or letters or ""
    scale, shift = _transform(source.path, (level, multiscale), len(array.shape))
    grid, attributes = _grid(source.path, axes, letters, scale, shift, found)
    if told.direction is not None:
        grid["direction"] = told.direction
    attributes |= {k: v for k, v in told.kept.items() if k == "registration"}
    volume = Volume(Grid(shape=found.shape[-3:], **grid), (found,), attributes=attributes)  # type: ignore[arg-type]
    return extras.restore(volume, known, source.path)


def stored_axes(group: Any) -> str | None:
    """Return one letter per stored axis of a group's image, None without metadata."""
    axes = described(plain(ome_of(group)["multiscales"][0]).multiscale)
    return axis_letters(axes) if axes else None


def collection(group: Any, ome: Mapping[str, Any]) -> list[str] | None:
    """Return the paths of a collection's images or a well's fields, None if it is neither.

    Without OME/series, the images of bioformats2raw.layout are those that are there, in natural
    order.
    """
    if "bioformats2raw.layout" in ome:
        zarr = need("zarr")
        try:
            inner = group["OME"]
            series = ome_of(inner).get("series") if isinstance(inner, zarr.Group) else None
        except KeyError:
            series = None
        return [str(s) for s in series] if isinstance(series, list) and series else inside(group)
    if isinstance(well := ome.get("well"), Mapping):
        return [str(f["path"]) for f in mappings(well.get("images")) if "path" in f]
    return None


def inside(group: Any) -> list[str]:
    """Return the paths of the images in a group's subgroups, in natural order."""
    zarr = need("zarr")
    try:
        names = sorted((n for n, _ in group.groups()), key=natural_key)
    except Exception:  # a store that cannot list, as http
        names = []
    numbered = (str(i) for i in range(MAX_IMAGES)) if not names else iter(())
    paths = []
    for name in (*names, *_there(group, numbered)):
        node = group[name]
        if isinstance(node, zarr.Group) and level_path(ome_of(node)) is not None:
            paths.append(name)
        elif isinstance(node, zarr.Group) and name != "OME":
            paths += [f"{name}/{p}" for p in inside(node)]
    return paths


def fields_of(group: Any, ome: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the path of a plate's first field, and those of its wells."""
    plate = ome["plate"] if isinstance(ome["plate"], Mapping) else {}
    wells = [str(w["path"]) for w in mappings(plate.get("wells")) if "path" in w]
    for well in wells:
        try:
            fields = collection(group[well], ome_of(group[well]))
        except KeyError:
            continue
        if fields:
            return f"{well}/{fields[0]}", wells
    return "A/1/0", wells


def _there(group: Any, names: Iterator[str]) -> Iterator[str]:
    """Yield names up to the first that does not exist."""
    for name in names:
        try:
            group[name]
        except KeyError:
            return
        yield name


def _channels(
    ome: Mapping[str, Any], letters: str | None, shape: tuple[int, ...]
) -> tuple[str, ...]:
    omero = ome.get("omero")
    channels = mappings(omero.get("channels")) if isinstance(omero, Mapping) else []
    labels = tuple(str(c.get("label") or "") for c in channels)
    at = (letters or "").find("c")
    return labels if at >= 0 and len(labels) == shape[at] and all(labels) else ()


def kept_metadata(variable: Variable) -> dict[str, Any]:
    """Return the OME metadata in a variable's attributes that is still valid for its array."""
    found = {k: v for k in KEPT if isinstance(v := variable.attributes.get(k), Mapping)}
    channels = mappings(found.get("omero", {}).get("channels"))
    if len(channels) != variable.length("c"):
        found.pop("omero", None)
    return found


def _attributes(path: str, group: Any, ome: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kept metadata of an image: display settings, and attributes of other software."""
    found = {n: ome[n] for n in (*KEPT, SYSTEMS) if isinstance(ome.get(n), Mapping)}
    if others := {k: v for k, v in dict(group.attrs).items() if k not in OWN}:
        found["zarr"] = others
    for name, value in list(found.items()):
        if len(extras.dumps(value)) > MAX_KEPT:
            logger.warning("%s: its attribute %s is too large and is not kept", path, name)
            del found[name]
    return found


def _transform(
    path: str, levels: tuple[Mapping[str, Any], ...], ndim: int
) -> tuple[list[float | None], NDArray[np.float64]]:
    """Return scale and translation of each axis; None or NaN if unknown."""
    scale, shift = np.ones(ndim), np.zeros(ndim)
    told, bad = False, np.zeros(ndim, bool)
    for step in (s for level in levels for s in mappings(level.get("coordinateTransformations"))):
        kind = str(step.get("type"))
        values = np.array(numbers(step.get(kind), ndim), float)
        if kind == "scale":
            good = np.isfinite(values) & (values != 0)
            factor = np.where(good, values, 1.0)
            scale, shift = scale * factor, shift * factor
            told, bad = True, bad | ~good
        elif kind == "translation":
            shift = shift + values
        elif kind != "identity":
            logger.warning("%s: the transformation %s is not known; left it out", path, kind)
    return [
        None if not told else (np.nan if b else float(s)) for s, b in zip(scale, bad, strict=True)
    ], shift


def _grid(
    path: str,
    axes: list[dict[str, Any]],
    letters: str,
    scale: list[float | None],
    shift: NDArray[np.float64],
    found: Variable,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return fields of the grid except its shape, and attributes that do not fit in it."""
    at = {letter: i for i, letter in enumerate(letters)}
    space = [at.get(a) for a in "zyx"]
    attributes: dict[str, Any] = {}
    spacing, direction = positive([1.0 if i is None else scale[i] for i in space])
    origin = np.array([0.0 if i is None else shift[i] for i in space]) + 0.0
    grid: dict[str, Any] = {"direction": direction}
    if axes:
        # no z axis: the unit of y
        told = [{"unit": axes[at["y"]].get("unit")} if i is None else axes[i] for i in space]
        units = [str(axis.get("unit") or "") for axis in told]
        grid["unit"], factors = common_unit(path, units)
        spacing = [None if s is None else s * f for s, f in zip(spacing, factors, strict=True)]
        origin = origin * factors
        names = [str(axis.get("name") or a) for a, axis in zip("zyx", told, strict=True)]
        if len(set(names)) == 3:
            grid["axis_names"] = tuple(names)
        if not grid["unit"] and any(length_unit(u) for u in units):
            attributes["axes"] = {
                a: {"name": n, "units": u} for a, n, u in zip("zyx", names, units, strict=True) if u
            }
    grid |= {"spacing": spacing, "origin": origin.tolist()}
    if "t" in found.source_axes:
        i = at["t"]
        unit = time_unit(axes[i].get("unit") or "") if axes else ""
        step = number(scale[i])
        if np.isfinite(step) and (step != 1 or unit):
            times = (float(shift[i] + k * step) for k in range(found.length("t")))
            grid |= {"times": tuple(times), "time_unit": unit}
    return tidy_grid(path, grid), attributes
