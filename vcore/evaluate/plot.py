"""Plots of a variable for notebooks: middle slices or maximum projections."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError, MissingExtraError, TruncatedError
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


def plot_variable(decoder: LevelsDecoder, view: View, name: str) -> Any:
    """Return a matplotlib figure of three images, with axes in the grid's unit.

    Parameters
    ----------
    name
        Dataset name for the title.

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
        _projections(decoder, lead, level) if view.projection else _slices(decoder, lead, level)
    )
    figure = figure_class(figsize=(11, 3.9), layout="constrained")
    axes = figure.subplots(1, 3)
    low, high = (float(v) for v in header.range)
    mesh, missing = None, False
    for panel, plane, normal, image in zip(axes, PLANES, range(3), images, strict=True):
        rows, columns = ("zyx".index(letter) for letter in plane)
        mesh = panel.pcolormesh(
            edges(grid, columns),
            edges(grid, rows),
            image,
            cmap=_grey(),
            vmin=low,
            vmax=high if high > low else low + 1,
            rasterized=True,
        )
        missing = missing or bool(np.ma.getmaskarray(image).any())
        panel.set_xlabel(label(grid, columns), fontsize=9)
        panel.set_ylabel(label(grid, rows), fontsize=9)
        panel.tick_params(labelsize=8)
        panel.set_title(_where(grid, normal, projection=view.projection), fontsize=10)
        panel.set_aspect("equal" if _alike(grid, rows, columns) else "auto")
        if plane[0] != "z":
            panel.invert_yaxis()  # image rows run downward, heights upward
    unit = f" [{header.unit}]" if header.unit else ""
    figure.colorbar(mesh, ax=axes, shrink=0.8, aspect=30, label=printable(header.name) + unit)
    figure.suptitle(_title(decoder, view, level, name), fontsize=11)
    if missing:
        figure.text(0.995, 0.01, "■ missing", color=MISSING, ha="right", va="bottom", fontsize=9)
    return figure


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
    """Return the axis label with its unit."""
    return printable(f"{grid.axis_names[axis]} [{grid.unit or 'voxel spacing'}]")


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


def _slices(decoder: LevelsDecoder, lead: Region, level: int) -> list[Any]:
    grid = decoder.grids[level]
    return [
        image_of(decoder, (*lead, *middle(grid, axis)), level).take(0, axis) for axis in range(3)
    ]


def _projections(decoder: LevelsDecoder, lead: Region, level: int) -> list[Any]:
    space = tuple(slice(0, n) for n in decoder.grids[level].shape)
    values = image_of(decoder, (*lead, *space), level)
    return [values.max(axis) for axis in range(3)]


def _grey() -> Any:
    import matplotlib as mpl

    return mpl.colormaps["gray"].with_extremes(bad=MISSING)


def _where(grid: Grid, normal: int, *, projection: bool) -> str:
    name = grid.axis_names[normal]
    if projection:
        return printable(f"maximum along {name}")
    index = grid.shape[normal] // 2
    place = edges(grid, normal)[index : index + 2].mean()
    return printable(f"{name} = {place:.4g} {grid.unit}".rstrip())


def _alike(grid: Grid, rows: int, columns: int) -> bool:
    """Return whether both axes can share a scale (lengths within a factor of 8)."""
    first, second = (float(np.ptp(edges(grid, axis))) for axis in (rows, columns))
    return max(first, second) <= 8 * min(first, second)


def _title(decoder: LevelsDecoder, view: View, level: int, name: str) -> str:
    header, grid = decoder.header, decoder.grid
    parts = [f"{os.path.basename(name.rstrip('/'))}: {header.name}"]
    if "t" in header.axes:
        time = f" ({grid.times[view.frame]:g} {grid.time_unit})" if grid.times else ""
        parts.append(f"frame {view.frame}{time}".replace(" )", ")"))
    if "c" in header.axes:
        named = header.components[view.channel] if header.components else str(view.channel)
        parts.append(f"channel {named}")
    if level:
        parts.append(f"level {level}")
    return printable(", ".join(parts))
