"""Arrays of a source hierarchy, and creation of the output hierarchy without chunks."""

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from vcore.errors import InputError, OutputError, OutputExistsError
from vcore.hierarchy.ome import NOTE, members
from vcore.hierarchy.resuming import check_apart, check_free
from vcore.hierarchy.shards import shape_of_shards
from vcore.hierarchy.virtual_source import is_foreign, node_of, origin_of
from vcore.io.cf_arrays import RELATED
from vcore.io.cf_attributes import text
from vcore.io.cf_values import FILLS, Coding
from vcore.io.ome_versions import ZARR_FORMATS, converter, ome_of
from vcore.io.outside import check_inside
from vcore.io.request import reading
from vcore.io.sidecar import KEY
from vcore.io.zarr_cf import DIMENSIONS, attributes_of, coding, dimensions_of, stored_fill
from vcore.io.zarr_folder import zarr_store
from vcore.model.volume import DTYPES
from vcore.runtime.atomic import replacing
from vcore.zarr.codec import VcoreCodec

logger = logging.getLogger(__name__)

METADATA_FILES = (".zattrs", ".zgroup", ".zarray", ".zmetadata", "zarr.json")
LOSSLESS_LEVEL = 5
"""Compression level of zstd."""


@dataclass(frozen=True)
class Part:
    """Array of the source.

    Parameters
    ----------
    path
        Path in the hierarchy, "" for a single array.
    array
        The open array.
    lossy
        Whether it is an image level supported by vcore's methods; never for labels.
    names
        Names of its axes, or None.
    coding
        Marker of missing values, and packing of its numbers.
    is_level
        Whether it is a level of an OME-Zarr image.
    image
        Name of its image, by which a budget may be given: as vcore wrote it, or its path.
    """

    path: str
    array: Any
    lossy: bool
    names: tuple[str, ...] | None
    coding: Coding
    is_level: bool = False
    image: str = ""


def open_source(path: str) -> Any:
    """Return the group or array at ``path``, or a virtual group for a file with levels.

    Raises
    ------
    InputError
        There is neither.
    """
    if is_foreign(path):
        return node_of(path)
    if "://" not in path and not os.path.isdir(path):
        raise InputError(
            f"Expected a Zarr folder or its URL, an Imaris or a BigDataViewer file. Got {path} "
            f"instead: read it with vcore.read first."
        )
    with reading(path, "Zarr hierarchy"):
        return zarr.open(zarr_store(path), mode="r")


def parts_of(node: Any) -> list[Part]:
    """Return the arrays of a hierarchy, sorted by path."""
    if isinstance(node, zarr.Array):
        return [Part("", node, _is_known(node), _names(node), coding(node, "the array"))]
    levels, images = dict[str, tuple[str, ...]](), dict[str, str]()
    found = members(node)
    for path, group in found.items():
        if isinstance(group, zarr.Group):
            for multiscale in ome_of(dict(group.attrs)).get("multiscales", []):
                axes = [
                    str(a.get("name", "")) if isinstance(a, dict) else str(a)
                    for a in multiscale.get("axes", [])
                ]
                kept = dict(group.attrs).get(KEY)
                name = kept.get("name") if isinstance(kept, dict) else None
                for level in multiscale["datasets"]:
                    where = f"{path}/{level['path']}".lstrip("/")
                    levels[where] = tuple(axes)
                    images[where] = str(name or path or multiscale.get("name") or "")
    arrays = {p: a for p, a in found.items() if isinstance(a, zarr.Array)}
    if not arrays:
        raise InputError("Expected a hierarchy with arrays. Got one without any instead.")
    for path, array in arrays.items():
        if coding(array).valid is not None:
            logger.warning("%s: values outside of its valid range are taken as missing", path)
    plain = not levels  # in a group without OME metadata, all arrays but coordinates are images
    coordinates = _coordinates(arrays)
    return [
        Part(
            path,
            array,
            (path in levels if not plain else path not in coordinates)
            and _is_known(array)
            and "labels" not in path.split("/"),
            levels.get(path) or _names(array),
            # already warned above; workers need not repeat it
            replace(coding(array, path, is_level=path in levels), where=""),
            path in levels,
            images.get(path, path),
        )
        for path, array in sorted(arrays.items())
    ]


def _coordinates(arrays: Mapping[str, Any]) -> set[str]:
    """Return the paths of arrays with at most two axes that others list as coordinates or
    bounds."""
    found = set()
    for path, array in arrays.items():
        folder = path.rpartition("/")[0]
        for name in RELATED:
            for word in text(dict(array.attrs), name).replace(":", " ").split():
                found |= {f"{folder}/{word}".lstrip("/"), word}
    return {path for path in found if path in arrays and arrays[path].ndim < 3}


def _is_known(array: Any) -> bool:
    return 2 <= array.ndim <= 5 and np.dtype(array.dtype).str[1:] in DTYPES


def _names(array: Any) -> tuple[str, ...] | None:
    return dimensions_of(array) or None


def chunks_of(part: Part, side: int) -> tuple[int, ...]:
    """Return the chunk shape: ``side`` voxels along the last three axes, 1 along others; that of
    the source for arrays of fewer than three axes that are no images."""
    if not part.lossy and not part.is_level and part.array.ndim < 3:
        return tuple(part.array.chunks)
    lead = max(part.array.ndim - 3, 0)
    return tuple(min(side if i >= lead else 1, max(n, 1)) for i, n in enumerate(part.array.shape))


