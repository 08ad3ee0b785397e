"""Scenes of splats fitted to posed images and to collections of images."""

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images, Index
from vcore.errors import InputError
from vcore.metrics.errors import psnr
from vcore.model.context import Context
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, Triple
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.fit import FitSettings, fit
from vcore.scenes.methods.splats.settings import SplatsSettings
from vcore.scenes.posed import PosedImages

HELD = 8
"""Every eighth image is not fitted to, but measured."""
LEAST_IMAGES = 4
SIDE = 200
"""Longest side of the images in pixels, about; larger ones are averaged."""
MAX_IMAGES = 4096
NEAREST = 0.02
"""Smallest depth of a collection's camera, relative to its distance."""


def fitted(
    posed: PosedImages,
    bounds: Bounds | None,
    background: Triple,
    minutes: float,
    settings: SplatsSettings,
    context: Context,
) -> SplatField:
    """Return splats fitted to images; its ``attributes`` tell the PSNR of images that were not
    fitted to (every eighth), in dB.

    Parameters
    ----------
    bounds
        Box in which splats start; by default what half of the cameras see.
    minutes
        Time limit.

    Raises
    ------
    InputError
        There are fewer than LEAST_IMAGES images, or cameras that look at different places.
    MissingExtraError
        torch is not installed.
    """
    count = len(posed.cameras)
    if not LEAST_IMAGES <= count <= MAX_IMAGES or not minutes > 0:
        raise InputError(
            f"Expected {LEAST_IMAGES} to {MAX_IMAGES} posed images and some minutes to fit splats "
            f"to. Got {count} and {minutes:g}."
        )
    cameras, images = _loaded(posed)
    if bounds is None:
        from vcore.scenes.methods.nerf.fitting import shared_bounds

        bounds = shared_bounds(cameras)
    held = np.arange(count) % HELD == HELD - 1
    limit = min(60 * minutes, context.time_limit or np.inf)
    splats = fit(
        [c for c, h in zip(cameras, held, strict=True) if not h],
        images[~held],
        (bounds.low, bounds.high),
        background=background,
        settings=FitSettings(settings.splats, settings.degree, settings.steps),
        context=replace(context, time_limit=limit, started=monotonic()),
    )
    field = SplatField(
        splats, background=background, cameras=posed.cameras, name=posed.name, notes=posed.notes
    )
    chosen = np.flatnonzero(held) if held.any() else np.arange(count)
    errors = []
    for i in chosen:
        shown = field.render(cameras[i], context=context).rgb
        errors.append(np.square(shown - _composited(images[i], background)).mean())
    field.attributes = {"psnr": float(psnr(1.0, float(np.mean(errors))))}
    return field


def posed_of(images: Images) -> PosedImages:
    """Return the images of a collection with its turntable's cameras: those of the first value of
    every other parameter.

    Raises
    ------
    InputError
        It has no camera or no colours, or a parallel projection.
    """
    table = images.camera
    if table is None or not table.view_angle:
        raise InputError(
            f"Expected images of a turntable with an angle of view, to fit splats to. Got "
            f"{images.name} with {'a parallel projection' if table else 'no camera'}."
        )
    colour = next((c.name for c in images.channels if c.is_colour), None)
    if colour is None:
        raise InputError(f"Expected images with colours. Got {images.name} without any.")
    turning = [p.name in (table.theta, table.phi) for p in images.parameters]
    chosen: list[Index] = [
        index
        for index in images.indices()
        if all(turns or i == 0 for i, turns in zip(index, turning, strict=True))
    ]
    height, width = images.size
    reach = table.distance * np.sin(np.radians(table.view_angle) / 2) * max(1.0, width / height)
    near = max(table.distance - 1.2 * reach, NEAREST * table.distance)
    focal = table.focal_length(height)
    cameras = [
        Camera(
            np.linalg.inv(table.pose(images.values_of(index))).astype(np.float64),
            images.size,
            focal,
            near,
            table.distance + 1.2 * reach,
            name="_".join(map(str, index)),
        )
        for index in chosen
    ]
    if not cameras:
        raise InputError(f"Expected images. Got none in {images.name}.")
    return PosedImages(
        tuple(cameras), lambda number: np.asarray(images.read(chosen[number], colour)), images.name
    )


def background_of(images: Images) -> Triple | None:
    """Return the background of a collection, 0 to 1, None if it is unknown."""
    if images.background is None:
        return None
    red, green, blue = (v / 255 for v in images.background)
    return red, green, blue


def settings_of(values: Mapping[str, object] | None) -> SplatsSettings:
    """Return the settings of a fit from those of the method, by name."""
    found: SplatsSettings = SplatsSettings.from_json(values or {})
    return found


def _loaded(posed: PosedImages) -> tuple[tuple[Camera, ...], NDArray[np.uint8]]:
    """Return cameras and images of about SIDE pixels, with opacity if all images have it."""
    factor = max(1, round(max(posed.size) / SIDE))
    cameras = posed.cameras_of(factor)
    first = posed.read(0)
    channels = 4 if first.ndim == 3 and first.shape[2] == 4 else 3
    found = np.empty((len(cameras), *cameras[0].size, channels), np.uint8)
    for number, camera in enumerate(cameras):
        image = first if number == 0 else posed.read(number)
        if image.shape != first.shape or image.dtype != np.uint8:
            raise InputError(
                f"Expected images of shape {first.shape} and type uint8. Got {image.shape} of "
                f"{image.dtype} for {posed.cameras[number].name or number}."
            )
        height, width = camera.size
        part = image[: height * factor, : width * factor].astype(np.float32)
        if channels == 4:
            part[..., :3] *= part[..., 3:] / 255
        mean = part.reshape(height, factor, width, factor, channels).mean((1, 3))
        if channels == 4:
            mean[..., :3] /= np.maximum(mean[..., 3:] / 255, 1e-6)
        found[number] = np.rint(np.clip(mean, 0, 255))
    return cameras, found


def _composited(image: NDArray[np.uint8], background: Triple) -> NDArray[np.float32]:
    values = image.astype(np.float32) / np.float32(255)
    if image.shape[2] == 3:
        return values
    alpha = values[..., 3:]
    behind = np.asarray(background, np.float32)
    found: NDArray[np.float32] = values[..., :3] * alpha + (1 - alpha) * behind
    return found
