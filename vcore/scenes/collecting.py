"""Views of a scene as a collection of images, rendered when they are read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.images import Channel, Images, Index
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.model.context import Context
from vcore.runtime.single_flight import once_cache
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.field import RadianceField, View, to_pixels

CACHED = 2
"""Rendered views kept, as colour and depth are read one after the other."""


def turning(
    field: RadianceField,
    thetas: Sequence[float],
    phis: Sequence[float],
    *,
    size: tuple[int, int],
    view_angle: float = 30.0,
    zoom: float = 1.0,
    depth: bool = False,
    context: Context | None = None,
) -> Images:
    """Return views from around a scene.

    Parameters
    ----------
    thetas, phis
        Polar angles from +z and azimuths from +x, in degrees, increasing.
    size
        Height and width in pixels.
    view_angle
        Vertical angle of view in degrees.
    zoom
        Factor by which the camera is nearer than one that sees all.
    depth
        Also a channel of depths.
    """
    angles = [(theta, phi) for theta in thetas for phi in phis]
    cameras = turntable(field.bounds, angles, size=size, view_angle=view_angle, zoom=zoom)
    eye = np.asarray(cameras[0].eye)
    centre = (np.asarray(field.bounds.low) + field.bounds.high) / 2
    x, y, z = (float(v) for v in centre)
    period = 360.0 if phis[-1] - phis[0] < 360 else 0.0
    parameters = [Parameter("phi", tuple(phis), "degree", period)]
    if len(thetas) > 1:
        parameters.insert(0, Parameter("theta", tuple(thetas), "degree"))
    camera = Turntable(
        (x, y, z), float(np.linalg.norm(eye - centre)), view_angle, fixed_theta=float(thetas[0])
    )
    return _collected(field, cameras, tuple(parameters), depth, camera, context)


def along(
    field: RadianceField,
    cameras: Sequence[Camera],
    *,
    depth: bool = False,
    context: Context | None = None,
) -> Images:
    """Return the views of cameras of one size.

    Raises
    ------
    InputError
        There are none, or they differ in size.
    """
    if len({c.size for c in cameras}) != 1:
        raise InputError("Expected cameras of one size. Got none, or several: give `size`.")
    numbers = Parameter("view", tuple(float(n) for n in range(len(cameras))))
    return _collected(field, tuple(cameras), (numbers,), depth, None, context)


def _collected(
    field: RadianceField,
    cameras: tuple[Camera, ...],
    parameters: tuple[Parameter, ...],
    depth: bool,
    camera: Turntable | None,
    context: Context | None,
) -> Images:
    shape = tuple(len(p) for p in parameters)

    @once_cache(CACHED)
    def view(number: int) -> View:
        return field.render(cameras[number], context=context)

    def read(index: Index, channel: str) -> NDArray[Any]:
        found: View = view(int(np.ravel_multi_index(index, shape)))
        return found.depth if channel == "depth" else to_pixels(found.rgb)

    red, green, blue = (int(v) for v in to_pixels(np.asarray(field.background)))
    channels = [Channel("rgb", np.dtype(np.uint8))]
    if depth:
        channels.append(Channel("depth", np.dtype(np.float32)))
    return Images(
        parameters,
        cameras[0].size,
        tuple(channels),
        read,
        background=(red, green, blue),
        camera=camera,
        attributes={"rendered from": field.name},
        name=field.name,
    )
