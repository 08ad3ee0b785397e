"""The Compress dock: settings, preview, compression, comparison of runs."""

from typing import Any

import napari
from magicgui.widgets import CheckBox, ComboBox, FileEdit, FloatSpinBox, Label
from napari.layers import Labels
from napari.utils.notifications import show_info, show_warning
from napari.utils.theme import get_theme
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QProgressBar, QPushButton
from superqt import QCollapsible

from napari_vcore import runs
from napari_vcore._qt.budgets import BudgetTable
from napari_vcore._qt.curve import Curve
from napari_vcore._qt.docks import (
    Column,
    LayerBox,
    Watcher,
    ended_well,
    looked_at,
    whenever_closed,
)
from napari_vcore._qt.quality import BudgetForm
from napari_vcore._qt.results import GATE, RunTable, show_preview, show_run
from napari_vcore._qt.settings import SettingsForm
from napari_vcore.choices import has_gate, method_choices, method_for, method_of, parsed_settings
from napari_vcore.jobs import CANCELLED, Job, Status, duration
from napari_vcore.runs import Request, Run
from napari_vcore.session import session_of
from napari_vcore.volumes import layered
from vcore.errors import InputError, VcoreError
from vcore.runtime.memory import human_bytes

SETTLE_MS = 400
"""Delay of the live preview after the last change, in milliseconds."""


