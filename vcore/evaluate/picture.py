"""Pictures of a compressed volume: slices and maximum projections of each channel."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.errors import InputError, OutputExistsError
from vcore.evaluate.plot import (
    CONTRAST,
    PLANES,
    alike,
    channel_name,
    chosen,
    contrast,
    draw_plane,
    edges,
    import_figure,
    mark_missing,
    middle,
    projections_of,
    quick_projection,
    quick_slices,
    slices_of,
    title_of,
    where,
)
from vcore.model.budget import PREVIEW
from vcore.model.text import printable, shown_unit
from vcore.runtime.atomic import replacing

if TYPE_CHECKING:
    from vcore.dataset import Dataset
    from vcore.model.grid import Grid
    from vcore.model.volume import Volume

CHANNELS = 6
"""Maximum number of channels in a picture, a row each."""
NARROW, WIDE = 0.75, 2.5
"""Limits of the width of a panel in heights."""
HEIGHT = 2.9
"""Height of a row in inches."""


def draw_dataset(
    dataset: "Dataset",
    target: Path,
    *,
    variable: str | None = None,
    frame: int = 0,
    force: bool = False,
) -> int:
    """Draw one frame into the PNG file ``target``; return the level of the projections.

    A row per channel, of at most CHANNELS: slices through the middle and maximum projections, with
    a contrast of its own. Axes have the grid's unit, missing values a colour of their own.

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
    check_target(target, force=force)
    decoder = dataset.decoder(variable)
    header = decoder.header
    space = dataset.grid_attributes(header.grid_number).get("space")
    count = header.shape[header.axes.index("c")] if "c" in header.axes else 1
    chosen(decoder, frame, 0)
    fine, coarse = quick_slices(decoder), quick_projection(decoder)
    grids = [decoder.grids[level] for level in (fine, coarse)]
    normals = [axis for axis in range(3) if _is_image(grids[0], axis)] or [0]
    drawn = [(level, grid, axis) for level, grid in enumerate(grids) for axis in normals]
    if grids[0].shape[0] == 1:  # an image is its own projection
        drawn = drawn[: len(normals)]
    shown = min(count, CHANNELS)
    widths = [_width(grid, PLANES[axis]) for _, grid, axis in drawn]
    size = (HEIGHT * (sum(widths) + 0.6), HEIGHT * shown + 0.6)
    figure = import_figure()(figsize=size, layout="constrained")
    axes = figure.subplots(shown, len(drawn), squeeze=False, width_ratios=widths)
    every = []
    for channel in range(shown):
        lead = chosen(decoder, frame, channel)
        images = (slices_of(decoder, lead, fine), projections_of(decoder, lead, coarse))
        row = [images[k][axis] for k, _, axis in drawn]
        limits = contrast(decoder, row, channel)
        mesh = None
        for panel, image, (k, grid, axis) in zip(axes[channel], row, drawn, strict=True):
            mesh = draw_plane(panel, grid, PLANES[axis], image, limits, space=space)
            if channel == 0:
                panel.set_title(where(grid, axis, projection=k == 1), fontsize=10)
            if channel < shown - 1:
                panel.set_xlabel("")  # that of the last row
        name = channel_name(decoder, channel) if count > 1 else header.name
        unit = f" [{told}]" if (told := shown_unit(header.unit)) else ""
        figure.colorbar(
            mesh, ax=axes[channel], aspect=25, label=printable(name) + unit, extend="both"
        )
        every += row
    more = ["preview quality"] if header.quality == PREVIEW else []
    more += [f"{shown} of {count} channels"] if shown < count else []
    more += [f"slices at level {fine}"] if fine else []
    more += [f"maxima at level {coarse}"] if coarse and len(drawn) > len(normals) else []
    title = title_of(decoder, str(dataset.info["file"]), frame, more)
    figure.suptitle(title, fontsize=11)
    mark_missing(figure, every)
    save(figure, target)
    return coarse


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
        np.ma.masked_invalid(np.asarray(v, np.float64).reshape(shape).squeeze(axis))
        for v in (original.variables[0].read(region), decoder.decode(region))
    )
    error = after - before
    limit = float(np.percentile(np.abs(error.compressed()), CONTRAST[1])) or 1.0
    space = dataset.grid_attributes(decoder.header.grid_number).get("space")
    info = dataset.info
    name = f"decoded: {info['bytes'] / 1000:.1f} kB, {info['ratio']:.0f} : 1"
    panels = (
        ("original", before, "gray", contrast(decoder, [before], 0)),
        (name, after, "gray", contrast(decoder, [before], 0)),
        ("decoded - original", error, "RdBu_r", (-limit, limit)),
    )
    figure = import_figure()(figsize=(3.4 * len(panels), 3.3), layout="constrained")
    axes = figure.subplots(1, len(panels))
    for panel, (text, image, colours, limits) in zip(axes, panels, strict=True):
        mesh = draw_plane(panel, grid, PLANES[axis], image, limits, colours, space)
        panel.set_title(text, fontsize=10)
        if text != "original":
            figure.colorbar(mesh, ax=panel, shrink=0.7, aspect=25, extend="both")
    figure.suptitle(title, fontsize=11)
    return figure


def check_target(target: Path, *, force: bool) -> None:
    """Refuse a name that is not one of a PNG, or of an existing file without ``force``."""
    if target.suffix.lower() != ".png":
        raise InputError(f"Expected a name that ends with .png. Got {target.name} instead.")
    if os.path.lexists(target) and not force:
        raise OutputExistsError(f"{target} exists. Use `force=True` to replace it.")


def save(figure: Any, target: Path) -> None:
    """Write a figure as PNG atomically.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with replacing(target) as part:
        figure.savefig(part, format="png", dpi=110)


def _is_image(grid: "Grid", normal: int) -> bool:
    """Return whether the planes perpendicular to an axis are more than a line."""
    return all(n > 1 for axis, n in enumerate(grid.shape) if axis != normal)


def _width(grid: "Grid", plane: str) -> float:
    """Return the width of a panel in heights."""
    rows, columns = ("zyx".index(letter) for letter in plane)
    if not alike(grid, rows, columns):
        return 1.0
    height, width = (float(np.ptp(edges(grid, axis))) for axis in (rows, columns))
    return min(max(width / height, NARROW), WIDE)
