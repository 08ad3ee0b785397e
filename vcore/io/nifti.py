"""NIfTI-1 and NIfTI-2 images (.nii, .nii.gz) and pairs (.hdr with .img)."""

import logging
import os
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import triple, variable
from vcore.io.formats import codec_of, stem_of
from vcore.io.lazy import scaled, unpacked
from vcore.io.mapped import open_stream, stored_array
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import affine_grid, number, tidy_grid
from vcore.io.units import length_unit, time_unit
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.volume import LazyArray, Variable, Volume

logger = logging.getLogger(__name__)

PAIR = (".hdr", ".img")
"""Suffixes of header and values in two files."""
FIELDS = (
    *("descrip", "aux_file", "intent_name", "intent_code", "intent_p1", "intent_p2", "intent_p3"),
    *("qform_code", "sform_code", "cal_min", "cal_max", "dim_info"),
    *("slice_code", "slice_start", "slice_end", "slice_duration"),
)
"""Header fields kept in the attribute ``nifti`` unless 0 or empty."""
COLOURS = {("R", "G", "B"): 3, ("R", "G", "B", "A"): 4}
"""Number of components for the fields of an RGB or RGBA dtype."""


def read(source: ReadRequest) -> Volume:
    """Read an image: uncompressed values are memory-mapped, slope and intercept give floats.

    World coordinates are NIfTI's (RAS: x to the right, y to the front, z up). The affine is the
    sform if set, else the qform, else the voxel sizes.
    """
    nibabel = need("nibabel")
    check_file(source.path)
    codec = codec_of(source.path)
    path_of_header, path_of_values = _pair(source.path)
    with reading(source.path, "NIfTI image"):
        header = _header(nibabel, path_of_header, codec)
        shape = tuple(int(n) for n in header.get_data_shape())
        dtype, axes = header.get_data_dtype(), _axes(shape)
        colours = dtype.names if dtype.names in COLOURS else ()
        if colours:
            shape, axes = (COLOURS[dtype.names], *shape), f"c{axes}"
            dtype = np.dtype("u1")
        data = stored_array(path_of_values, shape[::-1], dtype, offset=_offset(header), codec=codec)
        slope, intercept = _scaling(source.path, header)
        packing = None
        if (slope, intercept) != (1.0, 0.0):
            data, packing = _scaled(data, slope, intercept)
    found = variable(
        source, stem_of(source.path), data, axes[::-1], packing=packing, components=colours
    )
    with reading(source.path, "NIfTI image"):
        grid, attributes = _grid(source.path, header, found, (source.axes or axes[::-1])[::-1])
    return Volume(Grid(shape=found.shape[-3:], **grid), (found,), attributes=attributes)  # type: ignore[arg-type]


def _pair(path: str) -> tuple[str, str]:
    """Return the paths of header and values: ``path`` twice unless it is a pair of .hdr and .img.

    Raises
    ------
    InputError
        The other file of the pair is missing.
    """
    stem, suffix = os.path.splitext(path)
    if suffix.lower() not in PAIR:
        return path, path
    names = [stem + (s.upper() if suffix.isupper() else s) for s in PAIR]
    if missing := [name for name in names if not os.path.isfile(name)]:
        raise InputError(
            f"Expected the pair {names[0]} and {names[1]}. Got no {missing[0]} instead: for a "
            f"headerless file of values give `shape` and `dtype`."
        )
    return names[0], names[1]


def _is_pair(header: Any) -> bool:
    return bool(header["magic"].item()[:2] == b"ni")


def _axes(shape: tuple[int, ...]) -> str:
    """Return a letter per axis: x y z t, then c for axes longer than 1."""
    letters = list("xyzt"[: len(shape)])
    letters += ["c" if n > 1 else "?" for n in shape[4:]]
    if len(shape) > 3 and shape[3] == 1:
        letters[3] = "?"
    # a digit for each dropped axis, which has length 1
    return "".join(chr(ord("0") + i) if a == "?" else a for i, a in enumerate(letters))


def _offset(header: Any) -> int:
    """Return the byte offset of the values, never before the end of a header in the same file."""
    told = number(header["vox_offset"])
    least = 0 if _is_pair(header) else int(header["sizeof_hdr"]) + 4
    return int(told) if np.isfinite(told) and told >= least else least


def _scaling(path: str, header: Any) -> tuple[float, float]:
    slope, intercept = number(header["scl_slope"]), number(header["scl_inter"])
    if not np.isfinite(slope) or slope == 0:  # 0 and NaN mean unscaled
        if np.isinf(slope):
            logger.warning("%s: its slope is %s; used the values as stored", path, slope)
        return 1.0, 0.0
    if not np.isfinite(intercept):
        logger.warning("%s: its intercept is %s; used 0", path, intercept)
        intercept = 0.0
    return slope, intercept


