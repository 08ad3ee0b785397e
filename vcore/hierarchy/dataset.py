"""Compressed hierarchies as datasets."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from vcore import io
from vcore.container.header import VariableHeader
from vcore.dataset import CACHE_BYTES, Dataset
from vcore.engine.levels import LevelsDecoder
from vcore.errors import FormatError, InputError
from vcore.hierarchy import records
from vcore.hierarchy.audit import audit
from vcore.hierarchy.chunk_job import codec_of
from vcore.hierarchy.ome import NOTE, quality_of, scale_of, windows_of
from vcore.hierarchy.outcome import figures_of
from vcore.hierarchy.plan import open_source
from vcore.io import ngff
from vcore.io.ome_versions import ome_of
from vcore.io.outside import Trusted
from vcore.model import lossy
from vcore.model.attributes import to_json
from vcore.model.axes import AXES
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Variable, Volume


class HierarchyDecoder(LevelsDecoder):
    """Decoder of an image with one Zarr array per level.

    Parameters
    ----------
    header
        Header of level 0.
    grids
        Grid of each level.
    arrays
        Zarr array of each level, along the axes of the source.
    """

    def __init__(
        self, header: VariableHeader, grids: Sequence[Grid], arrays: Sequence[Any]
    ) -> None:
        self.header, self.grids, self.grid = header, tuple(grids), grids[0]
        self.arrays = tuple(arrays)
        self.chunks = tuple(header.axis_map.inward_shape(a.chunks) for a in arrays)

    @property
    def exact(self) -> bool:
        return False

    @property
    def available_levels(self) -> tuple[int, ...]:
        return tuple(range(len(self.arrays)))

    @property
    def stored_levels(self) -> tuple[int, ...]:
        return self.available_levels

    def decode(self, region: Any = (), level: int = 0) -> NDArray[Any]:
        selected = self.check_region(region, level)
        read = self.arrays[level].__getitem__
        return self.header.axis_map.fold(selected, lambda box: np.asarray(read(box)), self.dtype)

    def decode_chunk(self, region: Region, level: int) -> NDArray[Any]:
        return self.decode(region, level)

    def filled(
        self, values: NDArray[Any], region: Region, level: int = 0
    ) -> NDArray[np.bool_] | None:
        fill = self.header.fill_value
        if fill is None:
            return None
        same = self.dtype.type(fill) if self.dtype.kind == "f" else fill
        found: NDArray[np.bool_] = values == same
        return found if found.any() else None


class HierarchyDataset(Dataset):
    """Image of an open hierarchy written by ``vcore compress``.

    Parameters
    ----------
    path
        Folder of the hierarchy.
    cache_bytes
        Maximum number of bytes in the cache of decoded chunks.

    Raises
    ------
    InputError
        There is no single image at the root, or the hierarchy was not compressed by vcore.
    """

    variables: Mapping[str, HierarchyDecoder]

    def __init__(self, path: str, *, cache_bytes: int = CACHE_BYTES) -> None:
        path = os.fspath(path)  # keeps the type Trusted
        self.path, self.cache_bytes = path, cache_bytes
        node = open_source(self.path)
        note = dict(node.attrs).get(NOTE)
        if not isinstance(note, dict):
            raise InputError(f"Expected a hierarchy that vcore compressed. {path} is none.")
        self._note: dict[str, Any] = note
        volume = io.read(path, allow_outside=isinstance(path, Trusted))
        self.grid, self.carried = volume.grid, volume.carried
        # of what it was made of; its own losses are in the headers
        before = {lossy.KEY: note[lossy.KEY]} if lossy.KEY in note else {}
        self._attributes = {k: v for k, v in volume.attributes.items() if k != lossy.KEY} | before
        if isinstance(node, zarr.Group) and not ome_of(dict(node.attrs)).get("multiscales"):
            images = [v for v in volume.variables if not v.is_label] or volume.variables
            first = next(iter(ngff.inside(node)), images[0].name)
            raise InputError(
                f"Expected one image at the root of {path}. Got {len(images)} further "
                f"down instead: open one of them, such as {os.path.join(path, first)}."
            )
        self._paths = dict[str, list[str]]()
        self.variables = {
            v.name: self._decoder(node, v) for v in volume.variables[:1] + _labels(volume)
        }

    def _decoder(self, root: Any, found: Variable) -> HierarchyDecoder:
        """Return the decoder of a variable: the image at the root, or labels below it."""
        folder = found.name if found.is_label and found.name in root else ""
        node = root[folder] if folder else root
        paths, arrays = [""], [node]
        steps: list[list[float] | None] = [None]
        if isinstance(node, zarr.Group):
            datasets = ome_of(dict(node.attrs))["multiscales"][0]["datasets"]
            paths = [f"{folder}/{d['path']}".lstrip("/") for d in datasets]
            arrays = [root[p] for p in paths]
            steps = [scale_of(d, 2 if found.flat else 3) for d in datasets]
        self._paths[found.name] = paths
        _check_order(self.path, node, arrays[0], found)
        if arrays[0].dtype != found.dtype:
            raise InputError(
                f"Expected unpacked values in {self.path}. Got {found.dtype} packed as "
                f"{arrays[0].dtype} (scale_factor, add_offset): open it with xarray or vcore.io."
            )
        grids = [
            _level(self.grid, found.axis_map.inward_shape(a.shape)[-3:], steps[0], s)
            for a, s in zip(arrays, steps, strict=True)
        ]
        codec = codec_of(arrays[0])
        limits = codec.range if codec is not None else None
        header = VariableHeader(
            name=found.name,
            dtype=found.dtype.str[1:],
            axes=found.axes,
            shape=found.shape,
            outer=found.outer,
            range=limits or _window(node, found.dtype),
            method=codec.method if codec is not None else "zstd",
            settings=codec.settings if codec is not None else {},
            unit=found.unit,
            components=found.components,
            fill_value=found.fill_value,
            bound=_bound(codec),
            attributes=to_json(found.attributes),
            achieved=self._achieved(paths[0], found),
            quality=quality_of({NOTE: self._note}) if codec is not None else "",
        )
        return HierarchyDecoder(header, grids, arrays)

    def _achieved(self, path: str, variable: Variable) -> dict[str, Any]:
        known = list(records.read(self.path, path).values())
        figures = figures_of(self.path, path, known)
        if "mse" not in figures:  # no codec of vcore: kept as it is
            return {"psnr": None, "mse": 0.0, "max_error": 0.0}
        found = {k: figures[k] for k in ("psnr", "mse", "max_error") if figures.get(k) is not None}
        robust = records.robust(self.path, path)
        if variable.length("c") > 1:  # of the worst channel: no range to show the others in
            robust.pop("robust_range", None)
        return found | robust

    def _described(self, variable: str) -> dict[str, Any]:
        found = super()._described(variable)
        # only vcore's codec knows the range
        known = codec_of(self.levels_of(variable)[0]) is not None
        return found if known else {**found, "range": None}

    def levels_of(self, variable: str | None = None) -> "tuple[zarr.Array[Any], ...]":
        return self.variables[self.decoder(variable).header.name].arrays

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self._attributes

    @property
    def identity(self) -> tuple[str, int]:
        """Folder, and modification time of its metadata in nanoseconds."""
        return self.path, Path(self.path, "zarr.json").stat().st_mtime_ns

    @property
    def stored_bytes(self) -> int:
        return sum(map(self.bytes_of, self._paths))

    def bytes_of(self, variable: str) -> int:
        paths = self._paths[variable]
        return sum(r.bytes for path in paths for r in records.read(self.path, path).values())

    @property
    def provenance(self) -> dict[str, Any]:
        return {
            "encoder": self._note.get("encoder"),
            "source": {"name": self._note.get("source")},
        }

    def check(self) -> int:
        """Verify records, checksums and bounds of all chunks; return the number of chunks."""
        found = audit(self.path, allow_outside=isinstance(self.path, Trusted))
        if found.breaks:
            raise FormatError(f"{self.path} is damaged. {' '.join(found.breaks)}")
        return sum(array["chunks"] for array in found.arrays.values())

    def __getstate__(self) -> tuple[Any, int]:
        return self.path, self.cache_bytes

    def __setstate__(self, state: tuple[Any, int]) -> None:
        self.__init__(state[0], cache_bytes=state[1])  # type: ignore[misc]


def _labels(volume: Volume) -> tuple[Variable, ...]:
    return tuple(v for v in volume.variables[1:] if v.is_label)


def _check_order(path: str, node: Any, array: Any, found: Variable) -> None:
    """Raise InputError if the stored axis order differs from that of the values."""
    axes = ngff.stored_axes(node) if isinstance(node, zarr.Group) else None
    stored = [a if a in AXES else "" for a in axes or ()]
    named = [a if a in AXES else "" for a in found.source_axes]
    if tuple(array.shape) != found.source_shape or (axes and stored != named):
        raise InputError(
            f"Expected an image of axes {' '.join(found.source_axes)} at the root of {path}. Got "
            f"{' '.join(axes or '?')} of shape {tuple(array.shape)} instead: read it with "
            f"vcore.io.read, which brings axes in order, or with a reader of Zarr."
        )


def _level(grid: Grid, shape: Any, first: list[float] | None, scale: list[float] | None) -> Grid:
    """Return the grid of a level, aligned with the voxels of level 0."""
    if tuple(shape) == grid.shape:
        return grid
    if first is None or scale is None:
        factors = [n / m for n, m in zip(grid.shape, shape, strict=True)]
    else:
        factors = [b / a for a, b in zip(first, scale, strict=True)]
    shift = np.asarray(grid.direction, float) @ [
        s * (f - 1) / 2 for s, f in zip(grid.spacing, factors, strict=True)
    ]
    return replace(
        grid,
        shape=tuple(shape),
        spacing=tuple(s * f for s, f in zip(grid.spacing, factors, strict=True)),
        origin=tuple(float(o + d) for o, d in zip(grid.origin, shift, strict=True)),  # type: ignore[arg-type]
        coordinates=None,
    )


def _window(node: Any, dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the range of the channels' display windows, else that of the dtype."""
    if limits := windows_of(ome_of(dict(node.attrs))):
        return min(a for a, _ in limits), max(b for _, b in limits)
    return (0.0, 1.0) if dtype.kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)


def _bound(codec: Any) -> dict[str, float] | None:
    limit = codec.budget.max_error if codec is not None else 0.0
    return None if limit is None else {"max_error": limit}
