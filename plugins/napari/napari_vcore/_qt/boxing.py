"""Explore dock: decode a box of a file at any level."""

from typing import Any

import numpy as np
from magicgui.widgets import SpinBox
from napari.layers import Labels, Shapes
from napari.utils.notifications import show_warning
from qtpy.QtWidgets import QPushButton

from napari_vcore import boxes
from napari_vcore._qt.docks import LayerBox
from napari_vcore._qt.sections import Host, Section
from napari_vcore.layers import place
from vcore.errors import InputError, VcoreError


class BoxSection(Section):
    """Decodes the box of a Shapes layer, or the visible part, into a new layer."""

    def __init__(self, dock: Host) -> None:
        super().__init__("Decode a box")
        self._dock = dock
        self.level = SpinBox(value=0, min=0, max=0, tooltip="0: full resolution")
        self.box = LayerBox(
            dock.viewer,
            wanted=lambda layer: isinstance(layer, Shapes),
            optional=True,
            tooltip="Shapes layer whose last rectangle defines the box; (none): the visible part",
        )
        self.button = QPushButton("&Decode")
        self.form.addRow("at le&vel", self.level.native)
        self.form.addRow("&box", self.box.native)
        self.form.addRow("", self.button)
        self.button.clicked.connect(self._decode)

    def _decode(self) -> None:
        viewer, link, layer = self._dock.viewer, self._dock.link, self._dock.layer.value
        if link is None:
            return
        level = self.level.value
        try:
            low, high = self._world_box(layer)
            region = boxes.region(link, layer, low, high, level)
            boxes.check(link, region, boxes.texture_limit(viewer.dims.ndisplay == 3))
        except VcoreError as error:
            show_warning(str(error))
            return

        def show(values: Any) -> None:
            header = link.decoder.header
            time = region[0].start if "t" in header.axes else None
            grid = link.decoder.grids[level].cropped(region[-3:])
            options = place(grid, time is not None, flat=header.axis_map.is_flat)
            if time and "translate" in options:
                start, step = options["translate"][0], options["scale"][0]
                options["translate"] = (start + step * time, *options["translate"][1:])
            shown = boxes.without_channel(values, link)
            options |= {"name": f"{layer.name} level {level}", "colormap": layer.colormap}
            if isinstance(layer, Labels):
                viewer.add_labels(shown, **options)
                return
            limits = layer.contrast_limits
            viewer.add_image(shown, rgb=False, contrast_limits=limits, **options)

        self._dock.start(lambda _context: link.dataset.decode(region, level, link.variable), show)

    def _world_box(self, layer: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the corners of the box in world coordinates, for all axes."""
        shapes, dims = self.box.value, self._dock.viewer.dims
        if shapes is not None:
            if not len(shapes.data):
                raise InputError(f"Expected a rectangle in {shapes.name!r}. It is empty: draw one.")
            corners = np.array([shapes.data_to_world(p) for p in shapes.data[-1]])
            low, high = corners.min(0), corners.max(0)
        else:
            corners = np.asarray(layer.corner_pixels, float)
            factor = np.asarray(layer.downsample_factors[layer.data_level], float)
            low, high = (np.array(layer.data_to_world(c * factor)) for c in corners)
            hidden = [a - dims.ndim for a in dims.not_displayed]
            point = np.array(dims.point, float)
            for axis in (a for a in hidden if a >= -layer.ndim):
                low[axis] = high[axis] = point[axis]
        return low, high
