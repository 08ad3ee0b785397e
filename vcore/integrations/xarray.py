"""The xarray engine: `xr.open_dataset("run01.vcore")`, decoded lazily."""

import logging
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

import vcore.integrations.accessor  # noqa: F401  ``ds.vcore`` comes with the engine
from vcore.dataset import CACHE_BYTES, Dataset
from vcore.io.cf import OWN_KEYS
from vcore.model.attributes import from_json
from vcore.model.grid import Grid
from vcore.model.volume import CarriedArray
from vcore.opening import open_dataset
from vcore.zarr.xarray_coordinates import Axes, is_straight

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder


class VcoreBackendEntrypoint(BackendEntrypoint):
    """xarray engine for `.vcore` files, their http(s) or fsspec URLs, folders of compressed
    hierarchies, and open ``vcore.Dataset`` objects.

    Dimensions are named as in the source, otherwise ``t c`` and the grid's axis names. Coordinates
    are those of the source, in its order and with its attributes (dates are decoded), otherwise the
    voxel centres in the grid's unit. For a rotated grid these are distances from the first voxel
    along the grid's axes, and ``ds.attrs`` has its ``origin`` and ``direction`` (z y x).
    ``chunks={}`` gives dask arrays aligned with the chunks of the file.
    """

    description: ClassVar[str] = "Compressed volumes (.vcore), decoded lazily"
    open_dataset_parameters: ClassVar[tuple[str, ...] | None] = (
        "filename_or_obj",
        "drop_variables",
        "mask_and_scale",
        "decode_times",
        "decode_timedelta",
        "decode_coords",
        "level",
        "cache_bytes",
    )

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether the name has the suffix of a `.vcore` file."""
        return isinstance(filename_or_obj, Dataset) or (
            isinstance(filename_or_obj, str | os.PathLike)
            and os.fspath(filename_or_obj).lower().endswith(".vcore")
        )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        mask_and_scale: bool = True,
        decode_times: Any = True,
        decode_timedelta: Any = None,
        decode_coords: Any = True,
        level: int = 0,
        cache_bytes: int = CACHE_BYTES,
    ) -> xr.Dataset:
        """Return the variables of one resolution level.

        Parameters
        ----------
        filename_or_obj
            Any source accepted by ``vcore.open``, or an open dataset.
        drop_variables
            Names of variables to leave out.
        mask_and_scale
            Replace the declared fill value by NaN, the default in xarray.
        decode_times, decode_timedelta, decode_coords
            Same as in ``xarray.decode_cf``.
        level
            0 is full resolution; each further level halves every spatial axis.
        cache_bytes
            Maximum size of the cache of decoded chunks, in bytes.
        """
        source = filename_or_obj
        dataset = (
            source if isinstance(source, Dataset) else open_dataset(source, cache_bytes=cache_bytes)
        )
        dropped = {drop_variables} if isinstance(drop_variables, str) else {*(drop_variables or ())}
        decoders = [d for d in dataset.variables.values() if d.header.name not in dropped]
        level = dataset.decoder().check_level(level)
        grid, known = dataset.decoder().grids[level], dataset.attributes
        axes = Axes(grid, known, exact=level == 0)
        variables: dict[str, xr.Variable] = {}
        for decoder in decoders:
            names = {**axes.names, "c": _channel_name(decoder, decoders, axes.names["c"])}
            dims = tuple(names[a] for a in decoder.header.axes)
            # xarray treats a variable named like a dimension as its coordinate
            name = decoder.header.name
            name = f"{name}_values" if name in dims else name
            variables[name] = _variable(dataset, decoder, decoder.check_level(level), dims)
            variables |= _coordinates(decoder, axes, names, variables)
        variables |= _carried(dataset, variables)
        attributes = {k: v for k, v in known.items() if k not in OWN_KEYS}
        found = xr.Dataset(variables, attrs={**attributes, **_placed(grid)})
        options = {
            "mask_and_scale": mask_and_scale,
            "decode_coords": decode_coords,
            "decode_timedelta": decode_timedelta,
        }
        found = found.drop_vars(dropped, errors="ignore")
        try:
            decoded = xr.decode_cf(found, decode_times=decode_times, **options)
        except ValueError as error:
            if not decode_times:
                raise
            logger.warning("%s: times are left as numbers: %s", dataset.identity[0], error)
            decoded = xr.decode_cf(found, decode_times=False, **options)
        decoded.encoding["source"] = dataset.identity[0]
        if dataset is not source:
            decoded.set_close(dataset.close)
        return decoded


class _Decoded(BackendArray):
    """Lazily indexed array of a variable at one level."""

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


class _Stored(BackendArray):
    """Lazily indexed carried array."""

    def __init__(self, array: CarriedArray) -> None:
        self._array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, key: Any) -> NDArray[Any]:
        found: NDArray[Any] = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._array.data.__getitem__
        )
        return found


def _variable(
    dataset: Dataset, decoder: "LevelsDecoder", level: int, dims: tuple[str, ...]
) -> xr.Variable:
    header = decoder.header
    attributes = from_json(header.attributes)
    packed = attributes.pop("_FillValue", None)
    if header.unit:
        attributes["units"] = header.unit
    if header.fill_value is not None:
        attributes["_FillValue"] = decoder.dtype.type(header.fill_value)
    encoding: dict[str, Any] = {
        "preferred_chunks": dict(zip(dims, decoder.chunks[level], strict=True)),
        # in the encoding: attributes hold only those of the source
        "actual_range": header.range,
    }
    if header.bound is not None:
        encoding["max_error"] = header.bound["max_error"]
    if header.packing is not None:  # lets xarray pack again on writing
        encoding["dtype"] = np.dtype(header.packing["dtype"])
        encoding["scale_factor"] = header.packing["scale"]
        encoding["add_offset"] = header.packing["offset"]
        if packed is not None:
            encoding["_FillValue"] = encoding["dtype"].type(packed)
    data = indexing.LazilyIndexedArray(_Decoded(dataset, header.name, level))
    return xr.Variable(dims, data, attributes, encoding)


def _coordinates(
    decoder: "LevelsDecoder",
    axes: Axes,
    names: Mapping[str, str],
    known: Mapping[str, xr.Variable],
) -> dict[str, xr.Variable]:
    """Return the coordinates of a variable's dimensions that are not in ``known``."""
    found, header = {}, decoder.header
    for letter in header.axes:
        name = names[letter]
        if name in known:
            continue
        if letter == "c" and header.components:
            found[name] = xr.Variable(name, list(header.components))
            continue
        values = axes.coordinates(letter, header.shape[header.axes.index(letter)])
        if values is not None:
            found[name] = xr.Variable(name, values.values, values.attrs)
    return found


