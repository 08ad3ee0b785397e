"""Choices of a rendering of a volume: what they mean for this volume, and the defaults."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.render.database import Colour, Database
from vcore.render.frames import Frames, Quantity, Source, quantity_of, value_quantity
from vcore.render.looks import Cloud, Look, Slices, Surfaces, parse_isovalues, parse_slices
from vcore.render.placement import placement
from vcore.render.props import unit_distance
from vcore.render.ranges import parse_numbers
from vcore.render.statistics import Statistics, statistics
from vcore.render.transfer import TransferFunction, default_function, read_functions
from vcore.render.views import VIEW_ANGLE, fitted
from vcore.render.volume import DEPTH, VolumeScene

logger = logging.getLogger(__name__)
TAKEN = (DEPTH, "rgb", "rgba", "y", "x", "component")
"""Names that values cannot have: channels with a meaning, and axes of images."""
MIN_OVERLAP = 0.02
"""Share of the values' range that a transfer function must span, or the user is warned."""


@dataclass(frozen=True)
class Choices:
    """Choices of the user, as on the command line.

    Parameters
    ----------
    isosurface, slices
        Isovalues, or slices, to show instead of direct volume rendering.
    transfer_functions
        JSON files of ParaView.
    rescale
        Whether the range of transfer functions is mapped to that of the values.
    shade
        Whether direct volume rendering is lit.
    variable, channel
        What is shown; by default the first variable.
    time
        "all", or times of frames (indices, for volumes without times); the first by default.
    theta, phi
        Angles of the camera in degrees.
    size, supersample, view_angle, zoom
        Images; see ``vcore.render.views``.
    depth, values
        Whether depth is a channel, and the quantity that is one.
    level
        Level to render from; by default the one that fits the images.
    background
        Colour of empty pixels where alpha is not shown.
    """

    isosurface: str | None = None
    slices: tuple[str, ...] = ()
    transfer_functions: tuple[str, ...] = ()
    rescale: bool = False
    shade: bool = True
    variable: str | None = None
    channel: str | None = None
    time: str | None = None
    theta: str = "90"
    phi: str = "0"
    size: tuple[int, int] = (256, 256)
    supersample: int = 2
    view_angle: float = VIEW_ANGLE
    zoom: float = 1.0
    depth: bool = False
    values: str | None = None
    level: int | None = None
    background: Colour = (255, 255, 255)


def database(source: Source, folder: Path, choices: Choices, name: str) -> Database:
    """Return the database of renderings of a volume, which is not begun yet.

    Raises
    ------
    InputError
        The choices contradict each other, or do not fit the volume.
    MemoryLimitError
        A frame does not fit into memory.
    """
    volume = source.volume
    quantity = quantity_of(volume, choices.variable, choices.channel)
    grid = volume.select([quantity.variable]).grid
    place = placement(grid)
    view = fitted(
        place.corners,
        parse_numbers("theta", choices.theta),
        parse_numbers("phi", choices.phi),
        choices.size,
        supersample=choices.supersample,
        view_angle=choices.view_angle,
        zoom=choices.zoom,
    )
    if choices.level is None:
        frames = Frames.fitting(source, quantity, view.pixel)
    else:
        frames = _at_level(source, quantity, choices.level)
    times, indices = _times(choices.time, grid, frames.count)
    frames = frames.centred(indices[0])
    values = None
    if choices.values is not None:
        other = value_quantity(volume, choices.values, quantity)
        if other.name in TAKEN:
            raise InputError(
                f"Expected values called other than {', '.join(TAKEN)}, which mean something else "
                f"in a collection. Got {other.name!r} instead: rename the variable."
            )
        values = Frames.fitting(source, other, view.pixel)
        values = values.centred(min(indices[0], values.count - 1))
        if (other.variable, other.component) == (quantity.variable, quantity.component):
            values = replace(frames, quantity=other)
        if values.count not in (1, frames.count):
            raise InputError(
                f"Expected values with {frames.count} frames, as {quantity.name} has. Got "
                f"{values.count} of {other.name} instead: choose others."
            )
    scene = VolumeScene(
        name,
        frames,
        times,
        indices,
        _look(choices, frames, indices),
        unit_distance(place),
        choices.depth,
        values,
    )
    found = Database(folder, scene, view, choices.background)
    names = [p.name for p in found.parameters] + [c.name for c in scene.channels]
    if len(set(names)) < len(names):
        raise InputError(
            f"Expected names of parameters and channels that differ. Got {', '.join(names)} "
            f"instead: rename the variable."
        )
    return found


