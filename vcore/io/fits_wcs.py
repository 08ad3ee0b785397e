"""FITS world coordinates: axis order from CTYPE, and a grid from their linear part.

FITS standard 4.0, section 8; Greisen & Calabretta 2002, A&A 395, 1061 (CD and PC matrices).
"""

import logging
import re
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.given import warn
from vcore.io.request import need
from vcore.io.tidy import affine_grid, number, tidy_grid
from vcore.io.units import METERS, common_unit, length_unit, time_unit

logger = logging.getLogger(__name__)

SPECTRAL = {
    *("FREQ", "AFRQ", "ENER", "WAVN", "VRAD", "WAVE", "VOPT", "ZOPT", "AWAV", "VELO", "BETA"),
    *("FELO", "VELOCITY"),
}
"""CTYPE codes of spectral axes (FITS standard 4.0, section 8.4), and older ones."""
TIMES = {"TIME", "UTC", "TAI", "TT", "TDB", "UT1", "GPS", "ET", "TCG", "TCB", "LOCAL"}
"""CTYPE codes of time axes: time scales (FITS standard 4.0, section 9.2.1)."""
STOKES = {
    **{1: "I", 2: "Q", 3: "U", 4: "V", -1: "RR", -2: "LL", -3: "RL", -4: "LR"},
    **{-5: "XX", -6: "YY", -7: "XY", -8: "YX"},
}
"""Names of the codes along a STOKES axis (FITS standard 4.0, table 29)."""
CELESTIAL = "xy"
"""Letters of longitude and latitude in ``World.types``."""
NUMERIC_KEYWORDS = re.compile(r"(CDELT|CRVAL|CRPIX|CROTA)\d+|(CD|PC)\d+_\d+")
"""Numeric keywords that wcslib silently ignores if their value is a string."""


