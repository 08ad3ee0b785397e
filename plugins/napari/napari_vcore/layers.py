"""Open files as napari layers: lazy, multiscale, placed in space and time."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pint
from numpy.typing import NDArray

from napari_vcore.display import blended, layer_options
from napari_vcore.sliced import Sliced
from vcore.dataset import Dataset
from vcore.engine.levels import LevelsDecoder
from vcore.engine.shown import NAPARI, Display, displays
from vcore.errors import InputError
from vcore.file_dataset import FileDataset
from vcore.model import labels
from vcore.model.budget import PREVIEW
from vcore.model.grid import Grid

logger = logging.getLogger(__name__)

LayerData = tuple[Any, dict[str, Any], str]
KEY = "vcore"
"""Metadata key of a layer's ``Link``."""
ERROR_RANGE = 6.0
ERROR_COLOURS = {
    "name": "error",
    "colors": (
        *((0.62, 0.70, 1.0), (0.24, 0.55, 0.76), (0.07, 0.2, 0.27), (0.04, 0.04, 0.04)),
        *((0.27, 0.08, 0.02), (0.65, 0.28, 0.22), (1.0, 0.68, 0.68)),
    ),
}
"""Diverging colours with a dark centre: voxels without an error are black."""
TRANSPARENT, OTHERS = (0.0, 0.0, 0.0, 0.0), (0.5, 0.5, 0.5, 1.0)
"""Colours of the background and of labels without a colour, where others have one."""
SHARP_SIDE, SHARP_BYTES, TEXTURE_SIDE = 256, 64 << 20, 2048
"""The coarsest level of a layer, which napari shows in 3D, is the finest one of at most this side
in voxels, or of this size and within what a graphics card takes."""


@dataclass(frozen=True)
class Link:
    """Source of a layer: a variable, or one channel of it.

    Parameters
    ----------
    channel
        Channel index, None if the variable has no axis ``c``.
    level
        Level of the file shown as the layer's finest.
    """

    dataset: Dataset
    variable: str
    channel: int | None = None
    level: int = 0

    @property
    def decoder(self) -> LevelsDecoder:
        """Decoder of the variable."""
        return self.dataset.decoder(self.variable)

    @property
    def file(self) -> FileDataset:
        """The dataset of a `.vcore` file.

        Raises
        ------
        InputError
            The layer comes from a hierarchy.
        """
        if isinstance(self.dataset, FileDataset):
            return self.dataset
        raise InputError(
            f"Expected a layer of a .vcore file. Got one of the folder {self.dataset.identity[0]} "
            f"instead: copy the folder, or export the layer to another format."
        )


def link_of(layer: Any) -> Link | None:
    """Return the link of a napari layer, or None if it does not show a compressed file."""
    link = getattr(layer, "metadata", {}).get(KEY)
    return link if isinstance(link, Link) else None


def layers_of(dataset: Dataset, name: str = "") -> list[LayerData]:
    """Return an image layer for each variable and channel of ``dataset``, and a labels layer for
    each label image.

    Only complete levels are included, so a file still downloading opens at low resolution.

    Parameters
    ----------
    name
        Name of the layers; by default the name of the file.
    """
    stem = name or Path(dataset.identity[0]).stem.removesuffix(".ome")
    if any(decoder.grid.coordinates is not None for decoder in dataset.variables.values()):
        logger.warning(
            "%s: voxels with uneven coordinates are shown evenly spaced, in file order",
            stem,
        )
    images = sum(not d.header.is_label for d in dataset.variables.values())
    found: list[LayerData] = []
    for variable, decoder in dataset.variables.items():
        is_only = images == 1 and not decoder.header.is_label
        title = stem if is_only else f"{stem} {labels.split(variable)[1]}"
        channels: Sequence[int | None] = [None]
        if "c" in decoder.header.axes:
            channels = range(decoder.header.shape[decoder.header.axes.index("c")])
        told = dataset.grid_attributes(decoder.header.grid_number)
        shown = displays(decoder.header, told, None if decoder.header.is_label else decoder)
        if not any(display.active for display in shown):  # better all than nothing
            shown = [replace(display, active=True) for display in shown]
        for channel in channels:
            link = Link(dataset, variable, channel, min(decoder.available_levels, default=0))
            if decoder.header.is_label and decoder.dtype.kind in "iu":
                levels, options = arrays(link), _label_options(link, title)
                if len(levels) == 1:  # napari takes a list of one for an array of more axes
                    found.append((levels[0], options | {"multiscale": False}, "labels"))
                else:
                    found.append((levels, options, "labels"))
            else:
                display = shown[channel or 0]
                options = _options(link, title, len(channels), display)
                if display.napari and display.label and not name:
                    options["name"] = _told_quality(display.label, decoder.header.quality)
                found.append((arrays(link), options, "image"))
    return found


