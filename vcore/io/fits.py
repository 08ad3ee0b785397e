"""FITS cubes (.fits, .fits.gz)."""

import json
import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import choose, variable
from vcore.io.fits_carried import carried_hdus
from vcore.io.fits_wcs import World, grid_of, world_of
from vcore.io.formats import codec_of, stem_of
from vcore.io.lazy import CallbackArray, Converted, unpacked
from vcore.io.mapped import stored_array
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import number
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.regions import Region
from vcore.model.volume import GRID_KEYS, CarriedArray, LazyArray, Variable, Volume

logger = logging.getLogger(__name__)

BITPIX = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
"""Stored dtype for each BITPIX (FITS standard 4.0, table 8)."""
UNSIGNED = {
    8: (-128.0, np.int8),
    16: (2.0**15, np.uint16),
    32: (2.0**31, np.uint32),
    64: (2.0**63, np.uint64),
}
"""BZERO that marks integers of opposite signedness (FITS standard 4.0, section 5.2.5)."""


STRUCTURAL_CARDS = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|[PG]COUNT|GROUPS|EXTEND|BSCALE|BZERO|BLANK|CHECKSUM|DATASUM|"
    r"EXTNAME|EXTVER|BUNIT|END|"
)
"""Cards that describe the stored array and do not apply after decoding."""
MAX_CARDS_TEXT = 1 << 16
"""Maximum number of characters of header cards kept per image, as JSON."""


def read(source: ReadRequest) -> Volume:
    """Read the images, those of other shapes or places on grids of their own; uncompressed values
    are memory-mapped.

    Axes follow CTYPE: longitude is x, latitude y, a spectral axis z, Stokes parameters are
    components. Spacing, origin and direction come from the linear part of the world coordinates
    (CRPIX, CRVAL, CDELT, and CD or PC or CROTA); a negative CDELT, usual for right ascension,
    becomes a direction of -1.
    """
    fits = need("astropy.io.fits")
    check_file(source.path)
    with (
        reading(source.path, "FITS file"),
        warnings.catch_warnings(action="ignore"),
        fits.open(source.path, memmap=False, do_not_scale_image_data=True) as hdus,
    ):
        # astropy warns about truncated files, which are refused below, and about odd headers
        numbers = [i for i, hdu in enumerate(hdus) if hdu.is_image and hdu.header.get("NAXIS", 0)]
        numbers = [i for i in numbers if all(_shape(hdus[i].header))]  # excludes random groups
        if not numbers and (tables := [hdu.name for hdu in hdus if not hdu.is_image]):
            raise InputError(
                f"Expected an image in {source.path}. Got tables only ({', '.join(tables)}) "
                f"instead: vcore keeps tables beside volumes."
            )
        found = dict(zip(_names(source.path, hdus, numbers), numbers, strict=True))
        shapes = {n: _shape(hdus[i].header) for n, i in found.items()}
        if source.inside:
            source = replace(source, variables=[_inside(source.inside, hdus, found)])
        names = choose(source, shapes, "image", carries=True)
        if source.variables is None:
            some = [n for n, s in shapes.items() if len(s) > 1 and n not in source.exclude]
            names += [n for n in some if n not in names]
        worlds = {n: world_of(source.path, hdus[found[n]].header, source.axes) for n in names}
        made = {n: _variable(source, fits, n, i, hdus[i], worlds[n]) for n, i in found.items()
                if n in names}  # fmt: skip
        parts: list[Volume] = []
        for group in _groups(names, made, worlds):
            grid, attributes = grid_of(source.path, worlds[group[0]])
            if "t" not in made[group[0]].axes:
                grid["times"], grid["time_unit"] = None, ""
            if parts:
                attributes = {k: v for k, v in attributes.items() if k in GRID_KEYS}
            shape: Any = made[group[0]].shape[-3:]
            variables = tuple(made[n] for n in group)
            parts.append(Volume(Grid(shape=shape, **grid), variables, attributes=attributes))
        attributes = dict(parts[0].attributes)
        if 0 not in (found[n] for n in names) and (cards := _cards(hdus[0].header)):
            attributes["fits"] = cards
        carried: tuple[CarriedArray, ...] = ()
        left_out: tuple[str, ...] = ()
        if source.variables is None:
            beside = {i: n for n, i in found.items() if n not in names}
            headers = {i: _cards(hdu.header) for i, hdu in enumerate(hdus)}
            carried, left_out = carried_hdus(source.path, hdus, beside, headers)
        return replace(
            parts[0],
            attributes=attributes,
            carried=carried,
            left_out=left_out,
            others=tuple(parts[1:]),
        )


def _groups(
    names: Sequence[str], made: Mapping[str, Variable], worlds: Mapping[str, World]
) -> list[list[str]]:
    """Return the names of the images on each grid: of one shape, at one place."""
    groups: list[list[str]] = []
    for name in names:
        variable = made[name]
        for group in groups:
            first = made[group[0]]
            same = (variable.axes, variable.shape, variable.flat) == (
                first.axes,
                first.shape,
                first.flat,
            )
            if same and worlds[name].lies_as(worlds[group[0]]):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def _names(path: str, hdus: Any, numbers: list[int]) -> list[str]:
    """Return a name per HDU: its EXTNAME, with EXTVER appended if several share it."""
    plain = [
        str(hdus[i].header.get("EXTNAME") or (f"extension_{i}" if i else stem_of(path)))
        for i in numbers
    ]
    versions = [
        f"{n},{hdus[i].header.get('EXTVER', 1)}" for n, i in zip(plain, numbers, strict=True)
    ]
    names = [v if plain.count(n) > 1 else n for n, v in zip(plain, versions, strict=True)]
    return [
        n if names.count(n) == 1 else f"{plain[k]}_{i}"
        for k, (n, i) in enumerate(zip(names, numbers, strict=True))
    ]


