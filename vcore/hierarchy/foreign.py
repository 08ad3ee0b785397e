"""Files with levels (Imaris, BigDataViewer) as OME-Zarr hierarchies to compress."""

import os
from functools import lru_cache
from typing import Any

import zarr

from vcore.io.extras import KEY
from vcore.io.formats import WITH_LEVELS, suffix_of
from vcore.io.omezarr_write import CHUNK, axis_names, kept_beside, multiscale
from vcore.io.reading import images
from vcore.io.stacks import Image
from vcore.volume import LazyArray

GREY = "FFFFFF"


def is_foreign(path: str) -> bool:
    """Return whether ``path`` is a file that becomes a hierarchy."""
    return suffix_of(path) in WITH_LEVELS and os.path.isfile(path)


@lru_cache(maxsize=8)
def _images(path: str, changed: int) -> dict[str, Image]:
    """Return the images of a file, that of time ``changed``, by their path in the hierarchy."""
    found = images(path)
    return {"": found[0]} if len(found) == 1 else {str(i): f for i, f in enumerate(found)}


def images_of(path: str) -> dict[str, Image]:
    """Return the images of a file by their path in the hierarchy."""
    return _images(path, os.stat(path).st_mtime_ns)


def array_of(root: str, path: str) -> LazyArray:
    """Return the values of one level: ``path`` as in the group that ``node_of`` returns."""
    image, _, level = path.rpartition("/")
    return images_of(root)[image].levels[int(level)]


def node_of(path: str) -> zarr.Group:
    """Return an OME-Zarr group in memory that describes a file; its arrays are without values.

    Several images are a collection (bioformats2raw.layout 3).

    Raises
    ------
    InputError
        A damaged file, or none of those that have levels.
    """
    found = images_of(path)
    root = zarr.create_group({}, zarr_format=3)
    if "" not in found:
        root.attrs["ome"] = {"version": "0.5", "bioformats2raw.layout": 3}
        series = {"version": "0.5", "series": list(found)}
        root.create_group("OME").attrs["ome"] = series
    for name, image in found.items():
        _describe(root.create_group(name) if name else root, image)
    return root


def _describe(group: zarr.Group, image: Image) -> None:
    variable = image.volume.variables[0]
    names = axis_names(image.volume.grid, variable)
    for k, level in enumerate(image.levels):
        group.create_array(
            str(k),
            shape=level.shape,
            dtype=level.dtype,
            chunks=(*[1] * (len(level.shape) - 3), *(min(n, CHUNK) for n in level.shape[-3:])),
            dimension_names=names,
        )
    ome: dict[str, Any] = {"version": "0.5", "multiscales": [multiscale(image.volume, image.grids)]}
    if channels := _channels(image):
        ome["omero"] = {"channels": channels}
    group.attrs["ome"] = ome
    group.attrs[KEY] = kept_beside(image.volume)


def _channels(image: Image) -> list[dict[str, Any]]:
    """Return how the channels are shown, nothing where the file does not say it."""
    count = image.volume.variables[0].length("c")
    labels = image.volume.variables[0].components or tuple(map(str, range(count)))
    if not (image.windows or image.colours or image.volume.variables[0].components):
        return []
    colours = image.colours or (GREY,) * count
    found = [
        {"label": label, "color": colour, "active": True}
        for label, colour in zip(labels, colours, strict=True)
    ]
    for channel, (low, high) in zip(found, image.windows, strict=False):
        channel["window"] = {"start": low, "end": high, "min": low, "max": high}
    return found
