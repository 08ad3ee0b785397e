"""Error of a coded scene: PSNR of its rendered views against those of the original."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vcore.metrics.errors import psnr
from vcore.model.context import Context
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.field import RadianceField, View


def measured_cameras(field: RadianceField) -> tuple[Camera, ...]:
    """Return the cameras of the views that a PSNR is measured on: of the field's own, spread over
    all, or around it."""
    count, side = field.measured
    if field.cameras:
        chosen = np.unique(np.linspace(0, len(field.cameras) - 1, count + 1)[:count].astype(int))
        return tuple(_small(field.cameras[i], side) for i in chosen)
    angles = [(75.0 if i % 2 else 60.0, 360.0 * i / count) for i in range(count)]
    return turntable(field.bounds, angles, size=(side, side), view_angle=40.0)


def rendered(
    field: RadianceField, cameras: Sequence[Camera], context: Context, stage: str = "rendering"
) -> list[View]:
    """Return a view of each camera."""
    count = len(cameras)
    found = []
    for done, camera in enumerate(cameras):

        def report(_: str, share: float, done: int = done) -> None:
            context.progress(stage, (done + share) / count)

        found.append(field.render(camera, context=replace(context, progress=report)))
    return found


def view_errors(originals: Sequence[View], decoded: Sequence[View]) -> tuple[float, float, float]:
    """Return PSNR in dB, MSE and largest error over all pixels of views, of colours of 0 to 1."""
    total, count, largest = 0.0, 0, 0.0
    for before, after in zip(originals, decoded, strict=True):
        error = np.abs(before.rgb.astype(np.float64) - after.rgb)
        total, count = total + float(np.sum(error**2)), count + error.size
        largest = max(largest, float(error.max()))
    mse = total / count
    return psnr(1.0, mse), mse, largest


def _small(camera: Camera, side: int) -> Camera:
    height, width = camera.size
    factor = min(1.0, side / max(height, width))
    return camera.resized((max(1, round(height * factor)), max(1, round(width * factor))))
