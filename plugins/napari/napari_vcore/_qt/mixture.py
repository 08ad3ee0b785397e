"""Explore dock: the Gaussians of a file as points or axes, and their removal."""

from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import FloatSlider
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QPushButton

from napari_vcore import gaussians
from napari_vcore._qt.sections import Host, Section, in_a_row
from napari_vcore.layers import KEY, Link, link_of, relinked
from vcore.dataset import Dataset

if TYPE_CHECKING:
    from napari.layers import Points

SETTLE_MS = 300


class GaussianSection(Section):
    """Shows the Gaussians of the chosen layer, and decodes it without removed ones."""

    def __init__(self, dock: Host) -> None:
        super().__init__("Gaussians", opened=False)
        self._dock = dock
        self._points: Points | None = None
        self.points_button = QPushButton("as &points")
        self.axes_button = QPushButton("as a&xes")
        self.least = FloatSlider(
            value=0, min=0, max=1, readout=True,
            tooltip="hide points of lower absolute intensity",
        )  # fmt: skip
        self.remove_button = QPushButton("&Remove hidden")
        self.remove_button.setToolTip(
            "remove hidden Gaussians from the decoded layer; deleting points does the same"
        )
        self.form.addRow("", in_a_row(self.points_button, self.axes_button))
        self.form.addRow("&intensity from", self.least.native)
        self.form.addRow("", self.remove_button)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._apply_points)
        self.points_button.clicked.connect(lambda: self._show(points=True))
        self.axes_button.clicked.connect(lambda: self._show(points=False))
        self.least.changed.connect(self._filter)
        self.remove_button.clicked.connect(self._remove_hidden)

    def refresh(self) -> None:
        """Follow the chosen layer of the dock."""
        link = self._dock.link
        mixture = link is not None and link.decoder.has_primitives
        self.setEnabled(mixture)
        for button in (self.points_button, self.axes_button):
            button.setEnabled(mixture)

    def _show(self, *, points: bool) -> None:
        link, layer = self._dock.link, self._dock.layer.value
        if link is None:
            return
        make = gaussians.points_layer if points else gaussians.vectors_layer

        def show(data: Any) -> None:
            values, options, kind = data
            added = getattr(self._dock.viewer, f"add_{kind}")(values, **options)
            if points:
                self._points = added
                intensity = np.abs(added.features["intensity"].to_numpy())
                self.least.max = float(intensity.max(initial=0)) or 1.0
                self.least.value = 0
                added.events.data.connect(self._points_changed)

        self._dock.start(lambda _context: make(link, layer.name), show)

    def _filter(self) -> None:
        if self._points is not None and self._points in self._dock.viewer.layers:
            intensity = np.abs(self._points.features["intensity"].to_numpy())
            self._points.shown = intensity >= self.least.value

    def _remove_hidden(self) -> None:
        points = self._points
        if points is not None and points in self._dock.viewer.layers:
            points.selected_data = set(np.flatnonzero(~points.shown).tolist())
            points.remove_selected()

    def _points_changed(self, event: Any) -> None:
        if str(getattr(event, "action", "")).endswith("removed"):
            self._settle.start()

    def _apply_points(self) -> None:
        """Decode without the Gaussians whose points were deleted."""
        points = self._points
        if points is None:
            return
        if self._dock.busy:
            self._settle.start()
            return
        link, table = points.metadata[gaussians.KEY]
        rows = points.features["row"].to_numpy()
        shown = [x for x in self._dock.viewer.layers if _shows(x, link)]

        def show(dataset: Dataset) -> None:
            for layer in shown:
                if layer in self._dock.viewer.layers:
                    layer.data, layer.metadata[KEY] = relinked(layer.metadata[KEY], dataset)
                    layer.metadata["vcore_origin"] = layer.metadata.get("vcore_origin", link)
            self._dock.refresh()
            self._dock.status.value = f"{len(rows):,} of {len(table):,} Gaussians are left"

        self._dock.start(lambda _context: gaussians.edited(link, table, rows), show)


def _shows(layer: Any, link: Link) -> bool:
    """Return whether a layer shows the variable of ``link``, original or edited."""
    found = link_of(layer)
    if found is None:
        return False
    origin = layer.metadata.get("vcore_origin", found)
    return origin.dataset is link.dataset and found.variable == link.variable
