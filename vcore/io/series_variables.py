"""A variable in all files of a series, and what the files must have in common."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import shape_text
from vcore.io.lazy import Concatenated, Converted, Stacked
from vcore.io.series_carried import check_same
from vcore.model.axes import SourceAxis
from vcore.model.grid import Grid
from vcore.model.volume import LazyArray, Variable, Volume

logger = logging.getLogger(__name__)


def stacked(frames: Sequence[Variable], steps: Sequence[int], paths: Sequence[str]) -> Variable:
    """Return a variable of all files, with a common missing value.

    Parameters
    ----------
    frames
        The variable in each file.
    steps
        Number of time steps in each file.
    paths
        The files.
    """
    first = frames[0]
    timed = {"t" in frame.axes for frame, n in zip(frames, steps, strict=True) if n > 1}
    if timed == {False}:
        check_same(paths, frames)
        return first
    if len(timed) > 1:
        raise InputError(
            f"Expected {first.name!r} with time in every file, or in none. Got both in {paths[0]} "
            f"and the others instead: choose with `variables`."
        )
    data = [frame.data for frame in frames]
    fills = list(dict.fromkeys(frame.fill_value for frame in frames))
    fill = fills[0]
    if len(fills) > 1:
        declared = [f for f in fills if f is not None]
        fill = None if first.dtype.kind == "f" else declared[0]
        if fill is not None:
            logger.warning(
                "%s and %s declare different missing values of %s (%s): replaced all by %s",
                *(paths[0], paths[-1], first.name, ", ".join(map(str, fills)), fill),
            )
        data = [_with_fill(frame, fill) for frame in frames]
    same = all(frame.packing == first.packing for frame in frames)
    axes = tuple(a for a in first.axes if a != "t")
    outer = tuple(a for a in first.outer if a.inside != "t")
    several = max(steps) > 1
    joined_data = (
        Concatenated(
            [d if "t" in f.axes else Stacked([d]) for d, f in zip(data, frames, strict=True)]
        )
        if several
        else Stacked(data)
    )
    return replace(
        first,
        data=joined_data,
        axes=("t", *axes),
        outer=(SourceAxis("t", "t"), *outer) if outer else (),
        fill_value=fill,
        packing=first.packing if same else None,
    )


def _with_fill(frame: Variable, fill: float | int | None) -> LazyArray:
    """Return the data with the frame's fill value replaced by ``fill``, or NaN if None."""
    own = frame.fill_value
    if own is None or own == fill:
        return frame.data

    def converted(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(values == own, values.dtype.type(np.nan if fill is None else fill), values)

    return Converted(frame.data, frame.dtype, converted)


def check_agreement(path: str, first: Volume, other_path: str, other: Volume) -> None:
    """Check that two frames have the same grid and the same variables.

    Raises
    ------
    InputError
        They differ.
    """
    advice = "a time series needs one grid; choose the files that agree"
    if first.grid.shape != other.grid.shape:
        raise InputError(
            f"Expected the shape of {path} in every frame, {shape_text([first.grid.shape])}. Got "
            f"{shape_text([other.grid.shape])} in {other_path} instead: {advice}."
        )
    if _comparable(first.grid) != _comparable(other.grid):
        raise InputError(
            f"Expected the spacing, origin and direction of {path} in every frame. Got others in "
            f"{other_path} instead: {advice}."
        )
    described = [
        {v.name: (*_without_t(v), v.dtype, v.association) for v in volume.variables}
        for volume in (first, other)
    ]
    if described[0] != described[1]:
        texts = [
            ", ".join(f"{n} {d[2]} {shape_text([d[1]])}" for n, d in sorted(values.items()))
            for values in described
        ]
        raise InputError(
            f"Expected the variables of {path} in every frame ({texts[0]}). Got {texts[1]} in "
            f"{other_path} instead: {advice}."
        )


def _without_t(variable: Variable) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return axes and shape of one time step."""
    first = 1 if "t" in variable.axes else 0
    return variable.axes[first:], variable.shape[first:]


def _comparable(grid: Grid) -> Grid:
    """Return ``grid`` without time and rounded, so that float32 noise does not count."""

    def tidy(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(float(f"{v:.6g}") for v in values)

    return replace(
        grid,
        spacing=tidy(grid.spacing),  # type: ignore[arg-type]
        origin=tidy(grid.origin),  # type: ignore[arg-type]
        direction=tuple(tidy([round(v, 6) for v in row]) for row in grid.direction),  # type: ignore[arg-type]
        coordinates=grid.coordinates and tuple(tidy(c) for c in grid.coordinates),  # type: ignore[arg-type]
        times=None,
        time_unit="",
    )