def lossless_options(zarr_format: Literal[2, 3]) -> dict[str, Any]:
    """Return the options that create an array with zarr's own lossless codecs."""
    if zarr_format == 2:
        return {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
    return {"compressors": ZstdCodec(level=LOSSLESS_LEVEL)}


class HierarchyWriter:
    """Writer of the output hierarchy without chunks, published atomically.

    Parameters
    ----------
    source
        Path or URL of the source.
    out
        Output folder, not existing yet.
    note
        Attributes of the root that identify the job, as in ``NOTE``.
    version
        Version of OME-Zarr.
    """

    def __init__(self, source: str, out: str, note: Mapping[str, Any], version: str) -> None:
        self.source, self.out, self.note, self.version = source, Path(out), note, version
        self.format = ZARR_FORMATS[version]

    def exists(self, *, force: bool, whole: bool = True) -> bool:
        """Return whether the output exists and can be resumed.

        ``force`` removes an existing output; if other parts may work on it (``whole`` is false),
        only one of a different job.

        Raises
        ------
        InputError
            Output and source lie within each other.
        OutputExistsError
            ``out`` exists and belongs to another job, or is no hierarchy.
        """
        check_apart(origin_of(self.source), self.out)
        if not self.out.exists():
            return False
        try:
            found = dict(zarr.open(str(self.out), mode="r").attrs).get(NOTE)
        except (FileNotFoundError, ValueError, KeyError, NotADirectoryError):
            found = None
        if found == self.note and not (force and whole):
            return True
        check_free(self.out, force=force)
        shutil.rmtree(self.out)
        return False

    def create(
        self,
        node: Any,
        parts: list[Part],
        chunks: Mapping[str, tuple[int, ...]],
        codecs: Mapping[str, VcoreCodec],
        shards: int | None = 1,
    ) -> None:
        """Write groups, attributes, arrays without chunks, and files that do not belong to Zarr.

        ``shards`` is the side of a shard in chunks, as in ``shape_of_shards``.
        """
        try:
            with replacing(self.out, force=False) as folder:
                if isinstance(node, zarr.Group):
                    self._groups(folder, node)
                    self._files(folder, parts)
                for part in parts:
                    found = shape_of_shards(part.array.shape, chunks[part.path], shards)
                    self._array(folder, part, chunks[part.path], codecs.get(part.path), found)
        except (OutputError, OutputExistsError):  # another part of the same job was first
            if not self.exists(force=False):
                raise

    def _groups(self, folder: Path, node: Any) -> None:
        groups = {p: g for p, g in members(node).items() if isinstance(g, zarr.Group)}
        convert = converter(self.version)
        # images of a collection can be opened separately, so they repeat the root's note
        collection = "bioformats2raw.layout" in ome_of(dict(node.attrs))
        for path, group in groups.items():
            attributes = {k: v for k, v in dict(group.attrs).items() if k != NOTE}
            is_image = "multiscales" in ome_of(attributes) and "labels" not in path.split("/")
            attributes = convert(attributes)
            if not path or (collection and is_image):
                attributes[NOTE] = dict(self.note)
            zarr.create_group(str(folder / path), zarr_format=self.format, attributes=attributes)

    def _files(self, folder: Path, parts: list[Part]) -> None:
        root = Path(self.source)
        arrays = {root / part.path for part in parts}
        for place, folders, files in os.walk(root):
            folders[:] = [f for f in folders if Path(place, f) not in arrays]
            for name in files:
                if name not in METADATA_FILES:
                    check_inside(self.source, Path(place, name))
                    target = folder / Path(place, name).relative_to(root)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(Path(place, name), target)

    def _array(
        self,
        folder: Path,
        part: Part,
        chunks: tuple[int, ...],
        codec: VcoreCodec | None,
        shards: tuple[int, ...] | None,
    ) -> None:
        array, names = part.array, part.names
        attributes = {k: v for k, v in dict(array.attrs).items() if k not in (NOTE, DIMENSIONS)}
        fill = array.fill_value
        # xarray's marker of missing values: fill_value in Zarr v2, the attribute _FillValue in v3
        said = np.ravel(attributes_of(array, is_level=part.is_level).get("_FillValue", []))
        missing = said[0].item() if said.size == 1 and said.dtype.kind in "iuf" else None
        dtype = np.dtype(array.dtype)
        if self.format == 3 and missing is not None and array.metadata.zarr_format == 2:
            attributes["_FillValue"] = stored_fill(missing, dtype)
        if codec is not None and codec.missing is not None and not {*FILLS} & {*attributes}:
            attributes["_FillValue"] = stored_fill(codec.missing, dtype)
        if self.format == 2 and names:
            attributes[DIMENSIONS] = list(names)
            if not part.is_level and array.metadata.zarr_format == 3:
                attributes.pop("_FillValue", None)
                fill = missing
        if not part.path:
            attributes[NOTE] = dict(self.note)
        options = lossless_options(self.format)
        if self.format == 3:
            options |= {"dimension_names": names, "shards": shards}
        if codec is not None:
            options |= {"serializer": codec, "compressors": None}
        zarr.create_array(
            str(folder / part.path),
            shape=array.shape,
            dtype=array.dtype,
            chunks=chunks,
            fill_value=fill,
            attributes=attributes,
            zarr_format=self.format,
            **options,
        )
