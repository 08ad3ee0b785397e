"""Grids of TIFF without OME-XML, from ImageJ metadata and resolution tags."""

import logging
import math
from typing import Any

import numpy as np

from vcore.io.given import warn
from vcore.io.tidy import number, tidy_grid
from vcore.io.units import common_unit, time_unit
from vcore.model.volume import Variable, usable_fill

logger = logging.getLogger(__name__)

RESOLUTION_UNITS = {2: ("inch", 1.0), 3: ("centimeter", 2.54)}
"""Unit name and units per inch for each value of ResolutionUnit (TIFF 6.0, page 38)."""
PRINT_RESOLUTIONS = (1, 72, 75, 96, 100, 120, 150, 200, 240, 300, 360, 400, 600, 720, 1200, 2400)
"""Default print resolutions in dots per inch; they carry no physical size."""
GEOTIFF, GDAL_NODATA = (33550, 33922, 34264), 42113
"""Tags of the place on a map (pixel scale, tie points, transformation), and of the value that
stands for missing ones."""
MAX_TEXT = 1 << 16
"""Maximum number of characters kept of each metadata text."""
IMAGEJ_LAYOUT = {
    *("ImageJ", "images", "channels", "slices", "frames", "hyperstack", "spacing", "unit", "yunit"),
    *("zunit", "finterval", "tunit", "xorigin", "yorigin", "zorigin"),
}
"""ImageJ metadata represented elsewhere in a volume."""
TAGS = ("Software", "DateTime", "Artist", "Make", "Model", "HostComputer", "Copyright")
"""Names of the TIFF tags kept as text."""


def plain_grid(path: str, tif: Any, found: Variable) -> dict[str, Any]:
    """Return the fields of the grid besides its shape."""
    if tif.is_imagej and tif.imagej_metadata:
        return tidy_grid(path, _imagej(path, tif, found))
    if tif.is_lsm and tif.lsm_metadata:
        meters = [number(tif.lsm_metadata.get(f"VoxelSize{a}")) for a in "ZYX"]
        rounded = [float(f"{s * 1e6:.9g}") if s > 0 else None for s in meters]
        return tidy_grid(path, {"spacing": rounded, "unit": "micrometer"})
    tags = tif.pages[0].tags
    if any(code in tags for code in GEOTIFF):
        logger.warning("%s: left out its place on a map (GeoTIFF); took its pixels as 1", path)
        return {}
    code = tags.valueof("ResolutionUnit", default=1)
    sizes = [_pixel_size(tags.valueof(f"{a}Resolution")) for a in "YX"]
    if code not in RESOLUTION_UNITS or None in sizes or _is_print_resolution(sizes, int(code)):
        return {}
    unit = RESOLUTION_UNITS[code][0]
    if not found.flat:
        warn(
            "spacing",
            "%s: TIFF has no tag for the voxel size along z; used that along x, %g %s",
            path,
            sizes[1],
            unit,
        )
    return tidy_grid(path, {"spacing": [sizes[1], *sizes], "unit": unit})


def nodata_of(tif: Any, dtype: np.dtype[Any]) -> float | int | None:
    """Return the value that GDAL's tag declares missing, None without one that ``dtype`` has."""
    text = tif.pages[0].tags.valueof(GDAL_NODATA)
    return usable_fill(number(text.strip("\0")), dtype) if isinstance(text, str) else None


def kept(tif: Any) -> dict[str, Any]:
    """Return other metadata as attributes of a volume."""
    attributes: dict[str, Any] = {}
    tags = {} if tif.is_ome else {n: tif.pages[0].tags.valueof(n) for n in TAGS}
    if tags.get("Software") == "tifffile.py":  # not the instrument
        del tags["Software"]
    texts = {n: v for n, v in tags.items() if isinstance(v, str) and 0 < len(v) <= MAX_TEXT}
    if tif.is_imagej:
        found = {k: v for k, v in (tif.imagej_metadata or {}).items() if k not in IMAGEJ_LAYOUT}
        found = {k: v for k, v in found.items() if _is_small(v)}
        if found:
            attributes["imagej"] = found
    elif not tif.is_ome and not tif.is_shaped:
        text = tif.pages[0].description
        if text and len(text) <= MAX_TEXT:
            texts["ImageDescription"] = text
    if texts:
        attributes["tiff"] = texts
    return attributes


def _imagej(path: str, tif: Any, found: Variable) -> dict[str, Any]:
    tags, known = tif.pages[0].tags, tif.imagej_metadata
    grid: dict[str, Any] = {}
    x_unit, told = known.get("unit") or "", known.get("spacing")
    units = [known.get("zunit") or x_unit, known.get("yunit") or x_unit, x_unit]
    sizes = [_pixel_size(tags.valueof(f"{a}Resolution")) for a in "YX"]
    steps = [None if told is None else abs(number(told)), *sizes]
    known_units = [None if s is None else u for s, u in zip(steps, units, strict=True)]
    unit, factors = common_unit(path, known_units)
    code = 2 if unit == "inch" else tags.valueof("ResolutionUnit", default=1)
    default = (
        code in RESOLUTION_UNITS and None not in sizes and _is_print_resolution(sizes, int(code))
    )
    bare = not unit and told is None and all(s in (None, 1.0) for s in sizes)
    if not bare and not (default and unit in ("", "inch")):
        spacing = [None if s is None else s * f for s, f in zip(steps, factors, strict=True)]
        grid |= {"spacing": spacing, "unit": unit}
        # ImageJ gives its origin in voxels
        first = [number(known.get(f"{a}origin") or 0) for a in "zyx"]
        if any(first) and all(s is not None and math.isfinite(s) for s in spacing):
            grid["origin"] = [-o * (s or 0.0) + 0.0 for o, s in zip(first, spacing, strict=True)]
    interval = number(known.get("finterval") or 0)
    if "t" in found.source_axes and interval and math.isfinite(interval):
        grid["times"] = tuple(i * interval for i in range(found.length("t")))
        grid["time_unit"] = time_unit(known.get("tunit") or "second")
    return grid


def _pixel_size(resolution: Any) -> float | None:
    """Return the pixel size from a resolution in pixels per unit, None if unspecified."""
    if not isinstance(resolution, tuple) or len(resolution) != 2 or not all(resolution):
        return None
    return float(resolution[1] / resolution[0])


def _is_print_resolution(sizes: list[float | None], code: int) -> bool:
    """Return whether pixel sizes match a default print resolution."""
    dots = [RESOLUTION_UNITS[code][1] / (s or 1.0) for s in sizes]
    even = math.isclose(dots[0], dots[1], rel_tol=1e-3)
    return even and any(math.isclose(dots[0], d, rel_tol=2e-3) for d in PRINT_RESOLUTIONS)


def _is_small(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    if isinstance(value, list | tuple):
        return len(value) <= MAX_TEXT // 64 and all(_is_small(v) for v in value)
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
