"""Names of units as OME-Zarr spells them, out of the many ways in which files write them."""

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


def time_unit(text: object) -> str:
    """Return the unit of time that ``text`` means, ``text`` itself if it is not known."""
    return _lookup(text, TIMES)


def _lookup(text: object, table: dict[str, tuple[str, ...]]) -> str:
    word = str(text or "").strip().strip("\x00")
    for name, spellings in table.items():
        if word.lower() == name or word.lower() in spellings:
            return name
    return word
