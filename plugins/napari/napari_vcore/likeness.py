"""Options of a layer for another one that lies where it lies, or looks as it looks. No Qt."""

from typing import Any

PLACE = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
LOOK = (
    *("contrast_limits", "colormap", "gamma", "opacity", "blending", "rendering"),
    *("iso_threshold", "attenuation", "interpolation2d", "interpolation3d"),
)


def placed(layer: Any) -> dict[str, Any]:
    """Return the placement of a layer, for another layer on the same voxels."""
    return {name: getattr(layer, name) for name in PLACE}


def without_place(options: dict[str, Any]) -> dict[str, Any]:
    """Return options of a layer without its placement."""
    return {name: value for name, value in options.items() if name not in PLACE}


def look(layer: Any) -> dict[str, Any]:
    """Return the options of an image layer that looks the same."""
    return {name: getattr(layer, name) for name in LOOK}
