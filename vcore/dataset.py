"""Dataset: an open compressed volume, decoded on demand."""

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore import methods
from vcore.container.header import OF_CHANNELS, VariableHeader
from vcore.display import Displayed
from vcore.engine.levels import LevelsDecoder
from vcore.engine.views import decoded_volumes
from vcore.errors import InputError, MemoryLimitError
from vcore.model.attributes import to_json
from vcore.model.axes import axes_text
from vcore.model.grid import Grid
from vcore.model.indexing import indexed
from vcore.runtime.memory import available_bytes, human_bytes
from vcore.sampled import Sampled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray
    import zarr

    from vcore.model.primitives import Primitives
    from vcore.model.regions import Region
    from vcore.model.volume import CarriedArray, Volume

CACHE_BYTES = 1 << 28
"""Default size of a dataset's cache of decoded chunks, in bytes."""


class Dataset(Displayed, Sampled):
    """An open compressed volume, as returned by ``vcore.open`` for a file or a hierarchy.

    Opening reads metadata only; arrays decode on access and cache recently used chunks. Used as an
    array, a dataset is its first variable at full resolution.

    Attributes
    ----------
    grid
        Position of the level 0 voxels in space and time, of the first variable and those on its
        grid; each decoder has its own.
    variables
        Decoder of each variable, by name, on whatever grid.
    cache_bytes
        Maximum size of the cache of decoded chunks, in bytes.

    Examples
    --------
    >>> ds = vcore.open("bonsai.vcore")
    >>> ds.array[64:128, 64:128, 64:128]      # a zarr.Array: only these chunks are decoded
    >>> ds[::2, 100, [3, 7]]                  # NumPy indexing; decodes the smallest bounding box
    >>> ds.levels[2][...]                     # a quarter of the resolution
    """

    grid: Grid
    variables: "Mapping[str, LevelsDecoder]"
    cache_bytes: int

    carried: "tuple[CarriedArray, ...]" = ()
    """Auxiliary arrays of the source, stored losslessly."""

    # defined by each kind of dataset

    @property
    @abstractmethod
    def identity(self) -> tuple[str, int]:
        """Name, and a fingerprint of the content."""

    @property
    @abstractmethod
    def attributes(self) -> "Mapping[str, Any]":
        """Other metadata of the source; see ``Volume.attributes``."""

    def grid_attributes(self, number: int) -> "Mapping[str, Any]":
        """Return what ``attributes`` are for the grid of a number; the main one is 0."""
        return self.attributes

    @property
    @abstractmethod
    def stored_bytes(self) -> int:
        """Size of the complete compressed volume, in bytes."""

    @abstractmethod
    def bytes_of(self, variable: str) -> int:
        """Return the compressed size of a variable, in bytes."""

    @property
    @abstractmethod
    def provenance(self) -> dict[str, Any]:
        """The encoder version (``encoder``) and the original (``source``), as JSON values."""

    @abstractmethod
    def check(self) -> int:
        """Verify the checksums of all stored data; return their number.

        Raises
        ------
        FormatError
            A checksum does not match, or data is missing.
        """

    @property
    def truncated(self) -> bool:
        """Whether data is missing at the end."""
        return False

    @property
    def threshold(self) -> float | None:
        """Value below which the original was set to 0 before compression, or None."""
        return None

    @property
    def checksums(self) -> list[str]:
        """Checksum of each original variable (see ``vcore.engine.scan.scan``), if stored."""
        return []

    # variables and levels

    @property
    def grid_levels(self) -> tuple[Grid, ...]:
        """Grids of the first variable's levels."""
        return self.decoder().grids

    @property
    def times(self) -> tuple[float, ...] | None:
        """Frame times in ``grid.time_unit``, or None without a time axis."""
        return self.grid.times

    def decoder(self, variable: str | None = None) -> LevelsDecoder:
        """Return the decoder of ``variable`` (the first by default).

        Raises
        ------
        InputError
            There is no such variable.
        """
        if variable is None:
            return next(iter(self.variables.values()))
        try:
            return self.variables[variable]
        except KeyError:
            raise InputError(
                f"Expected one of the variables {', '.join(self.variables)}. "
                f"Got {variable!r} instead."
            ) from None

    def decode(self, region: Any = (), level: int = 0, variable: str | None = None) -> NDArray[Any]:
        """Return the values of a region as a NumPy array, with a z axis always; see
        ``LevelsDecoder.decode``."""
        return self.decoder(variable).decode(region, level)

    @cached_property
    def group(self) -> "zarr.Group":
        """The variables as a read-only Zarr group with OME-Zarr 0.5 metadata."""
        import zarr

        from vcore.zarr import DecodingStore

        return zarr.open_group(DecodingStore(self), mode="r")

    def resize_cache(self, cache_bytes: int) -> None:
        """Set the maximum size of the cache of decoded chunks, in bytes."""
        self.cache_bytes = cache_bytes
        self.group.store.cache.resize(cache_bytes)  # type: ignore[attr-defined]

    @property
    def array(self) -> "zarr.Array[Any]":
        """The first variable at full resolution, as a lazy Zarr array."""
        return self.levels[0]

    @cached_property
    def levels(self) -> "tuple[zarr.Array[Any], ...]":
        """The first variable's levels as lazy Zarr arrays."""
        return self.levels_of()

    def levels_of(self, variable: str | None = None) -> "tuple[zarr.Array[Any], ...]":
        """Return the levels of ``variable`` as lazy Zarr arrays."""
        from vcore.zarr import array_path

        decoder = self.decoder(variable)
        return tuple(
            self.group[array_path(self, decoder.header.name, k)]  # type: ignore[misc]
            for k in range(len(decoder.grids))
        )

    def volume(
        self,
        variable: str | None = None,
        *,
        level: int = 0,
        region: "Region" = (),
        frame: int | None = None,
    ) -> "Volume":
        """Return the variables, or a part of them, as a lazily decoded volume.

        Parameters
        ----------
        variable
            A single variable; all by default, those on other grids as ``others``.
        level
            0 is full resolution.
        region
            Slices along z, y, x in voxels of the level; the whole level by default. A part of a
            file of several grids is of the first one, and a warning names the rest.
        frame
            A single frame, from 0 (``ds.grid.frame_at(time)``); the volume then has no time axis.

        Raises
        ------
        InputError
            The variable, level, region or frame does not exist.
        """
        decoders = [self.decoder(variable)] if variable else list(self.variables.values())
        whole = variable is None and level == 0 and not region and frame is None
        carried = self.carried if whole else ()
        found = decoded_volumes(
            decoders, self.identity[0], level, region, frame, self.grid_attributes
        )
        return replace(found, carried=carried)

    @property
    def primitives(self) -> "Primitives":
        """The Gaussians of the first variable, as a table in physical units.

        Raises
        ------
        InputError
            The variable has no primitives.
        """
        return self.primitives_of()

    def primitives_of(self, variable: str | None = None) -> "Primitives":
        """Return the Gaussians of ``variable``; see ``primitives``."""
        return self.decoder(variable).primitives()

    def to_xarray(self, level: int = 0) -> "xarray.Dataset":
        """Return the variables of a level as a lazy ``xarray.Dataset``."""
        import xarray

        return xarray.open_dataset(self, engine="vcore", level=level)  # type: ignore[arg-type]

    # the first variable as an array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the first variable, along the axes of its source."""
        return self.decoder().source_shape(0)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Value type of the first variable."""
        return self.decoder().dtype

    @property
    def ndim(self) -> int:
        """Number of axes of the first variable."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> "Iterator[NDArray[Any]]":
        return (self[i] for i in range(len(self)))

    def __contains__(self, name: object) -> bool:
        return name in self.variables

    def __getitem__(self, key: Any) -> Any:
        """Return a variable by name as a lazy Zarr array, or index the first variable like a NumPy
        array, decoding the smallest bounding box of the index.

        Raises
        ------
        RegionError
            The index is out of bounds or not supported (also an IndexError).
        """
        if isinstance(key, str):
            return self.levels_of(key)[0]
        return indexed(key, self.shape, self.dtype, self.decoder().decode_source)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Decode all of the first variable.

        Raises
        ------
        MemoryLimitError
            The values take more than half of the free memory.
        """
        need = self.decoder().header.nbytes
        if 2 * need > available_bytes():
            raise MemoryLimitError(
                f"Expected values that fit into memory. They take {human_bytes(need)}: decode a "
                f"region (ds[...]), or a coarser level (ds.levels)."
            )
        return np.asarray(self.decoder().header.axis_map.outward(self.decode()), dtype)

    # the dataset as a whole

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop cached chunks; files are open only during reads."""
        vars(self).pop("group", None)
        vars(self).pop("levels", None)

    @property
    def nbytes(self) -> int:
        """Uncompressed size of the variables, in bytes."""
        return sum(d.header.nbytes for d in self.variables.values())

    @property
    def info(self) -> dict[str, Any]:
        """Metadata and figures available without decoding, as JSON values."""
        size = self.stored_bytes
        return {
            "file": self.identity[0],
            "bytes": size,
            "ratio": (self.nbytes + sum(a.nbytes for a in self.carried)) / max(size, 1),
            "bpv": 8 * size / sum(d.header.size for d in self.variables.values()),
            "truncated": self.truncated,
            **self.provenance,
            "grid": self.grid.to_json(),
            "grids": [grid.to_json() for grid in self._grids],
            "attributes": to_json(self.attributes),
            "variables": [self._described(name) for name in self.variables],
            "carried": [
                {"name": a.name, "dtype": str(a.dtype), "dims": a.dims, "shape": a.shape}
                for a in self.carried
            ],
        }

    @property
    def _grids(self) -> list[Grid]:
        """The grids of the variables, the main one first."""
        found = {d.header.grid_number: d.grid for d in self.variables.values()}
        return [found[number] for number in sorted(found)]

    def _described(self, variable: str) -> dict[str, Any]:
        decoder = self.decoder(variable)
        header, size = decoder.header, self.bytes_of(variable)
        return {
            "name": header.name,
            "dtype": header.dtype,
            "axes": axes_text(header.source_axes),
            "shape": list(header.source_shape),
            "grid": header.grid_number,
            "unit": header.unit,
            "association": header.association,
            "range": list(header.range),
            "bytes": size,
            "ratio": header.nbytes / max(size, 1),
            "method": header.methods,
            "settings": dict(header.settings),
            **_about(header),
            "exact": decoder.exact,
            "guarantee": dict(header.bound) if header.bound else None,
            "noise": dict(header.noise) if header.noise else None,
            "missing": header.missing,
            "time_as_z": header.time_as_z,
            "packing": dict(header.packing) if header.packing else None,
            "attributes": dict(header.attributes),
            "achieved": dict(header.achieved),
            "quality": header.quality,
            "channels": [
                {"name": name, **{k: v for k, v in part.to_json().items() if k in OF_CHANNELS}}
                for name, part in zip_longest(header.components, header.channels)
                if part is not None
            ],
            "levels": [list(decoder.source_shape(k)) for k in range(len(decoder.grids))],
            "available_levels": list(decoder.available_levels),
        }


def _about(header: VariableHeader) -> dict[str, Any]:
    """Return what the method tells of a variable; of channels coded apart, of the first one."""
    part = header.channels[0] if header.channels else header
    return methods.get(part.method).about(part) if part.method in methods.names() else {}
