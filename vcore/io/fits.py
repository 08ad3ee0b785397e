"""FITS cubes (.fits, .fits.gz)."""

import warnings
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.grid import Grid
from vcore.io.arrange import choose, matrix, triple, variable
from vcore.io.formats import codec_of, stem_of
from vcore.io.lazy import Converted, Fetched, scaled
from vcore.io.source import Source, check_file, need, reading
from vcore.io.stored import stored_array
from vcore.io.units import length_unit, time_unit
from vcore.regions import Region
from vcore.volume import LazyArray, Variable, Volume

BITPIX = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
UNSIGNED = {8: (-128.0, np.int8), 16: (2.0**15, np.uint16), 32: (2.0**31, np.uint32)}
"""BZERO that stands for the other signedness (FITS standard 4.0, section 5.2.5)."""


def read(source: Source) -> Volume:
    """Read the image extensions that share a shape; plain values are mapped into memory.

    The linear part of the world coordinates (CRPIX, CRVAL, CDELT) gives spacing and origin; a
    negative CDELT, usual for right ascension, a direction of -1.
    """
    fits = need("astropy.io.fits")
    check_file(source.path)
    with (
        reading(source.path, "FITS file"),
        warnings.catch_warnings(action="ignore"),
        fits.open(source.path, memmap=False, do_not_scale_image_data=True) as hdus,
    ):
        # astropy warns of files cut off, which are refused below, and of odd headers
        cubes = {
            _name(hdu, i, source.path): hdu
            for i, hdu in enumerate(hdus)
            if hdu.is_image and hdu.header.get("NAXIS", 0)
        }
        shapes = {n: _shape(hdu.header) for n, hdu in cubes.items()}
        if source.inside:
            names = choose(_only(source), shapes, "image")
        else:
            names = choose(source, shapes, "image")
        variables = tuple(_variable(source, fits, n, cubes[n]) for n in names)
        first = cubes[names[0]].header
        grid, attributes = _grid(first, _axes(first))
        if "t" not in variables[0].axes:
            grid["times"], grid["time_unit"] = None, ""
        return Volume(Grid(shape=variables[0].shape[-3:], **grid), variables, attributes=attributes)  # type: ignore[arg-type]


def _name(hdu: Any, index: int, path: str) -> str:
    if not index:
        return stem_of(path)
    return str(hdu.header.get("EXTNAME") or f"extension_{index}")


def _only(source: Source) -> Source:
    return replace(source, variables=[source.inside])


def _shape(header: Any) -> tuple[int, ...]:
    return tuple(int(header[f"NAXIS{i}"]) for i in range(int(header["NAXIS"]), 0, -1))


def _axes(header: Any) -> str:
    """Return a letter for each axis in array order: NAXIS1 is x; degenerate axes are left out."""
    ndim = int(header["NAXIS"])
    letters = "xyz"[:ndim]
    for i in range(4, ndim + 1):
        kind = str(header.get(f"CTYPE{i}", "")).upper()
        if int(header[f"NAXIS{i}"]) == 1:
            letters += "abde"[i - 4 : i - 3] or "f"
        elif kind.startswith("STOKES"):
            letters += "c"
        else:
            letters += "t" if "t" not in letters else "c"
    return letters[::-1]


def _variable(source: Source, fits: Any, name: str, hdu: Any) -> Variable:
    header = hdu.header
    slope, zero = float(header.get("BSCALE", 1)), float(header.get("BZERO", 0))
    bits, blank = int(header["BITPIX"]), header.get("BLANK")
    data: LazyArray
    if isinstance(hdu, fits.CompImageHDU):
        fetch = partial(_fetch, source.path, hdu.name or name)
        data = Fetched(_shape(header), np.dtype(BITPIX[bits]).newbyteorder("="), fetch)
    else:
        data = stored_array(
            source.path,
            _shape(header),
            BITPIX[bits],
            offset=int(hdu.fileinfo()["datLoc"]),
            codec=codec_of(source.path),
        )
    fill = None if blank is None or bits < 0 else int(blank)
    if slope == 1 and bits in UNSIGNED and zero == UNSIGNED[bits][0]:
        dtype = np.dtype(UNSIGNED[bits][1])
        data = Converted(data, dtype, partial(_shifted, shift=int(zero), dtype=dtype))
        fill = None if fill is None else fill + int(zero)
    elif (slope, zero) != (1.0, 0.0):
        data, fill = scaled(data, slope, zero, missing=fill), None
    unit = str(header.get("BUNIT", ""))
    return variable(source, name, data, _axes(header), unit=unit, fill_value=fill)


def _shifted(values: NDArray[Any], shift: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    shifted: NDArray[Any] = (values.astype(np.int64) + shift).astype(dtype)
    return shifted


def _fetch(path: str, name: str, region: Region) -> NDArray[Any]:
    """Read from a tile-compressed image only the tiles that ``region`` touches."""
    fits = need("astropy.io.fits")
    with reading(path, "FITS file"), fits.open(path, do_not_scale_image_data=True) as hdus:
        return np.array(hdus[name].section[region])


def _grid(header: Any, axes: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the grid's fields besides its shape, and attributes that have no place in it."""
    number = {letter: len(axes) - i for i, letter in enumerate(axes)}
    if not {"z", "y", "x"} <= set(number):
        return {}, {}

    def of(key: str, letter: str, default: float) -> float:
        return float(header.get(f"{key}{number[letter]}", default))

    steps = {}
    for letter in number:
        i = number[letter]
        steps[letter] = float(header.get(f"CDELT{i}", header.get(f"CD{i}_{i}", 1.0))) or 1.0
    # CRPIX counts voxels from 1
    first = {a: of("CRVAL", a, 0.0) + (1.0 - of("CRPIX", a, 1.0)) * steps[a] for a in number}
    units = {a: str(header.get(f"CUNIT{number[a]}", "")) for a in number}
    names = [str(header.get(f"CTYPE{number[a]}", a)).partition("-")[0] or a for a in "zyx"]
    grid: dict[str, Any] = {
        "spacing": triple(abs(steps[a]) for a in "zyx"),
        "origin": triple(first[a] for a in "zyx"),
        "direction": matrix(np.diag([1.0 if steps[a] > 0 else -1.0 for a in "zyx"])),
    }
    if len(set(names)) == 3:
        grid["axis_names"] = tuple(names)
    attributes = {}
    if len({units[a] for a in "zyx"}) == 1:
        grid["unit"] = length_unit(units["z"])
    elif any(units[a] for a in "zyx"):
        attributes["axis_units"] = {a: units[a] for a in "zyx"}
    if "t" in number and f"CDELT{number['t']}" in header:
        frames = int(header[f"NAXIS{number['t']}"])
        grid["times"] = tuple(first["t"] + i * steps["t"] for i in range(frames))
        grid["time_unit"] = time_unit(units["t"])
    return grid, attributes