def _scaled(data: LazyArray, slope: float, intercept: float) -> tuple[LazyArray, Packing | None]:
    """Return ``slope * data + intercept``, and the packing for integers.

    Values equal nibabel's: for integers float32 where it represents each of them exactly, else
    float64.
    """
    stored = np.dtype(data.dtype).newbyteorder("=")
    if stored.kind == "f":
        return scaled(data, slope, intercept, dtype=stored if stored.itemsize > 4 else "f4"), None
    if stored.itemsize > 4:
        return scaled(data, slope, intercept, dtype="f8"), None
    packing = Packing(stored.str[1:], "f8", slope, intercept)
    if stored.itemsize < 4:
        limits = np.iinfo(stored)
        each = np.arange(limits.min, limits.max + 1).astype(stored)
        single = replace(packing, values_dtype="f4")
        if (single.unpack(each) == packing.unpack(each)).all():
            packing = single
    return unpacked(data, packing), packing


def _header(nibabel: Any, path: str, codec: str) -> Any:
    with open_stream(path, codec) as file:
        start = file.read(544)
    if start[:4] == b"ENVI":
        raise InputError(
            f"Expected a NIfTI header at {path}. Got an ENVI header instead: give `shape`, `dtype` "
            f"and `byte_order` of its data file, or convert it with gdal_translate to .nc."
        )
    # sizeof_hdr is 540 in NIfTI-2, in either byte order
    second = start[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c")
    cls = nibabel.nifti2.Nifti2Header if second else nibabel.nifti1.Nifti1Header
    # unchecked: invalid fields are replaced below
    header = cls(start[: 540 if second else 348], check=False)
    is_pair = _pair(path)[1] != path
    if is_pair and not header["magic"].item().strip(b"\0") and len(start) >= 348:
        raise InputError(
            f"Expected a NIfTI header at {path}. Got ANALYZE 7.5 instead, which does not tell left "
            f"from right: convert it to .nii with nibabel or dcm2niix."
        )
    if header["magic"].item()[:2] != (b"ni" if is_pair else b"n+"):
        raise InputError(
            f"Expected a single-file NIfTI image at {path}. Got the magic "
            f"{header['magic'].item()!r} instead."
        )
    return header


def _grid(
    path: str, header: Any, found: Variable, axes: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return grid fields, and attributes that do not fit in a grid; ``axes`` are letters in file
    order."""
    at = [axes.removeprefix("c").find(a) for a in "xyz"]
    at = at if sorted(at) == [0, 1, 2] else [0, 1, 2]
    zooms = [_tidy(z) for z in header["pixdim"][1:8]]
    length, time = _units(path, header)
    affine = _affine(path, header)
    grid, attributes = affine_grid(path, affine[np.ix_([*at, 3], [*at, 3])])
    sizes = np.abs([zooms[i] for i in at[::-1]])
    if np.allclose(grid["spacing"], sizes, rtol=1e-5):
        grid["spacing"] = triple(sizes)
    grid["unit"] = length
    if "t" in found.source_axes:
        step, start = zooms[3], _tidy(header["toffset"])
        if np.isfinite([step, start]).all() and step:
            grid["times"] = tuple(start + i * step for i in range(found.length("t")))
            grid["time_unit"] = time
    attributes["space"] = "right-anterior-superior"
    known = _known(header, affine)
    if time and "t" not in found.axes:
        known["time_unit"] = time
    if known:
        attributes["nifti"] = known
    return tidy_grid(path, grid), attributes


def _affine(path: str, header: Any) -> NDArray[np.float64]:
    """Return the affine chosen by nibabel, or one of the voxel sizes alone if that fails."""
    try:
        affine = np.asarray(header.get_best_affine(), float)
        if np.isfinite(affine).all():
            return affine
        reason = "it is not finite"
    except Exception as error:  # invalid quaternions, among others
        reason = str(error)
    logger.warning("%s: no affine, %s; used only the voxel sizes", path, reason)
    zooms = [abs(_tidy(z)) for z in header["pixdim"][1:4]]
    sizes = tidy_grid(path, {"spacing": zooms[::-1]})["spacing"]
    return np.diag([*sizes[::-1], 1.0])


def _units(path: str, header: Any) -> tuple[str, str]:
    try:
        length, time = header.get_xyzt_units()
    except KeyError:
        logger.warning("%s: unknown units %s", path, header["xyzt_units"])
        return "", ""
    return length_unit(length), time_unit(time)


def _known(header: Any, affine: NDArray[np.float64]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name in FIELDS:
        value = header[name].item()
        if isinstance(value, bytes):
            value = value.rstrip(b"\x00").decode("utf-8", "replace").strip()
        if value and value == value:
            known[name] = value
    if known.get("qform_code") and known.get("sform_code"):
        try:
            other = np.asarray(header.get_qform(), float)
        except Exception as error:  # nibabel raises several types
            logger.info("skipped the second transform (qform): %s", error)
            return known
        if not np.allclose(other, affine, atol=1e-4, equal_nan=True) and np.isfinite(other).all():
            known["qform"] = other[:3].tolist()
    return known


def _tidy(value: Any) -> float:
    """Return the shortest decimal of a float32 value: 0.88, not 0.87999999523."""
    return float(np.format_float_positional(np.float32(value), unique=True))
