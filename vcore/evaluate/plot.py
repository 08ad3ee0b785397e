"""Drawing of a variable: middle slices and maximum projections, for notebooks and pictures."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError, MissingExtraError, TruncatedError
from vcore.model import anatomy
from vcore.model.budget import PREVIEW
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.text import printable

SLICE_VOXELS = 1 << 20
"""Maximum number of voxels per slice; selects the level to draw."""
PROJECTED_VOXELS = 1 << 24
"""Maximum number of voxels decoded for projections; selects the level to draw."""
PLANES = ("yx", "zx", "zy")
"""Row and column axes of the slices perpendicular to z, y, x."""
MISSING = "#c2185b"
"""Colour of missing values, distinct from all greys."""
CONTRAST = (0.1, 99.9)
"""Percentiles of the drawn values that are black and white, so that a few bright voxels leave the
others visible."""


@dataclass(frozen=True)
class View:
    """Selection of what to draw.

    Parameters
    ----------
    projection
        Maximum projections instead of middle slices.
    frame
        Frame index, from 0.
    channel
        Channel index, from 0.
    level
        0 is full resolution; None for the finest level that draws quickly.
    """

    projection: bool = False
    frame: int = 0
    channel: int = 0
    level: int | None = None


def plot_variable(decoder: LevelsDecoder, view: View, name: str, space: object = "") -> Any:
    """Return a matplotlib figure of three images, with axes in the grid's unit.

    Parameters
    ----------
    name
        Dataset name for the title.
    space
        See ``draw_plane``.

    Raises
    ------
    InputError
        There is no such frame, channel or level.
    MissingExtraError
        matplotlib is not installed.
    """
    figure_class = import_figure()
    level = _level(decoder, view)
    grid, header = decoder.grids[level], decoder.header
    lead = chosen(decoder, view.frame, view.channel)
    images = (
        projections_of(decoder, lead, level) if view.projection else slices_of(decoder, lead, level)
    )
    figure = figure_class(figsize=(11, 3.9), layout="constrained")
    axes = figure.subplots(1, 3)
    limits = contrast(decoder, images, view.channel)
    mesh = None
    for panel, plane, normal, image in zip(axes, PLANES, range(3), images, strict=True):
        mesh = draw_plane(panel, grid, plane, image, limits, space=space)
        panel.set_title(where(grid, normal, projection=view.projection), fontsize=10)
    unit = f" [{header.unit}]" if header.unit else ""
    figure.colorbar(mesh, ax=axes, shrink=0.8, aspect=30, label=printable(header.name) + unit)
    more = ["preview quality"] if header.quality == PREVIEW else []
    more += [f"channel {channel_name(decoder, view.channel)}"] if "c" in header.axes else []
    more += [f"level {level}"] if level else []
    figure.suptitle(title_of(decoder, name, view.frame, more), fontsize=11)
    mark_missing(figure, images)
    return figure


def draw_plane(
    panel: Any,
    grid: Grid,
    plane: str,
    image: Any,
    limits: tuple[float, float],
    colours: str = "gray",
    space: object = "",
) -> Any:
    """Draw an image into matplotlib axes with labels in the grid's unit; return what was drawn.

    Rows of images run downward, heights and latitudes upward, those of a body as it stands or
    lies: anterior and superior at the top. Its sides are marked by letters.

    Parameters
    ----------
    plane
        Row and column axes, one of PLANES.
    image
        (rows, columns), missing values masked.
    limits
        Values at both ends of the colours.
    space
        Anatomical space of the grid, see ``vcore.model.anatomy.ends``.
    """
    import matplotlib as mpl

    rows, columns = ("zyx".index(letter) for letter in plane)
    across, along = edges(grid, columns), edges(grid, rows)
    style = {
        "cmap": mpl.colormaps[colours].with_extremes(bad=MISSING),
        "vmin": limits[0],
        "vmax": limits[1],
    }
    if grid.coordinates is None:  # drawn faster, and large images are averaged
        ends = (across[0], across[-1], along[-1], along[0])
        mesh = panel.imshow(image, extent=ends, **style)
    else:
        mesh = panel.pcolormesh(across, along, image, rasterized=True, **style)
    low, high = min(along[0], along[-1]), max(along[0], along[-1])
    panel.set_xlim(min(across[0], across[-1]), max(across[0], across[-1]))
    sides = _sides(grid, space)
    upward = _upward(grid, rows, sides[rows])
    panel.set_ylim((low, high) if upward else (high, low))
    _mark_sides(panel, sides[columns], sides[rows] if upward else sides[rows][::-1])
    panel.set_aspect("equal" if alike(grid, rows, columns) else "auto")
    panel.set_xlabel(label(grid, columns), fontsize=9)
    panel.set_ylabel(label(grid, rows), fontsize=9)
    panel.tick_params(labelsize=8)
    return mesh


def contrast(decoder: LevelsDecoder, images: Sequence[Any], channel: int) -> tuple[float, float]:
    """Return the values that are black and white in images of one channel.

    The percentiles CONTRAST of the images, or their range where these are equal. All frames of a
    series share the range that the header knows, so that they can be compared.
    """
    header = decoder.header
    if dict(zip(header.axes, header.shape, strict=True)).get("t", 1) > 1:
        # of a channel coded apart, its own range: a dim one would be black beside a bright one
        own = header.channels[channel] if header.channels else header
        low, high = own.achieved.get("robust_range") or own.range
    else:
        there = np.concatenate([np.ma.compressed(image) for image in images]).astype(np.float64)
        low, high = np.percentile(there, CONTRAST) if there.size else (0.0, 1.0)
        if not low < high:
            low, high = there.min(initial=np.inf), there.max(initial=-np.inf)
    low, high = float(low), float(high)
    return (low, high) if low < high else (low, low + 1)


def mark_missing(figure: Any, images: Sequence[Any]) -> None:
    """Add the legend of missing values to a figure, if an image has any."""
    if any(np.ma.getmaskarray(image).any() for image in images):
        figure.text(0.995, 0.01, "■ missing", color=MISSING, ha="right", va="bottom", fontsize=9)


def chosen(decoder: LevelsDecoder, frame: int, channel: int) -> Region:
    """Return the region of the leading axes that selects one frame and channel.

    Raises
    ------
    InputError
        There is no such frame or channel.
    """
    wanted, found = {"t": ("frame", frame), "c": ("channel", channel)}, []
    header = decoder.header
    lengths = dict(zip(header.axes[:-3], header.shape[:-3], strict=True))
    for axis, (name, number) in wanted.items():
        count = lengths.get(axis, 1)
        if not 0 <= number < count:
            raise InputError(f"Expected a {name} in 0..{count - 1}. Got {number} instead.")
    for axis in header.axes[:-3]:
        number = wanted[axis][1]
        found.append(slice(number, number + 1))
    return tuple(found)


def image_of(decoder: LevelsDecoder, region: Region, level: int) -> Any:
    """Return the z y x values of a region of one frame and channel, with missing values masked."""
    values = decoder.decode(region, level)
    masked = np.ma.masked_invalid(values)
    filled = decoder.filled(values, region, level)
    if filled is not None:
        masked = np.ma.masked_where(filled, masked)
    return masked.reshape(values.shape[-3:])


def edges(grid: Grid, axis: int) -> NDArray[np.float64]:
    """Return the voxel edges of an axis, in the grid's unit.

    For rotated grids, distances along the axis from the centre of the first voxel.
    """
    if grid.coordinates is not None:
        centres = np.array(grid.coordinates[axis], np.float64)
    else:
        centres = grid.spacing[axis] * np.arange(grid.shape[axis], dtype=np.float64)
        if np.allclose(np.abs(grid.direction), np.eye(3), atol=1e-6):
            centres = grid.origin[axis] + grid.direction[axis][axis] * centres
    if len(centres) == 1:
        half = grid.spacing[axis] / 2
        return np.array([centres[0] - half, centres[0] + half])
    middles = (centres[:-1] + centres[1:]) / 2
    return np.concatenate([[2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]])


def label(grid: Grid, axis: int) -> str:
    """Return the axis label with its unit, if that is known."""
    unit = grid.unit or ("voxels" if counts_voxels(grid) else "")
    return printable(f"{grid.axis_names[axis]} [{unit}]" if unit else grid.axis_names[axis])


def counts_voxels(grid: Grid) -> bool:
    """Return whether positions on a grid are numbers of voxels."""
    return set(grid.spacing) == {1.0} and grid.coordinates is None and not any(grid.origin)


def import_figure() -> Any:
    """Return a subclass of matplotlib's Figure that displays in notebooks without pyplot.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            "Expected matplotlib for drawing. It is not installed: "
            "pip install 'vcore-volumes[view]'."
        ) from error

    class NotebookFigure(Figure):
        """Figure with a PNG representation, for notebooks without pyplot."""

        def _repr_png_(self) -> bytes:
            from io import BytesIO

            stream = BytesIO()
            FigureCanvasAgg(self).print_figure(stream, format="png")
            return stream.getvalue()

    return NotebookFigure