def arrays(link: Link) -> list[Sliced]:
    """Return the levels of a layer."""
    decoder, header = link.decoder, link.decoder.header
    levels = link.dataset.levels_of(link.variable)
    fill_value = None if header.is_label else header.fill_value
    found = [
        Sliced(levels[k], header.axis_map, decoder.shape(k), fill_value)
        for k in sharp_levels(decoder)
    ]
    if header.axis_map.is_flat:
        found = [level[..., 0, :, :] for level in found]
    if link.channel is None:
        return found
    return [level[(slice(None),) * header.axes.index("c") + (link.channel,)] for level in found]


def sharp_levels(decoder: LevelsDecoder) -> tuple[int, ...]:
    """Return the available levels without those that are too coarse to look at in 3D."""
    available = tuple(decoder.available_levels) or (0,)
    for number, level in enumerate(available):
        shape = decoder.shape(level)[-3:]
        fits = prod(shape) * decoder.dtype.itemsize <= SHARP_BYTES and max(shape) <= TEXTURE_SIDE
        if fits or max(shape) <= SHARP_SIDE:
            return available[: number + 1]
    return available


def lazy(array: Any) -> da.Array:
    """Return any kind of array as a dask array with its chunks."""
    if isinstance(array, da.Array):
        return array
    # name=False: hashing the values would read them; meta: blocks are NumPy's
    meta = np.empty((0,) * len(array.shape), array.dtype)
    return da.from_array(array, getattr(array, "chunks", "auto"), name=False, meta=meta)


def _options(link: Link, title: str, channels: int, shown: Display) -> dict[str, Any]:
    header, grid = link.decoder.header, link.decoder.grids[link.level]
    title = _told_quality(title, header.quality)
    several = link.channel is not None and channels > 1
    if several:
        names = header.components or tuple(str(k) for k in range(channels))
        title = f"{title} {names[link.channel or 0]}"
    return {
        "name": title,
        "multiscale": True,
        "rgb": False,
        "cache": False,  # the dataset already caches decoded chunks
        "metadata": {KEY: link},
        **layer_options(shown, link.channel or 0, several=several),
        **place(grid, "t" in header.axes, flat=header.axis_map.is_flat),
    }


def _told_quality(title: str, quality: str) -> str:
    return f"{title} (preview quality)" if quality == PREVIEW else title


def _label_options(link: Link, title: str) -> dict[str, Any]:
    """Return the options of a labels layer; colours, properties, opacity and blending are those of
    ``image-label``."""
    header, grid = link.decoder.header, link.decoder.grids[link.level]
    options = {
        "name": title,
        "multiscale": True,
        "cache": False,
        "metadata": {KEY: link},
        **place(grid, "t" in header.axes, flat=header.axis_map.is_flat),
    }
    told = header.attributes[labels.KEY]
    options |= blended(told.get(NAPARI))
    if colours := _label_colours(told.get("colors")):
        options["colormap"] = colours
    rows = [r for r in _mappings(told.get("properties")) if isinstance(r.get("label-value"), int)]
    if rows:
        names = dict.fromkeys(name for row in rows for name in row if name != "label-value")
        table: dict[str, Any] = {"index": [row["label-value"] for row in rows]}
        options["features"] = table | {n: [row.get(n) for row in rows] for n in names}
    return options