def _carried(dataset: Dataset, known: Mapping[str, xr.Variable]) -> dict[str, xr.Variable]:
    """Return the carried arrays, except along dimensions that are shorter at this level."""
    sizes = {dim: n for v in known.values() for dim, n in zip(v.dims, v.shape, strict=True)}
    found: dict[str, xr.Variable] = {}
    for array in dataset.carried:
        dims = tuple(d or f"{array.name}_dim{i}" for i, d in enumerate(array.dims))
        fits = all(sizes.get(d, n) == n for d, n in zip(dims, array.shape, strict=True))
        is_coordinate = dims == (array.name,)
        taken = array.name in known or array.name in sizes
        if not fits or (taken and not is_coordinate) or len(set(dims)) < len(dims):
            continue
        attributes = dict(array.attributes)
        for name in ("_FillValue", "missing_value"):
            if array.dtype.kind in "iuf" and isinstance(attributes.get(name), int | float):
                attributes[name] = array.dtype.type(attributes[name])
        data = indexing.LazilyIndexedArray(_Stored(array))
        found[array.name] = xr.Variable(dims, data, attributes)
        sizes |= zip(dims, array.shape, strict=True)
    return found


def _placed(grid: Grid) -> dict[str, Any]:
    if is_straight(grid):
        return {}
    return {"origin": list(grid.origin), "direction": np.ravel(grid.direction).tolist()}


def _channel_name(decoder: "LevelsDecoder", decoders: "list[LevelsDecoder]", name: str) -> str:
    """Return ``name``, or a name per variable if the channels of the variables differ."""
    kinds = {
        (d.header.shape[d.header.axes.index("c")], d.header.components)
        for d in decoders
        if "c" in d.header.axes
    }
    return name if len(kinds) < 2 else f"{name}_{decoder.header.name}"
