"""Compress dock: all files of a folder, one after another."""

import html
from pathlib import Path
from typing import Any

from magicgui.widgets import ComboBox, FileEdit, Label
from napari.utils.notifications import show_warning
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import (
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
)

from napari_vcore import batch
from napari_vcore._qt.docks import Watcher, tell_failure
from napari_vcore._qt.form import CompressForm
from napari_vcore._qt.sections import Section, in_a_row
from napari_vcore.batch import Outcome
from napari_vcore.jobs import CANCELLED, DONE, Job, Status
from napari_vcore.session import Session
from vcore.errors import InputError, VcoreError

NAME_WIDTH = 110
"""Width of the names of files, in pixels."""
GOOD, BAD = "#5cb85c", "#e0703c"


class BatchSection(Section):
    """Compresses a folder with method, budget and settings of the form."""

    def __init__(self, form: CompressForm, session: Session) -> None:
        super().__init__("A folder of files", opened=False)
        self._form, self._session = form, session
        self._outcomes: list[Outcome] = []
        self.source = FileEdit(mode="d", tooltip="folder with the files to compress")
        self.target = FileEdit(mode="d", tooltip="folder for the results; empty: the same")
        self.suffix = ComboBox(choices=batch.SUFFIXES, tooltip="files, or hierarchies of chunks")
        self.start_button = QPushButton("Compress &all")
        self.cancel_button = QPushButton("Stop")
        self.bar = QProgressBar()
        self.status = Label(value="")
        self.status.native.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(("file", "outcome"))
        self.table.setEditTriggers(QTableWidget.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setColumnWidth(0, NAME_WIDTH)
        self.table.setWordWrap(False)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setMinimumHeight(120)
        self.form.addRow("f&older", self.source.native)
        self.form.addRow("&into", self.target.native)
        self.form.addRow("as", self.suffix.native)
        self.form.addRow("", in_a_row(self.start_button, self.cancel_button))
        for widget in (self.bar, self.status.native, self.table):
            self.content.addWidget(widget)
        self._watcher = Watcher(self, self._told, self._ended)
        self.start_button.clicked.connect(self._start)
        self.cancel_button.clicked.connect(self._cancel)
        self._refresh()
        if session.batch is not None:
            self._outcomes = session.outcomes
            self._watcher.watch(session.batch)
            self._refresh()

    @property
    def busy(self) -> bool:
        """Whether files are being compressed."""
        return self._watcher.busy

    def _start(self) -> None:
        try:
            if str(self.source.value) in ("", "."):
                raise InputError("Expected a folder to compress. Choose one first.")
            source = Path(self.source.value)
            target = source if str(self.target.value) in ("", ".") else Path(self.target.value)
            paths, request = batch.inputs_of(source), self._form.shared()
        except VcoreError as error:
            show_warning(str(error))
            return
        outcomes: list[Outcome] = []
        suffix = self.suffix.value

        def work(context: Any) -> list[Outcome]:
            target.mkdir(parents=True, exist_ok=True)
            return batch.run(paths, target, suffix, request, context, outcomes.append)

        self._outcomes = self._session.outcomes = outcomes
        self._session.batch = Job(work)
        self.table.setRowCount(0)
        self._watcher.watch(self._session.batch)
        self._refresh()

    def _cancel(self) -> None:
        if self._watcher.job is not None:
            self._watcher.job.cancel()

    def _told(self, status: Status) -> None:
        self.bar.setValue(int(100 * status.share))
        self.status.value = self.status.tooltip = str(status)
        self._list()

    def _ended(self, job: Job) -> None:
        self._session.batch = None
        tell_failure(job)
        self._list()
        well, all_ = sum(o.well for o in self._outcomes), len(self._outcomes)
        end = {DONE: "done", CANCELLED: "stopped"}.get(job.state, "failed")
        self.status.value = f"{end}: {well} of {all_} files compressed"
        self._refresh()

    def _list(self) -> None:
        for row in range(self.table.rowCount(), len(self._outcomes)):
            outcome = self._outcomes[row]
            self.table.insertRow(row)
            name = QTableWidgetItem(f"{'✓' if outcome.well else '✗'} {outcome.name}")
            name.setForeground(QBrush(QColor(GOOD if outcome.well else BAD)))
            text = QTableWidgetItem(outcome.text)
            text.setToolTip(html.escape(outcome.text))
            self.table.setItem(row, 0, name)
            self.table.setItem(row, 1, text)
            self.table.scrollToBottom()

    def _refresh(self) -> None:
        self.start_button.setEnabled(not self.busy)
        self.cancel_button.setEnabled(self.busy)
        self.bar.setVisible(self.busy)