def _level(decoder: LevelsDecoder, view: View) -> int:
    if view.level is not None:
        return decoder.check_level(view.level)
    return quick_slices(decoder) if not view.projection else quick_projection(decoder)


def quick_slices(decoder: LevelsDecoder) -> int:
    """Return the finest available level with small slices (SLICE_VOXELS), else the coarsest.

    Raises
    ------
    TruncatedError
        The file is too short for any level.
    """
    return _first(decoder, lambda grid: _largest_slice(grid) <= SLICE_VOXELS)


def quick_projection(decoder: LevelsDecoder) -> int:
    """Return the finest available level of at most PROJECTED_VOXELS, else the coarsest;
    raises like ``quick_slices``."""
    return _first(decoder, lambda grid: grid.voxels <= PROJECTED_VOXELS)


def _first(decoder: LevelsDecoder, is_quick: Any) -> int:
    levels = decoder.available_levels
    if not levels:
        raise TruncatedError("Expected at least one complete level. The file is too short for any.")
    return next((k for k in levels if is_quick(decoder.grids[k])), levels[-1])


def _largest_slice(grid: Grid) -> int:
    z, y, x = grid.shape
    return max(z * y, z * x, y * x)


def middle(grid: Grid, axis: int) -> Region:
    """Return the region of the slice through the middle of an axis."""
    index = grid.shape[axis] // 2
    return tuple(
        slice(index, index + 1) if i == axis else slice(0, n) for i, n in enumerate(grid.shape)
    )


