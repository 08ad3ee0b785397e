"""Volume: named variables on a common grid."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model import labels
from vcore.model.axes import AXES, LAYOUTS, AxisMap, SourceAxis, axis_map, source_axes_fit
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.regions import Region, slabs

DTYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8")
"""Dtypes that methods code: kind and size in bytes."""
WIDE_DTYPES = ("b1", "i8", "u8")
"""Further dtypes of variables: truth values and 64-bit integers."""
VARIABLE_DTYPES = (*DTYPES, *WIDE_DTYPES)
"""Supported dtypes of variables."""
GRID_KEYS = ("space", "time", "time_reference", "calendar", "axes")
"""Keys of a volume's attributes that describe its grid."""
BLOCK_VOXELS = 1 << 21
"""Maximum number of voxels read at a time when iterating over a variable."""


@runtime_checkable
class LazyArray(Protocol):
    """Interface of a variable's data: a NumPy array, memory map, Zarr array or HDF5 dataset."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    def __getitem__(self, region: Any, /) -> Any: ...


def usable_fill(value: float | int | None, dtype: np.dtype[Any]) -> float | int | None:
    """Return a fill value, None if ``dtype`` cannot represent it or it is not finite."""
    if value is None or not np.isfinite(value) or dtype.kind == "b":
        return None
    if dtype.kind == "f":
        return float(value) if abs(value) <= float(np.finfo(dtype).max) else None
    limits = np.iinfo(dtype)
    return int(value) if value == int(value) and limits.min <= value <= limits.max else None


@dataclass(frozen=True, eq=False)
class Variable:
    """A named array on the grid, read by region.

    Parameters
    ----------
    name
        Name of the variable.
    data
        Any object with ``shape``, ``dtype`` and ``__getitem__`` for slices, in C order; read
        lazily.
    axes
        Axes of the array, a subsequence of ``t c z y x`` that ends with ``z y x``.
    unit
        Unit of the values, or "".
    components
        Names of the channels or vector components along ``c``.
    association
        Whether values are defined at the points or the cells of the grid.
    fill_value
        A declared value for missing data; NaN and infinities always count as missing.
    packing
        Integer encoding in the source of these (unpacked) values; None for values that are stored
        directly.
    attributes
        Other metadata of the variable in the source (``standard_name``, ``long_name``, …), as JSON
        values.
    outer
        Axes of the source in its order where these are not ``axes``: without z (images, maps,
        movies; the z axis of ``data`` then has length 1), in another order, or others too, which t
        and c hold in ``data``. Readers show the variable along these.
    """

    name: str
    data: LazyArray
    axes: tuple[str, ...] = ("z", "y", "x")
    unit: str = ""
    components: tuple[str, ...] = ()
    association: Literal["point", "cell"] = "point"
    fill_value: float | int | None = None
    packing: Packing | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    outer: tuple[SourceAxis, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("Expected a name for every variable. Got an empty one instead.")
        if "".join(self.axes) not in LAYOUTS:
            raise InputError(
                f"Expected axes out of t c z y x, in this order and with z y x. "
                f"Got {' '.join(self.axes)} for variable {self.name!r} instead."
            )
        if len(self.data.shape) != len(self.axes):
            raise InputError(
                f"Expected an array of {len(self.axes)} axes ({' '.join(self.axes)}) for variable "
                f"{self.name!r}. Got shape {tuple(self.data.shape)} instead."
            )
        if any(n < 1 for n in self.data.shape):
            raise InputError(
                f"Expected at least one voxel along each axis of variable {self.name!r}. "
                f"Got shape {tuple(self.data.shape)} instead."
            )
        if self.outer and not source_axes_fit(self.axes, self.data.shape, self.outer):
            raise InputError(
                f"Expected axes of the source that make up those of variable {self.name!r}, with a "
                f"z axis of length 1 where the source has none. Got {list(map(tuple, self.outer))} "
                f"for shape {tuple(self.data.shape)} instead."
            )
        if self.dtype.str[1:] not in VARIABLE_DTYPES:
            raise InputError(
                f"Expected one of the dtypes {', '.join(VARIABLE_DTYPES)} for variable "
                f"{self.name!r}. Got {np.dtype(self.data.dtype).name} instead: convert it first."
            )
        if self.components and len(self.components) != self.length("c"):
            raise InputError(
                f"Expected {self.length('c')} component names for variable {self.name!r}. "
                f"Got {len(self.components)} instead."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, in the order of ``axes``."""
        return tuple(int(n) for n in self.data.shape)

    @property
    def flat(self) -> bool:
        """Whether the source has no z axis."""
        return self.axis_map.is_flat

    @cached_property
    def axis_map(self) -> AxisMap:
        """Map between the array and the axes of the source."""
        return axis_map(self.axes, self.outer)

    @property
    def source_axes(self) -> tuple[str, ...]:
        """Names of the axes of the source: ``axes``, or those of ``outer``."""
        return self.axis_map.names

    @property
    def source_shape(self) -> tuple[int, ...]:
        """Length of each of the ``source_axes``."""
        return self.axis_map.shape(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the values, in native byte order."""
        return np.dtype(self.data.dtype).newbyteorder("=")

    @property
    def size(self) -> int:
        """Number of values, over all frames and components."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def nbytes(self) -> int:
        """Size of the uncompressed array in bytes."""
        return self.size * self.dtype.itemsize

    def length(self, axis: str) -> int:
        """Return the length of ``axis``, 1 if the variable lacks it."""
        return self.shape[self.axes.index(axis)] if axis in self.axes else 1

    def read(self, region: Region | None = None) -> NDArray[Any]:
        """Return the values of ``region`` (default: all), in C order and native byte order."""
        values = np.asarray(self.data[region if region is not None else ...])
        return np.ascontiguousarray(values, dtype=self.dtype)

    def slabs(self, multiple: int = 1, voxels: int = BLOCK_VOXELS) -> Iterator[Region]:
        """Yield regions that partition the array, of about ``voxels`` values each.

        Slabs contain whole y x planes where these fit, and start at multiples of ``multiple``
        along z, y, x.
        """
        yield from slabs(self.shape, multiple, voxels)

    @property
    def is_label(self) -> bool:
        """Whether the values name objects, as in the labels of OME-Zarr."""
        return labels.is_label(self.attributes)

    @property
    def usable_fill(self) -> float | int | None:
        """Fill value; None if no value can equal it or it is not finite."""
        return usable_fill(self.fill_value, self.dtype)

    def missing(self, values: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return a mask of missing ``values`` of this variable, None if there are none."""
        mask = None
        if values.dtype.kind == "f":
            mask = ~np.isfinite(values)
        fill = self.usable_fill
        if fill is not None:
            is_fill = values == fill
            mask = is_fill if mask is None else mask | is_fill
        return mask if mask is not None and mask.any() else None


@dataclass(frozen=True, eq=False)
class CarriedArray:
    """An array of any shape and dtype with named dimensions, stored without loss.

    Parameters
    ----------
    name
        Name in its source.
    data
        Array of numbers, texts (``str`` in an object array), bytes, dates or records; anything with
        ``shape``, ``dtype`` and slicing.
    dims
        Name of each dimension.
    attributes
        Attributes in the source, as JSON values.
    """

    name: str
    data: LazyArray
    dims: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(int(n) for n in self.data.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Value type."""
        return np.dtype(self.data.dtype)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def nbytes(self) -> int:
        """Uncompressed size in bytes, counting 8 per string."""
        return self.size * self.dtype.itemsize

    def read(self) -> NDArray[Any]:
        """Return all values."""
        values: NDArray[Any] = np.asarray(self.data[...])
        return values


@dataclass(frozen=True, eq=False)
class Volume:
    """One or more variables on a common grid, and those of the same source on other grids.

    Parameters
    ----------
    grid, variables
        The grid; every variable has its shape along z y x.
    source
        Path or URL of the source.
    attributes
        Other metadata of the volume in the source, as JSON values. Keys known to vcore: ``space``
        (coordinate space as spelled in NRRD: "right-anterior-superior", "left-posterior-superior"),
        ``time_reference`` ("days since 2000-01-01") and ``calendar`` of the grid's times, ``axes``
        (metadata of each dimension, by letter out of t c z y x:
        ``{"z": {"name": "lev", "units": "hPa", "positive": "down"}}``).
    carried
        Arrays of the source beside the variables, stored without loss.
    left_out
        Names of what the source holds besides and a file cannot, with the reason.
    others
        Volumes of the same source on other grids, with the attributes that describe those
        (``GRID_KEYS``).

    Raises
    ------
    InputError
        No variables, a duplicate name, or a variable whose axes do not fit the grid.
    """

    grid: Grid
    variables: tuple[Variable, ...]
    source: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    carried: tuple[CarriedArray, ...] = ()
    left_out: tuple[str, ...] = ()
    others: tuple["Volume", ...] = ()

    def __post_init__(self) -> None:
        if not self.variables:
            raise InputError("Expected at least one variable. Got a volume without any instead.")
        names = [v.name for v in self.every]
        if len(set(names)) != len(names):
            raise InputError(
                f"Expected distinct names of variables. Got {', '.join(names)} instead."
            )
        lengths = [v.length("t") for v in self.variables if "t" in v.axes]
        frames = len(self.grid.times) if self.grid.times else max(lengths, default=1)
        for variable in self.variables:
            if variable.shape[-3:] != tuple(self.grid.shape):
                raise InputError(
                    f"Expected variable {variable.name!r} to have the grid's shape "
                    f"{self.grid.shape}. Got {variable.shape[-3:]} instead."
                )
            if "t" in variable.axes and variable.length("t") != frames:
                raise InputError(
                    f"Expected variable {variable.name!r} to have {frames} frames, as the "
                    f"grid or the others have. Got {variable.length('t')} instead."
                )

    @classmethod
    def from_array(
        cls,
        data: LazyArray,
        axes: str | Sequence[str] | None = None,
        *,
        name: str = "values",
        **grid: Any,
    ) -> "Volume":
        """Return the volume of one array; ``axes`` defaults to z y x, or t z y x for a 4D array.

        Images have no z axis: ``vcore.io.read`` takes them.
        """
        if len(data.shape) < 3:
            raise InputError(
                f"Expected an array of at least three axes (z, y, x). Got shape "
                f"{tuple(data.shape)} instead: give it to vcore.io.read if it is an image."
            )
        default = {3: "zyx", 4: "tzyx", 5: "tczyx"}.get(len(data.shape), AXES)
        variable = Variable(name, data, tuple(axes or default))
        return cls(Grid(shape=variable.shape[-3:], **grid), (variable,))  # type: ignore[arg-type]

    @property
    def parts(self) -> tuple["Volume", ...]:
        """The volume of each grid: this one without the others, and the others."""
        return (replace(self, others=()), *self.others)

    @property
    def every(self) -> tuple[Variable, ...]:
        """The variables of all grids."""
        return (*self.variables, *(v for other in self.others for v in other.variables))

    def __getitem__(self, name: str) -> Variable:
        for variable in self.every:
            if variable.name == name:
                return variable
        names = ", ".join(v.name for v in self.every)
        raise InputError(f"Expected one of the variables {names}. Got {name!r} instead.")

    def select(self, names: Iterable[str]) -> "Volume":
        """Return the volume with only the variables called ``names``.

        Without any on its own grid, it takes that of the first of ``others`` with some.
        """
        chosen = tuple(self[name] for name in names)
        kept = [tuple(v for v in chosen if v in part.variables) for part in self.parts]
        others = [replace(o, variables=k) for o, k in zip(self.others, kept[1:], strict=True) if k]
        if kept[0] or not others:
            return replace(self, variables=kept[0], others=tuple(others))
        first, *others = others
        attributes = {k: v for k, v in self.attributes.items() if k not in GRID_KEYS}
        return replace(
            self,
            grid=first.grid,
            variables=first.variables,
            attributes={**attributes, **first.attributes},
            others=tuple(others),
        )

    def changed(self, change: Callable[[Variable], Variable]) -> "Volume":
        """Return the volume with ``change`` of every variable."""
        others = tuple(other.changed(change) for other in self.others)
        return replace(self, variables=tuple(map(change, self.variables)), others=others)

    @property
    def nbytes(self) -> int:
        """Size of all variables in bytes, uncompressed."""
        return sum(v.nbytes for v in self.every)

    @property
    def size(self) -> int:
        """Number of values of all variables."""
        return sum(v.size for v in self.every)
