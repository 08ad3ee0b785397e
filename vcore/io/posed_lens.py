"""Lenses of posed images: what a pinhole camera does not see is refused, never ignored."""

import math
from collections.abc import Mapping
from typing import Any

from vcore.errors import InputError
from vcore.io.posed_images import check_aspect
from vcore.scenes.cameras import Camera

PERSPECTIVE = ("PINHOLE", "SIMPLE_PINHOLE", "OPENCV", "FULL_OPENCV", "RADIAL", "SIMPLE_RADIAL")
"""Camera models (COLMAP's names) that are pinhole cameras without their distortion."""
DISTORTIONS = {"k1": 3, "k2": 5, "k3": 7, "k4": 9, "p1": 2, "p2": 2}
"""Coefficients of Brown's model of lenses, and the power of the distance from the axis that each
moves a pixel by."""
MAX_DISTORTION = 1.0
"""Shift of the corners, in pixels, that is not worth undistorting."""


def check_lens(told: Mapping[str, Any], camera: Camera, path: str) -> None:
    """Refuse images that ``camera``, a pinhole camera, does not see so."""
    height, width = camera.size
    model = str(told.get("camera_model", "PINHOLE"))
    if model.upper() not in PERSPECTIVE or told.get("is_fisheye"):
        raise InputError(
            f"Expected images of perspective cameras in {path}. Got the model {model:.40}, or a "
            f"fisheye: undistort the images first."
        )
    corner = math.hypot(width, height) / 2 / camera.focal
    terms = {name: float(told.get(name) or 0) for name in DISTORTIONS}
    moved = sum(abs(v) * corner ** DISTORTIONS[name] for name, v in terms.items())
    if not camera.focal * moved <= MAX_DISTORTION:
        given = ", ".join(f"{name} of {v:.3g}" for name, v in terms.items() if v)
        raise InputError(
            f"Expected images without distortion in {path}. Got {given}: undistort the images, and "
            f"take these numbers out."
        )
    if "w" in told and "h" in told:
        check_aspect(camera.size, (float(told["h"]), float(told["w"])), path)