def _inside(text: str, hdus: Any, found: Mapping[str, int]) -> str:
    """Return the name of the HDU that ``text`` selects: a name, "SCI,2", "SCI" or an index."""
    if text in found:
        return text
    name, comma, version = text.rpartition(",") if "," in text else (text, "", "")
    try:
        if text.isdigit():
            number = int(text)
        else:
            number = hdus.index_of((name.strip(), int(version)) if comma else name.strip())
    except (KeyError, ValueError):
        return text
    return next((n for n, i in found.items() if i == number), text)


def _shape(header: Any) -> tuple[int, ...]:
    return tuple(int(header[f"NAXIS{i}"]) for i in range(int(header["NAXIS"]), 0, -1))


def _variable(
    source: ReadRequest, fits: Any, name: str, index: int, hdu: Any, world: World
) -> Variable:
    header = hdu.header
    bits = int(header["BITPIX"])
    slope, zero = _scaling(source.path, header)
    data: LazyArray
    if isinstance(hdu, fits.CompImageHDU):
        fetch = partial(_fetch, source.path, index)
        data = CallbackArray(_shape(header), np.dtype(BITPIX[bits]).newbyteorder("="), fetch)
    else:
        data = stored_array(
            source.path,
            _shape(header),
            BITPIX[bits],
            offset=int(hdu.fileinfo()["datLoc"]),
            codec=codec_of(source.path),
        )
    fill = _blank(source.path, header, bits)
    packing = code = None
    if slope == 1 and bits in UNSIGNED and zero == UNSIGNED[bits][0]:
        dtype = np.dtype(UNSIGNED[bits][1])
        data = Converted(data, dtype, partial(_shifted, shift=int(zero), dtype=dtype))
        fill = None if fill is None else fill + int(zero)
    elif (slope, zero) != (1.0, 0.0):
        # same dtypes as astropy: float32 for integers of up to 16 bits
        dtype = np.dtype("f4" if bits in (8, 16, -32) else "f8")
        if bits in (8, 16, 32):
            packing = Packing(BITPIX[bits][1:], dtype.str[1:], slope, zero)
            data, code = unpacked(data, packing, missing=fill), fill
        else:
            convert = partial(_unscaled, slope=slope, zero=zero, dtype=dtype, blank=fill)
            data = Converted(data, dtype, convert)
        fill = None
    cards = _cards(header)
    return variable(
        source,
        name,
        data,
        world.axes,
        unit=str(header.get("BUNIT", "")).strip(),
        components=world.components,
        fill_value=fill,
        packing=packing,
        attributes=({"fits": cards} if cards else {})
        | ({} if code is None else {"_FillValue": code}),
    )


def _scaling(path: str, header: Any) -> tuple[float, float]:
    slope, zero = number(header.get("BSCALE", 1)), number(header.get("BZERO", 0))
    if np.isfinite([slope, zero]).all() and slope:
        return slope, zero
    logger.warning("%s: BSCALE is %s, BZERO %s; used values as stored", path, slope, zero)
    return 1.0, 0.0


def _blank(path: str, header: Any, bits: int) -> int | None:
    """Return the stored integer that marks missing values, or None."""
    blank = header.get("BLANK")
    if blank is None or bits < 0:
        return None
    limits = np.iinfo(BITPIX[bits])
    if isinstance(blank, int) and limits.min <= blank <= limits.max:
        return blank
    logger.warning("%s: ignored BLANK = %r, outside the range of the values", path, blank)
    return None


def _shifted(values: NDArray[Any], shift: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    if shift < 1 << 63:
        return (values.astype(np.int64) + shift).astype(dtype)
    return values.astype(np.int64).view(np.uint64) ^ np.uint64(shift)  # beyond 64 bits on the way


def _unscaled(
    values: NDArray[Any], slope: float, zero: float, dtype: np.dtype[Any], blank: int | None
) -> NDArray[Any]:
    """Return values scaled by BSCALE and shifted by BZERO, in that order as in astropy."""
    found = values.astype(dtype)
    found *= dtype.type(slope)
    found += dtype.type(zero)
    if blank is not None:
        found[values == blank] = np.nan
    return found


def _fetch(path: str, index: int, region: Region) -> NDArray[Any]:
    """Read the tiles of a tile-compressed image that ``region`` overlaps."""
    fits = need("astropy.io.fits")
    with reading(path, "FITS file"), fits.open(path, do_not_scale_image_data=True) as hdus:
        return np.array(hdus[index].section[region])


def _cards(header: Any) -> dict[str, Any]:
    """Return the header cards as JSON values, without those that describe the array."""
    cards: dict[str, Any] = {}
    for name in dict.fromkeys(header):
        if STRUCTURAL_CARDS.fullmatch(name):
            continue
        value = header[name]
        if name in ("COMMENT", "HISTORY"):
            value = [str(line) for line in value]
        if isinstance(value, str | bool | int | list) or (
            isinstance(value, float) and np.isfinite(value)
        ):
            cards[name] = value
    for name in ("COMMENT", "HISTORY"):
        if len(json.dumps(cards)) > MAX_CARDS_TEXT:
            cards.pop(name, None)
    if len(json.dumps(cards)) > MAX_CARDS_TEXT:
        logger.warning("the header has too many cards; dropped some")
        while len(json.dumps(cards)) > MAX_CARDS_TEXT:
            for name in list(cards)[-len(cards) // 2 :]:
                del cards[name]
    return cards
