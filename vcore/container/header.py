"""Parsing and validation of a file's header (docs/format.md, section 4)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np

from vcore.container.grids import DescribedGrid
from vcore.container.header_values import (
    bound_of,
    count_of,
    mapping_of,
    noise_of,
    number_of,
    optional_of,
    packing_of,
    source_axes_of,
    text_of,
)
from vcore.errors import FormatError, VcoreError
from vcore.model import labels
from vcore.model.axes import (
    LAYOUTS,
    AxisMap,
    SourceAxis,
    axis_map,
    flat_axes,
    source_axes_fit,
)
from vcore.model.grid import Grid
from vcore.model.volume import VARIABLE_DTYPES

MAX_VALUES = 1 << 44
"""Maximum number of values of a variable in a header: 16 Ti, beyond the scope of this format."""
OTHER_KINDS = {"images": "a collection of images", "scene": "a scene"}
"""What files of other kinds hold."""

CHANNELS = "channels"
"""Method name in the header of a variable whose channels are coded apart."""
OF_CHANNELS = (
    *("range", "method", "settings", "state", "bound", "noise", "packing", "missing"),
    *("achieved", "quality"),
)
"""Members of the header of a channel; the others are those of its variable."""


@dataclass(frozen=True)
class VariableHeader:
    """Description of a variable in the header.

    Parameters
    ----------
    name, axes, unit, components, association, fill_value
        As in ``Variable``.
    dtype
        Two characters, "u1" to "f8", or "b1" for truth values.
    shape
        Length of every axis.
    range
        Smallest and largest finite value of the original.
    method
        The method's name, or "constant" if all finite values equal ``range[0]``.
    settings, state
        The method's settings and further decoder parameters, as JSON.
    missing
        Whether masks of missing values follow.
    bound
        None, or the guaranteed ``max_error`` and the residual's quantiser ``step``.
    noise
        None, or the guaranteed error in standard deviations of the noise (``sigmas``), the
        parameters of the variance-stabilising transform (``unit``, ``gain``, ``offset``,
        ``read_noise``) and the residual's ``step``.
    packing
        None, or the mapping from coded integers to values (``dtype`` of the source's integers,
        ``scale``, ``offset``).
    time_as_z
        Whether the frames, of a variable without z, are coded as the slices of a volume.
    attributes, outer
        As in ``Variable``.
    achieved
        Figures measured on the written bytes.
    grid_number
        Number of its grid in the file; the main one is 0.
    quality
        Word of the budget, if it was one: "preview" is for viewers to tell.
    channels
        One header each if the method is CHANNELS, which codes them apart; ``bound`` is then the
        largest of theirs.
    """

    name: str
    dtype: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    range: tuple[float, float]
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    unit: str = ""
    components: tuple[str, ...] = ()
    association: str = "point"
    fill_value: float | int | None = None
    missing: bool = False
    bound: Mapping[str, float] | None = None
    noise: Mapping[str, float] | None = None
    packing: Mapping[str, Any] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    achieved: Mapping[str, Any] = field(default_factory=dict)
    outer: tuple[SourceAxis, ...] = ()
    time_as_z: bool = False
    grid_number: int = 0
    quality: str = ""
    channels: "tuple[VariableHeader, ...]" = ()

    @cached_property
    def axis_map(self) -> AxisMap:
        """Map between the array and the axes of the source."""
        return axis_map(self.axes, self.outer)

    @property
    def source_axes(self) -> tuple[str, ...]:
        """Names of the axes of the source."""
        return self.axis_map.names

    @property
    def source_shape(self) -> tuple[int, ...]:
        """Length of each of the ``source_axes``."""
        return self.axis_map.shape(self.shape)

    @property
    def methods(self) -> str:
        """Method, or those of the channels without repetition."""
        return ", ".join(dict.fromkeys(h.method for h in self.channels or (self,)))

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the uncompressed array."""
        return self.size * np.dtype(self.dtype).itemsize

    @property
    def span(self) -> float:
        """Data range: largest minus smallest finite value."""
        return float(self.range[1]) - float(self.range[0])

    @property
    def is_label(self) -> bool:
        """Whether the values name objects: coarser levels are then modes, not means."""
        return labels.is_label(self.attributes)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the header, without members at their defaults."""
        values: dict[str, Any] = {
            "name": self.name,
            "dtype": self.dtype,
            "axes": "".join(self.axes),
            "range": list(self.range),
            "method": self.method,
        }
        if self.shape[:-3]:
            values["lead"] = list(self.shape[:-3])
        plain = (
            "settings",
            "state",
            "unit",
            "components",
            "fill_value",
            "bound",
            "noise",
            "packing",
            "attributes",
            "achieved",
            "quality",
        )
        for name in plain:
            value = getattr(self, name)
            if value not in (None, "", (), {}):
                values[name] = value
        if self.association != "point":
            values["association"] = self.association
        if self.missing:
            values["missing"] = True
        if self.time_as_z:
            values["time_as_z"] = True
        if self.outer and self.outer == flat_axes(self.axes):
            values["flat"] = True
        elif self.outer:
            values["source_axes"] = [list(a) if a.length else list(a[:2]) for a in self.outer]
        if self.grid_number:
            values["grid"] = self.grid_number
        if self.channels:
            values["channels"] = [
                {k: v for k, v in h.to_json().items() if k in OF_CHANNELS} for h in self.channels
            ]
        return values

    @classmethod
    def from_json(cls, values: Any, grid: Grid) -> Self:
        """Parse and validate a variable's JSON object.

        Raises
        ------
        FormatError
            A member is missing or invalid.
        """
        try:
            header = cls(
                name=text_of(values["name"]),
                dtype=text_of(values["dtype"]),
                axes=tuple(text_of(values["axes"])),
                shape=(*(count_of(n) for n in values.get("lead", ())), *grid.shape),
                range=tuple(number_of(v) for v in values["range"]),  # type: ignore[arg-type]
                method=text_of(values["method"]),
                settings=mapping_of(values.get("settings", {})),
                state=mapping_of(values.get("state", {})),
                unit=text_of(values.get("unit", "")),
                components=tuple(text_of(c) for c in values.get("components", ())),
                association=text_of(values.get("association", "point")),
                fill_value=optional_of(values.get("fill_value")),
                missing=bool(values.get("missing", False)),
                bound=bound_of(values.get("bound")),
                noise=noise_of(values.get("noise")),
                packing=packing_of(values.get("packing")),
                attributes=mapping_of(values.get("attributes", {})),
                achieved=mapping_of(values.get("achieved", {})),
                outer=source_axes_of(values),
                time_as_z=bool(values.get("time_as_z", False)),
                grid_number=values.get("grid", 0),
                quality=text_of(values.get("quality", "")),
                channels=tuple(
                    cls.from_json(_channel(values, own), grid) for own in values["channels"]
                )
                if values["method"] == CHANNELS
                else (),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise FormatError(f"The header is damaged: variable {values!r:.80}.") from error
        header._check()
        return header

    def _names_every_component(self) -> bool:
        return len(self.components) == self.shape[self.axes.index("c")]

    def _check(self) -> None:
        good = (
            self.name != ""
            and self.dtype in VARIABLE_DTYPES
            and "".join(self.axes) in LAYOUTS
            and len(self.shape) == len(self.axes)
            and self.size <= MAX_VALUES
            and len(self.range) == 2
            and self.range[0] <= self.range[1]
            and self.association in ("point", "cell")
            and (not self.outer or source_axes_fit(self.axes, self.shape, self.outer))
            and (not self.time_as_z or ("t" in self.axes and self.shape[-3] == 1))
            and (not self.components or ("c" in self.axes and self._names_every_component()))
        )
        if self.packing is not None:
            good &= self.dtype in ("f4", "f8") and self.noise is None
        if self.method == CHANNELS:
            good = good and "c" in self.axes and self.packing is self.noise is None
            good = good and len(self.channels) == self.shape[self.axes.index("c")]
        if self.dtype == "b1":
            good &= self.range[0] >= 0 and self.range[1] <= 1 and self.fill_value is None
        elif good and np.dtype(self.dtype).kind != "f":
            limits = np.iinfo(self.dtype)
            good = limits.min <= self.range[0] and self.range[1] <= limits.max
            if self.fill_value is not None:
                good &= limits.min <= self.fill_value <= limits.max
                good &= self.fill_value == int(self.fill_value)
        if not good:
            raise FormatError(
                f"The header is damaged: variable {self.name!r:.40} of dtype {self.dtype!r:.8}, "
                f"axes {''.join(self.axes)!r:.8}, shape {self.shape!r:.80}."
            )


def parse_header(
    header: dict[str, Any],
) -> tuple[tuple[DescribedGrid, ...], tuple[VariableHeader, ...]]:
    """Parse the grids, the main one first, and the variables of a file of kind "volume".

    Raises
    ------
    FormatError
        The file is of another kind, or damaged.
    """
    kind = header.get("kind")
    if isinstance(kind, str) and kind in OTHER_KINDS:
        raise FormatError(f"Expected a volume. Got {OTHER_KINDS[kind]}: use vcore.open.")
    if kind != "volume":
        raise FormatError(
            f"Expected a file of kind 'volume'. Got kind {kind!r:.40}: "
            f"install a newer vcore-volumes."
        )
    if not isinstance(header.get("source", {}), dict):
        raise FormatError("The header is damaged: its source is no object.")
    grids = _grids(header)
    variables = header.get("variables")
    if not isinstance(variables, list) or not variables:
        raise FormatError("The header is damaged: it names no variable.")
    parsed = tuple(VariableHeader.from_json(v, _grid_of(v, grids)) for v in variables)
    if len({v.name for v in parsed}) != len(parsed):
        raise FormatError("The header is damaged: two variables have the same name.")
    for number, described in enumerate(grids):
        there = [v for v in parsed if v.grid_number == number]
        if not there:
            raise FormatError("The header is damaged: a grid of no variable.")
        frames = {v.shape[0] for v in there if "t" in v.axes}
        if frames and described.grid.times:
            frames.add(len(described.grid.times))
        if len(frames) > 1:
            raise FormatError("The header is damaged: times and frames do not match.")
    return grids, parsed


def _grids(header: Mapping[str, Any]) -> tuple[DescribedGrid, ...]:
    further = header.get("grids", [])
    if not isinstance(further, list) or not all(isinstance(g, dict) for g in further):
        raise FormatError("The header is damaged: its further grids are no list of objects.")
    found = []
    for values in (header, *further):
        attributes = values.get("attributes", {})
        if not isinstance(attributes, dict):
            raise FormatError("The header is damaged: its attributes is no object.")
        found.append(DescribedGrid(_grid(values.get("grid")), attributes))
    return tuple(found)


def _grid_of(variable: Any, grids: tuple[DescribedGrid, ...]) -> Grid:
    number = variable.get("grid", 0) if isinstance(variable, dict) else 0
    if type(number) is not int or not 0 <= number < len(grids):
        raise FormatError(f"The header is damaged: variable {variable!r:.80} is on no grid.")
    return grids[number].grid


def _channel(values: Mapping[str, Any], own: Any) -> dict[str, Any]:
    """Return the JSON object of one channel of a variable, as if it were a variable."""
    if not set(own) <= set(OF_CHANNELS) or own["method"] == CHANNELS:
        raise ValueError(f"{own!r:.40} is no channel")
    axes = values["axes"]
    lead = [n for axis, n in zip(axes, values["lead"], strict=False) if axis != "c"]
    common = {k: values[k] for k in ("name", "dtype", "fill_value", "association") if k in values}
    return {**common, **own, "axes": axes.replace("c", ""), "lead": lead, "flat": False}


def _grid(fields: Any) -> Grid:
    try:
        for name in ("spacing", "origin", "times"):
            if fields.get(name) is not None:
                fields = {**fields, name: [float(number_of(v)) for v in fields[name]]}
        for name in ("unit", "time_unit"):
            text_of(fields.get(name, ""))
        first, second, third = fields.get("axis_names", "zyx")
        tuple(text_of(v) for v in (first, second, third))
        if "direction" in fields:
            rows = [[float(number_of(v)) for v in row] for row in fields["direction"]]
            fields = {**fields, "direction": rows}
        voxels = math.prod(count_of(n) for n in fields["shape"])
        grid = Grid.from_json(fields)
    except (VcoreError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise FormatError(f"The header is damaged: its grid is {error!r:.80}.") from error
    if voxels > MAX_VALUES:
        raise FormatError(f"The header is damaged: a grid of shape {grid.shape!r:.80}.")
    return grid
