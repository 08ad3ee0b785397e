"""Error of a coded scene: PSNR of its rendered views against those of the original."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vcore.metrics.errors import psnr
from vcore.model.context import Context
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.field import Floats, RadianceField, View


def measured_cameras(
    field: RadianceField, count: int | None = None, side: int | None = None
) -> tuple[Camera, ...]:
    """Return the cameras of the views that a PSNR is measured on, or of ``count`` views of ``side``
    pixels: of the field's own, spread over all, or around it."""
    count, side = count or field.measured[0], side or field.measured[1]
    if field.cameras:
        chosen = [field.cameras[k] for k in _chosen(field, count)]
        return tuple(camera.averaged(_factor(camera, side)) for camera in chosen)
    angles = [(75.0 if i % 2 else 60.0, 360.0 * i / count) for i in range(count)]
    return turntable(field.bounds, angles, size=(side, side), view_angle=40.0)


def measured_pictures(field: RadianceField) -> list[Floats]:
    """Return the pictures that the field was made from of ``measured_cameras``; empty if there are
    none."""
    count, side = field.measured
    found = [field.picture(k, _factor(field.cameras[k], side)) for k in _chosen(field, count)]
    known = [picture for picture in found if picture is not None]
    return known if len(known) == len(found) else []


def _chosen(field: RadianceField, count: int) -> list[int]:
    """Return numbers of the field's cameras, spread over all."""
    if not field.cameras:
        return []
    last = len(field.cameras) - 1
    return [int(k) for k in np.unique(np.linspace(0, last, count + 1)[:count].astype(int))]


def _factor(camera: Camera, side: int) -> int:
    return max(1, round(max(camera.size) / side))


def picture_psnr(views: Sequence[View], pictures: Sequence[Floats]) -> float:
    """Return the PSNR in dB of views against pictures, over all pixels."""
    errors = [
        float(np.mean((v.rgb.astype(np.float64) - p) ** 2))
        for v, p in zip(views, pictures, strict=True)
    ]
    return float(psnr(1.0, float(np.mean(errors))))


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
