"""Times of the files of a series, converted to the unit and reference date of the first."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from vcore.errors import InputError
from vcore.io.given import warn
from vcore.io.request import need
from vcore.io.units import SECONDS, time_unit
from vcore.model.volume import CarriedArray, Volume

STANDARD = ("", "standard", "gregorian", "proleptic_gregorian")
"""Names of the standard calendar; they differ only before 1582."""
REFORM = (1582, 10, 15)
"""First day of the Gregorian calendar; earlier dates depend on the calendar."""


def times_of(
    paths: Sequence[str], frames: Sequence[Volume], steps: Sequence[int]
) -> list[float] | None:
    """Return the time of each step, or None unless every file has times.

    Parameters
    ----------
    paths
        The files.
    frames
        Their volumes.
    steps
        Number of time steps in each.

    Raises
    ------
    InputError
        Calendars or units of time are incompatible, or the times of files with several steps
        overlap or do not rise.
    """
    own = [_times(frame, n) for frame, n in zip(frames, steps, strict=True)]
    times = [found for found in own if found is not None]
    if len(times) < len(own):
        if times:
            path = paths[own.index(None)]
            warn("times", "%s: has no time but others do; ignored all times", path)
        return None
    converted = [
        [_converted(time, frame, path, frames[0], paths[0]) for time in found]
        for found, frame, path in zip(times, frames, paths, strict=True)
    ]
    if max(steps) > 1:
        _check_order(paths, converted, unit_of(frames[0]))
    return [time for found in converted for time in found]


def _check_order(paths: Sequence[str], times: Sequence[Sequence[float]], unit: str) -> None:
    """Refuse files whose times do not follow one another."""
    for (path, before), (other_path, after) in pairwise(zip(paths, times, strict=True)):
        if max(before) < min(after):
            continue
        spans = [f"{min(t):.10g} to {max(t):.10g} {unit}".rstrip() for t in (before, after)]
        how = "overlap" if min(before) <= max(after) else "lie before those"
        raise InputError(
            f"Expected times that rise from file to file, in the order of their names. Got "
            f"{spans[0]} in {path} and {spans[1]} in {other_path} instead, which {how}: rename or "
            f"choose the files, or give all times with `times`."
        )


def unit_of(frame: Volume) -> str:
    """Return the unit of a frame's time."""
    reference = str(frame.attributes.get("time_reference", ""))
    return frame.grid.time_unit or time_unit(reference.partition(" since ")[0])


def of_all_times(frames: Sequence[Volume]) -> dict[str, Any]:
    """Return the attributes of the first frame that apply to the series: all but its time."""
    attributes = frames[0].attributes
    found = {k: v for k, v in attributes.items() if k != "time"}
    axes = found.get("axes", {})
    if "t" not in axes and "time" in attributes:
        for array in frames[0].carried:
            if not any(array.dims) and is_date(array):
                found["axes"] = {"t": {**array.attributes, "name": array.name}, **axes}
    return found


def is_date(array: CarriedArray) -> bool:
    """Return whether an array tells dates by the CF conventions."""
    return " since " in str(array.attributes.get("units"))


def _times(frame: Volume, steps: int) -> Sequence[float] | None:
    if frame.grid.times:
        return frame.grid.times
    time = frame.attributes.get("time")
    return [float(time)] if time is not None and steps == 1 else None


def _converted(time: float, frame: Volume, path: str, first: Volume, first_path: str) -> float:
    """Return the time of ``frame`` in the unit and from the reference date of ``first``."""
    units = [str(f.attributes.get("time_reference", "")) for f in (first, frame)]
    calendars = [str(f.attributes.get("calendar", "")).lower() for f in (first, frame)]
    advice = "a time series needs one clock; give the times with `times`"
    if units[0] == units[1] and _same(calendars):
        same = not units[0] and unit_of(first) != unit_of(frame)
        return _rescaled(time, frame, path, first, first_path) if same else time
    if not all(units):
        told = [unit or "no date" for unit in units]
        raise InputError(
            f"Expected times that count from one date or none. Got {told[0]!r} in {first_path} and "
            f"{told[1]!r} in {path} instead: {advice}."
        )
    if not _same(calendars):
        raise InputError(
            f"Expected the calendar of {first_path} in every frame, {calendars[0] or 'standard'}. "
            f"Got {calendars[1] or 'standard'} in {path} instead: {advice}."
        )
    cftime = need("cftime")
    try:
        scale = _scale(frame, first)
        # dates have microsecond resolution: convert only the difference of reference dates
        through = time if scale is None else 0.0
        dates = [
            cftime.num2date(t, unit, calendar or "standard")
            for t, unit, calendar in zip((0.0, through), units, calendars, strict=True)
        ]
        moved = float(cftime.date2num(dates[1], units[0], calendars[1] or "standard"))
        moved += 0.0 if scale is None else time * scale
    except (ValueError, OverflowError, TypeError) as error:
        raise InputError(
            f"Expected valid reference dates. Got {units[0]!r} in {first_path} and {units[1]!r} "
            f"in {path} instead ({error}): {advice}."
        ) from error
    early = any((d.year, d.month, d.day) < REFORM for d in dates)
    if early and len({c or "standard" for c in calendars} - {"gregorian"}) > 1:
        raise InputError(
            f"Expected one calendar for dates before 1582. Got {calendars[0] or 'standard'} in "
            f"{first_path} and {calendars[1] or 'standard'} in {path} instead: {advice}."
        )
    return moved


def _same(calendars: Sequence[str]) -> bool:
    return calendars[0] == calendars[1] or all(c in STANDARD for c in calendars)


def _scale(frame: Volume, first: Volume) -> float | None:
    """Return the time unit of ``frame`` in that of ``first``, None for units such as months."""
    names = (unit_of(frame), unit_of(first))
    if not all(name in SECONDS for name in names):
        return None
    return float(f"{SECONDS[names[0]] / SECONDS[names[1]]:.15g}")


def _rescaled(time: float, frame: Volume, path: str, first: Volume, first_path: str) -> float:
    names, scale = (unit_of(first), unit_of(frame)), _scale(frame, first)
    if scale is None:
        raise InputError(
            f"Expected times in units that can be compared. Got {names[0]!r} in {first_path} and "
            f"{names[1]!r} in {path} instead: a time series needs one clock; give the times with "
            f"`times`."
        )
    return time * scale
