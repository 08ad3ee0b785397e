"""Widgets shared by the docks: scrolling column, layer list, job watcher."""

from collections.abc import Callable
from typing import Any

import napari
import numpy as np
from magicgui.widgets import ComboBox
from napari.layers import Image, Labels
from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import (
    QFormLayout,
    QFrame,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_vcore.jobs import CANCELLED, DONE, FAILED, RUNNING, Job

POLL_MS = 100


class Column(QScrollArea):
    """Vertical list of widgets that scrolls in small windows."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.NoFrame)
        body = QWidget()
        self.column = QVBoxLayout(body)
        self.column.setContentsMargins(4, 4, 4, 4)
        self.setWidget(body)

    def minimumSizeHint(self) -> Any:
        """Return a size wide enough for the widgets beside the scroll bar."""
        hint = super().minimumSizeHint()
        bar = self.verticalScrollBar().sizeHint().width()
        hint.setWidth(max(hint.width(), self.widget().minimumSizeHint().width() + bar))
        return hint

    @staticmethod
    def body_of(layout: Any) -> QWidget:
        """Return a widget with ``layout``."""
        body = QWidget()
        layout.setContentsMargins(0, 0, 0, 0)
        body.setLayout(layout)
        return body


class Fold(QWidget):
    """Widgets below a title that shows and hides them.

    superqt's QCollapsible fixes the height of its content when it opens, which cuts what grows
    later.
    """

    def __init__(self, title: str, *, opened: bool = False) -> None:
        super().__init__()
        self._title, self._body = title, QWidget()
        self.head = QPushButton()
        self.head.setCheckable(True)
        self.head.setStyleSheet("text-align: left; padding: 3px")
        self.content = QVBoxLayout(self._body)
        self.content.setContentsMargins(8, 2, 2, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        column.addWidget(self.head)
        column.addWidget(self._body)
        self.head.toggled.connect(self.open)
        self.open(opened)

    def open(self, on: bool = True) -> None:
        """Show or hide the content."""
        self.head.setChecked(on)
        self.head.setText(f"{'▾' if on else '▸'} {self._title}")
        self._body.setVisible(on)


class LayerBox(ComboBox):
    """Combo box of a viewer's image and labels layers, kept up to date.

    Parameters
    ----------
    wanted
        Predicate that selects the layers to list.
    optional
        Whether no layer may be chosen.
    """

    def __init__(
        self,
        viewer: napari.Viewer,
        *,
        wanted: Callable[[Any], bool] = lambda layer: isinstance(layer, Image | Labels),
        optional: bool = False,
        **options: Any,
    ) -> None:
        self._viewer, self._wanted, self._optional = viewer, wanted, optional
        super().__init__(choices=self._layers, **options)
        self.native.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self._events = (viewer.layers.events.inserted, viewer.layers.events.removed)
        for event in (*self._events, viewer.layers.events.reordered):
            event.connect(self._changed)
        self.native.destroyed.connect(self._forget)

    def _layers(self, _widget: Any) -> list[tuple[str, Any]]:
        found = [(layer.name, layer) for layer in self._viewer.layers if self._wanted(layer)]
        return [("(none)", None), *found] if self._optional else found

    def _changed(self, event: Any = None) -> None:
        self.reset_choices()

    def _forget(self) -> None:
        for event in (*self._events, self._viewer.layers.events.reordered):
            event.disconnect(self._changed)


class Watcher:
    """Polls a job from the Qt thread.

    Parameters
    ----------
    told
        Called with the job's status while it runs.
    ended
        Called with the job when it finishes, fails or is cancelled.
    """

    def __init__(
        self, parent: QWidget, told: Callable[[Any], None], ended: Callable[[Job], None]
    ) -> None:
        self._told, self._ended = told, ended
        self.job: Job | None = None
        self._timer = QTimer(parent)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        """Whether the watched job is still running."""
        return self.job is not None

    def watch(self, job: Job) -> None:
        """Follow ``job`` to its end."""
        self.job = job
        self._timer.start()
        self._poll()

    def _poll(self) -> None:
        job = self.job
        if job is None:
            return
        if job.state == RUNNING:
            self._told(job.status)
            return
        self._timer.stop()
        self.job = None
        self._ended(job)


class _Closing(QObject):
    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._then = window, then

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if event.type() == QEvent.Close:
            QTimer.singleShot(0, self._closed)
        return False

    def _closed(self) -> None:
        if not self._window.isVisible():  # the user may have declined a confirmation dialog
            self._then()


def whenever_closed(window: QWidget, then: Callable[[], None]) -> None:
    """Call ``then`` after ``window`` has been closed."""
    window.installEventFilter(_Closing(window, then))


def tell_failure(job: Job) -> None:
    """Show the error of a failed job as a napari notification."""
    if job.state == FAILED:
        show_error(str(job.error))


def ended_well(job: Job) -> bool:
    """Return whether the job has a result; show its error otherwise."""
    tell_failure(job)
    return job.state == DONE and job.state != CANCELLED


def looked_at(
    viewer: napari.Viewer, layer: Image, count: int, *, cursor: bool
) -> tuple[float, ...]:
    """Return the last ``count`` indices of the voxel of ``layer`` at the centre of the view, or
    under the cursor."""
    world = np.array(viewer.dims.point, float)
    if cursor:
        world = np.array(viewer.cursor.position, float)
    else:
        displayed = list(viewer.dims.displayed)
        world[displayed] = camera_of(viewer).center[-len(displayed) :]
    return tuple(layer.world_to_data(world[-layer.ndim :]))[-count:]


def align_labels(*forms: QFormLayout) -> None:
    """Make the labels of forms above each other as wide as the widest."""
    labels = [
        item.widget()
        for form in forms
        for row in range(form.rowCount())
        if (item := form.itemAt(row, QFormLayout.LabelRole)) is not None
    ]
    width = max(label.sizeHint().width() for label in labels)
    for label in labels:
        label.setMinimumWidth(width)


def camera_of(viewer: napari.Viewer) -> Any:
    """Return the camera, which napari 0.9 moved."""
    return getattr(viewer, "scene", viewer).camera


def show_colour_bar(layer: Image) -> None:
    """Show the colours and numbers of a layer beside it, where napari can (0.7)."""
    if hasattr(layer, "colorbar"):
        layer.colorbar.visible = True
