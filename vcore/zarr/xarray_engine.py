"""The xarray engine: `xr.open_dataset("run01.vcz")`, decoded where it is looked at."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from vcore.dataset import CACHE_BYTES, Dataset
from vcore.grid import IDENTITY, Grid

if TYPE_CHECKING:
    from vcore.decoding import VariableDecoder


class VcoreBackendEntrypoint(BackendEntrypoint):
    """Opens a `.vcz` file, its http(s) or fsspec URL, or an open ``vcore.Dataset``.

    Dimensions are ``t c`` and the grid's own names of z y x. Coordinates are the voxel centres in
    the grid's unit; of a grid that is turned in space they are distances from its first voxel along
    its own axes, and ``ds.attrs`` has its ``origin`` and ``direction`` (z y x). ``chunks={}`` gives
    dask arrays of the chunks in which the file decodes.
    """

    description: ClassVar[str] = "Compressed volumes (.vcz), decoded lazily"
    open_dataset_parameters: ClassVar[tuple[str, ...] | None] = (
        "filename_or_obj",
        "drop_variables",
        "mask_and_scale",
        "level",
        "cache_bytes",
    )

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether the name is that of a `.vcz` file."""
        return isinstance(filename_or_obj, Dataset) or (
            isinstance(filename_or_obj, str | os.PathLike)
            and os.fspath(filename_or_obj).lower().endswith(".vcz")
        )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        mask_and_scale: bool = True,
        level: int = 0,
        cache_bytes: int = CACHE_BYTES,
    ) -> xr.Dataset:
        """Return the variables of one level; 0 is full resolution.

        Parameters
        ----------
        filename_or_obj
            What ``vcore.open`` takes, or what it returned.
        drop_variables
            Names of variables to leave out.
        mask_and_scale
            Make the file's declared fill value NaN, as xarray does by default.
        level
            The level; each halves every axis of space.
        cache_bytes
            Most bytes of decoded chunks that are kept.
        """
        source = filename_or_obj
        dataset = (
            source if isinstance(source, Dataset) else Dataset(source, cache_bytes=cache_bytes)
        )
        dropped = {drop_variables} if isinstance(drop_variables, str) else {*(drop_variables or ())}
        decoders = [d for d in dataset.variables.values() if d.header.name not in dropped]
        grid = dataset.decoder().grids[dataset.decoder().check_level(level)]
        space = _space_names(grid)
        variables = {}
        coordinates = _coordinates(grid, space)
        for decoder in decoders:
            header, channel = decoder.header, _channel_name(decoder, decoders)
            dims = tuple({"c": channel}.get(a, a) for a in header.axes[:-3]) + space
            if "t" in dims and grid.times is not None:
                coordinates["t"] = xr.Variable("t", list(grid.times), _units(grid.time_unit))
            if header.components and channel in dims:
                coordinates[channel] = xr.Variable(channel, list(header.components))
            # xarray takes a variable named like a dimension for its coordinate
            name = f"{header.name}_values" if header.name in dims else header.name
            variables[name] = _variable(dataset, decoder, decoder.check_level(level), dims)
        found = xr.Dataset(variables, coordinates, _placed(grid))
        decoded = xr.decode_cf(
            found,
            concat_characters=False,
            mask_and_scale=mask_and_scale,
            decode_times=False,
            decode_coords=False,
        )
        decoded.encoding["source"] = dataset.identity[0]
        return decoded


class _Decoded(BackendArray):
    """The array that xarray indexes lazily."""

    def __init__(self, dataset: Dataset, name: str, level: int) -> None:
        self._dataset, self._name, self._level = dataset, name, level
        decoder = dataset.decoder(name)
        self.shape, self.dtype = decoder.shape(level), decoder.dtype

    def __getitem__(self, key: Any) -> NDArray[Any]:
        found: NDArray[Any] = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )
        return found

    def _read(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        return np.asarray(self._dataset.levels_of(self._name)[self._level][key])


def _variable(
    dataset: Dataset, decoder: "VariableDecoder", level: int, dims: tuple[str, ...]
) -> xr.Variable:
    header = decoder.header
    attributes: dict[str, Any] = _units(header.unit)
    attributes["actual_range"] = np.array(header.range, decoder.dtype)
    if header.bound is not None:
        attributes["max_error"] = header.bound["max_error"]
    if header.fill_value is not None:
        attributes["_FillValue"] = decoder.dtype.type(header.fill_value)
    data = indexing.LazilyIndexedArray(_Decoded(dataset, header.name, level))
    chunks = dict(zip(dims, decoder.chunks[level], strict=True))
    return xr.Variable(dims, data, attributes, {"preferred_chunks": chunks})


def _coordinates(grid: Grid, space: tuple[str, ...]) -> dict[str, xr.Variable]:
    turned = grid.direction != IDENTITY
    found = {}
    for axis, name in enumerate(space):
        start = 0.0 if turned else grid.origin[axis]
        values = start + grid.spacing[axis] * np.arange(grid.shape[axis])
        if grid.coordinates is not None:
            values = np.array(grid.coordinates[axis])
        found[name] = xr.Variable(name, values, _units(grid.unit))
    return found


def _placed(grid: Grid) -> dict[str, Any]:
    if grid.direction == IDENTITY:
        return {}
    return {"origin": list(grid.origin), "direction": np.ravel(grid.direction).tolist()}


def _units(unit: str) -> dict[str, Any]:
    return {"units": unit} if unit else {}


def _space_names(grid: Grid) -> tuple[str, ...]:
    names = grid.axis_names
    clear = len(set(names)) == 3 and not {"t", "c", ""} & set(names)
    return names if clear else ("z", "y", "x")


def _channel_name(decoder: "VariableDecoder", decoders: "list[VariableDecoder]") -> str:
    """Return "c", or a name of its own where the variables' channels are not the same."""
    kinds = {
        (d.header.shape[d.header.axes.index("c")], d.header.components)
        for d in decoders
        if "c" in d.header.axes
    }
    return "c" if len(kinds) < 2 else f"c_{decoder.header.name}"
