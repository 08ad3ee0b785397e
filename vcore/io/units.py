"""Names of units as OME-Zarr spells them, out of the many ways in which files write them."""

from collections.abc import Sequence

LENGTHS = {
    "angstrom": ("å", "a", "ang", "angstroms", "ångström"),
    "nanometer": ("nm", "nanometre", "nanometers"),
    "micrometer": ("um", "µm", "μm", "\\u00b5m", "micron", "microns", "micrometre", "micrometers"),
    "millimeter": ("mm", "millimetre", "millimeters"),
    "centimeter": ("cm", "centimetre", "centimeters"),
    "meter": ("m", "metre", "meters", "metres"),
    "kilometer": ("km", "kilometre", "kilometers"),
    "inch": ("in", "inches"),
    "": ("pixel", "pixels", "px", "voxel", "none", "unknown", "1", "reference frame", "undefined"),
}
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

SECONDS = {
    **{"nanosecond": 1e-9, "microsecond": 1e-6, "millisecond": 1e-3, "second": 1.0},
    **{"minute": 60.0, "hour": 3600.0, "day": 86400.0},
}
METRES = {
    **{"angstrom": 1e-10, "nanometer": 1e-9, "micrometer": 1e-6, "millimeter": 1e-3},
    **{"centimeter": 1e-2, "meter": 1.0, "kilometer": 1e3, "inch": 0.0254},
}
SYMBOLS = {
    "angstrom": "Å",
    "micrometer": "µm",
    "microsecond": "µs",
    "inch": "in",
    **{n: n[0] for n in ("meter", "second", "hour", "day")},
    **{"nanometer": "nm", "millimeter": "mm", "centimeter": "cm", "kilometer": "km"},
    **{"nanosecond": "ns", "millisecond": "ms", "minute": "min"},
}
"""Symbols as OME-XML spells them; each is also understood above."""


def length_unit(text: object) -> str:
    """Return the unit of length that ``text`` means, ``text`` itself if it is not known."""
    return _lookup(text, LENGTHS)


def common_length_unit(units: Sequence[str]) -> tuple[str, tuple[float, ...]]:
    """Return one unit for axes in several, and what to multiply the numbers of each axis by.

    "" and no change where one of them is no unit of length.
    """
    names = [length_unit(unit) for unit in units]
    if len(set(names)) == 1 and (names[0] in METRES or not names[0]):
        return names[0], (1.0,) * len(names)
    if not all(name in METRES for name in names):
        return "", (1.0,) * len(names)
    common = names[-1]
    return common, tuple(float(f"{METRES[name] / METRES[common]:.12g}") for name in names)


def time_unit(text: object) -> str:
    """Return the unit of time that ``text`` means, ``text`` itself if it is not known."""
    return _lookup(text, TIMES)


def _lookup(text: object, table: dict[str, tuple[str, ...]]) -> str:
    word = str(text or "").strip().strip("\x00")
    for name, spellings in table.items():
        if word.lower() == name or word.lower() in spellings:
            return name
    return word