def slices_of(decoder: LevelsDecoder, lead: Region, level: int) -> list[Any]:
    """Return the slices through the middle of z, y, x of one frame and channel, masked."""
    grid = decoder.grids[level]
    return [
        image_of(decoder, (*lead, *middle(grid, axis)), level).take(0, axis) for axis in range(3)
    ]


def projections_of(decoder: LevelsDecoder, lead: Region, level: int) -> list[Any]:
    """Return the maxima along z, y, x of one frame and channel, masked."""
    space = tuple(slice(0, n) for n in decoder.grids[level].shape)
    values = image_of(decoder, (*lead, *space), level)
    return [values.max(axis) for axis in range(3)]


def where(grid: Grid, normal: int, *, projection: bool) -> str:
    """Return the title of a middle slice or a maximum projection."""
    name = grid.axis_names[normal]
    if projection:
        return printable(f"maximum along {name}")
    index = grid.shape[normal] // 2
    place = edges(grid, normal)[index : index + 2].mean()
    return printable(f"{name} = {place:.4g} {grid.unit}".rstrip())


def _sides(grid: Grid, space: object) -> list[str]:
    """Return the letters at the lowest and highest coordinate drawn of each axis, "" if unknown."""
    places = [edges(grid, axis) for axis in range(3)]
    found = zip(anatomy.ends(grid, space), places, strict=True)
    return [letters if place[0] <= place[-1] else letters[::-1] for letters, place in found]


def _mark_sides(panel: Any, across: str, along: str) -> None:
    """Write the sides of a body at the edges of a panel: left and right, bottom and top."""
    places = [(0.02, 0.5), (0.98, 0.5)] if across else []
    places += [(0.5, 0.02), (0.5, 0.98)] if along else []
    for letter, (x, y) in zip(across + along, places, strict=True):
        panel.text(
            *(x, y, letter),
            transform=panel.transAxes,
            ha={0.02: "left", 0.98: "right"}.get(x, "center"),
            va={0.02: "bottom", 0.98: "top"}.get(y, "center"),
            color="white",
            fontsize=8,
            bbox={"facecolor": "black", "alpha": 0.5, "edgecolor": "none", "pad": 1},
        )


def _upward(grid: Grid, axis: int, sides: str) -> bool:
    """Return whether an axis is drawn upward: a height, depth or latitude, and what of a body
    runs to the front or the head."""
    if (upward := anatomy.runs_up(sides)) is not None:
        return upward
    return axis == 0 or grid.axis_names[axis].lower().startswith("lat")


def alike(grid: Grid, rows: int, columns: int) -> bool:
    """Return whether both axes can share a scale (lengths within a factor of 8)."""
    first, second = (float(np.ptp(edges(grid, axis))) for axis in (rows, columns))
    return max(first, second) <= 8 * min(first, second)


def channel_name(decoder: LevelsDecoder, channel: int) -> str:
    """Return the name of a channel, or its number."""
    names = decoder.header.components
    return names[channel] if names and names[channel] else str(channel)


def title_of(decoder: LevelsDecoder, name: str, frame: int, more: Sequence[str]) -> str:
    """Return the title of a figure: dataset, variable, frame with its time, and what follows."""
    header, grid = decoder.header, decoder.grid
    parts = [f"{os.path.basename(name.rstrip('/'))}: {header.name}"]
    if "t" in header.axes:
        time = f" ({grid.times[frame]:g} {grid.time_unit})" if grid.times else ""
        parts.append(f"frame {frame}{time}".replace(" )", ")"))
    return printable(", ".join([*parts, *more]))