class CompressDock(Column):
    """Dock for compressing image and labels layers of the viewer."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer, self.session = napari_viewer, session_of(napari_viewer)
        self.camera = getattr(napari_viewer, "scene", napari_viewer).camera  # napari 0.9 moved it
        self._methods = method_choices()
        self._form: SettingsForm | None = None
        self._build_form()
        self._build_actions()
        self._build_results()
        self._watcher = Watcher(self, self._told, self._ended)
        self._side = Watcher(self, self._told_side, self._side_ended)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._preview)
        self._restore()
        self._refresh()
        self.viewer.events.theme.connect(self._draw)
        self.camera.events.center.connect(self._view_moved)
        self.viewer.dims.events.current_step.connect(self._view_moved)
        self.destroyed.connect(self._forget)

    # building

    def _build_form(self) -> None:
        self.layer = LayerBox(self.viewer, label="layer", tooltip="the layer to compress")
        self.method = ComboBox(
            choices=[(c.label, c.name) for c in self._methods if c.recommended], name="method"
        )
        self.research = CheckBox(text="research methods too", name="research")
        self.asked = BudgetForm()
        self.kind, self.value = self.asked.kind, self.asked.value
        self.path = FileEdit(
            mode="w",
            filter="*.vcore",
            name="path",
            tooltip="output file; empty: keep the result in memory",
        )
        self.force = CheckBox(text="replace an existing file", name="force")
        self.limit = FloatSpinBox(
            value=0, min=0, max=1e6, step=10, name="limit",
            tooltip="time limit for fitting, in seconds; 0: no limit",
        )  # fmt: skip
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.ExpandingFieldsGrow)
        form.addRow("&layer", self.layer.native)
        form.addRow("&method", self.method.native)
        form.addRow("", self.research.native)
        form.addRow(self.asked)
        self.budgets = BudgetTable(self.viewer, self.layer, self.session.form.get("budgets", {}))
        form.addRow(self.budgets)
        form.addRow("&file", self.path.native)
        form.addRow("", self.force.native)
        form.addRow("&time limit, s", self.limit.native)
        self.column.addLayout(form)
        self.settings_box = QCollapsible("Settings")
        self.column.addWidget(self.settings_box)
        self.gate = CheckBox(
            text="show the gate in the preview's box",
            tooltip="voxels where Gaussians can be created: the mean of 3x3x3 voxels differs from "
            "the background by more than the gate",
        )
        self.column.addWidget(self.gate.native)
        self.research.changed.connect(self._list_methods)
        self.method.changed.connect(self._method_changed)
        self.asked.changed.connect(self._choose_method)
        self.gate.changed.connect(self._gate_changed)
        for field in (self.layer, self.method, self.asked, self.budgets):
            field.changed.connect(self._changed)
        self.budgets.changed.connect(self._together_changed)
        self._together_changed()

    def _build_actions(self) -> None:
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
        self.table = RunTable()
        self.column.addWidget(self.table)
        self.curve = Curve()
        self.column.addWidget(self.curve)
        self.column.addStretch()

    # the form

    def _list_methods(self) -> None:
        chosen = self.method.value
        listed = [c for c in self._methods if c.recommended or self.research.value]
        self.method.choices = [(c.label, c.name) for c in listed]
        names = [c.name for c in listed]
        self.method.value = chosen if chosen in names else names[0]
        items = self.method.native.model()
        for row, choice in enumerate(listed):
            items.item(row).setEnabled(choice.usable)
            self.method.native.setItemData(row, choice.tooltip, Qt.ToolTipRole)

    def _method_changed(self) -> None:
        if self._form is not None:
            self.settings_box.removeWidget(self._form.native)
            self._form.close()
        self._form = SettingsForm(self.method.value)
        self.settings_box.addWidget(self._form.native)
        self._form.changed.connect(self._changed)
        self.gate.visible = has_gate(self.method.value)
        self.asked.suit(self.method.value)
        chosen = next(c for c in self._methods if c.name == self.method.value)
        self.method.tooltip = chosen.tooltip
        self.status.value = "" if chosen.usable else chosen.tooltip
        self._refresh()

    def _choose_method(self) -> None:
        found = method_for(self.method.value, self.kind.value, self.asked.text)
        if found != self.method.value:
            self.method.value = found

    def _together_changed(self) -> None:
        self.asked.enable(not self.budgets.layers)

    def request(self) -> Request:
        """Return the compression requested by the form.

        Raises
        ------
        VcoreError
            There is no layer, or an entry is invalid.
        """
        layer = self.layer.value
        if layer is None:
            raise InputError("Expected a layer to compress. There is none: open one first.")
        layers = self.budgets.layers or [layer]
        several = len(layers) > 1
        texts = self._form.texts() if self._form is not None else {}
        settings = parsed_settings(self.method.value, texts)
        path = str(self.path.value)
        if path in ("", "."):
            path = ""
        elif not path.lower().endswith(".vcore"):
            path += ".vcore"
        return Request(
            volume=layered([each.as_layer_data_tuple() for each in layers]),
            method=method_of(self.method.value, several=several, settings=settings),
            budget=self.budgets.budgets(self.asked.known) if several else self.asked.budget(),
            settings=settings,
            path=path or None,
            force=self.force.value,
            time_limit=self.limit.value or None,
            exact=isinstance(layer, Labels) and not several,
        )

    def _asked(self) -> Request | None:
        try:
            return self.request()
        except VcoreError as error:
            show_warning(str(error))
            return None

    def _save_form(self) -> None:
        fields = ("research", "method", "path", "force", "limit")
        form: dict[str, Any] = {name: getattr(self, name).value for name in fields}
        form["asked"] = self.asked.texts()
        form["settings"] = self._form.texts() if self._form is not None else {}
        form["layer"], form["budgets"] = self.layer.value, self.budgets.texts
        self.session.form = form

    def _restore(self) -> None:
        form = dict(self.session.form)
        self.research.value = form.get("research", False)
        self._list_methods()
        self.asked.fill(form.get("asked", {}))
        for name in ("method", "force", "limit"):
            if name in form:
                getattr(self, name).value = form[name]
        if str(form.get("path", ".")) != ".":
            self.path.value = form["path"]
        if form.get("layer") in self.layer.choices:
            self.layer.value = form["layer"]
        self._method_changed()
        if self._form is not None and "settings" in form:
            self._form.fill(form["settings"])
        if self.session.job is not None:
            self._watcher.watch(self.session.job)
        self._draw()

    def _changed(self) -> None:
        self._save_form()
        if self.live.value:
            self._settle.start()

    def _view_moved(self) -> None:
        if self.live.value:
            self._settle.start()

    # jobs

    def _refresh(self) -> None:
        busy = self._watcher_busy
        self.compress_button.setEnabled(not busy and self._usable)
        self.cancel_button.setEnabled(busy or self._side_busy)
        self.estimate_button.setEnabled(not self._side_busy and self._usable)
        self.preview_button.setEnabled(not self._side_busy and self._usable)
        self.bar.setVisible(busy or self._side_busy)

    @property
    def _watcher_busy(self) -> bool:
        return hasattr(self, "_watcher") and self._watcher.busy

    @property
    def _side_busy(self) -> bool:
        return hasattr(self, "_side") and self._side.busy

    @property
    def _usable(self) -> bool:
        return next(c for c in self._methods if c.name == self.method.value).usable

    def _compress(self) -> None:
        request = self._asked()
        if request is None:
            return
        self._save_form()
        self.session.layer = self.layer.value
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
        layer, gate = self.layer.value, self.gate.value
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
        self.table.show_runs(found)
        self.curve.setVisible(bool(found))
        self.curve.show_runs(found, get_theme(self.viewer.theme))

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
