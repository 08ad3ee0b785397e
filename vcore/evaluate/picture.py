"""Pictures of a compressed volume: three slices and a maximum projection."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, OutputExistsError
from vcore.evaluate.plot import (
    PLANES,
    chosen,
    import_figure,
    middle,
    quick_projection,
    quick_slices,
)
from vcore.model.regions import whole
from vcore.model.text import printable
from vcore.runtime.atomic import replacing

if TYPE_CHECKING:
    from vcore.dataset import Dataset
    from vcore.engine.levels import LevelsDecoder
    from vcore.model.grid import Grid
    from vcore.model.regions import Region
    from vcore.model.volume import Volume


def draw_dataset(
    dataset: "Dataset",
    target: Path,
    *,
    variable: str | None = None,
    frame: int = 0,
    force: bool = False,
) -> int:
    """Draw one frame into the PNG file ``target``; return the level of the projection.

    Raises
    ------
    InputError
        There is no such variable or frame.
    TruncatedError
        The file is too short for any level.
    OutputExistsError, OutputError
        ``target`` exists, or cannot be written.
    MissingExtraError
        matplotlib is not installed.
    """
    if target.suffix.lower() != ".png":
        raise InputError(f"Expected a name that ends with .png. Got {target.name} instead.")
    if os.path.lexists(target) and not force:
        raise OutputExistsError(f"{target} exists. Use `force=True` to replace it.")
    decoder = dataset.decoder(variable)
    lead = chosen(decoder, frame, 0)
    fine, coarse = quick_slices(decoder), quick_projection(decoder)
    grid = decoder.grids[fine]
    slices = [
        np.squeeze(_values(decoder, (*lead, *middle(grid, axis)), fine), axis) for axis in range(3)
    ]
    projection = _values(decoder, (*lead, *whole(decoder.grids[coarse].shape)), coarse).max(0)
    header = decoder.header
    title = f"{printable(Path(dataset.info['file']).name)}: {header.name}, {header.methods}"
    if "c" in header.axes:
        title += f", channel {header.components[0] if header.components else 0}"
    limits = header.channels[0].range if header.channels else header.range
    panels = [
        (f"{plane} at {axis} = {n // 2}", image, _extent(grid, plane))
        for plane, axis, n, image in zip(PLANES, "zyx", grid.shape, slices, strict=True)
    ]
    panels.append(("maximum along z", projection, _extent(decoder.grids[coarse], "yx")))
    figure = draw_panels(panels, limits, title, decoder.grid.unit, header.unit)
    save(figure, target)
    return coarse


def draw_panels(
    panels: list[tuple[str, NDArray[Any], tuple[float, float, float, float]]],
    limits: tuple[float, float],
    title: str,
    length_unit: str,
    value_unit: str,
    columns: int | None = None,
) -> Any:
    """Return a matplotlib figure of images (title, values, extent) on a common grey scale.

    ``columns`` reserves space for additional panels.
    """
    figure_class = import_figure()
    columns = columns or len(panels)
    figure = figure_class(figsize=(3.4 * columns, 3.3), layout="constrained")
    axes = [figure.add_subplot(1, columns, i + 1) for i in range(len(panels))]
    image = None
    for axis, (name, values, extent) in zip(axes, panels, strict=True):
        image = axis.imshow(
            _without_missing(values),
            cmap="gray",
            vmin=limits[0],
            vmax=limits[1],
            extent=extent,
            interpolation="nearest",
        )
        axis.set_title(name, fontsize=10)
        axis.tick_params(labelsize=8)
        axis.set_xlabel(length_unit or "voxels", fontsize=8)
    figure.colorbar(image, ax=axes, shrink=0.7, aspect=25, label=value_unit or None)
    figure.suptitle(title, fontsize=11)
    return figure


def draw_comparison(
    original: "Volume", dataset: "Dataset", *, axis: int = 2, title: str = ""
) -> Any:
    """Return a figure of a middle slice: original, decoded, and their signed difference.

    Parameters
    ----------
    axis
        Slice normal: 0, 1 or 2 for z, y or x.
    """
    decoder = dataset.decoder()
    grid = decoder.grids[0]
    region = (*(slice(0, 1) for _ in decoder.header.shape[:-3]), *middle(grid, axis))
    shape = tuple(1 if i == axis else n for i, n in enumerate(grid.shape))
    before, after = (
        np.squeeze(np.asarray(v, np.float64).reshape(shape), axis)
        for v in (original.variables[0].read(region), decoder.decode(region))
    )
    plane = PLANES[axis]
    extent = _extent(grid, plane)
    info = dataset.info
    name = f"decoded: {info['bytes'] / 1000:.1f} kB, {info['ratio']:.0f} : 1"
    panels = [("original", before, extent), (name, after, extent)]
    figure = draw_panels(panels, decoder.header.range, title, grid.unit, decoder.header.unit, 3)
    error = after - before
    limit = float(np.nanmax(np.abs(error))) or 1.0
    axes = figure.add_subplot(1, 3, 3)
    image = axes.imshow(error, cmap="RdBu_r", vmin=-limit, vmax=limit, extent=extent)
    axes.set_title("decoded - original", fontsize=10)
    axes.tick_params(labelsize=8)
    axes.set_xlabel(grid.unit or "voxels", fontsize=8)
    figure.colorbar(image, ax=axes, shrink=0.7, aspect=25)
    return figure


def save(figure: Any, target: Path) -> None:
    """Write a figure as PNG atomically.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with replacing(target) as part:
        figure.savefig(part, format="png", dpi=110)


def _values(decoder: "LevelsDecoder", region: "Region", level: int) -> NDArray[Any]:
    """Return the z y x values of one frame and channel, with missing values set to the minimum."""
    values = decoder.decode(region, level)
    return _without_missing(values).reshape(values.shape[-3:])


def _without_missing(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind != "f":
        return values
    return np.where(np.isfinite(values), values, np.nanmin(values, initial=np.inf))


def _extent(grid: "Grid", plane: str) -> tuple[float, float, float, float]:
    """Return left, right, bottom, top of an image in the grid's unit, with the first row on top."""
    rows, columns = ("zyx".index(axis) for axis in plane)
    size = [n * s for n, s in zip(grid.shape, grid.spacing, strict=True)]
    return 0.0, size[columns], size[rows], 0.0
