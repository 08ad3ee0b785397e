"""Explore dock: comparison of a compressed layer with its original."""

from typing import Any

import numpy as np
from magicgui.widgets import FloatSlider
from napari.layers import Image, Shapes
from napari.utils.notifications import show_warning
from napari.utils.theme import get_theme
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLabel, QPushButton

from napari_vcore import comparing
from napari_vcore._qt.curve import ProfileCurve
from napari_vcore._qt.docks import LayerBox, camera_of, show_colour_bar
from napari_vcore._qt.sections import Host, Section, in_a_row
from napari_vcore._qt.swipe import Lock, Swipe
from napari_vcore.errors import Errors, errors_of, known_detector
from napari_vcore.layers import link_of
from napari_vcore.likeness import placed
from napari_vcore.profiles import profile
from napari_vcore.volumes import volume_of
from vcore.errors import VcoreError

BLINK_MS = 700
"""Time for which each of two layers is shown when they blink, in milliseconds."""
SETTLE_MS = 150
"""Delay of the profile after the last change of its line, in milliseconds."""
ZOOM = 4.0
"""Screen pixels of a voxel at which the worst one is shown, at least."""
LINE, LINE_PIXELS = "profile", 3.0
"""Name and width of the line of a profile, in pixels of the screen."""


class Comparison(Section):
    """Shows two layers in turn, side by side or on both sides of a cut, and their differences."""

    def __init__(self, dock: Host) -> None:
        super().__init__("Compare")
        self._dock, self._viewer = dock, dock.viewer
        # napari 0.9 moved it
        self._grid = getattr(dock.viewer, "canvas", dock.viewer).grid
        self._build()
        self._blinking = QTimer(self)
        self._blinking.setInterval(BLINK_MS)
        self._blinking.timeout.connect(self._turn)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._draw_profile)
        self._pair: tuple[Any, ...] = ()
        self._hidden: list[Any] = []
        self._lock: Lock | None = None
        self._swipe: Swipe | None = None
        self._line: Shapes | None = None
        self._viewer.dims.events.ndisplay.connect(self._display_changed)
        self._viewer.layers.events.removed.connect(self._removed)
        camera_of(self._viewer).events.zoom.connect(self._zoomed)

    def _build(self) -> None:
        self.other = LayerBox(
            self._viewer, wanted=self._comparable, optional=True, tooltip="usually the original"
        )
        self.swipe = _switch("S&wipe", "show both in one place, on the two sides of a cut")
        self.cut = FloatSlider(value=0.5, min=0, max=1, readout=False, tooltip="place of the cut")
        self.side = _switch("&Side by side", "show both side by side with linked views")
        self.blink = _switch("Bli&nk", "show both in turn, with the same contrast")
        self.worst = QPushButton("&Go to the worst voxel")
        self.worst.setToolTip("find the largest error, and show it in the centre of the view")
        self.errors = QPushButton("E&rrors in sigmas")
        self.errors.setToolTip(
            "add a layer of the errors in standard deviations of the detector's noise, or of the "
            "range where that cannot be estimated: black where there are none"
        )
        self.line = QPushButton("Lin&e profile")
        self.line.setToolTip("draw a line, or choose a Shapes layer of lines, to see values along")
        self.curve = ProfileCurve()
        self.curve.setVisible(False)
        self.form.addRow("&original", self.other.native)
        self.form.addRow("", in_a_row(self.swipe, self.blink, self.side))
        self._cut = in_a_row(QLabel("original"), self.cut.native, QLabel("compressed"))
        self.form.addRow("", in_a_row(self.errors, self.line))
        self.form.addRow("", self.worst)
        self.content.insertWidget(0, self._cut)
        self.content.addWidget(self.curve)
        self._cut.setVisible(False)
        self.swipe.toggled.connect(self._swiped)
        self.cut.changed.connect(self._moved)
        self.side.toggled.connect(self._side_by_side)
        self.blink.toggled.connect(self._blink)
        self.worst.clicked.connect(self._go_to_worst)
        self.errors.clicked.connect(self._show_errors)
        self.line.clicked.connect(self._start_line)

    def refresh(self) -> None:
        """Follow the chosen layer of the dock."""
        able = self._dock.link is not None
        is_image = able and isinstance(self._dock.layer.value, Image)
        for button in (self.side, self.blink, self.worst):
            button.setEnabled(able)
        for button in (self.swipe, self.errors, self.line):
            button.setEnabled(is_image)
        self.other.reset_choices()

    def forget(self) -> None:
        """Leave the viewer as it was found."""
        self._viewer.dims.events.ndisplay.disconnect(self._display_changed)
        self._viewer.layers.events.removed.disconnect(self._removed)
        camera_of(self._viewer).events.zoom.disconnect(self._zoomed)
        if self._swipe is not None:
            self._swipe.end()

    def _comparable(self, layer: Any) -> bool:
        return isinstance(layer, Image) and layer is not self._dock.layer.value

    def _both(self, pressed: QPushButton) -> tuple[Any, Any] | None:
        """Return the compressed layer and the other one; None, told, if either is missing."""
        first, second = self._dock.layer.value, self.other.value
        if first is not None and second is not None:
            if pressed not in (self.line, self.worst):
                self._stop(pressed)
            return first, second
        show_warning("Expected the original to compare with. Choose its layer first.")
        pressed.setChecked(False)
        return None

    def _stop(self, but: QPushButton) -> None:
        for button in (self.swipe, self.side, self.blink):
            if button is not but:
                button.setChecked(False)

    # both in one place

    def _swiped(self, on: bool) -> None:
        if on and (pair := self._both(self.swipe)) is not None:
            compressed, original = pair
            try:
                self._swipe = Swipe(self._viewer, original, compressed, self.cut.value)
            except VcoreError as error:
                show_warning(str(error))
                self.swipe.setChecked(False)
        elif self._swipe is not None:
            ended, self._swipe = self._swipe, None
            ended.end()
        self._cut.setVisible(self._swipe is not None)

    def _moved(self, share: float) -> None:
        if self._swipe is not None:
            self._swipe.move(share)

    def _display_changed(self) -> None:
        if self._swipe is not None:  # planes in 3D, one picture in 2D
            self.swipe.setChecked(False)
            self.swipe.setChecked(True)

    def _removed(self, event: Any) -> None:
        layer = event.value
        if self._swipe is not None and layer in self._swipe.layers:
            self.swipe.setChecked(False)
        if layer in self._pair:
            self.blink.setChecked(False)
        if layer == self._line:  # one of them may be a proxy
            self._line = None
            self.curve.setVisible(False)

    def _side_by_side(self, on: bool) -> None:
        if on:
            if (pair := self._both(self.side)) is None:
                return
            first, second = pair
            self._hidden = [x for x in self._viewer.layers if x.visible and x not in pair]
            for layer in self._hidden:
                layer.visible = False
            first.visible = second.visible = True
            layers = self._viewer.layers
            layers.move(layers.index(second), len(layers))
            layers.move(layers.index(first), len(layers))
            self._grid.stride, self._grid.shape = 1, (1, 2)
        else:
            for layer in self._hidden:
                layer.visible = layer in self._viewer.layers
        self._grid.enabled = on
        self._viewer.reset_view()

    def _blink(self, on: bool) -> None:
        if on:
            if (pair := self._both(self.blink)) is None:
                return
            self._pair = pair
            if all(isinstance(layer, Image) for layer in pair):
                self._lock = Lock(pair[1], pair[0])
            self._turn()
            self._blinking.start()
            return
        self._blinking.stop()
        if self._lock is not None:
            self._lock.release()
        for layer in self._pair:
            layer.visible = True
        self._pair, self._lock = (), None

    def _turn(self) -> None:
        first, second = self._pair
        first.visible, second.visible = not first.visible, first.visible

    # differences

    def _go_to_worst(self) -> None:
        if (pair := self._both(self.worst)) is None:
            return
        layer = pair[0]
        decoded, original = (x.data[0] if x.multiscale else x.data for x in pair)
        link = link_of(layer)
        axes = () if link is None else link.decoder.header.source_axes
        names = tuple(a for a in axes if a != "c" or layer.ndim == len(axes))
        dims = self._viewer.dims

        def show(found: comparing.Worst) -> None:
            world = np.array(layer.data_to_world(found.index))
            lead = dims.ndim - layer.ndim
            for axis in (a for a in dims.not_displayed if a >= lead):
                dims.set_point(axis, world[axis - lead])
            camera = camera_of(self._viewer)
            camera.center = tuple(world[-3:]) if layer.ndim > 2 else (0.0, *world)
            camera.zoom = max(camera.zoom, ZOOM / float(np.abs(layer.scale[-1])))
            self._dock.status.value = found.text(names)

        self._dock.start(lambda context: comparing.worst_voxel(original, decoded, context), show)

    def _show_errors(self) -> None:
        if (pair := self._both(self.errors)) is None:
            return
        layer, other = pair
        decoded, original = (x.data[0] if x.multiscale else x.data for x in pair)
        link = self._dock.link
        try:
            volume = volume_of([other.as_layer_data_tuple()[:2]])
        except VcoreError as error:
            show_warning(str(error))
            return

        def show(found: Errors) -> None:
            for each in pair:
                each.visible = False
            added = self._viewer.add_image(
                found.values, **found.options(layer.name), **placed(other)
            )
            show_colour_bar(added)
            self._viewer.layers.selection.active = layer
            self._dock.status.value = found.text

        known = known_detector(link) if link is not None else None
        self._dock.start(
            lambda context: errors_of(volume, original, decoded, context, detector=known), show
        )

    # values along a line

    def _start_line(self) -> None:
        if self._both(self.line) is None:
            return
        active = self._viewer.layers.selection.active
        if isinstance(active, Shapes) and len(active.data):
            self._follow_line(active)
        elif self._line is None:
            self._follow_line(self._new_line())
        else:
            self._draw_profile()

    def _new_line(self) -> Shapes:
        """Add a line across the middle of the view, to be moved by its ends."""
        dims, layer = self._viewer.dims, self._dock.layer.value
        lead = dims.ndim - layer.ndim
        shown = [a - lead for a in dims.displayed if a >= lead]
        last = shown[-1]
        ends = np.repeat(np.array(layer.world_to_data(dims.point[lead:]), float)[None], 2, axis=0)
        fine = layer.level_shapes[0] if layer.multiscale else layer.data.shape
        for axis in shown:
            ends[:, axis] = (fine[axis] - 1) / 2
        ends[:, last] = 0.2 * fine[last], 0.8 * fine[last]
        line = self._viewer.add_shapes(
            [ends], shape_type="line", ndim=layer.ndim, name=LINE, edge_color="#ff9f1c",
            opacity=1, edge_width=self._width(),
            **placed(layer),
        )  # fmt: skip
        line.mode = "direct"
        line.selected_data = {0}
        return line

    def _follow_line(self, line: Shapes) -> None:
        if self._line is not None:
            self._line.events.set_data.disconnect(self._line_changed)
        self._line = line
        line.events.set_data.connect(self._line_changed)
        self._draw_profile()

    def _zoomed(self) -> None:
        if self._line is not None and self._line.name == LINE:  # not one of the user's own
            self._line.edge_width = self._width()

    def _width(self) -> float:
        """Return the width of the line, in voxels of the layer."""
        layer = self._dock.layer.value
        voxel = abs(layer.scale[-1]) if layer is not None else 1.0
        return LINE_PIXELS / (float(camera_of(self._viewer).zoom) * float(voxel))

    def _line_changed(self) -> None:
        self._settle.start()

    def _draw_profile(self) -> None:
        layer, other, line = self._dock.layer.value, self.other.value, self._line
        if line is None or layer is None or other is None or not len(line.data):
            return
        number = max(line.selected_data, default=len(line.data) - 1)
        points = np.array([line.data_to_world(p) for p in line.data[number]])
        lead = self._viewer.dims.ndim - points.shape[1]
        at = np.array(self._viewer.dims.point[:lead], float)
        points = np.hstack([np.repeat(at[None], len(points), axis=0), points])
        try:
            found = profile(other, layer, points)
        except VcoreError as error:
            self._dock.status.value = str(error)
            return
        link = self._dock.link
        unit = link.decoder.header.unit if link is not None else ""
        self.curve.show_profile(found, get_theme(self._viewer.theme), unit)
        self.curve.setVisible(True)


def _switch(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setToolTip(f"{tip}; again to stop")
    return button
