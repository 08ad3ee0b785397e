"""Results of the Compress dock: run table, decoded and error layers, preview and gate."""

from collections.abc import Sequence
from typing import Any

import napari
import numpy as np
from napari.layers import Image, Labels
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from napari_vcore._qt.docks import show_colour_bar
from napari_vcore.layers import KEY, Link, error_layer, layers_of
from napari_vcore.likeness import look, placed, without_place
from napari_vcore.runs import HEAD, Preview, Run, row
from vcore.methods.mixins import Occupancy

PREVIEW, GATE = "preview", "gate"
SHOWN_RUNS = 5
"""Rows of the table that are visible at once."""
OUTLINE = "#ff9f1c"
"""Colour of the box of the preview."""


class RunTable(QTableWidget):
    """Table with one row of figures per run."""

    def __init__(self) -> None:
        super().__init__(0, len(HEAD))
        self.setHorizontalHeaderLabels([title for _, title in HEAD])
        self.setEditTriggers(QTableWidget.NoEditTriggers)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeToContents)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show ``runs``; hidden if empty."""
        self.setVisible(bool(runs))
        self.setRowCount(len(runs))
        for number, run in enumerate(runs):
            for column, text in enumerate(row(run)):
                self.setItem(number, column, QTableWidgetItem(text))
        rows = sum(self.rowHeight(row) for row in range(min(len(runs), SHOWN_RUNS)))
        head, bar = self.horizontalHeader().sizeHint().height(), self.horizontalScrollBar()
        self.setFixedHeight(head + rows + bar.sizeHint().height() + 4)
        self.scrollToBottom()


def show_run(viewer: napari.Viewer, run: Run, original: Image | Labels | None) -> None:
    """Add the decoded layers of ``run``, and an error layer if ``original`` still exists."""
    first, *others = run.request.volume.variables
    what = "variables" if others else f"{first.name} {run.report.method}"
    name = f"{what} {run.figures['bpv']:.3g}"
    if original not in viewer.layers:
        original = None
    added = []
    for data, options, kind in layers_of(run.dataset, f"{name} bpv"):
        if kind == "labels":
            if isinstance(original, Labels):
                options = without_place(options) | placed(original)
            added.append(viewer.add_labels(data, **options))
            continue
        source = _source(viewer, run, options["metadata"][KEY], original)
        if source is not None and source.ndim == data[0].ndim:
            options = without_place(options) | placed(source) | look(source)
        added.append(viewer.add_image(data, **options))
    if isinstance(original, Image) and "c" not in run.dataset.decoder().header.axes:
        source = original.data[0] if original.multiscale else original.data
        title = f"{name} bpv {first.name}" if others else name
        data, options = error_layer(
            source, run.dataset.array, title, run.report.mse**0.5, run.report.max_error
        )
        error = viewer.add_image(data, visible=False, **options, **placed(original))
        show_colour_bar(error)
    viewer.layers.selection.active = added[0]


def _source(viewer: napari.Viewer, run: Run, link: Link, original: Image | None) -> Image | None:
    """Return the image layer that a variable or channel was made from, None if it is gone."""
    name, components = link.variable, link.decoder.header.components
    if link.channel is not None and link.channel < len(components):
        name = components[link.channel]
    elif name == run.request.volume.variables[0].name:
        return original if isinstance(original, Image) else None
    return next((x for x in viewer.layers if x.name == name and isinstance(x, Image)), None)


def show_preview(
    viewer: napari.Viewer, layer: Image, preview: Preview, gate: Occupancy | None
) -> None:
    """Add or replace the preview over its region of ``layer``, and the gate mask."""
    options = placed(layer) | {"rgb": False, "contrast_limits": layer.contrast_limits}
    starts = [s.start for s in preview.region]
    space = 3
    if len(starts) > layer.ndim:  # an image: the layer has no z axis
        del starts[-3]
        space = 2
    lead = (1,) * (layer.ndim - space)
    options["translate"] = np.array(layer.translate) + np.array(layer.scale) * np.array(starts)
    values = preview.decoded.reshape(*lead, *preview.decoded.shape[-space:])
    shown = _put(viewer, PREVIEW, values, {**options, "colormap": layer.colormap.name})
    box = shown.bounding_box
    box.visible, box.points, box.line_color, box.line_thickness = True, False, OUTLINE, 2
    if gate is not None:
        mask = gate.mask.astype("u1").reshape(*lead, *gate.mask.shape[-space:])
        options |= {"contrast_limits": (0, 1), "colormap": "magenta", "opacity": 0.35}
        _put(viewer, GATE, mask, options)


def _put(viewer: napari.Viewer, name: str, values: Any, options: dict[str, Any]) -> Image:
    """Add and return a layer, or replace the one with that name."""
    if name in viewer.layers:
        viewer.layers.remove(viewer.layers[name])
    chosen = viewer.layers.selection.active
    added = viewer.add_image(values, name=name, blending="translucent_no_depth", **options)
    if chosen in viewer.layers:
        viewer.layers.selection.active = chosen
    return added
