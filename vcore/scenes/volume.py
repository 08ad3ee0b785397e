"""Volume of a scene: density and colour on a grid, as lazy Zarr arrays computed chunk by chunk."""

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.runtime.single_flight import once_cache
from vcore.scenes.field import Bounds, RadianceField, to_pixels
from vcore.zarr.keys import DecodedKeys, stored_bytes
from vcore.zarr.store import DecodingStore

if TYPE_CHECKING:
    import zarr

SIDE = 32
"""Side of the chunks in voxels."""
MAX_RESOLUTION = 1 << 14
"""Maximum number of voxels along an axis."""
DENSITY, COLOUR = "density", "colour"


class Bounded(Protocol):
    """Field, or open file of one."""

    @property
    def bounds(self) -> Bounds:
        """Box outside of which it is empty."""
        ...


def grid_of(field: Bounded, resolution: int) -> Grid:
    """Return a grid over a field's bounds.

    Parameters
    ----------
    resolution
        Voxels along the longest side.

    Raises
    ------
    InputError
        The resolution is below 2 or beyond MAX_RESOLUTION.
    """
    if not isinstance(resolution, int | np.integer) or not 2 <= resolution <= MAX_RESOLUTION:
        raise InputError(
            f"Expected a resolution of 2 to {MAX_RESOLUTION} whole voxels. Got {resolution!r:.40} "
            f"instead."
        )
    extent = field.bounds.extent
    step = float(extent.max()) / resolution
    shape = [max(2, math.ceil(round(n / step, 6))) for n in extent]
    first = [low + step / 2 for low in field.bounds.low]
    return Grid((shape[2], shape[1], shape[0]), (step, step, step), (first[2], first[1], first[0]))


def block(
    field: RadianceField, grid: Grid, region: tuple[slice, slice, slice]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return density (z, y, x) float32 and colour (z, y, x, 3) uint8 of a region's voxels."""
    axes = [
        grid.origin[k] + grid.spacing[k] * np.arange(region[k].start, region[k].stop)
        for k in range(3)
    ]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    density, rgb = field.sample(np.stack([x.ravel(), y.ravel(), z.ravel()], -1))
    return density.reshape(z.shape), to_pixels(rgb).reshape(*z.shape, 3)


class OpenScene(Bounded, Protocol):
    """Field of an open file; members as in ``Scene``."""

    cache_bytes: int

    @property
    def field(self) -> RadianceField:
        """The decoded field."""
        ...

    @property
    def identity(self) -> tuple[str, int]:
        """File name, and a number that identifies the content."""
        ...


class SceneVolume:
    """Density and colour of a scene on a grid.

    Parameters
    ----------
    scene
        Open scene.
    resolution
        Voxels along the longest side of the scene's bounds.

    Attributes
    ----------
    grid
        Shape, spacing and origin of the voxels, z y x, in world units.
    """

    def __init__(self, scene: OpenScene, resolution: int) -> None:
        self.scene, self.resolution = scene, resolution
        self.grid = grid_of(scene, resolution)
        self.cache_bytes = scene.cache_bytes

        @once_cache(64)
        def decoded(z: int, y: int, x: int) -> tuple[Any, Any]:
            return block(scene.field, self.grid, self._region((z, y, x)))

        self.decoded = decoded

    @property
    def identity(self) -> tuple[str, Any]:
        """Name of the file, and what identifies its content at this resolution."""
        return self.scene.identity[0], (self.scene.identity[1], self.resolution)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Number of chunks along z, y, x."""
        z, y, x = (-(-n // SIDE) for n in self.grid.shape)
        return z, y, x

    def _region(self, index: tuple[int, ...]) -> tuple[slice, slice, slice]:
        z, y, x = (
            slice(i * SIDE, min((i + 1) * SIDE, n))
            for i, n in zip(index, self.grid.shape, strict=True)
        )
        return z, y, x

    @cached_property
    def group(self) -> "zarr.Group":
        """``density`` (z, y, x) float32 and ``colour`` (z, y, x, component) uint8 as a read-only
        Zarr group; its attributes tell origin and spacing, z y x."""
        import zarr

        return zarr.open_group(SceneStore(self), mode="r")  # type: ignore[arg-type]

    @property
    def density(self) -> "zarr.Array[Any]":
        """Density per world unit, (z, y, x) float32."""
        return self.group[DENSITY]  # type: ignore[return-value]

    @property
    def colour(self) -> "zarr.Array[Any]":
        """Colour, (z, y, x, component) uint8: the mean over directions."""
        return self.group[COLOUR]  # type: ignore[return-value]

    def __getstate__(self) -> tuple[Any, int]:
        return self.scene, self.resolution

    def __setstate__(self, state: tuple[Any, int]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.grid.shape))
        return f"<vcore.SceneVolume {self.scene.identity[0]!r}: {shape} voxels (z y x)>"


@dataclass(frozen=True)
class SceneChunk:
    """One chunk of the density or of the colour."""

    volume: SceneVolume
    name: str
    index: tuple[int, int, int]

    @property
    def nbytes(self) -> int:
        return SIDE**3 * (4 if self.name == DENSITY else 3)

    def encoded(self) -> bytes:
        density, colour = self.volume.decoded(*self.index)
        values = density if self.name == DENSITY else colour
        full = np.zeros((SIDE, SIDE, SIDE, *values.shape[3:]), values.dtype)
        full[tuple(slice(0, n) for n in values.shape)] = values
        return stored_bytes(full, values.dtype)


@dataclass(frozen=True)
class SceneArray:
    """Density or colour in chunks of SIDE voxels a side."""

    volume: SceneVolume
    name: str

    @property
    def counts(self) -> tuple[int, ...]:
        return (*self.volume.counts, 1) if self.name == COLOUR else self.volume.counts

    def chunk(self, index: tuple[int, ...]) -> SceneChunk:
        z, y, x = index[:3]
        return SceneChunk(self.volume, self.name, (z, y, x))


class SceneStore(DecodingStore):
    """Read-only Zarr store of a scene's volume."""

    @staticmethod
    def keys_of(dataset: SceneVolume) -> DecodedKeys:
        """Return the keys and contents of a volume."""
        grid = dataset.grid
        place = {"origin": list(grid.origin), "spacing": list(grid.spacing)}
        documents: dict[str, Any] = {
            "zarr.json": {"zarr_format": 3, "node_type": "group", "attributes": place},
            f"{DENSITY}/zarr.json": _array(grid.shape, "float32", place),
            f"{COLOUR}/zarr.json": _array((*grid.shape, 3), "uint8", place),
        }
        packed = {key: json.dumps(value).encode() for key, value in documents.items()}
        return DecodedKeys(packed, {n: SceneArray(dataset, n) for n in (DENSITY, COLOUR)})


def _array(shape: tuple[int, ...], dtype: str, attributes: dict[str, Any]) -> dict[str, Any]:
    endian = {"configuration": {"endian": "little"}} if dtype == "float32" else {}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": dtype,
        "chunk_grid": {
            "name": "regular",
            "configuration": {"chunk_shape": (SIDE, SIDE, SIDE, *shape[3:])},
        },
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": [{"name": "bytes", **endian}],
        "dimension_names": ["z", "y", "x", *(["component"] if len(shape) > 3 else [])],
        "attributes": attributes,
    }
