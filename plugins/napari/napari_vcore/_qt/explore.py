"""The Explore dock: file contents, decoding boxes, comparison, Gaussians, export."""

from collections.abc import Callable
from typing import Any

import napari
from magicgui.widgets import Label
from napari.utils.notifications import show_warning
from qtpy.QtWidgets import QFormLayout, QProgressBar, QPushButton

from napari_vcore._qt.boxing import BoxSection
from napari_vcore._qt.comparison import Comparison
from napari_vcore._qt.docks import Column, LayerBox, Watcher, ended_well
from napari_vcore._qt.exporting import FileSection
from napari_vcore._qt.mixture import GaussianSection
from napari_vcore._qt.sections import Card
from napari_vcore.card import card
from napari_vcore.jobs import Job, Status
from napari_vcore.layers import Link, link_of
from vcore.model.context import Context


class ExploreDock(Column):
    """Dock for exploring the compressed file of a layer."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.layer = LayerBox(
            napari_viewer, wanted=lambda layer: link_of(layer) is not None, label="layer"
        )
        self.info = Card()
        self.status = Label(value="")
        self.status.native.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setVisible(False)
        self.cancel = QPushButton("Cance&l")
        self.cancel.setVisible(False)
        form = QFormLayout()
        form.addRow("&layer", self.layer.native)
        self.column.addLayout(form)
        for widget in (self.info, self.bar, self.status.native, self.cancel):
            self.column.addWidget(widget)
        self.comparison = Comparison(self)
        self.boxes, self.mixture, self.file = (
            BoxSection(self),
            GaussianSection(self),
            FileSection(self),
        )
        for section in (self.comparison, self.boxes, self.mixture, self.file):
            self.column.addWidget(section)
        self.column.addStretch()
        self._watcher = Watcher(self, self._told, self._ended)
        self._then: Callable[[Any], None]
        self.cancel.clicked.connect(self._cancel)
        self.layer.changed.connect(self.refresh)
        self.viewer.layers.selection.events.active.connect(self._follow)
        self.viewer.layers.events.removed.connect(self.refresh)
        self.destroyed.connect(self._forget)
        self._follow()
        self.refresh()

    @property
    def link(self) -> Link | None:
        """The link of the chosen layer."""
        return link_of(self.layer.value)

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self._watcher.busy

    def refresh(self, event: Any = None) -> None:
        """Show what the chosen layer holds."""
        link = self.link
        self.boxes.button.setEnabled(link is not None)
        self.file.button.setEnabled(link is not None)
        self.mixture.refresh()
        self.comparison.refresh()
        if link is None:
            self.info.show_rows([("", "Select a layer of a compressed file.")])
            return
        self.boxes.level.max = self.file.level.max = len(link.decoder.grids) - 1
        self.file.cache.value = link.dataset.cache_bytes >> 20
        self.info.show_rows(card(link))

    def start(self, work: Callable[[Context], Any], then: Callable[[Any], None]) -> bool:
        """Run ``work`` on a thread, then call ``then`` with its result; False if the dock is
        busy, which is told."""
        if self.busy:
            show_warning("Expected one task at a time. Wait for the one under way, or cancel it.")
            return False
        self._then = then
        self.bar.setVisible(True)
        self.cancel.setVisible(True)
        self._watcher.watch(Job(work))  # which may end at once
        return True

    def _follow(self, event: Any = None) -> None:
        active = self.viewer.layers.selection.active
        if link_of(active) is not None and active in self.layer.choices:
            self.layer.value = active

    def _told(self, status: Status) -> None:
        self.bar.setValue(int(100 * status.share))
        self.status.value = str(status)

    def _ended(self, job: Job) -> None:
        self.bar.setVisible(False)
        self.cancel.setVisible(False)
        self.status.value = ""
        if ended_well(job):
            self._then(job.result)

    def _cancel(self) -> None:
        if self._watcher.job is not None:
            self._watcher.job.cancel()

    def _forget(self) -> None:
        self.comparison.forget()
        self.viewer.layers.selection.events.active.disconnect(self._follow)
        self.viewer.layers.events.removed.disconnect(self.refresh)
