"""BigDataViewer files: HDF5 with a pyramid per setup and frame, positioned by an XML file."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.errors import InputError
from vcore.io.assemble import flipped, shape_text, split_affine, triple, variable
from vcore.io.bdv_xml import Described, Setup, View, setups_of
from vcore.io.formats import stem_of
from vcore.io.hdf5_filters import check_filters
from vcore.io.multilevel import (
    MAX_LEVELS,
    MultiscaleImage,
    check_shape,
    dataset_of,
    stacked,
)
from vcore.io.outside import check_hdf5, check_inside
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.units import length_unit
from vcore.model.grid import IDENTITY, Grid, Triple
from vcore.model.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

KIND = "BigDataViewer file"
FRAME, SETUP = re.compile(r"t(\d{5,})"), re.compile(r"s(\d{2,})")
"""Names of the HDF5 groups of frames and of setups."""
SCALE_TOLERANCE = 1e-4
"""Relative tolerance for equal voxel sizes: the XML has six significant digits."""


@dataclass(frozen=True)
class Stored:
    """A setup as stored in the HDF5 file.

    Parameters
    ----------
    shapes, dtype
        Shape of each level; dtype shared by all levels.
    factors
        Downsampling factors of each level along z, y, x.
    frames
        Indices of the frames present.
    """

    shapes: tuple[tuple[int, ...], ...]
    dtype: np.dtype[Any]
    factors: tuple[Triple, ...]
    frames: tuple[int, ...]


def read(source: ReadRequest) -> Volume:
    """Read level 0 of the only image, or of the images named in ``source.variables``.

    Raises
    ------
    InputError
        The images differ in position or shape: a Volume has one grid.
    """
    found = images(source)
    if source.variables is not None:
        found = tuple(i for i in found if i.name in source.variables) or found
    if len({i.volume.grid for i in found}) > 1:
        raise InputError(
            f"Expected images at one place in {source.path}. Got {len(found)} "
            f"({shape_text(i.volume.grid.shape for i in found)}) instead: choose with `variables` "
            f"out of {', '.join(i.name for i in found)}, or compress all of them into a .zarr."
        )
    volumes = [i.volume for i in found]
    variables = tuple(v.variables[0] for v in volumes)
    return Volume(volumes[0].grid, variables, attributes=volumes[0].attributes)


def is_bdv(file: Any) -> bool:
    """Return whether an open HDF5 file has BigDataViewer's layout."""
    setups = any(SETUP.fullmatch(k) and f"{k}/resolutions" in file for k in file)
    return setups and any(map(FRAME.fullmatch, file))


def is_bdv_file(path: str) -> bool:
    """Return whether an HDF5 file has BigDataViewer's layout; False if it cannot be read."""
    try:
        with need("h5py").File(path, "r") as file:
            return is_bdv(file)
    except OSError:
        return False


def images(source: ReadRequest) -> tuple[MultiscaleImage, ...]:
    """Return the images of an XML or HDF5 file, with lazy data.

    Setups that differ only in their channel become the channels of one image. Without a matching
    XML file, all setups of equal shape do. 16-bit integers are read as unsigned, whatever the
    file declares. Sources: the BigDataViewer format description and files written by npy2bdv.
    """
    h5py = need("h5py")
    check_file(source.path)
    xml = Path(source.path).with_suffix(".xml")
    with reading(source.path, KIND):
        check_inside(source.path, xml, allowed=source.allow_outside)
        described = _setups(source.path, xml) if xml.is_file() else None
        if described is not None and Path(source.path) != xml and not _same(described, source):
            described = None  # the XML describes another file
        path = str(described.data) if described is not None else source.path
        if not Path(path).is_file():
            raise InputError(
                f"Expected the HDF5 file {path}, named in {xml}. Got no such file instead: put it "
                f"back next to the XML."
            )
        check_inside(source.path, path, allowed=source.allow_outside)
        check_hdf5(replace(source, path=path))
        with h5py.File(path, "r") as file:
            stored = _stored(file, path)
    setups = described.setups if described is not None else {}
    groups: dict[Any, list[Setup]] = {}
    for number, what in stored.items():
        setup = setups.get(number) or Setup(number, f"setup {number}")
        place = described.place(setup, what.frames) if described is not None else None
        key = (what.shapes, what.dtype.str, what.factors, setup.others, place)
        groups.setdefault(key, []).append(setup)
    names = _names(source.path, list(groups.values()))
    return tuple(
        _image(source, path, name, group, stored, key[-1])
        for name, (key, group) in zip(names, groups.items(), strict=True)
    )


def _setups(path: str, xml: Path) -> Described | None:
    """Parse the XML file; return None with a warning if it is unreadable next to an HDF5 file."""
    if Path(path) == xml:
        return setups_of(xml)
    try:
        return setups_of(xml)
    except Exception as error:  # damaged XML raises errors of many types
        logger.warning("%s: cannot read the XML file next to it: %s", path, error)
        return None


def _same(described: Described, source: ReadRequest) -> bool:
    return described.data.resolve() == Path(source.path).resolve()


