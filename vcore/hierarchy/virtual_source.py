"""Virtual OME-Zarr sources for compression: Imaris and BigDataViewer files with their levels; any
other file, volume or array, such as dask's, with levels built on the way."""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import zarr

from vcore.errors import InputError
from vcore.file_dataset import FileDataset
from vcore.hierarchy.built_levels import BuiltLevels
from vcore.io import ngff, ome_metadata
from vcore.io.colours import colours_of
from vcore.io.formats import is_zarr, suffix_of
from vcore.io.multilevel import MultiscaleImage
from vcore.io.ngff_groups import around_of, create_carried, create_groups, paths_of, storable
from vcore.io.ngff_transforms import SYSTEMS
from vcore.io.omezarr_write import (
    CHUNK,
    axis_names,
    downscaling,
    kept_beside,
    missing_attribute,
    multiscale,
)
from vcore.io.outside import Trusted
from vcore.io.readers import has_levels
from vcore.io.reading import images, read
from vcore.io.sidecar import KEY
from vcore.model import lossy
from vcore.model.axes import SourceArray
from vcore.model.volume import CarriedArray, LazyArray, Volume
from vcore.runtime.atomic import hidden

logger = logging.getLogger(__name__)

GIVEN = "given:"


@dataclass(frozen=True)
class _Given:
    """A volume given to this process.

    Parameters
    ----------
    volume
        The volume.
    images
        Its images by path in the hierarchy.
    carried
        The arrays beside them by path.
    left_out
        Names of what a hierarchy cannot hold, with the reason.
    side
        Side of the chunks in voxels.
    """

    volume: Volume
    images: Mapping[str, MultiscaleImage]
    carried: Mapping[str, CarriedArray]
    left_out: tuple[str, ...]
    side: int


_given: dict[str, _Given] = {}
"""Given volumes by temporary name, only in this process."""


def is_given(path: str) -> bool:
    """Return whether ``path`` is the temporary name of a volume given to this process."""
    return path in _given


def is_foreign(path: str) -> bool:
    """Return whether ``path`` is a file with levels, or the temporary name of a volume."""
    return is_given(path) or (os.path.isfile(path) and has_levels(path))


def has_chunks(path: str) -> bool:
    """Return whether ``path`` is read chunk by chunk as it is: a Zarr folder, a URL, or a file with
    levels."""
    return "://" in path or is_zarr(path) or is_foreign(path)


def origin_of(path: str) -> str:
    """Return the path of a source, for a given volume that of its file, which may be ""."""
    return _given[path].volume.source if is_given(path) else path


def lossy_source(path: str, node: Any) -> dict[str, Any]:
    """Return the attribute that says how lossy a source is already, empty if it is not."""
    if not is_given(path):
        return lossy.of_hierarchy(dict(node.attrs).get(ngff.COMPRESSED))
    attributes = _given[path].volume.attributes
    return {lossy.KEY: attributes[lossy.KEY]} if lossy.KEY in attributes else {}


def left_out_of(path: str) -> tuple[str, ...]:
    """Return the names of what a source holds and a hierarchy cannot, with the reason."""
    return _given[path].left_out if is_given(path) else ()


@contextmanager
def named(
    source: Any, *, side: int = CHUNK, near: str = "", allow_outside: bool = False
) -> Iterator[str]:
    """Yield the path of a source, or a temporary name for what has no chunks and levels of its own.

    Parameters
    ----------
    source
        A path, or anything else that ``vcore.read`` takes.
    side
        Side of the chunks in voxels.
    near
        Path beside which blocks of coarser levels are kept meanwhile; the system's folder for
        temporary files by default.

    Raises
    ------
    InputError
        Nothing can be read, or the side is odd.
    """
    if isinstance(source, str | os.PathLike):
        path = Trusted(source) if allow_outside else os.fspath(source)
        if suffix_of(path) == ".vcore":
            source = _decoded(path)
        elif has_chunks(path):
            yield path
            return
    if side % 2:
        raise InputError(
            f"Expected an even side of the chunks of an input whose levels are built. Got {side} "
            f"instead: give {side + 1}."
        )
    volume = read(source, allow_outside=allow_outside)
    name = f"{GIVEN}{id(volume):x}"
    with _folder(near) as folder:
        _given[name] = _presented(volume, side, folder)
        try:
            yield name
        finally:
            del _given[name]


def _decoded(path: str) -> Volume:
    """Return the volume of a file, which is decoded chunk by chunk."""
    dataset = FileDataset(path)
    told = {
        v["name"]: {k: v[k] for k in ("method", "guarantee")} for v in dataset.info["variables"]
    }
    volume = dataset.volume()
    known = lossy.of_file(dataset.provenance["encoder"], told)
    return replace(volume, source=path, attributes={**volume.attributes, **known})


