"""Volumes as what is rendered: one quantity, shown one way, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Channel
from vcore.collections.parameters import Parameter
from vcore.render import looks
from vcore.render.frames import Frames
from vcore.render.looks import Cloud, Look, Surfaces
from vcore.render.rays import rays, sampled, unprojected
from vcore.render.subject import Renderer, Subject
from vcore.render.transfer import TransferFunction
from vcore.render.views import View

THRESHOLD = 0.5
"""Accumulated opacity at which the depth of a direct volume rendering is taken."""
TABLE = 4096
"""Number of tabulated opacities."""
DEPTH = "depth"


@dataclass(frozen=True)
class VolumeScene(Subject):
    """A quantity of a volume, shown one way.

    Parameters
    ----------
    name
        Name of the collection.
    frames
        Frames of the quantity.
    times
        Parameter of the frames, None for a single one.
    indices
        Index of the frame at each time.
    look
        How it is shown.
    unit
        Unit distance of opacities, in world units.
    depth
        Whether depth is a channel.
    values
        Frames of the quantity that is a channel, or None.
    """

    name: str
    frames: Frames
    times: Parameter | None
    indices: tuple[int, ...]
    look: Look
    unit: float = 1.0
    depth: bool = False
    values: Frames | None = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (*((self.times,) if self.times else ()), *self.look.parameters)

    @property
    def channels(self) -> tuple[Channel, ...]:
        found = [Channel("rgba", np.dtype(np.uint8))]
        if self.depth:
            unit = self.frames.placement.grid.unit
            found.append(Channel(DEPTH, np.dtype(np.float32), unit))
        if self.values is not None:
            quantity = self.values.quantity
            dtype = np.dtype(np.float64 if self.values.offset else np.float32)
            found.append(Channel(quantity.name, dtype, quantity.unit))
        return tuple(found)

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "source": self.frames.source.identity,
            "frames": [_identity(f) for f in (self.frames, self.values) if f is not None],
            "indices": list(self.indices),
            "look": looks.identity(self.look),
            "unit": self.unit,
            "channels": [c.name for c in self.channels],
        }

    @property
    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "variable": self.frames.quantity.name,
            "rendered from": self.frames.text,
            "look": looks.identity(self.look),
        }
        if isinstance(self.look, Cloud):
            found["opacity unit distance"] = self.unit
            if self.depth or self.values is not None:
                found["depth"] = f"where accumulated opacity reaches {THRESHOLD:g}"
        return found

    def renderer(self, view: View) -> "VolumeRenderer":
        return VolumeRenderer(self, view)


def _identity(frames: Frames) -> dict[str, Any]:
    read = {"level": frames.level, "factor": frames.factor, "offset": frames.offset}
    return {**asdict(frames.quantity), **read}


class _Frame:
    """One frame in memory."""

    def __init__(self, scene: VolumeScene, number: int) -> None:
        self._scene, self.number = scene, number
        self.values = scene.frames.read(number)

    @cached_property
    def floats(self) -> NDArray[np.float32]:
        """The values for rays."""
        return np.ascontiguousarray(self.values, np.float32)

    @cached_property
    def others(self) -> NDArray[np.generic]:
        """The values of the quantity that is a channel."""
        values = self._scene.values
        if values is None or values.content == self._scene.frames.content:
            return self.values
        return values.read(self.number)


class VolumeRenderer(Renderer):
    """Renderer by VTK; depths of volumes and values by rays of our own."""

    def __init__(self, scene: VolumeScene, view: View) -> None:
        from vcore.render.window import Window

        self._scene, self._view = scene, view
        corners = [f.placement.corners for f in (scene.frames, scene.values) if f is not None]
        self._window = Window(view.size, view.supersample, np.concatenate(corners))
        self._shown: tuple[int, ...] | None = None
        self._frame: _Frame | None = None

    def render(
        self, index: Sequence[int], pose: NDArray[np.float64]
    ) -> Mapping[str, NDArray[np.generic]]:
        scene = self._scene
        number, own = (index[0], index[1:]) if scene.times else (0, index)
        frame = self._read(scene.indices[number])
        if tuple(index) != self._shown:
            self._show(frame, own)
            self._shown = tuple(index)
        self._window.look(self._view.camera, pose)
        found: dict[str, NDArray[np.generic]] = {"rgba": self._window.colours()}
        if len(scene.channels) == 1:
            return found
        if isinstance(scene.look, Cloud):
            depth = self._opaque_depths(frame, scene.look.of(own), pose)
        else:
            depth = self._window.depths()
        points = unprojected(depth, self._view, pose)
        if scene.depth:
            found[DEPTH] = depth
        if scene.values is not None:
            found[scene.values.quantity.name] = np.where(
                np.isnan(depth), np.float32(np.nan), _at(points, frame.others, scene.values)
            )
        return found

    def _read(self, number: int) -> _Frame:
        if self._frame is None or number != self._frame.number:
            self._frame = None  # frees memory before the next one is read
            self._frame = _Frame(self._scene, number)
        return self._frame

    def _show(self, frame: _Frame, own: Sequence[int]) -> None:
        """Replace the props in the window."""
        from vcore.render import props

        scene, place, look = self._scene, self._scene.frames.placement, self._scene.look
        offset = scene.frames.offset
        self._window.clear()
        if isinstance(look, Surfaces):
            isovalues = [(value - offset, colour) for value, colour in look.of(own)]
            made = props.surfaces(frame.values, place, isovalues)
        elif isinstance(look, Cloud):
            function = look.of(own).less(offset)
            made = [props.cloud(frame.values, place, function, unit=scene.unit, shade=look.shade)]
        else:
            made = props.slices(frame.values, place, look.of(own), look.colours.less(offset))
        for prop in made:
            self._window.add(prop)

    def _opaque_depths(
        self, frame: _Frame, function: TransferFunction, pose: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        from vcore.render.props import STEP
        from vcore.render.ray_loops import opaque_depths

        place = self._scene.frames.placement
        function = function.less(self._scene.frames.offset)
        start, across = rays(self._view, pose)
        low, high = function.range
        step = STEP * float(place.spacing.min())
        rotation, shift = place.to_index[:3, :3], place.to_index[:3, 3]
        found: NDArray[np.float32] = opaque_depths(
            frame.floats,
            function.opacity_table(TABLE),
            low,
            high if high > low else low + 1.0,
            start @ rotation.T + shift,
            across @ rotation.T,
            *self._window.depth_range,
            step,
            np.linalg.norm(across, axis=-1) * step / self._scene.unit,
            THRESHOLD,
        )
        return found


def _at(
    points: NDArray[np.float64], values: NDArray[np.generic], frames: Frames
) -> NDArray[np.floating[Any]]:
    to_index = frames.placement.to_index
    found = sampled(values, points @ to_index[:3, :3].T + to_index[:3, 3])
    return found + np.float64(frames.offset) if frames.offset else found