def _stored(file: Any, path: str) -> dict[int, Stored]:
    frames = sorted(int(m[1]) for k in file if (m := FRAME.fullmatch(k)))
    numbers = sorted(int(m[1]) for k in file if (m := SETUP.fullmatch(k)))
    found: dict[int, Stored] = {}
    for number in numbers:
        resolutions = np.atleast_2d(np.asarray(file[f"s{number:02d}/resolutions"], float))
        there = tuple(t for t in frames if f"t{t:05d}/s{number:02d}" in file)
        if resolutions.shape[1:] != (3,) or not 1 <= len(resolutions) <= MAX_LEVELS:
            raise InputError(
                f"Expected three factors for each level of setup {number} in {path}. Got an array "
                f"of shape {resolutions.shape} instead: the file is damaged."
            )
        if not (np.isfinite(resolutions) & (resolutions >= 1)).all():
            raise InputError(
                f"Expected factors of 1 or more for the levels of setup {number} in {path}. Got "
                f"{resolutions.tolist()} instead: the file is damaged."
            )
        if not there:  # every view is missing
            continue
        levels = [
            dataset_of(file, path, _cells(there[0], number, k)) for k in range(len(resolutions))
        ]
        for level in levels:
            check_shape(path, level.name, level.shape, level.shape)
            check_filters(path, level)
        factors = tuple(triple(f[::-1]) for f in resolutions / resolutions[0])
        shapes = tuple(tuple(level.shape) for level in levels)
        found[number] = Stored(shapes, levels[0].dtype, factors, there)
    if not found:
        raise InputError(
            f"Expected setups s00, s01 … and frames t00000 … in {path}. Got none of them instead: "
            f"not a BigDataViewer file, or incomplete."
        )
    return found


def _cells(frame: int, setup: int, level: int) -> str:
    return f"t{frame:05d}/s{setup:02d}/{level}/cells"


def _image(
    source: ReadRequest,
    path: str,
    name: str,
    group: Sequence[Setup],
    stored: dict[int, Stored],
    place: View | None,
) -> MultiscaleImage:
    first = stored[group[0].number]
    frames = sorted({t for s in group for t in stored[s.number].frames})
    meant = np.dtype("u2") if first.dtype.newbyteorder("=") == np.int16 else None
    absent = len(frames) * len(group) - sum(len(stored[s.number].frames) for s in group)
    if absent:
        logger.warning("%s: %d views of %s are missing and read as 0", path, absent, name)
    levels = []
    for k, shape in enumerate(first.shapes):
        names = [
            [_cells(t, s.number, k) if t in stored[s.number].frames else "" for s in group]
            for t in frames
        ]
        data, axes = stacked(path, KIND, names, shape, first.dtype, meant)
        levels.append(data)
    labels = tuple(s.channel_name for s in group)
    found = variable(source, name, levels[0], axes, components=labels if all(labels) else ())
    grid, attributes = _grid(path, name, group[0], place)
    if len(frames) > 1 and frames != list(range(len(frames))):
        grid["times"] = tuple(float(t) for t in frames)
    volume = Volume(Grid(shape=found.shape[-3:], **grid), (found,), attributes=attributes)  # type: ignore[arg-type]
    return MultiscaleImage(volume, tuple(levels), first.factors)


def _grid(
    path: str, name: str, setup: Setup, place: View | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return grid fields, and as attributes any registration that a grid cannot represent."""
    unit = length_unit(setup.unit)
    if place is None:
        return {"spacing": setup.voxel_size, "unit": unit}, {}
    if place.moving:
        logger.warning(
            "%s: the position of %s changes over time; used that of its first frame, all are kept "
            "in the attribute registrations",
            path,
            name,
        )
    attributes: dict[str, Any] = {}
    if place.moving:
        attributes["registrations"] = [np.reshape(a, (3, 4)).tolist() for a in place.moving]
    affine: NDArray[np.float64] = np.vstack([np.reshape(place.affine, (3, 4)), [0, 0, 0, 1]])
    spacing, origin, direction, exact = split_affine(affine)
    if not exact:
        logger.warning(
            "%s: the registration of %s is sheared or singular; it is kept only in the attribute "
            "registration",
            path,
            name,
        )
        attributes["registration"] = affine[:3].tolist()
        return {"spacing": setup.voxel_size, "unit": unit}, attributes
    scale = _scale(setup, spacing[::-1], turned=direction != IDENTITY)
    return {
        "spacing": spacing[::-1] if scale is None else setup.voxel_size,
        "origin": triple(o * s for o, s in zip(origin[::-1], scale or (1, 1, 1), strict=True)),
        "direction": flipped(direction),
        "unit": unit,
    }, attributes


def _scale(setup: Setup, spacing: Triple, *, turned: bool) -> Triple | None:
    """Return the size of one registration unit along z, y, x, or None if it is the setup's unit.

    Some programs register in voxels, others in voxels of the finest axis.
    """
    ratios = np.array(setup.voxel_size) / spacing
    even = float(np.ptp(ratios)) <= SCALE_TOLERANCE * float(ratios.max())
    if not length_unit(setup.unit) or not (even or (spacing == (1, 1, 1) and not turned)):
        return None
    return triple(ratios)


def _names(path: str, groups: Iterable[Sequence[Setup]]) -> list[str]:
    """Return a name per image: from the file, else from the attributes that distinguish it."""
    firsts = [group[0] for group in groups]
    if len(firsts) == 1:
        return [stem_of(path)]
    told = {k for s in firsts for k, v in s.others if any((k, v) not in o.others for o in firsts)}
    names = [", ".join(f"{k} {v}" for k, v in s.others if k in told) for s in firsts]
    if all(names) and len(set(names)) == len(names):
        return names
    return [f"setup {s.number}" for s in firsts]
