"""Unit names as spelled by OME-Zarr, from the spellings found in files."""

from collections.abc import Sequence

from vcore.io.given import warn

PREFIXES = {
    **{"yotta": ("Y", 24), "zetta": ("Z", 21), "exa": ("E", 18), "peta": ("P", 15)},
    **{"tera": ("T", 12), "giga": ("G", 9), "mega": ("M", 6), "kilo": ("k", 3)},
    **{"hecto": ("h", 2), "deca": ("da", 1), "": ("", 0), "deci": ("d", -1), "centi": ("c", -2)},
    **{"milli": ("m", -3), "micro": ("µ", -6), "nano": ("n", -9), "pico": ("p", -12)},
    **{"femto": ("f", -15), "atto": ("a", -18), "zepto": ("z", -21), "yocto": ("y", -24)},
}
"""Symbol and power of ten of each prefix."""

SYMBOLS = {
    **{f"{prefix}meter": f"{symbol}m" for prefix, (symbol, _) in PREFIXES.items()},
    **{f"{prefix}second": f"{symbol}s" for prefix, (symbol, _) in PREFIXES.items()},
    **{"angstrom": "Å", "inch": "in", "foot": "ft", "yard": "yd", "mile": "mi", "parsec": "pc"},
    **{"astronomical unit": "ua", "light year": "ly", "point": "pt", "thou": "thou"},
    **{"minute": "min", "hour": "h", "day": "d"},
}
"""Symbols as spelled by OME-XML; all are also recognised on reading."""

METERS = {
    **{f"{prefix}meter": 10.0**power for prefix, (_, power) in PREFIXES.items()},
    **{"angstrom": 1e-10, "inch": 0.0254, "foot": 0.3048, "yard": 0.9144, "mile": 1609.344},
    **{"parsec": 3.0856775814913673e16, "light year": 9.4607304725808e15},
    **{"astronomical unit": 149597870700.0, "point": 0.0254 / 72, "thou": 2.54e-5},
}
"""Length units in metres."""
SECONDS = {
    **{f"{prefix}second": 10.0**power for prefix, (_, power) in PREFIXES.items()},
    **{"minute": 60.0, "hour": 3600.0, "day": 86400.0},
}
"""Time units in seconds."""

LENGTHS = {
    "angstrom": ("å", "a", "ang", "angstroms", "ångström"),
    "nanometer": ("nm", "nanometre", "nanometers"),
    "micrometer": (
        *("um", "µm", "μm", "\\u00b5m", "micron", "microns", "micrometre", "micrometers"),
        *("âµm", "ã\x82âµm", "î¼m", "\ufffdm", "micro meter", "mu", "µ", "μ", "u"),  # UTF-8 misread
    ),
    "millimeter": ("mm", "millimetre", "millimeters"),
    "centimeter": ("cm", "centimetre", "centimeters"),
    "meter": ("m", "metre", "meters", "metres"),
    "kilometer": ("km", "kilometre", "kilometers"),
    "inch": ("in", "inches", '"'),
    "astronomical unit": ("ua", "au"),
    "light year": ("ly",),
    "point": ("pt",),
    "": ("pixel", "pixels", "px", "voxel", "none", "unknown", "1", "reference frame", "undefined"),
}
"""Other spellings of length units."""
TIMES = {
    "nanosecond": ("ns", "nanoseconds"),
    "microsecond": ("us", "µs", "μs", "usec", "microseconds"),
    "millisecond": ("ms", "msec", "milliseconds"),
    "second": ("s", "sec", "secs", "seconds"),
    "minute": ("min", "mins", "minutes"),
    "hour": ("h", "hr", "hrs", "hours"),
    "day": ("d", "days"),
    "": ("frame", "frames", "unknown", "1"),
}
"""Other spellings of time units."""


def length_unit(text: object) -> str:
    """Return the canonical length unit for ``text``, or ``text`` itself if unknown."""
    return _lookup(text, LENGTHS, METERS)


def common_length_unit(units: Sequence[str]) -> tuple[str, tuple[float, ...]]:
    """Return a common unit for axes in different units, and a factor per axis.

    Return "" and factors of 1 if any of them is not a unit of length.
    """
    names = [length_unit(unit) for unit in units]
    if len(set(names)) == 1 and (names[0] in METERS or not names[0]):
        return names[0], (1.0,) * len(names)
    if not all(name in METERS for name in names):
        return "", (1.0,) * len(names)
    common = names[-1]
    return common, tuple(factor(name, common) for name in names)


def time_unit(text: object) -> str:
    """Return the canonical time unit for ``text``, or ``text`` itself if unknown."""
    return _lookup(text, TIMES, SECONDS)


def common_unit(
    path: str, units: Sequence[object], what: str = "sizes"
) -> tuple[str, tuple[float, ...]]:
    """Return a common length unit for all axes, and a factor for the numbers of each.

    Parameters
    ----------
    path, what
        Names of the file and of the numbers, for warnings.
    units
        Unit of each axis as spelled in the file, None if it has no number. The last unit
        becomes the common one. Axes without a unit keep their numbers, with a warning.

    Returns
    -------
    unit, factors
        "" and factors of 1, with a warning, for incompatible units (degrees and hectopascals).
    """
    names = [None if u is None else length_unit(u) for u in units]
    told = [n for n in names if n]
    same = (1.0,) * len(names)
    if not told:
        return "", same
    unit = told[-1]
    if "" in names:
        warn("unit", "%s: the %s along some axes have no unit; assumed %s", path, what, unit)
    if len(set(told)) == 1:
        return unit, same
    if not all(n in METERS for n in told):
        warn(
            "unit",
            "%s: the %s are in incompatible units, %s; used none",
            path,
            what,
            " and ".join(dict.fromkeys(told)),
        )
        return "", same
    return unit, tuple(factor(n, unit) if n else 1.0 for n in names)


def factor(unit: str, other: str) -> float:
    """Return the number of ``other`` in one ``unit``, both lengths or both times."""
    table = METERS if unit in METERS else SECONDS
    ratio = table[unit] / table[other]
    # powers of ten without the rounding error of their quotient
    return float(f"{ratio:.12g}")


def _lookup(text: object, table: dict[str, tuple[str, ...]], known: dict[str, float]) -> str:
    word = " ".join(str(text or "").strip("\x00").split())
    for name in known:
        if word == SYMBOLS.get(name):  # case-sensitive first: Mm is not mm
            return name
    small = word.lower()
    for name, spellings in table.items():
        if small == name or small in spellings:
            return name
    singular = small.removesuffix("s").replace("metre", "meter")
    return next((name for name in (small, singular) if name in known), word)
