"""Contact sheet of a collection: images over two parameters, labelled by their values."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images
from vcore.collections.parameters import Parameter
from vcore.collections.paths import Point, between, over, start
from vcore.errors import InputError
from vcore.evaluate.picture import check_target, save
from vcore.evaluate.plot import import_figure
from vcore.model.text import printable

ROWS, COLUMNS = 5, 8
"""Maximum numbers of rows and columns."""
HEIGHT = 1.5
"""Height of an image in inches."""
WIDEST = 2.5
"""Maximum width of an image in heights."""
DEGREES = ("degree", "degrees", "deg")
"""Units shown as °."""
HOLE = "no image"
EMPTY = "#f4f4f4"
"""Colour of cells without an image, and of pixels without a value."""


def draw_sheet(
    images: Images,
    target: Path,
    *,
    channel: str | None = None,
    along: Sequence[str] = (),
    at: Point | None = None,
    by_method: bool = False,
    force: bool = False,
) -> list[str]:
    """Draw images into the PNG file ``target``; return the parameters along rows and columns.

    Parameters
    ----------
    images
        The collection.
    channel
        Name of the channel; the first by default. Colours lie over the background, values are
        drawn in one scale of colours.
    along
        At most two parameters: down the rows and along the columns, or along the columns. By
        default the two with the most values; every n-th where there are more than ROWS, COLUMNS.
    at
        Values of the others; the first ones by default.
    by_method
        Whether the method of compressed images answers at these values, which need not be on the
        grid; otherwise the nearest images are shown.

    Raises
    ------
    InputError
        There is no such channel or parameter, or the method knows the images of the grid alone.
    OutputExistsError, OutputError
        ``target`` exists, or cannot be written.
    MissingExtraError
        matplotlib is not installed.
    """
    check_target(target, force=force)
    shown = images.channel(channel)
    fixed = start(images, at)
    axes = _axes(images, along, fixed)
    index = [p.nearest(fixed[p.name]) for p in images.parameters]
    cells = _cells(images, axes, index)
    others = {p.name: fixed[p.name] for p in images.parameters if p not in axes}
    pictures = [
        [_read(images, shown.name, cell, others if by_method else None) for cell in row]
        for row in cells
    ]
    aspect = min(images.size[1] / images.size[0], WIDEST)
    size = (HEIGHT * aspect * len(cells[0]) + 0.9, HEIGHT * len(cells) + 0.7)
    figure = import_figure()(figsize=size, layout="constrained")
    panels = figure.subplots(len(cells), len(cells[0]), squeeze=False)
    limits = None if shown.is_colour else _limits(pictures)
    drawn = None
    for row, (line, pictures_of_row) in enumerate(zip(cells, pictures, strict=True)):
        for column, (cell, picture) in enumerate(zip(line, pictures_of_row, strict=True)):
            panel = panels[row][column]
            panel.set_xticks([])
            panel.set_yticks([])
            panel.set_facecolor(EMPTY)
            if cell is not None and (title := _titles(images, axes, cell, row, column)) is not None:
                _label(panel, *title)
            if cell is None:
                panel.set_visible(False)
            elif picture is None:
                _hole(panel, images.size)
            elif limits is None:
                panel.imshow(picture)
            else:
                drawn = panel.imshow(picture, cmap="viridis", vmin=limits[0], vmax=limits[1])
    if drawn is not None:
        unit = f" [{shown.unit}]" if shown.unit else ""
        figure.colorbar(drawn, ax=panels, aspect=30, label=printable(shown.name) + unit)
    figure.suptitle(
        _title(images, others if by_method else None, axes, index, shown.name), fontsize=10
    )
    save(figure, target)
    return [p.name for p in axes]


def _axes(images: Images, along: Sequence[str], at: Point) -> list[Parameter]:
    """Return the parameters of rows and columns, or of the images in reading order."""
    by_name = {p.name: p for p in images.parameters}
    if unknown := [name for name in along if name not in by_name]:
        raise InputError(
            f"Expected parameters out of {', '.join(by_name)} for `along`. Got "
            f"{', '.join(unknown)} instead."
        )
    if len(along) > 2 or len({*along}) < len(along):
        raise InputError(f"Expected one or two parameters for `along`. Got {', '.join(along)}.")
    if along:
        return [by_name[name] for name in along]
    longest = sorted((p for p in images.parameters if len(p) > 1), key=len, reverse=True)[:2]
    return [p for p in images.parameters if p in longest]


def _cells(
    images: Images, axes: Sequence[Parameter], index: Sequence[int]
) -> list[list[tuple[int, ...] | None]]:
    """Return the index of the image in each cell of the sheet, None in holes."""
    places = [images.parameters.index(p) for p in axes]
    lines: list[list[tuple[int, ...]]]
    if len(axes) == 2:
        lines = [
            [(i, j) for j in _chosen(len(axes[1]), COLUMNS)] for i in _chosen(len(axes[0]), ROWS)
        ]
    else:
        count = len(axes[0]) if axes else 1
        chosen = _chosen(count, ROWS * COLUMNS)
        wide = min(len(chosen), COLUMNS)
        lines = [[(k,) for k in chosen[n : n + wide]] for n in range(0, len(chosen), wide)]
        lines[-1] += [()] * (wide - len(lines[-1]))

    def cell(at: tuple[int, ...]) -> tuple[int, ...] | None:
        if axes and not at:
            return None
        found = list(index)
        for place, k in zip(places, at, strict=False):
            found[place] = k
        return tuple(found)

    return [[cell(at) for at in line] for line in lines]


def _chosen(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` positions, evenly spread with both ends."""
    spread = np.linspace(0, count - 1, min(count, most)).round().astype(int)
    return [int(k) for k in np.unique(spread)]