def _at_level(source: Source, quantity: Quantity, level: int) -> Frames:
    count = len(source.levels(quantity.variable))
    if not 0 <= level < count:
        raise InputError(
            f"Expected a level in 0..{count - 1} of {quantity.variable!r}. Got {level} instead."
        )
    return Frames(source, quantity, level)


def _times(text: str | None, grid: Grid, count: int) -> tuple[Parameter | None, tuple[int, ...]]:
    """Return the parameter of the frames, None for a single one, and their indices."""
    times = np.arange(count, dtype=float) if grid.times is None else np.array(grid.times)
    if text is None:
        if count > 1:
            logger.warning("frame 0 of %d: give `time` for others, or all", count)
        return None, (0,)
    if text == "all":
        indices = tuple(range(count))
    elif count == 1:
        raise InputError(f"Expected `time` for a time series. Got {text} for a single frame.")
    else:
        asked = parse_numbers("time", text)
        indices = tuple(sorted({_frame_at(time, grid, count) for time in asked}))
    if len(indices) == 1:
        return None, indices
    chosen = times[list(indices)]
    if not (np.diff(chosen) > 0).all():  # times that fall or repeat cannot be a parameter
        return Parameter("frame", tuple(float(i) for i in indices)), indices
    return Parameter("time", tuple(chosen.tolist()), grid.time_unit), indices


def _frame_at(time: float, grid: Grid, count: int) -> int:
    if grid.times is not None:
        return grid.frame_at(time)
    if not (time.is_integer() and 0 <= time < count):
        raise InputError(
            f"Expected `time` as frames 0..{count - 1}, as the volume states no times. Got "
            f"{time:g} instead."
        )
    return int(time)


def _look(choices: Choices, frames: Frames, indices: Sequence[int]) -> Look:
    found = statistics(frames, indices)
    functions = tuple(
        function for path in choices.transfer_functions for function in read_functions(path)
    )
    if choices.rescale:
        functions = tuple(f.rescaled(found.low, found.high) for f in functions)
    for function in functions:
        _check_range(function, found)
    if choices.isosurface is not None and choices.slices:
        raise InputError("Expected isosurfaces or slices. Got both: leave one out.")
    if (choices.isosurface is not None or choices.slices) and len(functions) > 1:
        raise InputError(
            f"Expected one transfer function, for the colours. Got {len(functions)} instead: "
            f"several are for direct volume rendering."
        )
    flat = min(frames.placement.shape) == 1
    if choices.slices:
        colours = functions[0] if functions else default_function(found.bottom, found.top)
        return Slices(parse_slices(choices.slices), colours)
    if flat:
        raise InputError(
            "Expected a volume of more than one voxel along each axis. Got images instead: show "
            "them as `slice` z=50% from `theta` 0."
        )
    if choices.isosurface is None:
        return Cloud(functions or (default_function(found.threshold, found.top),), choices.shade)
    groups = parse_isovalues(choices.isosurface)
    every = sorted({value for group in groups for value in group})
    for value in every:
        if not found.low <= value <= found.high:
            logger.warning(
                "isovalue %.12g lies outside the values seen, %.12g to %.12g",
                *(value, found.low, found.high),
            )
    if functions or len(every) == 1:
        return Surfaces(groups, functions[0] if functions else None)
    return Surfaces(groups, default_function(every[0], every[-1]))


def _check_range(function: TransferFunction, found: Statistics) -> None:
    low, high = function.range
    advice = "`rescale` maps it to the range of the values"
    if high < found.low or low > found.high:
        raise InputError(
            f"Expected a transfer function of values within {found.low:.12g} to "
            f"{found.high:.12g}. Got {function.name!r} of {low:.12g} to {high:.12g} instead: "
            f"{advice}."
        )
    if min(high, found.high) - max(low, found.low) < MIN_OVERLAP * (found.high - found.low):
        logger.warning(
            "transfer function %s spans %.12g to %.12g only, of values from %.12g to %.12g: %s",
            *(function.name, low, high, found.low, found.high, advice),
        )
