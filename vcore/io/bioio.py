"""Files of microscopes (.czi, .nd2, .lif), through the readers of bioio that the user installed.

https://bioio-devs.github.io/bioio
"""

import datetime
import os
from functools import partial
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, MissingExtraError
from vcore.io.assemble import variable
from vcore.io.formats import stem_of, suffix_of
from vcore.io.lazy import CallbackArray, TransposedArray
from vcore.io.request import ReadRequest, check_file, reading
from vcore.io.tidy import number, tidy_grid
from vcore.io.units import length_unit
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import LazyArray, Volume

PACKAGES = {
    ".czi": ("bioio_czi", "Zeiss CZI", b"ZISRAWFILE"),
    ".nd2": ("bioio_nd2", "Nikon ND2", b"\xda\xce\xbe\n"),
    ".lif": ("bioio_lif", "Leica LIF", b"p\0\0\0"),
}
"""Module of the reader, name of the format, and first bytes of a file."""
OLD_ND2 = b"\0\0\0\x0cjP  "
"""First bytes of ND2 files before 2011, which are JPEG 2000 files."""
MAX_TEXT = 1 << 18
"""Maximum number of characters of a file's own XML that is kept."""
UNPROCESSED = "unprocessed"
"""Attribute of bioio's arrays with the metadata of the file."""


def read(source: ReadRequest) -> Volume:
    """Read one scene: the only one, or the one named or numbered behind ``::``.

    Raises
    ------
    InputError
        Another format, a damaged file, or several scenes without a choice.
    MissingExtraError
        The reader of bioio for this format is not installed.
    """
    check_file(source.path)
    module, name, signature = PACKAGES[suffix_of(source.path)]
    with open(source.path, "rb") as file:
        start = file.read(16)
    if not start.startswith((signature, OLD_ND2) if module == "bioio_nd2" else signature):
        raise InputError(
            f"Expected a {name} file at {source.path}. Got something else instead: the file is "
            f"damaged or of another format."
        )
    try:
        bioio, reader = import_module("bioio"), import_module(module).Reader
    except ImportError as error:
        package = module.replace("_", "-")
        raise MissingExtraError(
            f"Expected the packages bioio and {package} for the {name} file {source.path}. Got "
            f"'{error}' instead: install them with pip install bioio {package}, or export it as "
            f"OME-TIFF or OME-Zarr, such as with bioformats2raw."
        ) from error
    with reading(source.path, f"{name} file"):
        return volume_of(source, bioio.BioImage(os.path.abspath(source.path), reader=reader))


def volume_of(source: ReadRequest, image: Any) -> Volume:
    """Return one scene of a ``bioio.BioImage``, whose planes are read by region.

    Parameters
    ----------
    source
        The file, the scene as ``inside``, and the axes if the file's are wrong.
    image
        The opened file; bioio gives sizes in micrometers.
    """
    scene = _scene(source, [str(s) for s in image.scenes])
    image.set_scene(scene)
    found = image.xarray_dask_data
    data, axes = _array(source, f"{source.path}::{scene}", found, image)
    scenes = len(image.scenes)
    name = stem_of(source.path) if scenes == 1 else str(image.scenes[scene])
    names = tuple(str(n) for n in image.channel_names or ())
    result = variable(source, name, data, axes, components=names)
    sizes = image.physical_pixel_sizes
    spacing = [None if s is None else abs(number(s)) for s in (sizes.Z, sizes.Y, sizes.X)]
    unit = _unit(image) if any(s is not None for s in spacing) else ""
    grid: dict[str, Any] = {"spacing": spacing, "unit": unit}
    step = image.time_interval
    if isinstance(step, datetime.timedelta):
        step = step.total_seconds()
    if "t" in result.axes and step is not None and number(step) > 0:
        grid["times"] = [i * number(step) for i in range(result.length("t"))]
        grid["time_unit"] = "second"
    attributes, left_out = _metadata(found)
    if scenes > 1:
        attributes["scene"] = name
    return Volume(
        Grid(shape=result.shape[-3:], **tidy_grid(source.path, grid)),  # type: ignore[arg-type]
        (result,),
        attributes=attributes,
        left_out=left_out,
    )


def _scene(source: ReadRequest, scenes: list[str]) -> int:
    """Return the number of the scene to read."""
    wanted = source.inside
    if wanted in scenes and scenes.count(wanted) == 1:
        return scenes.index(wanted)
    if wanted.isdigit() and int(wanted) < len(scenes):
        return int(wanted)
    if not wanted and len(scenes) == 1:
        return 0
    listing = ", ".join(f"{i} ({name})" for i, name in enumerate(scenes[:40]))
    raise InputError(
        f"Expected one scene{f' {wanted!r}' if wanted else ''} of {source.path}. Got "
        f"{len(scenes)} instead: {listing}; choose one by name or number, such as "
        f"{source.path}::{scenes[0] if scenes.count(scenes[0]) == 1 else 0}."
    )


def _array(source: ReadRequest, where: str, found: Any, image: Any) -> tuple[LazyArray, str]:
    """Return the values, and a letter per axis; samples of colours are components."""
    dims = [str(d).lower() for d in found.dims]
    lengths = dict(zip(dims, found.shape, strict=True))
    if lengths.get("s", 1) > 1:
        if lengths.get("c", 1) > 1:
            raise InputError(
                f"Expected channels or colours in {where}. Got {lengths['c']} channels of "
                f"{lengths['s']} colours each instead: export them as OME-TIFF."
            )
        dims = [{"s": "c", "c": "s"}.get(d, d) for d in dims]
    letters = "".join(d if len(d) == 1 else "?" for d in dims)
    data: LazyArray = CallbackArray(found.shape, found.dtype, partial(_fetch, where, found.data))
    if source.axes is None:
        # axes of one step that the file has as a matter of form
        used = [a for a, n in zip(letters, found.shape, strict=True) if n > 1 or a in "zyx"]
        if letters.count("?") <= 1 and len({*letters}) == len(letters):
            data, letters = TransposedArray(data, letters, "".join(used)), "".join(used)
    return data, letters


def _fetch(where: str, data: Any, region: Region) -> NDArray[Any]:
    with reading(where, "scene"):
        return np.asarray(data[region])


def _unit(image: Any) -> str:
    told = getattr(getattr(image.dimension_properties, "X", None), "unit", None)
    return length_unit(str(told)) if told else "micrometer"


def _metadata(found: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the file's own XML as an attribute, and what is left out of it."""
    told = found.attrs.get(UNPROCESSED)
    if told is None:
        return {}, ()
    if hasattr(told, "tag"):
        is_lxml = type(told).__module__.startswith("lxml")
        library: Any = import_module("lxml.etree") if is_lxml else ElementTree
        text = str(library.tostring(told, encoding="unicode"))
        if len(text) <= MAX_TEXT:
            return {"microscope_xml": text}, ()
        return {}, (f"metadata of the microscope ({len(text)} characters)",)
    return {}, ("metadata of the microscope (no text)",)
