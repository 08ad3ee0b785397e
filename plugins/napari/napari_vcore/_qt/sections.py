"""Parts of the Explore dock: a foldable form, and what it needs of the dock."""

import html
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import napari
from magicgui.widgets import Label
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFormLayout, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from napari_vcore._qt.docks import Column, Fold, LayerBox
from napari_vcore.layers import Link
from vcore.model.context import Context

FAINT = "#8f939b"
"""Colour of the names in a card, readable on dark and on light themes."""


class Host(Protocol):
    """What a section uses of its dock.

    Attributes
    ----------
    layer
        Box with the layer of a compressed file.
    status
        Line of text below the sections.
    """

    viewer: napari.Viewer
    layer: LayerBox
    status: Label

    @property
    def busy(self) -> bool:
        """Whether a job is running."""

    @property
    def link(self) -> Link | None:
        """The link of the chosen layer."""

    def start(self, work: Callable[[Context], Any], then: Callable[[Any], None]) -> bool:
        """Run ``work`` on a thread, then call ``then`` with its result; False if the dock is
        busy, which is told."""

    def refresh(self) -> None:
        """Show what the chosen layer holds."""


class Section(Fold):
    """A foldable form with a title."""

    def __init__(self, title: str, *, opened: bool = True) -> None:
        super().__init__(title, opened=opened)
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.ExpandingFieldsGrow)
        self.content.addLayout(self.form)


def in_a_row(*widgets: QWidget) -> QWidget:
    """Return a widget with ``widgets`` side by side."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return Column.body_of(row)


class Card(QWidget):
    """Names and values in two columns; values can be selected."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 2, 8, 2)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        self.rows: list[tuple[str, str]] = []

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show ``rows`` in place of the last ones."""
        if list(rows) == self.rows:
            return
        self.rows = list(rows)
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().deleteLater()
        for number, (name, value) in enumerate(self.rows):
            title, text = QLabel(name), QLabel(value)
            for label in (title, text):
                label.setTextFormat(Qt.PlainText)  # names in files are not trusted
            title.setStyleSheet(f"color: {FAINT}")
            text.setWordWrap(True)
            text.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)  # long names
            text.setToolTip(html.escape(value))
            text.setTextInteractionFlags(Qt.TextSelectableByMouse)
            self._grid.addWidget(title, number, 0, Qt.AlignTop)
            self._grid.addWidget(text, number, 1)

    @property
    def text(self) -> str:
        """All of it, a line for each row."""
        return "\n".join(f"{name} {value}".strip() for name, value in self.rows)