@contextmanager
def _folder(near: str) -> Iterator[Path]:
    if near:
        with hidden(near) as place:
            yield place
        return
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def _presented(volume: Volume, side: int, folder: Path) -> _Given:
    found: dict[str, MultiscaleImage] = {}
    for number, (name, path) in enumerate(paths_of(volume).items()):
        image = volume.select([name])
        built = BuiltLevels(image, side, folder / str(number))
        axes = image.variables[0].axis_map.ordered  # as OME-Zarr has them
        levels = tuple(SourceArray(level, axes) for level in built.levels)
        steps = [grid.spacing for grid in built.grids]
        factors = tuple(
            tuple(s / first for s, first in zip(step, steps[0], strict=True)) for step in steps
        )
        colours = tuple(colours_of(image, image.variables[0]))
        found[path] = MultiscaleImage(image, levels, factors, colours)  # type: ignore[arg-type]
    taken = [f"{path}/{k}".lstrip("/") for path, i in found.items() for k in range(len(i.levels))]
    carried, left_out = storable(volume, taken)
    return _Given(volume, found, carried, (*volume.left_out, *left_out), side)


def _by_path(found: Sequence[MultiscaleImage]) -> dict[str, MultiscaleImage]:
    return {"": found[0]} if len(found) == 1 else {str(i): f for i, f in enumerate(found)}


@lru_cache(maxsize=8, typed=True)  # Trusted and plain paths are distinct keys
def _images(path: str, changed: int) -> dict[str, MultiscaleImage]:
    """Return the images of a file by path in the hierarchy; ``changed`` is its modification
    time."""
    return _by_path(images(path, allow_outside=isinstance(path, Trusted)))


def images_of(path: str) -> Mapping[str, MultiscaleImage]:
    """Return the images of a file or a given volume by path in the hierarchy."""
    return _given[path].images if is_given(path) else _images(path, os.stat(path).st_mtime_ns)


def array_of(root: str, path: str) -> LazyArray:
    """Return the values of an array; ``path`` is that in the group of ``node_of``."""
    if is_given(root) and (carried := _given[root].carried.get(path)) is not None:
        return carried.data
    image, _, level = path.rpartition("/")
    try:
        return images_of(root)[image].levels[int(level)]
    except (KeyError, ValueError, IndexError):
        raise InputError(
            f"Expected an array {path} in {origin_of(root) or 'the volume'}. Got none: the "
            f"hierarchy was made of another input."
        ) from None


def node_of(path: str) -> zarr.Group:
    """Return an in-memory OME-Zarr group with the metadata of a file; its arrays have no values.

    Several images form a collection (bioformats2raw.layout 3).

    Raises
    ------
    InputError
        The file is damaged, or of a format without levels.
    """
    found, given = images_of(path), _given.get(path)
    root = zarr.create_group({}, zarr_format=3)
    groups = create_groups(root, list(found), around_of(given.volume) if given else None)
    for name, image in found.items():
        _describe(groups[name], image, given.side if given else CHUNK, built=given is not None)
    for name, array in given.carried.items() if given else ():
        create_carried(root, name, array)
    return root


def _describe(group: zarr.Group, image: MultiscaleImage, side: int, *, built: bool) -> None:
    variable = image.volume.variables[0]
    axes = variable.axis_map.ordered.names
    names, space = axis_names(image.volume.grid, axes), 2 if variable.flat else 3
    for k, level in enumerate(image.levels):
        group.create_array(
            str(k),
            shape=level.shape,
            dtype=level.dtype,
            chunks=(
                *[1] * (len(level.shape) - space),
                *(min(n, side) for n in level.shape[-space:]),
            ),
            dimension_names=names,
            attributes=missing_attribute(variable),
        )
    ome: dict[str, Any] = {
        "version": ome_metadata.VERSION,
        "multiscales": [
            multiscale(image.volume, image.grids, axes) | (downscaling(variable) if built else {})
        ],
        **ngff.kept_metadata(variable),
    }
    if "omero" not in ome and (channels := _channels(image)):
        ome["omero"] = {"channels": channels}
    group.attrs["ome"] = ome
    group.attrs[KEY] = kept_beside(image.volume)
    if systems := variable.attributes.get(SYSTEMS):
        group.attrs[SYSTEMS] = systems
    others = variable.attributes.get("zarr")
    for name, value in others.items() if isinstance(others, Mapping) else ():
        if name not in ngff.OWN:
            group.attrs[name] = value


def _channels(image: MultiscaleImage) -> list[dict[str, Any]]:
    """Return the display settings of the channels, empty if the file has none."""
    count = image.volume.variables[0].length("c")
    labels = image.volume.variables[0].components or tuple(map(str, range(count)))
    if not (image.windows or image.colours or image.volume.variables[0].components):
        return []
    colours = image.colours or (ome_metadata.GREY,) * count
    limits = [*image.windows, *[None] * count]
    return [
        ome_metadata.channel(label, colour, shown)
        for label, colour, shown in zip(labels, colours, limits[:count], strict=True)
    ]
