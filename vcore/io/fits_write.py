"""FITS writer: one image per variable, with linear world coordinates and the source's cards."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import write_slabs
from vcore.io.fits_wcs import STOKES
from vcore.io.request import need
from vcore.io.stored_arrays import as_stored
from vcore.io.units import SYMBOLS
from vcore.io.write_slabs import Tick
from vcore.model.grid import Grid
from vcore.model.volume import CarriedArray, Variable, Volume

logger = logging.getLogger(__name__)

BITPIX = {
    **{"u1": 8, "i1": 8, "i2": 16, "u2": 16, "i4": 32, "u4": 32, "i8": 64, "u8": 64},
    **{"f4": -32, "f8": -64},
}
"""BITPIX of each dtype (FITS standard 4.0, table 8)."""
ZEROS = {"i1": -(1 << 7), "u2": 1 << 15, "u4": 1 << 31, "u8": 1 << 63}
"""BZERO for integers of the opposite signedness (FITS standard 4.0, section 5.2.5)."""
INDEXED = re.compile(r"(CRPIX|CRVAL|CDELT|CTYPE|CUNIT|CROTA|CNAME)(\d+)|(CD|PC)\d+_\d+|WCSAXES")
"""Cards of the source that the grid replaces."""
PARAMETERS = re.compile(r"(PV|PS)(\d+)_(\d+)")
"""Cards of projections, numbered by axis."""
VERSIONED = re.compile(r"(.+),([1-9][0-9]{0,8})")
"""Name of a variable of several extensions with one EXTNAME, which EXTVER numbers."""
BLOCK = 2880
"""FITS block size in bytes."""

OWN_CARDS = re.compile(r"T(?!UNIT)[A-Z]+\d+$|EXTNAME$|EXTVER$")
"""Cards of a table's columns, which follow from its values."""


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write each variable as an image, the first one as the primary.

    Axes are x y z c t. World coordinates are linear, with CTYPE, CRVAL and projection of the
    source's cards where these are kept. Packed values are packed again (BSCALE, BZERO), float16
    becomes float32.
    """
    fits = need("astropy.io.fits")
    with open(path, "wb") as file:
        placed = ((part, variable) for part in volume.parts for variable in part.variables)
        for number, (part, variable) in enumerate(placed):
            stored = as_stored(variable)
            header = _header(fits, part, variable, stored, number)
            file.write(header.tostring(sep="", endcard=True, padding=True).encode("ascii"))
            zero = ZEROS.get(stored.dtype.str[1:], 0)
            kind = np.dtype(f">{_kind(stored)}")
            size = 0
            for region in stored.slabs(voxels=write_slabs.SLAB_VOXELS):
                values = stored.read(region)
                numbers = _shifted(values, zero).astype(kind) if zero else values
                file.write(np.ascontiguousarray(numbers, kind).data)
                size += numbers.size * kind.itemsize
                tick(values.size)
            file.write(bytes(-size % BLOCK))
    for array in volume.carried:
        _append(fits, path, array)
    return [path]


def _append(fits: Any, path: str, array: CarriedArray) -> None:
    """Append a carried array: records as a table, numbers as an image."""
    values = array.read()
    if values.dtype.names is None and (values.dtype.kind not in "iuf" or not values.ndim):
        logger.warning("left out %s, which FITS has no type for", array.name)
        return
    hdu = (fits.ImageHDU if values.dtype.names is None else fits.BinTableHDU)(values)
    hdu.name = array.name
    told = array.attributes.get("fits")
    for name, value in (told if isinstance(told, Mapping) else {}).items():
        if name not in hdu.header and not OWN_CARDS.match(name):
            _keep(hdu.header, name, value)
    fits.append(path, hdu.data, hdu.header)


def _shifted(values: NDArray[Any], zero: int) -> NDArray[np.int64]:
    if zero < 1 << 63:
        return values.astype(np.int64) - zero
    return (values ^ np.uint64(zero)).view(np.int64)  # beyond 64 bits on the way


def _kind(stored: Variable) -> str:
    return {8: "u1", 16: "i2", 32: "i4", 64: "i8", -32: "f4", -64: "f8"}[
        BITPIX[stored.dtype.str[1:]]
    ]


def _header(fits: Any, volume: Volume, variable: Variable, stored: Variable, number: int) -> Any:
    cards: list[tuple[str, Any]] = [("XTENSION", "IMAGE") if number else ("SIMPLE", True)]
    cards.append(("BITPIX", BITPIX[stored.dtype.str[1:]]))
    cards.append(("NAXIS", len(variable.source_shape)))
    cards += [(f"NAXIS{i}", n) for i, n in enumerate(variable.source_shape[::-1], 1)]
    cards += [("PCOUNT", 0), ("GCOUNT", 1)] if number else [("EXTEND", True)]
    header = fits.Header(cards)
    numbered = VERSIONED.fullmatch(variable.name)
    header["EXTNAME"] = numbered[1] if numbered else variable.name
    if numbered:
        header["EXTVER"] = int(numbered[2])
    if variable.unit:
        header["BUNIT"] = _ascii(variable.unit)
    _code(header, variable, stored)
    known = _kept(volume, variable)
    letters = variable.source_axes[::-1]
    types = _types(known, letters, volume.grid, variable)
    for name, value in _world(volume, variable, letters, types, known):
        header[name] = value
    places = {known_at: at for at, (_, known_at) in enumerate(types, 1) if known_at}
    for name, value in known.items():
        if (match := PARAMETERS.fullmatch(name)) and int(match[2]) in places:
            header[f"{match[1]}{places[int(match[2])]}_{match[3]}"] = value
        elif not INDEXED.fullmatch(name) and not match and name not in header:
            _keep(header, name, value)
    return header


def _code(header: Any, variable: Variable, stored: Variable) -> None:
    """Add the cards of packing, of unsigned integers and of missing values."""
    zero, kind = ZEROS.get(stored.dtype.str[1:], 0), stored.dtype.kind
    fill = stored.fill_value
    if variable.packing is not None:
        header["BSCALE"] = variable.packing.scale
        header["BZERO"] = variable.packing.offset + zero * variable.packing.scale
        fill = variable.attributes.get("_FillValue")
    elif zero:
        header["BSCALE"], header["BZERO"] = 1, zero
    if fill is not None and kind in "iu":
        header["BLANK"] = int(fill) - zero


def _keep(header: Any, name: str, value: Any) -> None:
    if name in ("COMMENT", "HISTORY"):
        for line in value if isinstance(value, list) else [value]:
            header.add_comment(line) if name == "COMMENT" else header.add_history(line)
    elif isinstance(value, str | bool | int | float):
        header[name] = value


def _kept(volume: Volume, variable: Variable) -> Mapping[str, Any]:
    known = variable.attributes.get("fits", volume.attributes.get("fits", {}))
    return known if isinstance(known, Mapping) else {}


def _types(
    known: Mapping[str, Any], letters: Sequence[str], grid: Grid, variable: Variable
) -> list[tuple[str, int]]:
    """Return CTYPE, and the number of the axis in the kept cards or 0, for each axis."""
    sources = {
        str(known[f"CTYPE{i}"]).strip().upper().partition("-")[0]: i
        for i in range(1, 10)
        if f"CTYPE{i}" in known
    }
    names = dict(zip("zyx", grid.axis_names, strict=True))
    found = []
    for letter in letters:
        i = sources.get(names.get(letter, "STOKES" if letter == "c" else "TIME"), 0)
        found.append((str(known[f"CTYPE{i}"]) if i else "", i))
    if "c" in letters:
        at = letters.index("c")
        codes = {name: code for code, name in STOKES.items()}
        steps = np.diff([codes.get(n, 99) for n in variable.components or ("?",)])
        if {*variable.components} - {*codes} or not variable.components or len({*steps}) > 1:
            raise InputError(
                "Expected Stokes parameters as channels for a FITS file. Got others instead: write "
                "one variable a channel, or .nc, .h5 or .zarr."
            )
        found[at] = ("STOKES", found[at][1])
    if "t" in letters:
        at = letters.index("t")
        found[at] = (found[at][0] or "TIME", found[at][1])
    return found


def _world(
    volume: Volume,
    variable: Variable,
    letters: Sequence[str],
    types: Sequence[tuple[str, int]],
    known: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    """Yield the cards of the world coordinates."""
    grid, n = volume.grid, len(letters)
    if grid.coordinates is not None:
        raise InputError(
            "Expected an evenly spaced grid for a FITS file. Got one with coordinates of its own "
            "instead: write .nc, .h5 or .vtr."
        )
    matrix, first = np.eye(n), np.zeros(n)
    axes = "zyx" if "z" in letters else "yx"
    space, at = [letters.index(a) for a in axes], slice(3 - len(axes), None)
    matrix[np.ix_(space, space)] = (np.asarray(grid.direction) * np.asarray(grid.spacing))[at, at]
    first[space] = grid.origin[at]
    if "t" in letters:
        first[letters.index("t")], step = _times(grid)
        matrix[letters.index("t"), letters.index("t")] = step
    if "c" in letters:
        codes = [{v: k for k, v in STOKES.items()}[c] for c in variable.components]
        first[letters.index("c")] = codes[0]
        matrix[letters.index("c"), letters.index("c")] = codes[1] - codes[0] if codes[1:] else 1
    given = zip(types, first, strict=True)
    values = [known.get(f"CRVAL{i}", start) if i else start for (_, i), start in given]
    value = np.array(values, float)
    pixel = 1.0 + np.linalg.solve(matrix, value - first)
    steps = np.diag(matrix)
    yield "WCSAXES", n
    for k, (kind, _) in enumerate(types, 1):
        if kind:
            yield f"CTYPE{k}", kind
        if unit := _unit(volume, letters[k - 1]):
            yield f"CUNIT{k}", unit
        yield f"CRPIX{k}", float(f"{pixel[k - 1]:.12g}")  # without the noise of solving
        yield f"CRVAL{k}", float(value[k - 1])
    if np.count_nonzero(matrix - np.diag(steps)):
        for i, k in np.argwhere(matrix != 0):
            yield f"CD{i + 1}_{k + 1}", float(matrix[i, k])
    else:
        yield from ((f"CDELT{k}", float(s)) for k, s in enumerate(steps, 1))


def _times(grid: Grid) -> tuple[float, float]:
    times = grid.times or (0.0, 1.0)
    steps = np.diff(times) if len(times) > 1 else np.ones(1)
    if not np.allclose(steps, steps[0], rtol=1e-6):
        raise InputError(
            "Expected evenly spaced times for a FITS file. Got others instead: write .nc, or "
            "single frames with `frame`."
        )
    return times[0], float(steps[0])


def _unit(volume: Volume, letter: str) -> str:
    axes = volume.attributes.get("axes")
    said = axes.get(letter) if isinstance(axes, Mapping) else None
    own = str(said.get("units", "")) if isinstance(said, Mapping) and letter in "zyx" else ""
    given = {"t": volume.grid.time_unit, "c": ""}.get(letter, own or volume.grid.unit)
    return _ascii("Angstrom" if given == "angstrom" else SYMBOLS.get(given, given))


def _ascii(unit: str) -> str:
    return unit.replace("µ", "u").replace("²", "2").encode("ascii", "ignore").decode()