def _label_colours(told: Any) -> dict[int | None, tuple[float, ...]]:
    """Return the colour (red, green, blue, alpha, 0 to 1) of each label that has one; other labels
    are grey, as napari needs a colour for them."""
    found: dict[int | None, tuple[float, ...]] = {}
    for row in _mappings(told):
        value, rgba = row.get("label-value"), row.get("rgba")
        if isinstance(value, int) and isinstance(rgba, list) and len(rgba) == 4:
            with suppress(TypeError):
                found[value] = tuple(min(max(c / 255, 0.0), 1.0) for c in rgba)
    return {0: TRANSPARENT, None: OTHERS, **found} if found else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def place(grid: Grid, time: bool, *, flat: bool = False) -> dict[str, Any]:
    """Return the placement of a layer: scale, translate or affine, units and axis labels.

    Parameters
    ----------
    time
        Whether the layer has a time axis; frames are treated as evenly spaced.
    flat
        Whether the layer has no z axis.
    """
    found = _place(grid, time)
    if not flat:
        return found
    if "affine" in found:
        found["affine"] = np.delete(np.delete(found["affine"], -4, axis=0), -4, axis=1)
    return found | {n: (*v[:-3], *v[-2:]) for n, v in found.items() if n != "affine"}


def _place(grid: Grid, time: bool) -> dict[str, Any]:
    step, start = (time_step(grid), grid.times[0] if grid.times else 0.0) if time else (1.0, 0.0)
    found: dict[str, Any] = {
        "axis_labels": (("t",) if time else ()) + grid.axis_names,
        "units": ((_unit(grid.time_unit),) if time else ()) + (_unit(grid.unit),) * 3,
    }
    space = shown_affine(grid)
    if (np.diag(space)[:3] > 0).all():
        found["scale"] = (step, *grid.spacing) if time else grid.spacing
        found["translate"] = (start, *grid.origin) if time else grid.origin
        return found
    affine = np.eye(5 if time else 4)
    affine[-4:, -4:] = space
    if time:
        affine[0] = step, 0, 0, 0, start
    found["affine"] = affine
    return found


def shown_affine(grid: Grid) -> NDArray[np.float64]:
    """Return the 4x4 matrix from voxel indices to napari's world coordinates.

    These are the physical positions, including reversed axes. A rotated grid is shown along its own
    axes, because napari cannot slice it obliquely and fails if an axis is perpendicular to the
    canvas.
    """
    if is_turned(grid):
        return np.block(
            [[np.diag(grid.spacing), np.array(grid.origin)[:, None]], [np.zeros((1, 3)), 1]]
        )
    return grid.affine


def is_turned(grid: Grid) -> bool:
    """Return whether the grid is rotated, other than by reversed axes."""
    return not np.allclose(np.abs(grid.direction), np.eye(3), atol=1e-6)


def time_step(grid: Grid) -> float:
    """Return the mean interval between frames, 1 if unknown."""
    if not grid.times or len(grid.times) < 2:
        return 1.0
    step = (grid.times[-1] - grid.times[0]) / (len(grid.times) - 1)
    return step if step > 0 else 1.0


def error_layer(
    original: Any, decoded: Any, name: str, rms: float, largest: float
) -> tuple[da.Array, dict[str, Any]]:
    """Return decoded minus original as a lazy layer with diverging colours and symmetric limits.

    Parameters
    ----------
    rms, largest
        Root mean square and maximum error; the colour range ends at ERROR_RANGE times the former
        or at the latter, because a few voxels may have much larger errors.
    """
    values = lazy(decoded).astype("f4") - lazy(original).astype("f4")
    limit = min(ERROR_RANGE * rms, largest) or 1.0
    return values, {
        "name": f"{name} error",
        "colormap": ERROR_COLOURS,
        "contrast_limits": (-limit, limit),
        "rgb": False,
    }


def _unit(name: str) -> str:
    """Return a unit supported by napari."""
    if not name:
        return "pixel"
    try:
        return str(pint.get_application_registry().Unit(name))
    except (pint.errors.PintError, ValueError, TypeError):
        return "pixel"


def relinked(link: Link, dataset: Dataset) -> tuple[list[da.Array], Link]:
    """Return the levels and the link of a layer switched to another dataset of the same shape."""
    other = Link(dataset, link.variable, link.channel, link.level)
    return arrays(other), other
