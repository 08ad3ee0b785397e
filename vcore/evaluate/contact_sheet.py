"""Contact sheet of a collection: its images over the two longest parameters, labelled."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, OutputExistsError
from vcore.evaluate.picture import save
from vcore.evaluate.plot import import_figure
from vcore.evaluate.thumbnail import smaller
from vcore.model.text import printable

if TYPE_CHECKING:
    from vcore.collections.collection import Collection
    from vcore.collections.images import Channel, Index
    from vcore.collections.parameters import Parameter

COLUMNS, ROWS = 8, 8
"""Maximum number of images across and down."""
WIDTH = 1.5
"""Width of an image in inches."""
SIDE = 220
"""Maximum side of a drawn image in pixels; larger ones are averaged."""
BEHIND = (255, 255, 255)
"""Colour behind transparent pixels where the collection has no background."""
EMPTY = "#d9dde3"
"""Colour of missing values, and of places without an image."""


def draw_sheet(
    collection: "Collection",
    target: Path,
    *,
    channel: str | None = None,
    values: Mapping[str, Any] | None = None,
    force: bool = False,
) -> tuple[int, int]:
    """Draw a contact sheet into the PNG file ``target``; return its numbers of rows and columns.

    Columns are values of the longest parameter and rows of the second longest, evenly sampled if
    there are more than fit; the other parameters stay at one value. A collection with one parameter
    fills the rows one after the other.

    Parameters
    ----------
    channel
        Name of a channel, the first by default.
    values
        Values of parameters to stay at; the middle one by default. The nearest is taken.

    Raises
    ------
    InputError
        There is no such channel, parameter or label.
    OutputExistsError, OutputError
        ``target`` exists, or cannot be written.
    MissingExtraError
        matplotlib is not installed.
    """
    if target.suffix.lower() != ".png":
        raise InputError(f"Expected a name that ends with .png. Got {target.name} instead.")
    if os.path.lexists(target) and not force:
        raise OutputExistsError(f"{target} exists. Use `force=True` to replace it.")
    shown, place = collection.channel(channel), position(collection.parameters, values or {})
    down, across = _axes(collection.shape, place)
    index = [n // 2 if i is None else i for i, n in zip(place, collection.shape, strict=True)]
    cells = _cells(collection.shape, index, down, across)
    images = [[_image(collection, cell, shown) for cell in row] for row in cells]
    figure = _figure(collection, shown, cells, images, (down, across))
    figure.suptitle(_title(collection, shown, index, (down, across)), fontsize=11)
    save(figure, target)
    return len(cells), len(cells[0])


def position(
    parameters: "Sequence[Parameter]", values: Mapping[str, Any]
) -> "tuple[int | None, ...]":
    """Return the position of the nearest value of each parameter in ``values``, None for others.

    Raises
    ------
    InputError
        There is no such parameter or label.
    """
    known = [p.name for p in parameters]
    for name in values:
        if name not in known:
            raise InputError(
                f"Expected values of {', '.join(known) or 'no parameter'}. Got {name!r:.40}."
            )
    return tuple(p.nearest(values[p.name]) if p.name in values else None for p in parameters)


def _axes(shape: tuple[int, ...], place: "Sequence[int | None]") -> tuple[int | None, int | None]:
    """Return the parameters of rows and columns: the second longest and the longest."""
    free = [axis for axis, n in enumerate(shape) if n > 1 and place[axis] is None]
    across, down, *_ = [*sorted(free, key=lambda axis: -shape[axis]), None, None]
    return down, across


def _cells(
    shape: tuple[int, ...], index: list[int], down: int | None, across: int | None
) -> "list[list[Index | None]]":
    """Return the index of each image by rows; None where there is none to draw."""
    if across is None:
        return [[tuple(index)]]
    if down is None:
        columns = min(shape[across], COLUMNS)
        chosen = [_with(index, across, i) for i in _sample(shape[across], COLUMNS * ROWS)]
        rows = [chosen[k : k + columns] for k in range(0, len(chosen), columns)]
        return [[*row, *[None] * (columns - len(row))] for row in rows]
    return [
        [_with(list(_with(index, down, i)), across, j) for j in _sample(shape[across], COLUMNS)]
        for i in _sample(shape[down], ROWS)
    ]


def _with(index: list[int], axis: int, value: int) -> "Index":
    return tuple(value if k == axis else i for k, i in enumerate(index))


def _sample(count: int, most: int) -> list[int]:
    return [int(i) for i in np.unique(np.linspace(0, count - 1, min(count, most)).round())]


def _image(
    collection: "Collection", index: "Index | None", channel: "Channel"
) -> NDArray[Any] | None:
    if index is None or not collection.has(index):
        return None
    image = collection.read(index, channel.name)
    if not channel.is_colour:
        step = -(-max(image.shape) // SIDE)
        return image[::step, ::step].astype(np.float64)
    image = smaller(image, SIDE)
    if image.shape[-1] == 3:
        return image
    alpha = image[..., 3:] / 255
    behind = np.array(collection.background or BEHIND)
    return np.rint(image[..., :3] * alpha + behind * (1 - alpha)).astype(np.uint8)


def _figure(
    collection: "Collection",
    channel: "Channel",
    cells: "list[list[Index | None]]",
    images: list[list[NDArray[Any] | None]],
    axes: tuple[int | None, int | None],
) -> Any:
    rows, columns = len(cells), len(cells[0])
    height = WIDTH * collection.size[0] / collection.size[1]
    height = min(max(height, WIDTH / 4), 2 * WIDTH)
    extra = 0.0 if channel.is_colour else 0.9
    titles = 0.25 if axes[0] is None else 0.05  # above each image, else above the first row
    figure = import_figure()(
        figsize=(max(columns * WIDTH + 0.5 + extra, 4), rows * (height + titles) + 0.7),
        layout="constrained",
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.03, wspace=0, hspace=0)
    panels = figure.subplots(rows, columns, squeeze=False)
    limits = None if channel.is_colour else _limits(images)
    mesh = None
    down, across = axes
    for k, row in enumerate(cells):
        for column, index in enumerate(row):
            panel, image = panels[k, column], images[k][column]
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_color(EMPTY)
            if index is None:
                panel.axis("off")
                continue
            if image is None:
                panel.text(
                    0.5, 0.5, "no image", ha="center", va="center", transform=panel.transAxes
                )
                panel.set(aspect=collection.size[0] / collection.size[1], facecolor=EMPTY)
            elif limits is None:
                panel.imshow(image)
            else:
                mesh = panel.imshow(image, cmap="viridis", vmin=limits[0], vmax=limits[1])
                panel.set_facecolor(EMPTY)
            if across is not None and (k == 0 or down is None):
                panel.set_title(_value(collection.parameters[across], index[across]), fontsize=9)
            if down is not None and column == 0:
                panel.set_ylabel(_value(collection.parameters[down], index[down]), fontsize=9)
    if mesh is not None:
        unit = f" [{channel.unit}]" if channel.unit else ""
        label = printable(channel.name) + unit
        figure.colorbar(mesh, ax=panels, aspect=30, shrink=0.8, label=label)
    return figure


def _limits(images: list[list[NDArray[Any] | None]]) -> tuple[float, float]:
    finite = [i[np.isfinite(i)] for row in images for i in row if i is not None]
    known = [v for v in finite if v.size]
    if not known:
        return 0.0, 1.0
    return float(min(v.min() for v in known)), float(max(v.max() for v in known))


def _value(parameter: "Parameter", index: int) -> str:
    value = parameter.values[index]
    return printable(value if isinstance(value, str) else f"{value:g}")


def _title(
    collection: "Collection",
    channel: "Channel",
    index: list[int],
    axes: tuple[int | None, int | None],
) -> str:
    def named(axis: int) -> str:
        parameter = collection.parameters[axis]
        return printable(
            f"{parameter.name} [{parameter.unit}]" if parameter.unit else parameter.name
        )

    down, across = axes
    told = [printable(collection.identity[0].rpartition("/")[2]), printable(channel.name)]
    if across is not None:
        told.append(f"across: {named(across)}" if down is not None else named(across))
    if down is not None:
        told.append(f"down: {named(down)}")
    for axis, parameter in enumerate(collection.parameters):
        if axis not in axes:
            told.append(f"{named(axis)} = {_value(parameter, index[axis])}")
    return " · ".join(told)
