"""NIfTI-1 and NIfTI-2 images (.nii, .nii.gz)."""

import logging
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.grid import Grid
from vcore.io.arrange import flipped, split_affine, triple, variable
from vcore.io.formats import codec_of, stem_of
from vcore.io.lazy import scaled
from vcore.io.source import Source, check_file, need, reading
from vcore.io.stored import open_stream, stored_array
from vcore.io.units import length_unit, time_unit
from vcore.volume import Volume

logger = logging.getLogger(__name__)

AXES = "xyztc"
"""NIfTI's dim[1..5], x fastest; higher ones must have length 1."""


def read(source: Source) -> Volume:
    """Read an image: uncompressed values are mapped; slope and intercept give float32.

    World coordinates are NIfTI's own (x to the right, y to the front, z up); the affine is the
    sform if it is set, else the qform, else the voxel sizes.
    """
    nibabel = need("nibabel")
    check_file(source.path)
    codec = codec_of(source.path)
    with reading(source.path, "NIfTI image"):
        header = _header(nibabel, source.path, codec)
        shape = tuple(int(n) for n in header.get_data_shape())
        while len(shape) > 3 and shape[-1] == 1:
            shape = shape[:-1]
        slope, intercept = header.get_slope_inter()
        length, time = header.get_xyzt_units()
        zooms = [_tidy(z) for z in header.get_zooms()]
        grid = _grid(source.path, header) if len(shape) > 2 else {}
        data = stored_array(
            source.path,
            shape[::-1],
            header.get_data_dtype(),
            offset=int(header["vox_offset"]),
            codec=codec,
        )
    if slope is not None and (slope, intercept) != (1.0, 0.0):
        data = scaled(data, float(slope), float(intercept))
    if len(shape) > len(AXES):
        raise InputError(
            f"Expected a NIfTI image of at most five axes at {source.path}. Got shape {shape} "
            f"instead."
        )
    found = variable(source, stem_of(source.path), data, AXES[: len(shape)][::-1])
    times = None
    if "t" in found.axes and len(zooms) > 3:
        start = _tidy(header["toffset"])
        times = tuple(start + i * zooms[3] for i in range(found.length("t"))) if zooms[3] else None
    return Volume(
        Grid(
            shape=found.shape[-3:],  # type: ignore[arg-type]
            unit=length_unit(length),
            times=times,
            time_unit=time_unit(time) if times else "",
            **grid,
        ),
        (found,),
        attributes={"space": "right-anterior-superior"},
    )


def _header(nibabel: Any, path: str, codec: str) -> Any:
    with open_stream(path, codec) as file:
        start = file.read(544)
    # sizeof_hdr is 540 in NIfTI-2, in either byte order
    second = start[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c")
    cls = nibabel.nifti2.Nifti2Header if second else nibabel.nifti1.Nifti1Header
    # what it finds wrong is said by the error, not also by its logger
    with nibabel.imageglobals.LoggingOutputSuppressor():
        header = cls(start[: 540 if second else 348])
    if header["magic"].item()[:2] != (b"n+"):
        raise InputError(
            f"Expected a single-file NIfTI image at {path}. Got the magic "
            f"{header['magic'].item()!r} instead."
        )
    return header


def _grid(path: str, header: Any) -> dict[str, Any]:
    affine = header.get_best_affine()
    spacing, origin, direction, exact = split_affine(np.asarray(affine, float))
    if not exact:
        logger.warning("%s: the affine is sheared or singular; took the nearest rotation", path)
        spacing = triple(z or 1.0 for z in header.get_zooms()[:3])
    zooms = np.abs([_tidy(z) for z in header.get_zooms()[:3]])
    if np.allclose(spacing, zooms, rtol=1e-5):
        spacing = triple(zooms)
    return {
        "spacing": spacing[::-1],
        "origin": origin[::-1],
        "direction": flipped(direction),
    }


def _tidy(value: Any) -> float:
    """Return the shortest decimal that is this float32: 0.88, not 0.87999999523."""
    return float(np.format_float_positional(np.float32(value), unique=True))
