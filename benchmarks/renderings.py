"""Renderings of a volume and of decoded ones from one camera, in one look, and how they differ."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2luv  # type: ignore[attr-defined]

import vcore
from vcore.metrics import ssim
from vcore.render import plan
from vcore.render.frames import Source
from vcore.render.subject import Renderer
from vcore.render.views import View
from vcore.render.volume import VolumeScene

Array = NDArray[Any]
Picture = NDArray[np.uint8]
LOOKS = ("isosurface", "volume")
"""An isosurface, and direct volume rendering with the default transfer function."""
SIZE = (256, 256)
PEAK = 255.0
WHITE = 255.0


@dataclass(frozen=True)
class Stage:
    """Looks and camera chosen for a volume, (z, y, x) or (t, z, y, x), for it and decoded ones."""

    scenes: dict[str, VolumeScene]
    view: View

    @classmethod
    def of(cls, original: Array, isovalue: float, theta: float = 70, phi: float = 30) -> "Stage":
        """Return the stage of a volume.

        Parameters
        ----------
        isovalue
            In data units.
        theta, phi
            Camera, see docs/render.md.
        """
        source = Source(vcore.Volume.from_array(original))
        time = "all" if original.ndim == 4 else None
        choices = plan.Choices(
            time=time, theta=f"{theta:g}", phi=f"{phi:g}", size=SIZE, level=0, supersample=2
        )
        surface = replace(choices, isosurface=repr(float(isovalue)))
        made = {
            look: plan.database(source, Path(look), chosen, look)
            for look, chosen in zip(LOOKS, (surface, choices), strict=True)
        }
        scenes = {look: d.subject for look, d in made.items()}
        assert all(isinstance(s, VolumeScene) for s in scenes.values())
        return cls(scenes, made[LOOKS[0]].view)  # type: ignore[arg-type]

    def renderer(self, look: str, values: Array) -> Renderer:
        """Return the renderer of ``values``, of the volume's shape, in a look of ``LOOKS``."""
        scene = self.scenes[look]
        frames = replace(scene.frames, source=Source(vcore.Volume.from_array(values)))
        return replace(scene, frames=frames).renderer(self.view)

    def pictures(self, look: str, values: Array) -> list[Picture]:
        """Return the pictures of all frames, on white, (y, x, 3)."""
        renderer = self.renderer(look, values)
        index = [(t,) for t in range(len(values))] if values.ndim == 4 else [()]
        pose = self.view.camera.pose({})
        return [on_white(renderer.render(i, pose)["rgba"]) for i in index]


def on_white(rgba: Array) -> Picture:
    """Return RGBA pixels with straight alpha over white, (y, x, 3) uint8."""
    alpha = rgba[..., 3:].astype(np.float64) / PEAK
    shown = rgba[..., :3] * alpha + WHITE * (1 - alpha)
    return np.asarray(np.rint(shown), np.uint8)


def distances(original: Picture, decoded: Picture) -> NDArray[np.float64]:
    """Return the CIELUV distance of each pixel, 100 from black to white."""
    return np.asarray(np.sqrt(((rgb2luv(original) - rgb2luv(decoded)) ** 2).sum(-1)))


def differences(original: Picture, decoded: Picture) -> dict[str, float]:
    """Return ssim, the mean over the three colours, and cieluv, the mean distance over the pixels
    where either picture shows something (0 if there are none)."""
    planes = zip(np.moveaxis(original, -1, 0), np.moveaxis(decoded, -1, 0), strict=True)
    shown = ((original < WHITE) | (decoded < WHITE)).any(-1)
    return {
        "ssim": float(np.mean([ssim(a[None], b[None], PEAK) for a, b in planes])),
        "cieluv": float(distances(original, decoded)[shown].mean()) if shown.any() else 0.0,
    }


def cropped(picture: Array, original: Picture) -> Array:
    """Return a picture cut to what the original shows."""
    rows, columns = np.nonzero((original < WHITE).any(-1))
    return picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
