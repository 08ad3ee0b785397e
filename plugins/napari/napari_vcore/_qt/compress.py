"""The Compress dock: settings, preview, compression, comparison of runs."""

from typing import Any

import napari
from magicgui.widgets import CheckBox, ComboBox, Label
from napari.utils.notifications import show_info, show_warning
from napari.utils.theme import get_theme
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton

from napari_vcore import runs
from napari_vcore._qt.batch import BatchSection
from napari_vcore._qt.curve import Curve
from napari_vcore._qt.docks import (
    Column,
    Watcher,
    ended_well,
    looked_at,
    whenever_closed,
)
from napari_vcore._qt.form import CompressForm
from napari_vcore._qt.results import GATE, RunTable, show_preview, show_run
from napari_vcore.jobs import CANCELLED, Job, Status, duration
from napari_vcore.runs import Request, Run
from napari_vcore.session import session_of
from vcore.errors import VcoreError
from vcore.runtime.memory import human_bytes

SETTLE_MS = 400
"""Delay of the live preview after the last change, in milliseconds."""
RESULT_SCALE = 1.25
"""Size of the result, relative to other text."""


class CompressDock(Column):
    """Dock for compressing image and labels layers of the viewer."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer, self.session = napari_viewer, session_of(napari_viewer)
        self.camera = getattr(napari_viewer, "scene", napari_viewer).camera  # napari 0.9 moved it
        self.form = CompressForm(napari_viewer, self.session.form)
        self.column.addWidget(self.form)
        self._build_actions()
        self._build_results()
        self._watcher = Watcher(self, self._told, self._ended)
        self._side = Watcher(self, self._told_side, self._side_ended)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._preview)
        self.form.changed.connect(self._changed)
        self.form.chosen.connect(self._method_chosen)
        if self.session.job is not None:
            self._watcher.watch(self.session.job)
        self._method_chosen("")
        self._draw()
        self.viewer.events.theme.connect(self._draw)
        self.camera.events.center.connect(self._view_moved)
        self.viewer.dims.events.current_step.connect(self._view_moved)
        self.destroyed.connect(self._forget)

    # building

    def _build_actions(self) -> None:
        self.gate = CheckBox(
            text="show the gate in the preview's box",
            tooltip="voxels where Gaussians can be created: the mean of 3x3x3 voxels differs from "
            "the background by more than the gate",
        )
        self.gate.changed.connect(self._gate_changed)
        self.column.addWidget(self.gate.native)
        self.estimate_button = QPushButton("&Estimate")
        self.estimate_button.setToolTip("time, bytes and memory, from a sample of the volume")
        self.preview_button = QPushButton("&Preview")
        self.preview_button.setToolTip(
            "compress only 64³ voxels around the centre of the view (or the cursor)"
        )
        self.live = CheckBox(text="live", tooltip="update the preview after every change")
        self.around = ComboBox(choices=["view", "cursor"], tooltip="centre of the preview")
        row = QHBoxLayout()
        row.addWidget(self.estimate_button)
        row.addWidget(self.preview_button)
        row.addWidget(self.live.native)
        row.addWidget(self.around.native)
        self.column.addLayout(row)
        self.compress_button = QPushButton("&Compress")
        self.cancel_button = QPushButton("Cance&l")
        row = QHBoxLayout()
        row.addWidget(self.compress_button)
        row.addWidget(self.cancel_button)
        self.column.addLayout(row)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.column.addWidget(self.bar)
        self.status = Label(value="")
        self.status.native.setWordWrap(True)
        self.column.addWidget(self.status.native)
        self.estimate_button.clicked.connect(self._estimate)
        self.preview_button.clicked.connect(self._preview)
        self.compress_button.clicked.connect(self._compress)
        self.cancel_button.clicked.connect(self._cancel)
        self.live.changed.connect(self._changed)

    def _build_results(self) -> None:
        self.result = Label(value="")
        font = self.result.native.font()
        font.setPointSizeF(RESULT_SCALE * font.pointSizeF())
        font.setBold(True)
        self.result.native.setFont(font)
        self.result.tooltip = "bytes, ratio and robust PSNR of the last run"
        self.column.addWidget(self.result.native)
        self.table = RunTable()
        self.column.addWidget(self.table)
        self.curve = Curve()
        self.column.addWidget(self.curve)
        self.batch = BatchSection(self.form, self.session)
        self.column.addWidget(self.batch)
        self.column.addStretch()

    # the form

    def _method_chosen(self, hint: str) -> None:
        self.gate.visible = self.form.has_gate
        self.status.value = hint
        self._refresh()

    def _asked(self) -> Request | None:
        try:
            return self.form.request()
        except VcoreError as error:
            show_warning(str(error))
            return None

    def _changed(self) -> None:
        self.session.form = self.form.texts()
        if self.live.value:
            self._settle.start()

    def _view_moved(self) -> None:
        if self.live.value:
            self._settle.start()

    # jobs

    def _refresh(self) -> None:
        busy = self._watcher_busy
        self.compress_button.setEnabled(not busy and self.form.usable)
        self.cancel_button.setEnabled(busy or self._side_busy)
        self.estimate_button.setEnabled(not self._side_busy and self.form.usable)
        self.preview_button.setEnabled(not self._side_busy and self.form.usable)
        self.bar.setVisible(busy or self._side_busy)

    @property
    def _watcher_busy(self) -> bool:
        return hasattr(self, "_watcher") and self._watcher.busy

    @property
    def _side_busy(self) -> bool:
        return hasattr(self, "_side") and self._side.busy

    def _compress(self) -> None:
        request = self._asked()
        if request is None:
            return
        self.session.form = self.form.texts()
        self.session.layer = self.form.layer.value
        self.session.job = Job(lambda context: runs.compress(request, context))
        self._watcher.watch(self.session.job)
        self._refresh()

    def _estimate(self) -> None:
        request = self._asked()
        if request is not None:
            self._side.watch(Job(lambda context: runs.predict(request, context)))
            self._refresh()

    def _preview(self) -> None:
        if self._side.busy:  # cancel the outdated preview; its end starts the next one
            if self._side.job is not None:
                self._side.job.cancel()
            self._settle.start()
            return
        request = self._asked()
        if request is None:
            self.live.value = False
            return
        if request.exact:
            self.status.value = "Labels are stored without loss: there is nothing to preview."
            return
        layer, gate = self.form.layer.value, self.gate.value
        shape = request.volume.variables[0].shape
        at = looked_at(self.viewer, layer, len(shape), cursor=self.around.value == "cursor")
        if len(at) < len(shape):  # an image: the layer has no z axis
            at = (*at[:-2], 0.0, *at[-2:])
        region = runs.preview_region(shape, at)

        def work(context: Any) -> Any:
            open_ = runs.occupancy(request, region) if gate else None
            return layer, runs.preview(request, region, context), open_

        self._side.watch(Job(work))
        self._refresh()

    def _cancel(self) -> None:
        for watcher in (self._watcher, self._side):
            if watcher.job is not None:
                watcher.job.cancel()

    def _told(self, status: Status) -> None:
        self.bar.setValue(int(100 * status.share))
        self.status.value = str(status)

    def _told_side(self, status: Status) -> None:
        if not self._watcher.busy:
            self._told(status)

    def _ended(self, job: Job) -> None:
        if self.session.job is not job:  # already handled by another dock of this viewer
            self._refresh()
            self._draw()
            return
        layer, self.session.job = self.session.layer, None
        self.session.layer = None
        self.status.value = "" if job.state != CANCELLED else "Cancelled: nothing was written."
        self._refresh()
        if ended_well(job):
            run: Run = job.result
            self.session.runs.append(run)
            show_run(self.viewer, run, layer)
            self._draw()
            if len(run.report.variables) > 1:
                self.status.value = runs.described(run.report)
            for note in run.report.notes:
                show_info(note)

    def _side_ended(self, job: Job) -> None:
        self._refresh()
        if job.state == CANCELLED or not ended_well(job):
            return
        if isinstance(job.result, tuple):
            layer, preview, gate = job.result
            self.status.value = preview.note
            if gate is not None:
                self.status.value += (
                    f"; gate {gate.threshold:.4g}: {100 * gate.mask.mean():.1f} % of the voxels"
                )
            if layer in self.viewer.layers:
                show_preview(self.viewer, layer, preview, gate)
            return
        found = job.result
        self.status.value = (
            f"about {duration(found.seconds)}, {human_bytes(found.bytes)}; "
            f"memory at most {human_bytes(found.memory)}"
        )

    def _gate_changed(self) -> None:
        if not self.gate.value and GATE in self.viewer.layers:
            self.viewer.layers.remove(self.viewer.layers[GATE])
        self._changed()

    def _draw(self) -> None:
        found = self.session.runs
        self.result.value = runs.result_line(found[-1]) if found else ""
        self.result.visible = bool(found)
        self.table.show_runs(found)
        self.curve.setVisible(bool(found))
        theme = get_theme(self.viewer.theme)
        self.curve.show_runs(found, theme)
        self.compress_button.setStyleSheet(
            f"QPushButton:enabled {{ background-color: {theme.current.as_hex()}; }}"
        )

    def showEvent(self, event: Any) -> None:
        """Cancel running jobs when napari's window closes."""
        super().showEvent(event)
        if not self.session.bound:
            whenever_closed(self.window(), self.session.cancel)
            self.session.bound = True

    def _forget(self) -> None:
        self.viewer.events.theme.disconnect(self._draw)
        self.camera.events.center.disconnect(self._view_moved)
        self.viewer.dims.events.current_step.disconnect(self._view_moved)
