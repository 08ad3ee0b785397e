"""Original and compressed layer in one place, on both sides of a movable cut."""

from typing import Any

import napari
import numpy as np
from napari.experimental import link_layers, unlink_layers
from napari.layers import Image
from numpy.typing import NDArray

from napari_vcore._qt.docks import camera_of
from napari_vcore.likeness import look, placed
from napari_vcore.swiping import halves, levels_of, plane

NAME, EDGE = "swipe", "swipe, cut"
EDGE_PIXELS = 1.5
"""Width of the line at the cut, in pixels of the screen."""
LOCKED = ("contrast_limits", "gamma", "colormap")


class Lock:
    """Contrast, gamma and colormap of two layers held equal, at first those of the first one."""

    def __init__(self, original: Image, other: Image) -> None:
        for name in LOCKED:
            setattr(other, name, getattr(original, name))
        self._layers = [original, other]
        link_layers(self._layers, LOCKED)

    def release(self) -> None:
        """Let them differ again."""
        unlink_layers(self._layers, LOCKED)


class Swipe:
    """The original before a cut along the last axis shown, the compressed layer behind it.

    In 2D a layer of both takes their place, as napari cuts no images; in 3D clipping planes cut
    the volumes, so that a moved cut uploads nothing.

    Parameters
    ----------
    share
        Place of the cut, as a share of the axis.

    Raises
    ------
    InputError
        The layers have different shapes.
    """

    def __init__(
        self, viewer: napari.Viewer, original: Image, compressed: Image, share: float
    ) -> None:
        self._viewer, self._pair = viewer, (original, compressed)
        lead = viewer.dims.ndim - compressed.ndim
        self._shown = [a - lead for a in viewer.dims.displayed if a >= lead]
        self._axis, self._solid = self._shown[-1], viewer.dims.ndisplay == 3
        low, high = (levels_of(x.data, multiscale=x.multiscale) for x in self._pair)
        self._levels = halves(low, high, self._axis, share)
        self._share = share
        self._visible = [(layer, layer.visible) for layer in viewer.layers]
        self._planes = [list(x.experimental_clipping_planes) for x in self._pair]
        self._locked = compressed.locked_data_level
        chosen = viewer.layers.selection.active
        for layer in viewer.layers:
            layer.visible = self._solid and layer in self._pair
        self._lock = Lock(original, compressed)
        self._added: list[Any] = []
        if self._solid:
            self._make_sharp(compressed)
        else:
            self._added.append(self._picture(original))
        self._edge = viewer.add_shapes(
            [self._corners()], shape_type="path", ndim=compressed.ndim, name=EDGE,
            edge_color="white", edge_width=self._width(), opacity=0.9, **placed(original),
        )  # fmt: skip
        self._added.append(self._edge)
        viewer.layers.selection.active = chosen if chosen in viewer.layers else compressed
        self.move(share)
        self._events = (camera_of(viewer).events.zoom, viewer.dims.events.current_step)
        for event in self._events:
            event.connect(self._view_changed)

    @property
    def layers(self) -> tuple[Any, ...]:
        """The two layers, and those that show them."""
        return (*self._pair, *self._added)

    def move(self, share: float) -> None:
        """Move the cut to a share of the axis."""
        self._share = share
        if self._solid:
            for layer, keeps_low in zip(self._pair, (True, False), strict=True):
                level = (layer.data[layer.data_level] if layer.multiscale else layer.data).shape
                shape = [1] * (3 - len(self._shown)) + [level[a] for a in self._shown]
                at = 3 - len(self._shown) + self._shown.index(self._axis)
                layer.experimental_clipping_planes = [plane(at, shape, share, keeps_low=keeps_low)]
        else:
            for level in self._levels:
                level.share = share
            self._added[0].refresh(thumbnail=False, extent=False)
        self._edge.data = [self._corners()]

    def end(self) -> None:
        """Show all layers as they were."""
        for event in self._events:
            event.disconnect(self._view_changed)
        self._lock.release()
        for layer in self._added:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        for layer, planes in zip(self._pair, self._planes, strict=True):
            layer.experimental_clipping_planes = planes
        if self._solid:
            self._pair[1].locked_data_level = self._locked
        for layer, visible in self._visible:
            layer.visible = visible

    def _picture(self, original: Image) -> Image:
        several = len(self._levels) > 1
        data: Any = self._levels if several else self._levels[0]
        options = placed(original) | look(original)
        return self._viewer.add_image(
            data, multiscale=several, rgb=False, cache=False, name=NAME, **options
        )

    def _make_sharp(self, compressed: Image) -> None:
        """Show the level of the original, if that has no levels."""
        if compressed.multiscale and not self._pair[0].multiscale:
            compressed.locked_data_level = 0

    def _corners(self) -> NDArray[np.float64]:
        """Return the line, or the edges of the plane, in voxels of the layers."""
        shape = np.array(self._levels[0].shape, float)
        lead = self._viewer.dims.ndim - len(shape)
        at = np.array(self._pair[0].world_to_data(self._viewer.dims.point[lead:]), float)
        at[self._axis] = self._share * shape[self._axis] - 0.5
        others = [a for a in self._shown if a != self._axis]
        turns = [(0,), (1,)] if len(others) == 1 else [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)]
        corners = np.repeat(at[None], len(turns), axis=0)
        for corner, ends in zip(corners, turns, strict=True):
            for axis, end in zip(others, ends, strict=True):
                corner[axis] = end * shape[axis] - 0.5
        return corners

    def _width(self) -> float:
        voxel = float(np.abs(self._pair[0].scale[self._axis])) or 1.0
        return EDGE_PIXELS / (float(camera_of(self._viewer).zoom) * voxel)

    def _view_changed(self) -> None:
        self._edge.data = [self._corners()]
        self._edge.edge_width = self._width()