@dataclass(frozen=True)
class World:
    """World coordinates of an n-dimensional image, in FITS axis order (NAXIS1 first).

    Parameters
    ----------
    lengths, names, units
        NAXISi, CTYPEi without the projection, CUNITi.
    letters
        Axis letters: x y z t c, or a digit for a dropped axis of length 1.
    types
        Axis type from CTYPEi: x (longitude), y (latitude), z (spectral), t, c or "".
    matrix
        n x n matrix from pixel to world coordinates.
    origin
        World coordinates of the first voxel.
    """

    lengths: tuple[int, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    letters: str
    types: tuple[str, ...]
    matrix: NDArray[np.float64]
    origin: NDArray[np.float64]

    @property
    def axes(self) -> str:
        """One letter per axis, in array order."""
        return self.letters[::-1]

    def lies_as(self, other: "World") -> bool:
        """Return whether two images share the same world coordinates."""
        same = (self.letters, self.names, self.units) == (other.letters, other.names, other.units)
        return same and all(
            np.allclose(a, b, rtol=1e-9, equal_nan=True)
            for a, b in ((self.matrix, other.matrix), (self.origin, other.origin))
        )

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the Stokes parameters along c."""
        at = self.letters.find("c")
        if at < 0 or self.types[at] != "c":
            return ()
        codes = self.origin[at] + np.arange(self.lengths[at]) * self.matrix[at, at]
        found = tuple(STOKES.get(round(c), "") if np.isfinite(c) else "" for c in codes)
        return found if all(found) and len(set(found)) == len(found) else ()


def world_of(path: str, header: Any, axes: str | None = None) -> World:
    """Return the world coordinates described by ``header``, or pixel coordinates if none are.

    ``axes`` are letters in array order given by the caller; they override CTYPEi.
    """
    ndim = int(header["NAXIS"])
    lengths = tuple(int(header[f"NAXIS{i + 1}"]) for i in range(ndim))
    kinds = [str(header.get(f"CTYPE{i + 1}", "")).strip().upper() for i in range(ndim)]
    names = tuple(kind.partition("-")[0] for kind in kinds)
    prm = _parsed(path, header)
    types = _types(prm, kinds)
    units = tuple(
        str(header.get(f"CUNIT{i + 1}", "")).strip() or ("deg" if t and t in CELESTIAL else "")
        for i, t in enumerate(types)
    )
    matrix, value, pixel = np.eye(ndim), np.zeros(ndim), np.ones(ndim)
    if prm is not None:
        n = min(ndim, prm.naxis)
        matrix[:n, :n] = _matrix(prm, types)[:n, :n]
        value[:n], pixel[:n] = prm.crval[:n], prm.crpix[:n]
    with np.errstate(invalid="ignore"):
        # CRPIX is 1-based; NaN in one axis must not spread to the others
        steps = np.where(matrix == 0, 0.0, matrix * (1.0 - pixel))
    first = value + steps.sum(axis=1)
    for i in range(ndim):  # undescribed axes use voxel indices from 0
        if not any(f"{key}{i + 1}" in header for key in ("CTYPE", "CRVAL", "CRPIX", "CDELT")):
            first[i] = 0.0
    for i, kind in enumerate(kinds):
        if types[i] == "z" and lengths[i] > 1 and len(kind) > 4 and kind[4] == "-":
            logger.warning("%s: the axis %s is nonlinear; used its linear part", path, kind)
    given = axes is not None and len(axes) == ndim
    letters = (axes or "")[::-1] if given else _letters(lengths, types)
    return World(lengths, names, units, letters, types, matrix, first)


def grid_of(path: str, world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the grid besides its shape, and attributes that do not fit in it."""
    if not {"x", "y"} <= {*world.letters}:
        return {}, {}
    is_flat = "z" not in world.letters
    if is_flat:
        world = _with_z(world)
    at = {letter: i for i, letter in enumerate(world.letters)}
    rows = [at[a] for a in "xyz"]
    units = [length_unit(world.units[i]) for i in rows]
    affine = np.eye(4)
    affine[:3, :3] = _unmixed(path, world, rows, units)
    affine[:3, 3] = world.origin[rows]
    unit = units[0]
    if len(set(units)) > 1:
        typed = any(world.types[i] for i in rows)
        lengths = not typed and all(u in METERS for u in units if u)
        unit, factors = common_unit(path, units[::-1]) if lengths else ("", (1.0, 1.0, 1.0))
        affine[:3] *= np.array(factors[::-1])[:, None]
    grid, attributes = affine_grid(path, affine)
    grid["unit"] = unit
    names = [world.names[at[a]] or a for a in "zyx"]
    if len(set(names)) == 3:
        grid["axis_names"] = tuple(names)
    if not unit and any(units):
        attributes["axes"] = {
            a: {"name": world.names[at[a]] or a, "units": world.units[at[a]]}
            for a in "zyx"[is_flat:]
        }
    if "t" in at:
        i = at["t"]
        step, first = float(world.matrix[i, i]), float(world.origin[i])
        if world.names[i] or step != 1:
            grid["times"] = tuple(first + k * step for k in range(world.lengths[i]))
            grid["time_unit"] = time_unit(world.units[i])
    return tidy_grid(path, grid), attributes


def _with_z(world: World) -> World:
    """Return the world coordinates of an image as those of one slice."""
    matrix = np.pad(world.matrix, (0, 1))
    matrix[-1, -1] = 1.0
    return replace(
        world,
        lengths=(*world.lengths, 1),
        names=(*world.names, ""),
        units=(*world.units, world.units[world.letters.index("x")]),
        letters=f"{world.letters}z",
        types=(*world.types, ""),
        matrix=matrix,
        origin=np.append(world.origin, 0.0),
    )


def _unmixed(path: str, world: World, rows: list[int], units: list[str]) -> NDArray[np.float64]:
    """Return the matrix over x y z, without terms that mix coordinates of different types."""
    matrix = np.array(world.matrix[np.ix_(rows, rows)])
    groups = [
        (unit, "sky" if world.types[i] and world.types[i] in CELESTIAL else world.types[i])
        for i, unit in zip(rows, units, strict=True)
    ]
    mixed = np.array([[a != b for b in groups] for a in groups]) & (matrix != 0)
    if mixed.any():
        logger.warning("%s: ignored matrix terms that mix coordinates of different types", path)
        matrix[mixed] = 0.0
    return matrix


def _parsed(path: str, header: Any) -> Any:
    """Return the header parsed by wcslib, None if it has no usable world coordinates."""
    wcs = need("astropy.wcs")
    texts = [k for k in header if NUMERIC_KEYWORDS.fullmatch(k) and isinstance(header[k], str)]
    if texts:
        warn("spacing", "%s: no number in %s; used the defaults", path, " and ".join(texts))
    text = header.tostring(sep="", endcard=False, padding=False)
    try:
        with warnings.catch_warnings(action="ignore"):
            return wcs.Wcsprm(header=text.encode("ascii", "replace"), relax=True)
    except wcs.NoWcsKeywordsFoundError:
        return None
    except Exception as error:
        logger.warning("%s: ignored its invalid world coordinates (%s)", path, str(error).strip())
        return None


def _types(prm: Any, kinds: list[str]) -> tuple[str, ...]:
    """Return the type of each axis, from wcslib if possible, else from its name."""
    types = [""] * len(kinds)
    for i, kind in enumerate(kinds):
        name = kind.partition("-")[0]
        if name == "STOKES":
            types[i] = "c"
        elif name in TIMES:
            types[i] = "t"
        elif name in SPECTRAL:
            types[i] = "z"
        elif name == "RA" or (name.endswith(("LON", "LN")) and "-" in kind):
            types[i] = "x"
        elif name == "DEC" or (name.endswith(("LAT", "LT")) and "-" in kind):
            types[i] = "y"
    if prm is not None:
        try:
            known = need("astropy.wcs").Wcsprm.__deepcopy__(prm, {})
            known.set()
        except Exception:  # invalid projection: keep the types from the names
            return tuple(types)
        for letter, i in (("x", known.lng), ("y", known.lat), ("z", known.spec)):
            if 0 <= i < len(types):
                types[i] = letter
    return tuple(types)


def _matrix(prm: Any, types: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the n x n matrix from pixels to world coordinates, in the units of the header."""
    # not get_pc or get_cdelt, which convert to SI units
    steps = np.array(prm.cdelt, float)
    if prm.has_cd():
        matrix = np.array(prm.cd, float)
        for i in range(prm.naxis):  # an axis without any CD uses its CDELT, 1 by default
            if not matrix[i].any() and not matrix[:, i].any():
                matrix[i, i] = steps[i]
        return matrix
    matrix = np.array(prm.pc if prm.has_pc() else np.eye(prm.naxis), float)
    if prm.has_crota() and "x" in types and "y" in types:
        lon, lat = types.index("x"), types.index("y")
        if max(lon, lat) < prm.naxis and (angle := np.deg2rad(number(prm.crota[lat]))):
            cos, sin, ratio = np.cos(angle), np.sin(angle), steps[lat] / steps[lon]
            # Calabretta & Greisen 2002, equation 189
            matrix[lon, lon], matrix[lon, lat] = cos, -sin * ratio
            matrix[lat, lon], matrix[lat, lat] = sin / ratio, cos
    return np.asarray(matrix * steps[:, None])


def _letters(lengths: tuple[int, ...], types: tuple[str, ...]) -> str:
    """Return a letter per axis: by type, else the first free one of x y z t c."""
    letters = [""] * len(lengths)

    def take(letter: str, i: int) -> None:
        if letter not in letters and not letters[i]:
            letters[i] = letter

    if {"x", "y"} <= set(types):  # a longitude without a latitude is ambiguous
        for i, kind in enumerate(types):
            if kind and kind in CELESTIAL:
                take(kind, i)
    for i, kind in enumerate(types):
        if kind == "z" or (kind in ("t", "c") and lengths[i] > 1):
            take(kind, i)
    free = [i for i, n in enumerate(lengths) if not letters[i] and n > 1]
    free += [i for i, n in enumerate(lengths) if not letters[i] and n == 1]
    # three axes have to be x y z
    free += [letters.index(a) for a in "tc" if a in letters and len(lengths) < 4]
    missing = [a for a in "xyz" if a not in letters]
    for letter, i in zip(missing, sorted(free[: len(missing)]), strict=False):
        letters[i] = letter
    for letter in "tc":
        rest = [i for i, n in enumerate(lengths) if not letters[i] and n > 1]
        if rest and letter not in letters:
            letters[rest[0]] = letter
    return "".join(a or str(i % 10) for i, a in enumerate(letters))