def _read(
    images: Images, channel: str, cell: tuple[int, ...] | None, others: Point | None
) -> NDArray[Any] | None:
    """Return the picture of a cell; at other values of the ``others`` than its own, if given."""
    if cell is None or (others is None and not images.has(cell)):
        return None
    if others is None:
        values = images.read(cell, channel)
    else:
        own = {p.name: p.values[k] for p, k in zip(images.parameters, cell, strict=True)}
        values = between(images, {**own, **others}, channel)
    if not images.channel(channel).is_colour:
        return np.ma.masked_invalid(values.astype(np.float64))
    return np.rint(over(values, images.background or (255, 255, 255))).astype(np.uint8)


def _limits(pictures: Sequence[Sequence[NDArray[Any] | None]]) -> tuple[float, float]:
    shown = [p.compressed() for row in pictures for p in row if isinstance(p, np.ma.MaskedArray)]
    values = np.concatenate(shown) if shown else np.zeros(0)
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


def _titles(
    images: Images, axes: Sequence[Parameter], cell: tuple[int, ...], row: int, column: int
) -> tuple[str, str] | None:
    """Return the texts above and beside an image."""
    texts = [_value(p, cell[images.parameters.index(p)]) for p in axes]
    if len(axes) < 2:
        return (texts[0], "") if texts else None
    return (texts[1] if row == 0 else "", texts[0] if column == 0 else "")


def _label(panel: Any, above: str, beside: str) -> None:
    panel.set_title(above, fontsize=8)
    panel.set_ylabel(beside, fontsize=8)


def _hole(panel: Any, size: tuple[int, int]) -> None:
    """Give the cell of an absent image the shape of one, and say so."""
    panel.text(0.5, 0.5, HOLE, transform=panel.transAxes, ha="center", va="center", fontsize=7)
    panel.set_aspect("equal")
    panel.set_xlim(0, size[1])
    panel.set_ylim(0, size[0])


def _value(parameter: Parameter, k: int) -> str:
    text = parameter.text(k, 4)
    return _with_unit(parameter, text)


def _with_unit(parameter: Parameter, text: str) -> str:
    unit = "°" if parameter.unit in DEGREES else f" {parameter.unit}"
    return printable(f"{parameter.name} {text}{unit}".strip())


def _title(
    images: Images,
    exact: Point | None,
    axes: Sequence[Parameter],
    index: Sequence[int],
    channel: str,
) -> str:
    """Return the title, with the ``exact`` values of the other parameters, or those at an index."""
    others = [
        _value(p, k)
        if exact is None or p.is_label
        else _with_unit(p, f"{float(exact[p.name]):.6g}")
        for p, k in zip(images.parameters, index, strict=True)
        if p not in axes and len(p) > 1
    ]
    parts = [
        printable(os.path.basename(images.name) or images.name),
        f"{len(images)} images",
        channel,
        *others,
    ]
    return ", ".join(parts)
