"""Metadata given by the caller, which overrides what a reader found."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from vcore.errors import InputError
from vcore.io.units import length_unit
from vcore.io.units import time_unit as known_time_unit
from vcore.model.grid import Triple
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Overrides:
    """Geometry, times and missing value, as in ``vcore.io.read``; None keeps the file's."""

    spacing: Triple | None = None
    origin: Triple | None = None
    unit: str | None = None
    times: tuple[float, ...] | None = None
    time_unit: str | None = None
    fill_value: float | None = None

    @property
    def of_frame(self) -> "Overrides":
        """Overrides for one frame of a series: all but the times."""
        return replace(self, times=None, time_unit=None)

    def apply(self, volume: Volume) -> Volume:
        """Return ``volume`` with these values; raise InputError for invalid ones."""
        self._check_place()
        self._check_times(max(v.length("t") for v in volume.variables))
        changes: dict[str, Any] = {}
        if self.spacing is not None:
            changes["spacing"] = self.spacing
        if self.origin is not None:
            changes["origin"] = self.origin
        if changes and volume.grid.coordinates is not None:
            changes["coordinates"] = None
        if self.unit is not None:
            changes["unit"] = length_unit(self.unit)
        if self.times is not None:
            changes["times"] = self.times
        if self.time_unit is not None:
            changes["time_unit"] = known_time_unit(self.time_unit.partition(" since ")[0])
        placing = [name for name in changes if name not in ("times", "time_unit")]
        if volume.others and placing:
            logger.warning(
                "%s: the given %s is for the grid of %s only; not for that of %s",
                *(volume.source, " and ".join(placing), volume.variables[0].name),
                ", ".join(v.name for other in volume.others for v in other.variables),
            )
        frames = max(v.length("t") for v in volume.variables)
        others = tuple(self._timed(other, frames, changes) for other in volume.others)
        volume = replace(volume, others=others)
        if self.fill_value is not None:
            # NaN always counts as missing: no further value is needed
            fill = None if math.isnan(self.fill_value) else self.fill_value
            volume = volume.changed(lambda v: replace(v, fill_value=fill))
        return replace(
            volume,
            grid=replace(volume.grid, **changes) if changes else volume.grid,
            attributes=self._attributes(dict(volume.attributes)),
        )

    def _timed(self, other: Volume, frames: int, changes: Mapping[str, Any]) -> Volume:
        """Return a volume on another grid with the times, if it has as many frames."""
        times = {k: v for k, v in changes.items() if k in ("times", "time_unit")}
        if not times or max(v.length("t") for v in other.variables) != frames:
            return other
        attributes = replace(self, spacing=None, origin=None, unit=None)._attributes(
            dict(other.attributes)
        )
        return replace(other, grid=replace(other.grid, **times), attributes=attributes)

    def _check_place(self) -> None:
        for name, values in (("spacing", self.spacing), ("origin", self.origin)):
            if values is None:
                continue
            usable = all(map(math.isfinite, values)) and (name == "origin" or min(values) > 0)
            if not usable:
                least = " above 0" if name == "spacing" else ""
                raise InputError(
                    f"Expected three finite numbers{least} for `{name}`. Got {values} instead."
                )

    def _check_times(self, frames: int) -> None:
        if self.times is None:
            return
        rising = all(a < b for a, b in pairwise(self.times))
        if len(self.times) != frames or not rising or not all(map(math.isfinite, self.times)):
            shown = f"{len(self.times)} ({', '.join(f'{t:g}' for t in self.times[:10])})"
            raise InputError(
                f"Expected `times` for the {frames} frames, each later than the one before. Got "
                f"{shown} instead."
            )

    def _attributes(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes that do not contradict these values."""
        letters = "t" if self.times is not None or self.time_unit is not None else ""
        if any(v is not None for v in (self.spacing, self.origin, self.unit)):
            letters += "zyx"
            kept.pop("axis_units", None)
        if "t" in letters:
            kept.pop("time_reference", None)
            kept.pop("calendar", None)
        if self.time_unit is not None and " since " in self.time_unit:
            kept["time_reference"] = self.time_unit
        if letters and isinstance(axes := kept.get("axes"), dict):
            kept["axes"] = {
                a: {k: v for k, v in said.items() if k == "name"}
                if a in letters and isinstance(said, dict)
                else said
                for a, said in axes.items()
            }
        return kept
