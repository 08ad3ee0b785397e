"""Virtual OME-Zarr sources for compression: Imaris and BigDataViewer files, and in-memory or lazy
volumes, such as dask arrays."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import zarr
from numpy.typing import NDArray

from vcore.io import ome_metadata
from vcore.io.lazy import CallbackArray
from vcore.io.multilevel import MultiscaleImage
from vcore.io.ngff import kept_metadata
from vcore.io.omezarr_write import CHUNK, axis_names, kept_beside, missing_attribute, multiscale
from vcore.io.outside import Trusted
from vcore.io.readers import has_levels
from vcore.io.reading import images, read
from vcore.io.sidecar import KEY
from vcore.model.regions import Region
from vcore.model.volume import LazyArray, Volume

GIVEN = "given:"

_given: dict[str, dict[str, MultiscaleImage]] = {}
"""Images of given volumes by temporary name, only in this process."""


def is_given(path: str) -> bool:
    """Return whether ``path`` is the temporary name of a volume given to this process."""
    return path in _given


def is_foreign(path: str) -> bool:
    """Return whether ``path`` is a file with levels, or the temporary name of a volume."""
    return is_given(path) or (os.path.isfile(path) and has_levels(path))


@contextmanager
def named(source: Any, *, allow_outside: bool = False) -> Iterator[str]:
    """Yield the path of a source, or a temporary name for a volume or an array."""
    if isinstance(source, str | os.PathLike):
        yield Trusted(source) if allow_outside else os.fspath(source)
        return
    volume = read(source)
    name = f"{GIVEN}{id(source):x}"
    _given[name] = _by_path([_image(volume, v.name) for v in volume.variables])
    try:
        yield name
    finally:
        del _given[name]


def _image(volume: Volume, name: str) -> MultiscaleImage:
    variable = volume[name]
    axes = variable.axis_map.ordered  # as OME-Zarr has them

    def read_box(region: Region) -> NDArray[Any]:
        return axes.take(region, variable.read)

    data = CallbackArray(axes.shape(variable.shape), variable.dtype, read_box)
    return MultiscaleImage(volume.select([name]), (data,), ((1.0, 1.0, 1.0),))


def _by_path(found: Sequence[MultiscaleImage]) -> dict[str, MultiscaleImage]:
    return {"": found[0]} if len(found) == 1 else {str(i): f for i, f in enumerate(found)}


@lru_cache(maxsize=8, typed=True)  # Trusted and plain paths are distinct keys
def _images(path: str, changed: int) -> dict[str, MultiscaleImage]:
    """Return the images of a file by path in the hierarchy; ``changed`` is its modification
    time."""
    return _by_path(images(path, allow_outside=isinstance(path, Trusted)))


def images_of(path: str) -> dict[str, MultiscaleImage]:
    """Return the images of a file or a given volume by path in the hierarchy."""
    return _given.get(path) or _images(path, os.stat(path).st_mtime_ns)


def array_of(root: str, path: str) -> LazyArray:
    """Return the values of one level; ``path`` is that in the group of ``node_of``."""
    image, _, level = path.rpartition("/")
    return images_of(root)[image].levels[int(level)]


def node_of(path: str) -> zarr.Group:
    """Return an in-memory OME-Zarr group with the metadata of a file; its arrays have no values.

    Several images form a collection (bioformats2raw.layout 3).

    Raises
    ------
    InputError
        The file is damaged, or of a format without levels.
    """
    found = images_of(path)
    root = zarr.create_group({}, zarr_format=3)
    if "" not in found:
        root.attrs["ome"] = {"version": ome_metadata.VERSION, "bioformats2raw.layout": 3}
        series = {"version": ome_metadata.VERSION, "series": list(found)}
        root.create_group("OME").attrs["ome"] = series
    for name, image in found.items():
        _describe(root.create_group(name) if name else root, image)
    return root


def _describe(group: zarr.Group, image: MultiscaleImage) -> None:
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
                *(min(n, CHUNK) for n in level.shape[-space:]),
            ),
            dimension_names=names,
            attributes=missing_attribute(variable),
        )
    ome: dict[str, Any] = {
        "version": ome_metadata.VERSION,
        "multiscales": [multiscale(image.volume, image.grids, axes)],
        **kept_metadata(variable),
    }
    if channels := _channels(image):
        ome["omero"] = {"channels": channels}
    group.attrs["ome"] = ome
    group.attrs[KEY] = kept_beside(image.volume)


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
